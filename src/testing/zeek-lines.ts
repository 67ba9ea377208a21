/** Lines of a dns.log that Zeek writes as JSON. */
/** Epoch seconds: long ago, so that no clock says that this is still to come. */
const begin = 1_700_000_000

/** A question of its own. @param second its time @param query the name */
export const zeekLine = (second: number, query: string): string =>
  `{"_path":"dns","ts":${begin + second},"uid":"C${second}","query":"${query}"}\n`

/** One line a name, a second apart. */
export const zeekLines = (queries: readonly string[], from = 0): string =>
  queries.map((query, index) => zeekLine(from + index, query)).join('')
