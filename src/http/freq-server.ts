/**
 * The HTTP interface of freq_server, from Mark Baggett's freq, so that its clients need not change: `/measure/x` gives both
 * scores as Python prints a pair, `/measure1/x` and `/measure2/x` one of them; so does `/?cmd=measure&tgt=x`. Unlike
 * freq_server we decode the target, bound it, and answer errors with a status. The scores are those of domain_stats:
 * freq_server itself skips a pair if one of its characters is ignored.
 */
import type { FreqScore } from '../freq/score.js'
import { queryCharsMax } from '../limits.js'

export interface FreqAnswer {
  readonly status: 200 | 400 | 403
  /** Without a final newline, as freq_server sends it. */
  readonly text: string
}

/** Still percent-encoded. */
interface Asked {
  readonly command: string
  readonly target: string
}

const mistake = (text: string): FreqAnswer => ({ status: 400, text })

const usage = mistake('Ask /measure/NAME, /measure1/NAME, /measure2/NAME or /?cmd=measure&tgt=NAME')
const unreadable = mistake('Unable to parse the url.')
const badEncoding = mistake('The name is not percent-encoded UTF-8.')
const tooLong = mistake(`The name is longer than ${queryCharsMax} characters.`)
/** freq_server trains over HTTP: any client could teach the table that its names are normal. */
const noTraining: FreqAnswer = {
  status: 403,
  text: 'Tables are not trained over HTTP. Use domainstats freq train.',
}

/** As Python prints a float between 0.0001 and 1e16: always with a fraction. */
const float = (x: number): string => (Number.isInteger(x) ? `${x}.0` : `${x}`)

const measures: ReadonlyMap<string, (score: FreqScore) => string> = new Map([
  ['measure', ({ average, word }: FreqScore) => `(${float(average)}, ${float(word)})`],
  ['measure1', ({ average }: FreqScore) => float(average)],
  ['measure2', ({ word }: FreqScore) => float(word)],
])

/** As freq_server reads a query: each parameter has one `=`, the last of a name counts, `+` is a plus. */
const askedByQuery = (query: string): Asked | FreqAnswer => {
  const pairs = query.split('&').map(pair => pair.split('='))
  if (pairs.some(pair => pair.length !== 2)) return unreadable
  const params = new Map(pairs.map(([key = '', value = '']) => [key, value]))
  const [command, target] = [params.get('cmd'), params.get('tgt')]
  return command === undefined || target === undefined ? usage : { command, target }
}

/** Undefined for other paths: `/measure` without a name is a domain like any other. */
const asked = (url: string): Asked | FreqAnswer | undefined => {
  const [path = ''] = url.split('?', 1)
  const query = url.slice(path.length + 1)
  const [, command, target] = /^\/(measure[12]?|normal)\/(.*)$/s.exec(path) ?? []
  if (command !== undefined && target !== undefined) return { command, target }
  return path === '/' && /(?:^|&)cmd=/.test(query) ? askedByQuery(query) : undefined
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined // URIError: the only one that it throws
  }
}

/**
 * The answer to a GET request.
 *
 * @param url path and query of the request line, still percent-encoded
 * @param score scores a name by the configured table
 * @returns undefined for a path that freq_server does not have
 */
export const freqAnswer = (url: string, score: (name: string) => FreqScore): FreqAnswer | undefined => {
  const request = asked(url)
  if (request === undefined || 'status' in request) return request
  if (request.command === 'normal') return noTraining
  const print = measures.get(request.command)
  if (!print) return usage
  const name = decoded(request.target)
  if (name === undefined) return badEncoding
  return name.length > queryCharsMax ? tooLong : { status: 200, text: print(score(name)) }
}
