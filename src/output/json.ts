/** The fields of a record, and domainstats.log as JSON lines: flat, ISO times, unset fields left out. */
import { scoreNames } from '../detect/scores.js'
import type { Time } from '../model/enrichment.js'
import type { DomainRecord } from '../model/record.js'
import type { OutputFormat } from './output.js'

export type Value = string | number | bigint | boolean | Time | readonly string[] | undefined

export interface RecordField {
  readonly name: string
  readonly type: 'time' | 'string' | 'vector[string]' | 'double' | 'count' | 'addr' | 'port' | 'enum' | 'bool'
  readonly value: (record: DomainRecord) => Value
}

/** The second formatted last: neighbouring records share it, and formatting it takes longer than all the rest. */
let lately = { second: NaN, text: '' }

/** ISO 8601 in UTC with microseconds. @param ms epoch ms; the fraction holds the microseconds */
export const isoTime = (ms: number): string => {
  const micros = Math.round(ms * 1000)
  const second = Math.floor(micros / 1e6)
  if (second !== lately.second) lately = { second, text: new Date(second * 1000).toISOString().slice(0, 19) }
  // 1e6 keeps the leading zeros of the fraction.
  return `${lately.text}.${String(1e6 + micros - second * 1e6).slice(1)}Z`
}

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoTime(ms))

const time = (ms: number | undefined): Time | undefined => (ms === undefined ? undefined : { time: ms })

/**
 * Suricata's `flow_id`, as a bigint, since it may exceed 2^53; Zeek's `uid` begins with a letter. Undefined beyond 63 bits:
 * no search index takes that for a number.
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

/**
 * The fields of domainstats.log in their order, for all formats: the ten columns of domain_stats' log, then ours. Types are
 * Zeek's; `seen_by_*` are strings, as in domain_stats.
 */
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
  field('tags', 'vector[string]', r => some(r.verdict.tags)),
  field('clients', 'count', r => r.facts.clients),
  field('client_first', 'bool', r => r.facts.clientFirst),
  field('service', 'string', r => r.facts.service),
  field('burst_names', 'vector[string]', r => r.facts.burst?.names),
  field('burst_score', 'double', r => r.facts.burst?.score),
  field('risk', 'count', r => r.verdict.risk),
  field('risk_reasons', 'vector[string]', r => some(r.verdict.riskReasons)),
  field('first_here', 'bool', r => r.facts.firstHere),
  field('scope', 'string', r => (r.facts.claimDue === undefined ? undefined : 'local')),
  field('first_elsewhere', 'bool', r => r.facts.firstElsewhere),
]

/**
 * Characters that could deceive a terminal, a line reader or a person: controls, bidirectional marks, line separators,
 * unassigned and private ones. JSON.stringify escapes only those up to U+001F.
 */
const unprintable = /[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/gu

/** By code unit; filled as they come. An output of a program may hold half a million of them, and the event loop waits. */
const escapes: string[] = []
const escapeOf = (unit: number): string => (escapes[unit] ??= `\\u${unit.toString(16).padStart(4, '0')}`)

/** @param text a code point */
const escaped = (text: string): string =>
  text.length === 1
    ? escapeOf(text.charCodeAt(0))
    : `${escapeOf(text.charCodeAt(0))}${escapeOf(text.charCodeAt(1))}`

/** Most text is ASCII, and this test is many times as fast as the search for what is unprintable. */
const beyondAscii = /[^ -~]/

const printable = (json: string): string =>
  beyondAscii.test(json) ? json.replace(unprintable, escaped) : json

/** A line of JSON without newline, in printable characters only. */
export const toJsonLine = (value: object): string => printable(JSON.stringify(value))

/** Text in printable characters only, escaped as in a JSON string, without the quotes. */
export const jsonEscaped = (text: string): string => printable(JSON.stringify(text).slice(1, -1))

/** ASCII that needs no escape in a JSON string. */
const isPlain = /^[ !#-[\]-~]*$/

const quoted = (text: string): string => (isPlain.test(text) ? `"${text}"` : `"${jsonEscaped(text)}"`)

const valueText = (value: Exclude<Value, undefined>): string => {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (typeof value === 'boolean') return String(value)
  return 'time' in value ? `"${isoTime(value.time)}"` : `[${value.map(quoted).join()}]`
}

const keyed = fields.map(({ name, value }) => ({ key: `,${JSON.stringify(name)}:`, value }))

/**
 * The record as a line. `_path` names the log, as in Zeek's JSON streams. Concatenated field by field, since JSON.stringify
 * of an object and a search for unprintable characters take five times as long.
 */
const recordLine = (record: DomainRecord): string => {
  let line = '{"_path":"domainstats"'
  for (const { key, value } of keyed) {
    const found = value(record)
    if (found !== undefined) line += key + valueText(found)
  }
  const { enriched } = record.facts
  if (enriched)
    for (const [name, value] of Object.entries(enriched.fields)) line += `,"${name}":${valueText(value)}`
  return `${line}}\n`
}

export const jsonFormat: OutputFormat = { header: () => '', line: recordLine, footer: () => '' }
