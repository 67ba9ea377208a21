/** Shows the full record of a domain under the keys of python-whois: as JSON, and as text the way domain_stats 0.x did. */
import * as z from 'zod'
import type { WhoisOutcome } from '../ask/whois-records.js'
import { whoisFieldsMax } from '../limits.js'
import { isoTime, jsonEscaped } from '../output/json.js'
import { whoisRecord } from '../registration/whois-record.js'

const time = z.iso.datetime()

const whole = z.object({
  ...whoisRecord.shape,
  ...{ updated_date: time.nullable(), creation_date: time.nullable(), expiration_date: time.nullable() },
  alexa: z.int().min(1).nullable().describe('The place in the list of the most asked domains.'),
  time: time.describe('When the registry was asked.'),
})
type Whole = z.output<typeof whole>

/** The record over HTTP and on the command line. A key that is not asked for is not there. */
export const whoisAnswer = whole.partial()
type FieldName = keyof Whole

const names: ReadonlySet<string> = new Set(Object.keys(whole.shape))
/** python-whois has had both names. */
const others: Readonly<Record<string, FieldName>> = { registrant_postal_code: 'zipcode' }

const isName = (text: string): text is FieldName => names.has(text)

/** A field of a question. */
export interface AskedField {
  /** As it was asked for; without the `*`, behind which domain_stats 0.x gave all values and not only the first. */
  readonly text: string
  readonly all: boolean
  /** Undefined if there is no such field. */
  readonly name: FieldName | undefined
}

/**
 * Reads the fields of a question: names between commas.
 *
 * @returns undefined for more than `whoisFieldsMax`
 */
export const readFields = (texts: readonly string[]): readonly AskedField[] | undefined => {
  const words = texts
    .flatMap(text => text.split(',', whoisFieldsMax + 1))
    .map(word => word.trim())
    .filter(word => word !== '')
  if (words.length > whoisFieldsMax) return undefined
  return words.map(word => {
    const text = word.replace(/\*$/, '')
    const meant = Object.hasOwn(others, text) ? others[text] : text
    return { text, all: text !== word, name: meant !== undefined && isName(meant) ? meant : undefined }
  })
}

/** What is wrong with the fields of a question, for the user; undefined if nothing is. */
export const wrongIn = (fields: readonly AskedField[] | undefined): string | undefined => {
  if (fields === undefined) return `more than ${whoisFieldsMax} fields`
  const unknown = fields.find(({ name }) => name === undefined)
  return unknown && `no field named ${unknown.text}: they are ${[...names].join(', ')}`
}

type Found = Extract<WhoisOutcome, { readonly kind: 'record' }>

const wholeOf = ({ record, time }: Found, rank: number | undefined): Whole => {
  const iso = (ms: number | null) => (ms === null ? null : isoTime(ms))
  const { updated_date, creation_date, expiration_date, ...rest } = record
  return {
    ...rest,
    ...{ updated_date: iso(updated_date), creation_date: iso(creation_date) },
    ...{ expiration_date: iso(expiration_date), alexa: rank ?? null, time: isoTime(time) },
  }
}

/**
 * The answer as JSON: the fields that were asked for, or all of them in the order of python-whois.
 *
 * @param rank of the domain in the list of the most asked ones
 */
export const whoisJson = (
  found: Found,
  rank: number | undefined,
  fields: readonly AskedField[],
): z.output<typeof whoisAnswer> => {
  const values = wholeOf(found, rank)
  const wanted = fields.flatMap(({ text, name }) => (name === undefined ? [] : [[text, values[name]]]))
  const inOrder = Object.keys(whole.shape).filter(isName)
  return Object.fromEntries(
    wanted.length > 0 ? wanted : inOrder.map(name => [name, values[name]]),
  ) as z.output<typeof whoisAnswer> // its own keys and values
}

/** As Python's str() shows them, but for characters that are not printable: they are escaped. */
const inPython = (value: Whole[FieldName], all: boolean): string => {
  if (value === null) return 'None'
  if (typeof value === 'number') return String(value)
  const text = (one: string) =>
    /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z$/.test(one)
      ? one.slice(0, 19).replace('T', ' ')
      : jsonEscaped(one).replace(/\\(["\\])/g, '$1')
  if (typeof value === 'string') return text(value)
  if (!all) return value[0] === undefined ? 'None' : text(value[0])
  return `[${value.map(one => `'${text(one)}'`).join(', ')}]`
}

/**
 * The answer of domain_stats 0.x: each value with `; ` behind it, and only the first of several unless the field ends in
 * `*`. Without fields a line for each, in place of a printed dictionary.
 */
export const whoisText = (found: Found, rank: number | undefined, fields: readonly AskedField[]): string => {
  const values = wholeOf(found, rank)
  if (fields.length === 0)
    return Object.keys(whole.shape)
      .filter(isName)
      .map(name => `${name}: ${inPython(values[name], true)}\n`)
      .join('')
  return fields
    .map(({ text, all, name }) =>
      name === undefined ? `no field named ${jsonEscaped(text)} found; ` : `${inPython(values[name], all)}; `,
    )
    .join('')
}

/** Why there is no record, for the user, and the status of HTTP that says so. */
export const whyNoRecord = (
  outcome: Exclude<WhoisOutcome, Found>,
): { readonly status: number; readonly why: string } => {
  switch (outcome.kind) {
    case 'absent':
      return { status: 404, why: `No whois record for ${outcome.domain}` }
    case 'skipped':
      return { status: 400, why: `no registry is asked about this: ${outcome.reason}` }
    case 'unsupported':
      return { status: 404, why: `the registry tells nothing: ${outcome.reason}` }
    case 'failed':
      return { status: 502, why: `the registry did not answer: ${outcome.reason}` }
    case 'late':
      return { status: 503, why: 'the registry has not answered yet: ask again later' }
    case 'busy':
      return { status: 503, why: 'too many records are being looked up: ask again later' }
  }
}
