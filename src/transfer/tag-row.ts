/** What a list of tags holds: its rows, and how single objects of STIX and MISP are read as such. */
import * as z from 'zod'
import { tagNoteCharsMax } from '../limits.js'
import { tagNames, type TagName, type TagTarget } from '../model/tag.js'
import { isDeepUrl, readTagValue } from '../names/tag-value.js'
import { readIsoOrHttpDate } from './list.js'
import { isSource } from './row.js'

export interface TagRow {
  readonly target: TagTarget
  /** Undefined if the list does not say: the user has to. */
  readonly tag: TagName | undefined
  /** Undefined if the list does not say. */
  readonly source: string | undefined
  /** Epoch ms; undefined if the list does not say. */
  readonly at: number | undefined
  readonly note: string | undefined
}

/** A row, or why there is none; `broken` if the rest of the list cannot be read either. */
export type TagPiece = { readonly at: string } & (
  { readonly row: TagRow } | { readonly refused: string; readonly broken?: true }
)

/** An object is read as rows and refusals; undefined for one that is about something else. */
export type TagContents = readonly (TagRow | string)[] | undefined

const unprintable = /[^ \p{L}\p{M}\p{N}\p{P}\p{S}]+/gu

/** A note in printable characters, cut to tagNoteCharsMax: lists come from others. */
export const noteFrom = (text: string | undefined): string | undefined => {
  const note = (text ?? '').replace(unprintable, ' ').trim().slice(0, tagNoteCharsMax)
  return note === '' ? undefined : note.replace(/[\ud800-\udbff]$/, '')
}

export const isTagName = (text: unknown): text is TagName => tagNames.some(name => name === text)

interface Said {
  readonly tag?: TagName | undefined
  readonly source?: string | undefined
  readonly at?: number | undefined
  readonly note?: string | undefined
}

/** Reads a value; a string says which one cannot be used, and why. */
export const rowOf = (value: string, { tag, source, at, note }: Said): TagRow | string => {
  const target = readTagValue(value)
  if (typeof target === 'string') return `"${value.slice(0, 80)}": ${target}`
  return {
    target,
    tag,
    source: source !== undefined && isSource(source) ? source : undefined,
    at,
    note: noteFrom(note),
  }
}

/** A URL accuses a page. Its host is worth a look, not an alarm, unless the URL is nothing but the host. */
const ofUrl = (url: string, said: Said): TagRow | string =>
  rowOf(url, said.tag === 'threat' && isDeepUrl(url) ? { ...said, tag: 'interest' } : said)

/* STIX 2.1 (https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html) */

const text = z.string()
const stixObject = z.object({
  type: text,
  value: text.optional().catch(undefined),
  pattern: text.optional().catch(undefined),
  pattern_type: text.optional().catch(undefined),
  revoked: z.boolean().optional().catch(undefined),
  valid_until: text.optional().catch(undefined),
  valid_from: text.optional().catch(undefined),
  name: text.optional().catch(undefined),
  description: text.optional().catch(undefined),
  indicator_types: z.array(text).optional().catch(undefined),
  labels: z.array(text).optional().catch(undefined),
  objects: z.record(text, z.unknown()).optional().catch(undefined),
  external_references: z
    .array(z.object({ source_name: text }))
    .optional()
    .catch(undefined),
})
type StixObject = z.output<typeof stixObject>

const observables: ReadonlySet<string> = new Set(['domain-name', 'ipv4-addr', 'ipv6-addr', 'url'])
/** The vocabulary of `indicator_types` (10.5), in STIX 2.0 that of `labels`. An indicator without one of these is a threat. */
const tagOfType: ReadonlyMap<string, TagName> = new Map([
  ['benign', 'trust'],
  ['anomalous-activity', 'interest'],
  ['anonymization', 'interest'],
  ['unknown', 'interest'],
  ['compromised', 'threat'],
  ['malicious-activity', 'threat'],
  ['attribution', 'threat'],
])
/** An indicator with several types is what the worst one says: trust would silence alerts. */
const worstFirst: readonly TagName[] = ['threat', 'interest', 'trust']

/** @param now epoch ms */
export const ofStix = (json: unknown, now: number): TagContents => {
  const found = stixObject.safeParse(json)
  if (!found.success) return undefined
  const { type, value, objects } = found.data
  if (type === 'indicator') return ofIndicator(found.data, now)
  if (type === 'observed-data' && objects)
    return Object.values(objects).flatMap(one => ofStix(one, now) ?? [])
  if (!observables.has(type)) return undefined
  return [value === undefined ? `a ${type} without its value` : ofUrl(value, { tag: 'interest' })]
}

const ofIndicator = (indicator: StixObject, now: number): TagContents => {
  const {
    pattern = '',
    pattern_type = 'stix',
    revoked,
    valid_until,
    valid_from,
    name,
    description,
  } = indicator
  if (revoked === true) return ['an indicator that was revoked']
  if ((readIsoOrHttpDate(valid_until ?? '') ?? Infinity) <= now)
    return ['an indicator that is no longer valid']
  if ((readIsoOrHttpDate(valid_from ?? '') ?? 0) > now) return ['an indicator that is not valid yet']
  if (pattern_type !== 'stix') return [`a pattern of ${pattern_type.slice(0, 40)}`]
  const values = patternValues(pattern)
  if (typeof values === 'string') return [values]
  const types = [...(indicator.indicator_types ?? []), ...(indicator.labels ?? [])]
  const meant = new Set(types.map(type => tagOfType.get(type)))
  const known = worstFirst.find(tag => meant.has(tag))
  const at = readIsoOrHttpDate(valid_from ?? '')
  const [reference] = indicator.external_references ?? []
  // An indicator is often named after its value, which says nothing more.
  const note = description ?? (values.some(({ value }) => value === name) ? undefined : name)
  const said = {
    tag: known ?? 'threat',
    ...{ at, note },
    source: reference?.source_name,
  } as const
  return values.map(({ object, value }) => (object === 'url' ? ofUrl(value, said) : rowOf(value, said)))
}

const comparison = String.raw`\s*(domain-name|ipv4-addr|ipv6-addr|url):value\s*(=|IN|ISSUBSET)\s*`
const quoted = String.raw`'((?:[^'\\]|\\['\\])*)'`
const first = new RegExp(comparison, 'y')
const literal = new RegExp(quoted, 'y')

/**
 * The values of a pattern (9) in which each one alone is what is sought: comparisons for equality with OR between them. A
 * string says why it is another one: `AND` and `FOLLOWEDBY` accuse no single value.
 */
export const patternValues = (pattern: string): { object: string; value: string }[] | string => {
  const values: { object: string; value: string }[] = []
  const other = `a pattern that is more than names and addresses with OR: ${pattern.slice(0, 80)}`
  let at = 0
  const take = (regex: RegExp): RegExpExecArray | null => {
    regex.lastIndex = at
    const found = regex.exec(pattern)
    if (found) at = regex.lastIndex
    return found
  }
  let open = 0
  for (;;) {
    while (take(/\s*[[(]/y)) open += 1
    const [, object = '', operator] = take(first) ?? []
    if (operator === undefined) return other
    const isList = operator === 'IN' && take(/\(\s*/y) !== null
    do {
      const [, value] = take(literal) ?? []
      if (value === undefined) return other
      values.push({ object, value: value.replace(/\\(.)/g, '$1') })
    } while (isList && take(/\s*,\s*/y))
    if (isList && !take(/\s*\)/y)) return other
    while (take(/\s*[\])]/y)) open -= 1
    if (take(/\s*OR(?=[\s[(])/y)) continue
    return open === 0 && pattern.slice(at).trim() === '' ? values : other
  }
}

/* MISP (https://github.com/MISP/misp-rfc, misp-core-format) */

const mispTag = z.object({ name: text })
const sighting = z.object({
  type: z.union([text, z.number()]).optional(),
  value: text.optional().catch(undefined),
})
const attribute = z.object({
  type: text,
  value: text,
  to_ids: z.union([z.boolean(), text, z.number()]).optional(),
  deleted: z.union([z.boolean(), text, z.number()]).optional(),
  comment: text.nullish().catch(undefined),
  timestamp: z.union([text, z.number()]).optional().catch(undefined),
  Tag: z.array(mispTag).optional().catch(undefined),
  Sighting: z.array(sighting).optional().catch(undefined),
})

const isTrue = (value: unknown): boolean => value === true || value === 1 || value === '1' || value === 'true'
/** A machine tag: how our own export says it. */
export const mispTagOf = (tag: TagName): string => `domainstats:tag="${tag}"`
export const mispSourceOf = (source: string): string => `domainstats:source="${source}"`

const seconds = (value: string | number | undefined): number | undefined => {
  const number = Number(value)
  return value !== undefined && Number.isFinite(number) && number > 0 ? number * 1000 : undefined
}

/** `1`: somebody says that the value is no sign of a threat. */
const isFalsePositive = ({ type }: z.output<typeof sighting>): boolean => String(type ?? 0) === '1'

/** @param info of the event */
export const ofMispAttribute = (json: unknown, info: string | undefined): TagContents => {
  const found = attribute.safeParse(json)
  if (!found.success) return undefined
  const {
    type,
    value,
    to_ids,
    deleted,
    comment,
    timestamp,
    Tag: machine = [],
    Sighting: seen = [],
  } = found.data
  if (isTrue(deleted)) return ['an attribute that was deleted']
  if (seen.some(isFalsePositive)) return [`"${value.slice(0, 80)}": a sighting calls it a false positive`]
  const own = tagNames.find(tag => machine.some(({ name }) => name === mispTagOf(tag)))
  const hasComment = comment !== null && comment !== undefined && comment !== ''
  // The info of our own export says nothing of its tags.
  const note = hasComment ? comment : own === undefined ? info : undefined
  const source = machine
    .map(({ name }) => /^domainstats:source="(.*)"$/s.exec(name)?.[1])
    .find(one => one !== undefined)
  const said = {
    tag: own ?? (isTrue(to_ids) ? ('threat' as const) : ('interest' as const)),
    ...{ at: seconds(timestamp), note, source },
  }
  switch (type) {
    case 'domain':
    case 'hostname':
    case 'ip-src':
    case 'ip-dst':
      return [rowOf(value, said)]
    case 'domain|ip':
      return value.split('|').map(part => rowOf(part, said))
    case 'hostname|port':
    case 'ip-src|port':
    case 'ip-dst|port':
      return [rowOf(value.replace(/\|.*$/s, ''), said)]
    case 'url':
    case 'uri':
    case 'link':
      return [ofUrl(value, type === 'link' ? { ...said, tag: own ?? 'interest' } : said)]
    default:
      return [`the type ${type.slice(0, 40)} holds no name or address`]
  }
}

/** A sighting by value, as MISP exports it with its attribute, or as its API takes it. */
export const ofMispSighting = (json: unknown, info: string | undefined): TagContents => {
  const found = sighting.extend({ Attribute: z.unknown().optional() }).safeParse(json)
  if (!found.success) return undefined
  if (isFalsePositive(found.data)) return ['a sighting that calls its value a false positive']
  if (String(found.data.type ?? 0) === '2') return ['a sighting that lets its value expire']
  const { Attribute: sighted, value } = found.data
  if (sighted !== undefined) return ofMispAttribute(sighted, info)
  return value === undefined
    ? ['a sighting without its value: export it with its attribute']
    : [ofUrl(value, { tag: 'interest' })]
}
