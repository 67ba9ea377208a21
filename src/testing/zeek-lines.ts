/** Makes lines of a dns.log in Zeek's JSON. */
/** Epoch seconds: long ago, so that it is in the past on any clock. */
const begin = 1_700_000_000

/** A question for a name. `second`: its time, and a part of its uid. */
export const zeekLine = (second: number, query: string): string =>
  `{"_path":"dns","ts":${begin + second},"uid":"C${second}","query":"${query}"}\n`

/** One line for each name, a second apart. */
export const zeekLines = (queries: readonly string[], from = 0): string =>
  queries.map((query, index) => zeekLine(from + index, query)).join('')
