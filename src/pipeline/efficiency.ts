/** How much of the traffic was answered without asking anybody: the figures that the ISC wants to know. */

/** Questions, by what answered them. */
export interface Efficiency {
  /** Nothing had to be said: the name was written in this window. */
  silent: number
  /** The registration was known. */
  known: number
  /** It was known once. */
  expired: number
  unknown: number
}

export const emptyEfficiency = (): Efficiency => ({ silent: 0, known: 0, expired: 0, unknown: 0 })

/** Adds what happened to what happened before. */
export const addEfficiency = (sum: Efficiency, more: Readonly<Efficiency>): void => {
  sum.silent += more.silent
  sum.known += more.known
  sum.expired += more.expired
  sum.unknown += more.unknown
}

/** As the ISC counts: its clients have a cache before a database. What was written in this window is our cache. */
export const iscCounts = ({ silent, known, expired, unknown }: Readonly<Efficiency>) => ({
  cache: [silent, known + unknown, expired] as const,
  database: [known, expired + unknown] as const,
})
