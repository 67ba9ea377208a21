/** The property of each parsed event: its record can be written in each format, and is the same when it is read back. */
import type { Event } from '../../model/event.js'
import type { DomainRecord, Verdict } from '../../model/record.js'
import { isHostname } from '../../names/hostname.js'
import { createReducer } from '../../names/psl.js'
import { isoTime, jsonFormat } from '../../output/json.js'
import { tableFormat } from '../../output/table.js'
import { readZeek } from '../../output/testing/zeek-cut.js'
import { zeekFormat } from '../../output/zeek.js'
import { must } from './target.js'

export const now = Date.UTC(2026, 10, 21)
const reducer = createReducer([])
const zeekHeader = zeekFormat.header(now)
/** So wide that a row is one line. */
const wideTable = tableFormat(() => 400)
const unseen = /[\p{C}\p{Zl}\p{Zp}]/u
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

/** Throws unless a time can be written as text and sorts correctly. */
export const mustBeWritable = (ms: number | undefined, what: string): void => {
  must(ms === undefined || iso.test(isoTime(ms)), `${what} is no time that can be written: ${ms}`)
}

const verdict: Verdict = {
  category: 'NEW',
  alerts: ['YOUR-FIRST-CONTACT'],
  ...{
    reason: undefined,
    registered: now,
    expires: now,
    seenByIsc: undefined,
    ageDays: 0,
    hostedOn: undefined,
    ...{ tags: [], risk: 51, riskReasons: ['age 45', 'YOUR-FIRST-CONTACT 10'] },
  },
}

/** The record that the pipeline would make of an event; undefined if its name is skipped. */
const recordOf = (event: Event): DomainRecord | undefined => {
  const reduced = reducer.reduce(event.query)
  if (typeof reduced === 'string') return undefined
  const { query, domain, registrable, unicode } = reduced
  must(isHostname(domain) && isHostname(registrable), `a domain that no registry could hold: ${domain}`)
  const ts = event.ts >= Date.UTC(2000) && event.ts <= now ? event.ts : now
  const facts = { ...event, id: 'ab', ts, query, queryUnicode: unicode, domain, registrable }
  return {
    facts: { ...facts, seenByYou: now, scores: {}, alerts: [], source: 'log' },
    ...{ verdict, followupOf: undefined, alertsWithdrawn: [] },
  }
}

const isOneSafeLine = (line: string): boolean =>
  line.endsWith('\n') && !unseen.test(line.slice(0, -1).replaceAll('\t', ''))

/** Half a surrogate pair has no UTF-8. */
const asUtf8 = (text: string | undefined): string | undefined => text && Buffer.from(text).toString()

/** Throws unless the record of an event is one line in each format and reads back equal. */
export const mustBeWritten = (event: Event): void => {
  must(event.query !== '' && !unseen.test(event.query.replace(/\p{Cn}/gu, '')), 'a name that cannot be seen')
  must(Number.isNaN(event.ts) || Math.abs(event.ts) < 1e15, `a time that is none: ${event.ts}`)
  const record = recordOf(event)
  if (!record) return
  const { facts } = record
  const [json, zeek, table] = [jsonFormat, zeekFormat, wideTable].map(format => format.line(record))
  for (const line of [json, zeek, table]) must(line !== undefined && isOneSafeLine(line), 'no safe line')
  must(!json?.includes('\t') && !table?.includes('\t'), 'a tab')
  const read = new Map<string, unknown>(Object.entries(JSON.parse(json ?? '') as object))
  const { rows } = readZeek(zeekHeader + (zeek ?? ''))
  must(rows.length === 1, 'another number of lines')
  const texts = [
    ['uid', facts.uid],
    ['query', facts.query],
    ['query_unicode', facts.queryUnicode],
    ['id.orig_h', facts.origHost],
    ['id.resp_h', facts.respHost],
    ['proto', facts.proto],
    ['qtype_name', facts.qtypeName],
    ['rcode_name', facts.rcodeName],
    ['community_id', facts.communityId],
    ['domain', facts.domain],
  ] as const
  for (const [field, was] of texts) {
    must(read.get(field) === was, `${field} comes back another from JSON`)
    must(rows[0]?.fields[field] === asUtf8(was), `${field} comes back another from Zeek TSV`)
  }
  must(rows[0]?.fields['id.orig_p'] === facts.origPort?.toString(), 'another port')
}
