/**
 * What freq_server of Mark Baggett's freq answers over HTTP, so that whoever asks it need not change: `/measure/x`
 * gives both scores as Python prints a pair, `/measure1/x` and `/measure2/x` one of them, and so does
 * `/?cmd=measure&tgt=x`. Unlike the original we decode the target, bound it, and answer mistakes with a status.
 * The scores are those of domain_stats: freq_server itself leaves out a pair of which one character is ignored.
 */
import type { FreqScore } from '../freq/score.js'
import { queryCharsMax } from '../limits.js'

export interface FreqAnswer {
  readonly status: 200 | 400 | 403
  /** Without newline at its end, as in the original. */
  readonly text: string
}

/** What was asked for, still percent-encoded. */
interface Asked {
  readonly command: string
  readonly target: string
}

const mistake = (text: string): FreqAnswer => ({ status: 400, text })

const usage = mistake('Ask /measure/NAME, /measure1/NAME, /measure2/NAME or /?cmd=measure&tgt=NAME')
const unreadable = mistake('Unable to parse the url.')
const badEncoding = mistake('The name is not percent-encoded UTF-8.')
const tooLong = mistake(`The name is longer than ${queryCharsMax} characters.`)
/** Whoever can ask could have taught the table that his names are normal. */
const noTraining: FreqAnswer = {
  status: 403,
  text: 'Tables are not trained over HTTP. Use domainstats freq train.',
}

/** As Python prints a float between 0.0001 and 1e16: never without a fraction. */
const float = (x: number): string => (Number.isInteger(x) ? `${x}.0` : `${x}`)

const measures: ReadonlyMap<string, (score: FreqScore) => string> = new Map([
  ['measure', ({ average, word }: FreqScore) => `(${float(average)}, ${float(word)})`],
  ['measure1', ({ average }: FreqScore) => float(average)],
  ['measure2', ({ word }: FreqScore) => float(word)],
])

/** As the original reads it: each parameter has one `=`, the last of a name counts, `+` is a plus. */
const askedByQuery = (query: string): Asked | FreqAnswer => {
  const pairs = query.split('&').map(pair => pair.split('='))
  if (pairs.some(pair => pair.length !== 2)) return unreadable
  const params = new Map(pairs.map(([key = '', value = '']) => [key, value]))
  const [command, target] = [params.get('cmd'), params.get('tgt')]
  return command === undefined || target === undefined ? usage : { command, target }
}

/** Undefined where another part of the program is meant: `/measure` without a name is a domain like any other. */
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
 * @param url path and query as they stand in the request line, still percent-encoded
 * @param score scores a name by the one table that is served
 * @returns undefined where the path is none of freq_server
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
