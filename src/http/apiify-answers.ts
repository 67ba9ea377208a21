/**
 * What APIify writes, in its shapes (github.com/MarkBaggett/apiify): the output of the program, or what its expression took
 * as Python's json.dumps writes it; errors as text with the status 200; its statistics and its report of the cache.
 */
import { apiifyCacheBytesMax, commandAnswersMax } from '../limits.js'
import type { CommandAnswer } from '../programs/answer.js'
import { isComplete } from '../programs/program-answer.js'
import type { ListedCommandAnswer } from '../store/command-answers.js'

/* Python */

const hex = (char: string, digits: number): string =>
  (char.codePointAt(0) ?? 0).toString(16).padStart(digits, '0')

type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value }

/** As `json.dumps`: in ASCII, and with a blank behind each comma and colon. */
const pythonJson = (value: Value): string => {
  if (isList(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, inner]) => `${pythonJson(key)}: ${pythonJson(inner)}`)
      .join(', ')}}`
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, char => `\\u${hex(char, 4)}`)
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

const shortEscapes = new Map([
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
])

const longEscape = (char: string): string => {
  const code = char.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${hex(char, 2)}`
  return code < 0x10000 ? `\\u${hex(char, 4)}` : `\\U${hex(char, 8)}`
}

/** As `repr`: in single quotes, unless there are some in it and no double ones. */
const quoted = (text: string, unprintable: RegExp): string => {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll(quote, `\\${quote}`)
    .replace(unprintable, char => shortEscapes.get(char) ?? longEscape(char))
  return quote + escaped + quote
}

/** As the `repr` of a text. */
const pythonText = (text: string): string => quoted(text, /(?! )[\p{C}\p{Z}]/gu)
/** As the `repr` of bytes. */
const pythonBytes = (bytes: Buffer): string => `b${quoted(bytes.toString('latin1'), /[^ -~]/g)}`

/** As `str` of a `datetime` in UTC: without a fraction where it is 0. */
const pythonTime = (ms: number): string =>
  new Date(ms).toISOString().replace('T', ' ').replace(/\.000Z$/, '').replace(/Z$/, '000') // prettier-ignore

/** Pads on both sides; the odd one on the right. */
const centred = (text: string, width: number, pad: string): string => {
  const missing = Math.max(0, width - Array.from(text).length)
  return pad.repeat(Math.floor(missing / 2)) + text + pad.repeat(Math.ceil(missing / 2))
}

/* Answers */

/** Clients of APIify find errors by their text: it answers each request with the status 200. */
export const apiifyError = (why: string): string => `ERROR: ${why}-ERRORNOTCACHED`

/** As `re.findall` gives a match: its groups, or the only one; one that took no part is empty. */
const foundOf = (match: Value): Value => {
  if (match === null || typeof match !== 'object') return match
  const groups = Object.values<Value>(match).map(group => group ?? '')
  return groups.length === 1 ? (groups[0] ?? '') : groups
}

/**
 * The body of an answer.
 *
 * @param findsAll whether the expression takes all matches
 */
export const apiifyBody = (answer: CommandAnswer, command: string, findsAll: boolean): Buffer => {
  const { result, encoding, error } = answer
  if (!isComplete(answer)) return Buffer.from(apiifyError(`${command}: ${error ?? ''}`))
  if (result === null) return Buffer.from(apiifyError('No result from regex match.'))
  if (typeof result === 'string') return Buffer.from(result, encoding ?? 'utf8')
  return Buffer.from(pythonJson(findsAll && isList(result) ? result.map(foundOf) : result))
}

/** What `/stats` needs to know. */
export interface ApiifySums {
  readonly runs: number
  readonly cached: number
  readonly shared: number
  readonly cache: { readonly answers: number; readonly bytes: number }
}

/**
 * The answer of `/stats`. What had expired counts as a miss.
 *
 * @param kilobytes the most memory that the process had
 */
export const apiifyStats = ({ runs, cached, shared, cache }: ApiifySums, kilobytes: number): string =>
  `cache_stats(hit=${cached}, miss=${runs + shared}, expire=0), ('Max Size': ${commandAnswersMax}, ` +
  `'Current size': ${cache.answers}, 'Cache Bytes':${cache.bytes}, 'Application Kilobytes':${kilobytes})`

const expiryOf = ({ expires, permanent }: ListedCommandAnswer): string => {
  if (expires !== undefined) return pythonTime(expires)
  return permanent ? '-2' : '-1'
}

/**
 * The answer of `/cache`, to apiifyCacheBytesMax.
 *
 * @param rows what is asked for most comes first
 * @param bodyOf what was answered
 */
export const apiifyCache = (
  rows: Iterable<ListedCommandAnswer>,
  bodyOf: (answer: CommandAnswer) => Buffer,
): string => {
  const head = [centred('KEY', 80, '-'), centred('COUNT', 9, '-'), centred('EXPIRES', 26, '-')]
  const lines = [`Cache Report\n${head.join('  ')}  RECORD---->\n`]
  let bytes = 0
  for (const row of rows) {
    const answer = JSON.parse(row.answer) as CommandAnswer // that the cache has written
    const key = centred(`(${pythonText(row.value)},)`, 80, ' ')
    const count = String(row.hits).padStart(9, '0')
    const line = `${key}  ${count}  ${centred(expiryOf(row), 20, ' ')}  ${pythonBytes(bodyOf(answer))}\n`
    bytes += Buffer.byteLength(line)
    if (bytes > apiifyCacheBytesMax) break
    lines.push(line)
  }
  return lines.join('')
}

/** What `/` says: APIify would run its program without a value. */
export const apiifyHelp = (address: string): string => `API Documentation\n${address}/arguments to pass.`
