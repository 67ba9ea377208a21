/** domainstats.log as JSON lines: flat, ISO times, absent means unset. */
import { scoreNames } from '../detect/scores.js'
import type { DomainRecord } from '../model/record.js'
import type { OutputFormat } from './output.js'

/*
 * The fields of domainstats.log in their order: the ten columns of the original log, then ours. One table for
 * both formats. Types are Zeek's; `seen_by_*` stay strings, as the original's were.
 */

/** Epoch ms. Which text it becomes is the format's matter. */
export interface Time {
  readonly time: number
}

export type Value = string | number | bigint | boolean | Time | readonly string[] | undefined

export interface RecordField {
  readonly name: string
  readonly type: 'time' | 'string' | 'vector[string]' | 'double' | 'count' | 'addr' | 'port' | 'enum' | 'bool'
  readonly value: (record: DomainRecord) => Value
}

/** The second that was written last: neighbouring records share it, and its text takes longer than all the rest. */
let lately = { second: NaN, text: '' }

/** ISO 8601 in UTC with microseconds. @param ms epoch ms; the fraction holds the microseconds */
export const isoTime = (ms: number): string => {
  const micros = Math.round(ms * 1000)
  const second = Math.floor(micros / 1e6)
  if (second !== lately.second) lately = { second, text: new Date(second * 1000).toISOString().slice(0, 19) }
  // A digit before the fraction keeps the zeros that it begins with.
  return `${lately.text}.${String(1e6 + micros - second * 1e6).slice(1)}Z`
}

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoTime(ms))

const time = (ms: number | undefined): Time | undefined => (ms === undefined ? undefined : { time: ms })

/**
 * Suricata's `flow_id` is a number, to its last digit; Zeek's `uid` begins with a letter. Undefined beyond 63 bits, which no
 * index takes for a number.
 */
const flowIdOf = (uid: string | undefined): bigint | undefined => {
  const flow = uid !== undefined && /^\d{1,19}$/.test(uid) ? BigInt(uid) : undefined
  return flow === undefined || flow > 0x7fff_ffff_ffff_ffffn ? undefined : flow
}

/** An empty list is left out. */
const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined)

const field = (name: string, type: RecordField['type'], value: RecordField['value']): RecordField => ({
  name,
  type,
  value,
})

const score = (name: string): RecordField => field(name, 'double', r => r.facts.scores[name])

export const fields: readonly RecordField[] = [
  field('ts', 'time', r => time(r.facts.ts)),
  field('uid', 'string', r => r.facts.uid),
  field('query', 'string', r => r.facts.query),
  field('alerts', 'vector[string]', r => r.verdict.alerts),
  field('category', 'string', r => r.verdict.category),
  ...scoreNames.original.map(score),
  field('seen_by_web', 'string', r => iso(r.verdict.registered)),
  field('seen_by_isc', 'string', r => iso(r.verdict.seenByIsc)),
  field('seen_by_you', 'string', r => isoTime(r.facts.seenByYou)),
  field('domain', 'string', r => r.facts.domain),
  field('registrable', 'string', r => r.facts.registrable),
  field('age_days', 'count', r => r.verdict.ageDays),
  field('expires', 'time', r => time(r.verdict.expires)),
  field('reason', 'string', r => r.verdict.reason),
  field('query_unicode', 'string', r => r.facts.queryUnicode),
  field('id.orig_h', 'addr', r => r.facts.origHost),
  field('id.orig_p', 'port', r => r.facts.origPort),
  field('id.resp_h', 'addr', r => r.facts.respHost),
  field('id.resp_p', 'port', r => r.facts.respPort),
  field('proto', 'enum', r => r.facts.proto),
  field('qtype_name', 'string', r => r.facts.qtypeName),
  field('rcode_name', 'string', r => r.facts.rcodeName),
  field('community_id', 'string', r => r.facts.communityId),
  field('sensor', 'string', r => r.facts.sensor),
  field('record_id', 'string', r => r.facts.id),
  field('followup_of', 'string', r => r.followupOf),
  field('source', 'enum', r => r.facts.source),
  field('hosted_on', 'string', r => r.verdict.hostedOn),
  field('alerts_withdrawn', 'vector[string]', r => some(r.alertsWithdrawn)),
  field('flow_id', 'count', r => flowIdOf(r.facts.uid)),
  field('answers', 'vector[string]', r => some(r.facts.answers?.first ?? [])),
  field('answers_count', 'count', r => r.facts.answers?.count),
  ...scoreNames.ours.map(score),
]

/**
 * Characters that a terminal, a line reader or an eye takes for something else: controls, bidirectional marks,
 * line separators, unassigned and private ones. JSON.stringify leaves those above U+001F as they are.
 */
const unprintable = /[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/gu

const escaped = (text: string): string =>
  Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('')

/** One line of JSON without newline, in printable characters only. */
export const toJsonLine = (value: object): string => JSON.stringify(value).replace(unprintable, escaped)

/** Text in printable characters only, as it stands between the quotes of a JSON string. */
export const jsonEscaped = (text: string): string =>
  JSON.stringify(text).slice(1, -1).replace(unprintable, escaped)

/** ASCII that stands in a JSON string as it is. */
const isPlain = /^[ !#-[\]-~]*$/

const quoted = (text: string): string => (isPlain.test(text) ? `"${text}"` : `"${jsonEscaped(text)}"`)

const valueText = (value: Exclude<Value, undefined>): string => {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object') return JSON.stringify(value)
  return 'time' in value ? `"${isoTime(value.time)}"` : `[${value.map(quoted).join()}]`
}

const keyed = fields.map(({ name, value }) => ({ key: `,${JSON.stringify(name)}:`, value }))

/**
 * The record as a line. `_path` says which log it is, as Zeek's own JSON streams do. Put together field by field: an
 * object of them, made into text and searched as a whole for what is not printable, takes five times as long.
 */
const recordLine = (record: DomainRecord): string => {
  let line = '{"_path":"domainstats"'
  for (const { key, value } of keyed) {
    const found = value(record)
    if (found !== undefined) line += key + valueText(found)
  }
  return `${line}}\n`
}

export const jsonFormat: OutputFormat = { header: () => '', line: recordLine, footer: () => '' }
