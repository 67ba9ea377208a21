/**
 * Checks records against the defaults of programs that read domainstats.log: an Elasticsearch index with dynamic mapping,
 * Wazuh's JSON decoder, and zeek-cut.
 */
import { isDeepStrictEqual } from 'node:util'
import { readZeek } from '../output/testing/zeek-cut.js'

type Json = Readonly<Record<string, unknown>>

/** The records of an output in JSON lines. */
export const recordsIn = (text: string): Json[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Json)

/**
 * The type that Elasticsearch's dynamic mapping gives a value. A text that looks like a date becomes one
 * (`strict_date_optional_time`, so a bare year, too), and the first document decides for all others.
 */
const mappedAs = (value: unknown): string => {
  if (Array.isArray(value)) return [...new Set(value.map(mappedAs))].join('+') || 'nothing'
  if (typeof value === 'number') return Number.isInteger(value) ? 'long' : 'float'
  if (typeof value !== 'string') return value === null ? 'nothing' : typeof value
  const isDate = /^\d{4}(-\d{2}(-\d{2}(T[\d:.]*Z?)?)?)?$|^\d{4}\/\d{2}\/\d{2}/.test(value)
  return isDate ? 'date' : 'text'
}

/** Whole numbers and fractions may mix in one field, in any order: Elasticsearch coerces both. */
const family = (type: string): string => (type === 'long' || type === 'float' ? 'number' : type)

/** The fields that an index with dynamic mapping would refuse, one line each. */
export const unmappable = (records: readonly Json[]): string[] => {
  const types = new Map<string, Set<string>>()
  for (const record of records)
    for (const [key, value] of Object.entries(record)) {
      const type = family(mappedAs(value))
      if (type !== 'nothing') types.set(key, (types.get(key) ?? new Set()).add(type))
    }
  const keys = [...types.keys()]
  const prefixes = keys.flatMap(key =>
    keys.filter(other => other.startsWith(`${key}.`)).map(other => `${key} is a prefix of ${other}`),
  )
  const mixed = [...types].filter(([, found]) => found.size > 1 || found.has('object'))
  return [...prefixes, ...mixed.map(([key, found]) => `${key} is ${[...found].join(' and ')}`)]
}

/** The longest event that Wazuh's analysisd accepts. */
const eventBytesMax = 65_536

/** What Wazuh's JSON decoder would lose, one line each. */
export const undecodable = (text: string): string[] =>
  text.split('\n').flatMap(line => {
    if (line === '') return []
    const entries = Object.entries(JSON.parse(line) as Json)
    const nested = entries.filter(([, value]) =>
      (Array.isArray(value) ? value : [value]).some(item => typeof item === 'object' && item !== null),
    )
    return [
      ...(Buffer.byteLength(line) >= eventBytesMax ? [`${line.slice(0, 80)}… is too long`] : []),
      ...nested.map(([key]) => `${key} is not flat: ${line}`),
      ...(entries.some(([key]) => key === 'id') ? [`id stands beside id.orig_h: ${line}`] : []),
    ]
  })

/** A value of JSON as zeek-cut prints it: times in epoch seconds, numbers as text. */
const cut = (value: unknown, type: string | undefined): string | string[] | undefined => {
  if (value === undefined) return undefined
  if (Array.isArray(value)) return value.map(String)
  if (typeof value === 'boolean') return value ? 'T' : 'F'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return type === 'time' ? epochOf(text) : text
}

/** As text: a double has too few digits for microseconds since 1970. */
const epochOf = (iso: string): string => {
  const [, micros = ''] = /\.(\d{6})Z$/.exec(iso) ?? []
  return `${Math.floor(Date.parse(iso) / 1000)}.${micros}`
}

/** The differences between the same records in the two formats, one line each. */
export const differing = (records: readonly Json[], zeek: string): string[] => {
  const { rows, path } = readZeek(zeek)
  if (path !== 'domainstats' || rows.length !== records.length)
    return [`#path ${path}: ${rows.length} rows for ${records.length} records`]
  return rows.flatMap(({ fields, types }, at) => {
    const { _path, ...record } = records[at] ?? {}
    const expected = Object.fromEntries(
      Object.keys(fields).map(name => [name, cut(record[name], types[name])]),
    )
    const isWhole = _path === path && Object.keys(record).every(name => name in fields)
    return isWhole && isDeepStrictEqual(fields, expected)
      ? []
      : [`${JSON.stringify(fields)} is not ${JSON.stringify(record)}`]
  })
}

/** Faults of the follow-ups after each registry has answered, one line each. */
export const unfollowed = (records: readonly Json[]): string[] => {
  const ids = new Set(records.map(({ record_id: id }) => id))
  const twice = ids.size === records.length ? [] : [`${records.length - ids.size} ids come twice`]
  const followups = records.filter(record => 'followup_of' in record)
  const firsts = records.filter(record => !('followup_of' in record))
  const wrong = firsts.flatMap(first => {
    const own = followups.filter(({ followup_of: of }) => of === first['record_id'])
    const due = first['category'] === 'PENDING' ? 1 : 0
    const isOpen = due === 1 || first['category'] === 'ERROR'
    const right = isOpen ? own.length >= due && own.length <= 1 : own.length === 0
    return [
      ...(right ? [] : [`${own.length} follow-ups of ${JSON.stringify(first)}`]),
      ...own.filter(followup => !addsTo(followup, first)).map(followup => JSON.stringify(followup)),
    ]
  })
  const astray = followups.filter(({ followup_of: of }) => !firsts.some(({ record_id: id }) => id === of))
  return [...twice, ...wrong, ...astray.map(followup => `follows nobody: ${JSON.stringify(followup)}`)]
}

const namesIn = (alerts: unknown): string[] =>
  Array.isArray(alerts) ? alerts.map(alert => String(alert).replace(/:.*/s, '')) : []

/** Whether a follow-up belongs to the same question, is not PENDING, and repeats no alert. */
const addsTo = (followup: Json, first: Json): boolean =>
  followup['query'] === first['query'] &&
  followup['ts'] === first['ts'] &&
  followup['category'] !== 'PENDING' &&
  !namesIn(followup['alerts']).some(name => namesIn(first['alerts']).includes(name))
