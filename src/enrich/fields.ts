/** Takes the fields of an entry of `enrich` from the answer of its command. */
import type { EnrichSettings } from '../config/schema-enrich.js'
import { enrichedFieldName, fieldsOf } from '../config/schema-enrich.js'
import { valueAt } from '../config/settings.js'
import { enrichedCharsMax, enrichedItemsMax, reportedCharsMax } from '../limits.js'
import { readWhoisDate } from '../lookup/whois/dates.js'
import type { Enriched, EnrichedType, EnrichedValue } from '../model/enrichment.js'

/** A value that is neither a list nor a mapping. */
type Scalar = string | number | boolean

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

/** The values at a path, in order; a `*` leads to each item of a list. */
const at = (root: unknown, path: string): readonly unknown[] =>
  (path === '.' ? [] : path.split('.')).reduce<readonly unknown[]>(
    (values, key) =>
      values.flatMap((value): readonly unknown[] => {
        if (key === '*') return Array.isArray(value) ? (value as readonly unknown[]) : []
        if (Array.isArray(value) && !/^\d+$/.test(key)) return []
        const inner = valueAt(value, [key])
        return inner === undefined ? [] : [inner]
      }),
    [root],
  )

const textOf = (value: Scalar): string => String(value).trim().slice(0, enrichedCharsMax)

const numberOf = (value: Scalar): number | undefined => {
  if (typeof value === 'boolean' || value === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** How the first value of a field is read; undefined if it is none of its type. */
const readers: Readonly<
  Record<Exclude<EnrichedType, 'strings'>, (value: Scalar) => EnrichedValue | undefined>
> = {
  string: value => textOf(value) || undefined,
  count: value => {
    const number = numberOf(value)
    return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined
  },
  double: numberOf,
  bool: value => {
    if (typeof value === 'boolean') return value
    const truth = new Map([
      ['true', true],
      ['1', true],
      ['false', false],
      ['0', false],
    ])
    return truth.get(String(value).toLowerCase())
  },
  time: value => {
    const ms = readWhoisDate(String(value))
    return ms === undefined ? undefined : { time: ms }
  },
}

const valueOf = (found: readonly unknown[], type: EnrichedType): EnrichedValue | undefined => {
  const scalars = found
    .flatMap(value => (Array.isArray(value) ? (value as readonly unknown[]) : [value]))
    .filter(isScalar)
  if (type === 'strings') {
    const texts = scalars.map(textOf).filter(text => text !== '')
    return texts.length > 0 ? texts.slice(0, enrichedItemsMax) : undefined
  }
  const [first] = scalars
  return first === undefined ? undefined : readers[type](first)
}

/** What stands behind the alert that a field raises, nothing for `true`; undefined if the field is empty, 0 or false. */
const reportOf = (value: EnrichedValue | undefined): string | undefined => {
  const one = Array.isArray(value) ? (value as readonly string[])[0] : value
  if (one === undefined || one === 0 || one === false || typeof one === 'object') return undefined
  return one === true ? '' : String(one).slice(0, reportedCharsMax)
}

/**
 * What the answer of a command says of a record.
 *
 * @param result of the answer
 */
export const enrichedBy = (entry: EnrichSettings, result: unknown): Enriched => {
  const fields: Record<string, EnrichedValue> = {}
  const reported: { -readonly [Name in keyof Enriched['reported']]: Enriched['reported'][Name] } = {}
  for (const field of fieldsOf(entry)) {
    const value = valueOf(at(result, field.path), field.type)
    if (value !== undefined) fields[enrichedFieldName(entry, field)] = value
    if (entry.alert?.field !== field.name) continue
    const text = reportOf(value)
    if (text !== undefined) reported[entry.alert.name] = text
  }
  return { fields, reported }
}

export const saysNothing = ({ fields }: Enriched): boolean => Object.keys(fields).length === 0

/** All of them together; where two raise one alert, the first text stands behind it. */
export const merged = (all: readonly Enriched[]): Enriched => ({
  fields: Object.assign({}, ...all.map(({ fields }) => fields)) as Enriched['fields'],
  reported: Object.assign({}, ...all.toReversed().map(({ reported }) => reported)) as Enriched['reported'],
})
