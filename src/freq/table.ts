/**
 * Reads and writes tables of letter pairs in Mark Baggett's format: JSON in a latin1 file,
 * `[ignore_case, ignorechars, [[first, [[second, count], …]], …]]`. See https://github.com/MarkBaggett/freq.
 */
import * as z from 'zod'
import { freqCountsMax } from '../limits.js'

const cased = /^[\p{Lowercase}\p{Uppercase}]$/u

/**
 * The keys under which a table may hold a letter: with `ignoreCase` its lower and its upper case. A letter whose two are
 * equal ('ª') is listed twice, and so counted twice, as in freq. A case may be two code points long ('İ' is 'i̇' in lower
 * case, 'ß' is 'SS' in upper case): no trained table holds pairs of such a key.
 *
 * "Cased" is defined by Python's `islower` and `isupper` for one character: the Unicode properties Lowercase and
 * Uppercase. `lower` and `upper` of Python, like those of JavaScript, are Unicode's full mappings, independent of locale.
 */
export const spellings = (letter: string, ignoreCase: boolean): readonly string[] =>
  ignoreCase && cased.test(letter) ? [letter.toLowerCase(), letter.toUpperCase()] : [letter]

const newline = 0x0a

/**
 * Calls `take` with the code points of each pair: first those at 0-1, 2-3, … then those at 1-2, 3-4, … The order is that of
 * freq, since the last bit of a sum of fractions depends on it: Python's `re.findall('..', text)`, then
 * `re.findall('..', text[1:])`, where `.` is one code point (not one UTF-16 unit) and never a newline.
 */
export const eachPair = (text: string, take: (first: number, second: number) => void): void => {
  const points = codePoints(text)
  pairsFrom(points, 0, take)
  pairsFrom(points, 1, take)
}

const codePoints = (text: string): number[] => {
  const points: number[] = []
  for (let at = 0; at < text.length; at += 1) {
    const point = text.codePointAt(at) ?? 0
    if (point > 0xffff) at += 1 // it took two UTF-16 units
    points.push(point)
  }
  return points
}

const pairsFrom = (
  points: readonly number[],
  start: number,
  take: (first: number, second: number) => void,
) => {
  for (let at = start; ; at += 2) {
    const first = points[at]
    const second = points[at + 1]
    if (first === undefined || second === undefined) return
    if (first === newline || second === newline)
      at -= 1 // no match here: the next try is one further
    else take(first, second)
  }
}

/** How often each letter follows each other letter in the training texts. */
export interface PairCounts {
  /** In scoring, upper and lower case count as one letter. The counts themselves keep the case of the texts. */
  readonly ignoreCase: boolean
  /** In scoring, a pair is skipped if both its characters are in this list. */
  readonly ignoreChars: string
  /** First letter → second letter → count. */
  readonly pairs: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/** The parsed JSON of a table file. */
export type TableJson = readonly [
  ignoreCase: boolean,
  ignoreChars: string,
  pairs: readonly (readonly [
    first: string,
    seconds: readonly (readonly [second: string, count: number])[],
  ])[],
]

// A key may be longer than a letter, and a row may be empty: for each unknown letter that it scores, freq adds an empty row
// in both cases ('ß' gives 'SS'), and saves them.
const key = z.string().min(1)
const whole = z.tuple([z.boolean(), z.string(), z.array(z.unknown())])
const row = z.tuple([key, z.array(z.unknown())])
const pair = z.tuple([key, z.int().nonnegative()])

/**
 * Reads the text of a table file.
 * @param name of the table, for errors
 * @throws Error that says what is wrong with the text, and where
 */
export const parseTable = (text: string, name: string): PairCounts => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new Error(`${name}: not a freq table: it is not JSON`, { cause })
  }
  // Row by row, up to the first mistake: zod keeps all mistakes, and millions of them would fill the memory.
  const check = <T extends z.ZodType>(schema: T, part: unknown, ...path: readonly number[]): z.output<T> => {
    const checked = schema.safeParse(part)
    if (checked.success) return checked.data
    const issue = checked.error.issues[0]
    const where = place([...path, ...(issue?.path ?? [])])
    throw new Error(`${name}: not a freq table: ${where}: ${issue?.message ?? 'invalid'}`)
  }
  const [ignoreCase, ignoreChars, rows] = check(whole, json)
  const counts = rows.map((each, i) => {
    const [first, seconds] = check(row, each, 2, i)
    return [first, seconds.map((second, j) => check(pair, second, 2, i, 1, j))] as const
  })
  return fromJson([ignoreCase, ignoreChars, counts], name)
}

const place = ([part, ...rest]: readonly PropertyKey[]): string => {
  if (part === undefined) return 'the whole'
  const names: Partial<Record<PropertyKey, string>> = { 0: 'ignore_case', 1: 'ignorechars', 2: 'pairs' }
  return (names[part] ?? String(part)) + rest.map(index => `[${String(index)}]`).join('')
}

/**
 * Makes a table from parsed JSON.
 * @param name of the table, for errors
 * @throws Error when a letter or a pair occurs twice, or the counts are too large to be summed exactly
 */
export const fromJson = ([ignoreCase, ignoreChars, rows]: TableJson, name: string): PairCounts => {
  const wrong = (what: string) => new Error(`${name}: not a freq table: ${what}`)
  let sum = 0
  const pairs = new Map<string, ReadonlyMap<string, number>>()
  for (const [first, seconds] of rows) {
    if (pairs.has(first)) throw wrong(`${JSON.stringify(first)} has two rows`)
    const row = new Map(seconds)
    if (row.size < seconds.length) throw wrong(`the row of ${JSON.stringify(first)} counts a letter twice`)
    for (const count of row.values()) sum += count
    pairs.set(first, row)
  }
  if (sum > freqCountsMax) throw wrong(`its counts add up to more than ${freqCountsMax}`)
  return { ignoreCase, ignoreChars, pairs }
}

/** The text of a table file, in ASCII, byte for byte as freq saves it. */
export const formatTable = ({ ignoreCase, ignoreChars, pairs }: PairCounts): string => {
  const rows = Array.from(pairs, ([first, seconds]) => {
    const counts = Array.from(seconds, ([second, count]) => `[${quoted(second)}, ${count}]`)
    return `[${quoted(first)}, [${counts.join(', ')}]]`
  })
  return `[${ignoreCase}, ${quoted(ignoreChars)}, [${rows.join(', ')}]]`
}

/** As Python's json.dumps: everything that is not printable ASCII is escaped. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
