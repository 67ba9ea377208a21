/** Generates JSON that is valid but hostile: duplicate keys, depth, `__proto__`, huge numbers. */
import fc from 'fast-check'
import { bytesLike } from './mutations.js'
import { specialNumbers, specialTexts } from './special.js'

const isNumber = (text: string): boolean => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)

const short: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('null', 'true', 'false', '""', '[]', '{}', '"\\u0000"', '"\\ud800"', '"\\u202e"', '"\\/"'),
  fc.constantFrom(...specialNumbers.filter(isNumber)),
  fc.constantFrom(...specialTexts, ...specialNumbers).map(text => JSON.stringify(text)),
  fc.string({ unit: 'binary', maxLength: 40 }).map(text => JSON.stringify(text)),
)
/** Around the lengths of a label, a name, a query; and a label of 64 KiB. */
const lengths = fc.constantFrom(63, 64, 253, 254, 1_024, 1_025, 65_536)
const leaf: fc.Arbitrary<string> = fc.oneof(
  { weight: 30, arbitrary: short },
  { weight: 1, arbitrary: lengths.map(length => JSON.stringify('a'.repeat(length))) },
)

/** Brackets in brackets. */
const deep: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('[', '{"a":'), fc.constantFrom(2, 40, 3_000), leaf)
  .map(([open, depth, inner]) => open.repeat(depth) + inner + (open === '[' ? ']' : '}').repeat(depth))

/** The same element many times. */
const long: fc.Arbitrary<string> = fc.tuple(leaf, fc.constantFrom(3, 300, 30_000)).map(
  ([inner, count]) =>
    `[${Array(Math.min(count, Math.ceil(60_000 / inner.length)))
      .fill(inner)
      .join(',')}]`,
)

/** A JSON text whose objects have these keys, and those of the prototype, in any order and number. */
export const jsonText = (keys: readonly string[]): fc.Arbitrary<string> => {
  const key = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('a', ...keys) },
    { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '', 'hasOwnProperty') },
  )
  return fc.letrec<{ value: string }>(tie => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      { weight: 20, arbitrary: leaf },
      { weight: 20, arbitrary: fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map(objectText) },
      {
        weight: 10,
        arbitrary: fc.array(tie('value'), { maxLength: 4 }).map(values => `[${values.join(',')}]`),
      },
      { weight: 1, arbitrary: fc.oneof(deep, long) },
    ),
  })).value
}

const objectText = (members: readonly (readonly [key: string, value: string])[]): string =>
  `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`

interface Member {
  readonly at: number
  readonly key: string
  readonly value: string
}

/** Puts a member behind one of the opening braces: what it stands before wins, what it repeats loses. */
const withMember = (text: string, { at, key, value }: Member): string => {
  const braces = [...text.matchAll(/\{(?=")|,(?=")/g)]
  const brace = braces[Math.floor((at / 1_000) * braces.length)]
  if (!brace) return text
  const from = brace.index + 1
  return `${text.slice(0, from)}${JSON.stringify(key)}:${value},${text.slice(from)}`
}

/** Puts a value in the place of another one. */
const withValue = (text: string, { at, value }: Member): string => {
  const values = [...text.matchAll(/(?<=(?:":|[[,])\s*)(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)/g)]
  const chosen = values[Math.floor((at / 1_000) * values.length)]
  if (!chosen) return text
  return text.slice(0, chosen.index) + value + text.slice(chosen.index + chosen[0].length)
}

/**
 * JSON in bytes: real records with members more and values changed, records made of their keys, and what is left of
 * real ones after some edits.
 *
 * @param records real ones, without blanks
 */
export const jsonLike = (records: readonly string[]): fc.Arbitrary<Buffer> => {
  const keys = [
    ...new Set(records.flatMap(text => [...text.matchAll(/"([^"\\]+)":/g)].map(([, key = '']) => key))),
  ]
  const member = fc.record({
    at: fc.nat(999),
    key: fc.constantFrom('__proto__', ...keys),
    value: jsonText(keys),
  })
  const changed = fc
    .tuple(
      fc.constantFrom(...records),
      fc.array(member, { maxLength: 3 }),
      fc.array(member, { maxLength: 3 }),
    )
    .map(([record, more, other]) => more.reduce(withMember, other.reduce(withValue, record)))
  return fc.oneof(
    { weight: 5, arbitrary: changed.map(text => Buffer.from(text)) },
    { weight: 2, arbitrary: jsonText(keys).map(text => Buffer.from(text)) },
    { weight: 3, arbitrary: bytesLike(records) },
  )
}
