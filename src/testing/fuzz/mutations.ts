/** Generates inputs: real ones with edits, and arbitrary ones. */
import fc from 'fast-check'
import { asBytes, specials } from './special.js'

/** Grows no further by repeats. */
const bytesMax = 100_000

/** An edit of a text; positions are fractions of its length, from 0 to 1. */
interface Edit {
  readonly kind: 'flip' | 'cut' | 'truncate' | 'repeat' | 'insert' | 'token' | 'splice'
  readonly at: number
  readonly length: number
  readonly times: number
  readonly special: string
  readonly other: string
}

const place = fc.nat(9_999).map(part => part / 10_000)
const times = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 2, max: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom(64, 1_000, 65_536) },
)

const editOf = (seeds: readonly string[]): fc.Arbitrary<Edit> =>
  fc.record({
    kind: fc.constantFrom('flip', 'cut', 'truncate', 'repeat', 'insert', 'token', 'token', 'splice'),
    at: place,
    length: fc.integer({ min: 1, max: 64 }),
    times,
    special: fc.constantFrom(...specials),
    other: fc.constantFrom(...seeds),
  })

/** A word, a number or a text in quotes: what a value of any format looks like. */
const token = /"[^"\n]*"|[\w.+-]+/g

const repeated = (text: string, count: number): string =>
  text.repeat(Math.min(count, Math.ceil(bytesMax / Math.max(1, text.length))))

/** @param text a byte a character */
const edited = (text: string, { kind, at, length, times, special, other }: Edit): string => {
  const from = Math.floor(at * (text.length + 1))
  const [before, there, after] = [
    text.slice(0, from),
    text.slice(from, from + length),
    text.slice(from + length),
  ]
  if (kind === 'cut') return before + after
  if (kind === 'truncate') return before
  if (kind === 'insert') return before + special + text.slice(from)
  if (kind === 'splice') return before + other.slice(Math.floor(at * other.length))
  if (kind === 'repeat') return text.length > bytesMax ? text : before + repeated(there, times) + after
  if (kind === 'flip') {
    const code = (text.charCodeAt(from) || 0) ^ (1 << (times % 8))
    return from < text.length ? before + String.fromCharCode(code) + text.slice(from + 1) : text
  }
  const found = [...text.matchAll(token)]
  const chosen = found[Math.floor(at * found.length)]
  if (!chosen) return special
  return text.slice(0, chosen.index) + special + text.slice(chosen.index + chosen[0].length)
}

/**
 * Bytes: a real text after some edits, pieces of several and special characters in a row, or anything.
 *
 * @param seeds real ones
 */
export const bytesLike = (seeds: readonly string[]): fc.Arbitrary<Buffer> => {
  const real = seeds.map(asBytes)
  const mutated = fc
    .tuple(fc.constantFrom(...real), fc.array(editOf(real), { maxLength: 6 }))
    .map(([seed, edits]) => edits.reduce(edited, seed))
  const pieces = real.flatMap(text => [...text.matchAll(token)].map(([piece]) => piece))
  const built = fc
    .array(fc.oneof(fc.constantFrom(...specials), fc.constantFrom(...pieces)), { maxLength: 20 })
    .map(parts => parts.join(''))
  return fc.oneof(
    { weight: 6, arbitrary: mutated.map(text => Buffer.from(text, 'latin1')) },
    { weight: 2, arbitrary: built.map(text => Buffer.from(text, 'latin1')) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)) },
  )
}

/** The same as text. Invalid UTF-8 becomes U+FFFD, as when a file is read. */
export const textLike = (seeds: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 8, arbitrary: bytesLike(seeds).map(bytes => bytes.toString('utf8')) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  )
