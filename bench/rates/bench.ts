/** What every group of rows is handed. */

export interface Bench {
  /** A folder that is empty at first; of one group, and gone at its end. */
  readonly root: string
  /** Lines of the largest log. */
  readonly lines: number
  /** Domains in the largest store. */
  readonly domains: number
  readonly rounds: number
}

/** Measures something once a round, one after the other. */
export const eachRound = async ({ rounds }: Bench, measure: () => Promise<void>): Promise<void> => {
  for (let round = 0; round < rounds; round += 1) await measure()
}
