/** A listed domain as a line: of a table for people, of JSON for programs. */
import type { Listed } from '../data/list.js'
import { isoTime } from '../output/fields.js'
import { toJsonLine } from '../output/json.js'
import { tableOf } from '../output/table.js'

const minute = (ms: number | undefined): string =>
  ms === undefined ? '' : isoTime(ms).slice(0, 16).replace('T', ' ')
const day = (ms: number | undefined): string => (ms === undefined ? '' : isoTime(ms).slice(0, 10))

const table = tableOf<Listed>([
  { title: 'DOMAIN', width: 36, text: r => r.domain.domain },
  { title: 'CATEGORY', width: 11, text: r => r.verdict.category },
  { title: 'FIRST CONTACT', width: 16, text: r => minute(r.domain.firstSeen) },
  { title: 'LAST SEEN', width: 16, text: r => minute(r.domain.lastSeen) },
  { title: 'QUERIES', width: 8, text: r => String(r.domain.queries) },
  { title: 'REGISTERED', width: 10, text: r => day(r.verdict.registered) },
  { title: 'EXPIRES', width: 10, text: r => day(r.verdict.expires) },
  {
    title: 'FREQ',
    width: 11,
    text: ({ freq }) => (freq ? `${freq.average.toFixed(1)}/${freq.word.toFixed(1)}` : ''),
  },
  { title: 'SOURCE', width: 0, text: r => r.source ?? (r.verdict.reason ? `(${r.verdict.reason})` : '') },
])

export const tableHeader: string = table.header
export const tableRow: (row: Listed) => string = table.row

const time = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoTime(ms))

/** Names as in domainstats.log; what is unset is absent. */
export const jsonRow = ({ domain, verdict, freq, source }: Listed): string =>
  `${toJsonLine({
    domain: domain.domain,
    category: verdict.category,
    reason: verdict.reason,
    seen_by_you: time(domain.firstSeen),
    last_seen: time(domain.lastSeen),
    queries: domain.queries,
    seen_by_web: time(verdict.registered),
    expires: time(verdict.expires),
    freq_avg_prob: freq?.average,
    freq_word_prob: freq?.word,
    source,
  })}\n`
