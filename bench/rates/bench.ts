/** The arguments of each group of rows. */

export interface Bench {
  /** An empty folder for one group, removed at its end. */
  readonly root: string
  /** Lines of the largest log. */
  readonly lines: number
  /** Domains in the largest store. */
  readonly domains: number
  readonly rounds: number
}

/** Runs a measurement once for each round, one after the other. */
export const eachRound = async ({ rounds }: Bench, measure: () => Promise<void>): Promise<void> => {
  for (let round = 0; round < rounds; round += 1) await measure()
}
