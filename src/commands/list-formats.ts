/** A listed domain as a line: of a table for people, of JSON for programs. */
import type { Listed } from '../data/list.js'
import { isoTime } from '../output/fields.js'
import { toJsonLine } from '../output/json.js'
import { freqText, openTable, type Column, type Table, type Width } from '../output/table.js'

const minute = (ms: number | undefined): string =>
  ms === undefined ? '' : isoTime(ms).slice(0, 16).replace('T', ' ')
const day = (ms: number | undefined): string => (ms === undefined ? '' : isoTime(ms).slice(0, 10))

/** A table for people, in the width of their terminal. */
export const listTable = (widthNow: Width): Table<Listed> => openTable(columns, widthNow)

const columns: readonly Column<Listed>[] = [
  { title: 'DOMAIN', width: 36, place: 'name', text: r => r.domain.domain },
  { title: 'CATEGORY', width: 11, place: 7, text: r => r.verdict.category },
  { title: 'FIRST CONTACT', width: 16, place: 6, text: r => minute(r.domain.firstSeen) },
  { title: 'LAST SEEN', width: 16, place: 2, text: r => minute(r.domain.lastSeen) },
  { title: 'QUERIES', width: 8, place: 4, text: r => String(r.domain.queries) },
  { title: 'REGISTERED', width: 10, place: 5, text: r => day(r.verdict.registered) },
  { title: 'EXPIRES', width: 10, place: 1, text: r => day(r.verdict.expires) },
  { title: 'FREQ', width: 9, place: 3, text: ({ freq }) => freqText(freq) },
  {
    title: 'SOURCE',
    width: 24,
    place: 'last',
    text: r => r.registeredBy ?? (r.verdict.reason ? `(${r.verdict.reason})` : ''),
  },
]

const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoTime(ms))

/** Names as in `/v1`; what is unset is absent. */
export const jsonRow = ({ domain, verdict, freq, registeredBy }: Listed): string =>
  `${toJsonLine({
    domain: domain.domain,
    category: verdict.category,
    reason: verdict.reason,
    hosted_on: verdict.hostedOn,
    first_seen: time(domain.firstSeen),
    last_seen: time(domain.lastSeen),
    queries: domain.queries,
    registered: time(verdict.registered),
    expires: time(verdict.expires),
    freq_avg_prob: freq?.average,
    freq_word_prob: freq?.word,
    registered_by: registeredBy,
  })}\n`
