/** Tables on a terminal: no line is longer than the width, and only the start of a long name is cut. */
import fc from 'fast-check'
import t from 'tap'
import type { DomainRecord } from '../model/record.js'
import { openTable, tableFormat, type TableColumn, cut, padded, widthOf, wrapped } from './table.js'

const now = Date.UTC(2026, 10, 21, 4, 5, 6)
const record = (query: string, alerts: readonly string[] = [], reason?: string): DomainRecord => ({
  facts: {
    ...{
      id: 'ab',
      ts: now,
      query,
      domain: query,
      registrable: query,
      seenByYou: now,
      source: 'log',
      alerts: [],
    },
    scores: { freq_avg_prob: 6.5, freq_word_prob: 14 },
  },
  verdict: {
    ...{ category: 'ESTABLISHED', alerts, reason, registered: now, expires: now, seenByIsc: undefined },
    ageDays: 4000,
    hostedOn: undefined,
    ...{ tags: [], risk: 0, riskReasons: [] },
  },
  followupOf: undefined,
  alertsWithdrawn: [],
})
const long = 'secure-login.mail-boxes.river-stone-insurance.com'
const shown = (width: number | undefined, ...records: readonly DomainRecord[]): string[] => {
  const { header, line } = tableFormat(() => width)
  return (header(now) + records.map(line).join('')).trimEnd().split('\n')
}

void t.test('in a wide terminal each row is one line', t => {
  t.strictSame(shown(140, record(long, ['YOUR-FIRST-CONTACT'])), [
    'TIME                 CATEGORY     AGE     FREQ       QUERY                                         ALERTS',
    '2026-11-21 04:05:06  ESTABLISHED  10 y    6.5/14.0   …-login.mail-boxes.river-stone-insurance.com  YOUR-FIRST-CONTACT',
  ]) // prettier-ignore
  t.end()
})

void t.test('with 80 columns the name is cut at its start, and alerts are below it', t => {
  const alerts = ['LOW-FREQ-SCORES', 'YOUR-FIRST-CONTACT']
  t.strictSame(shown(80, record(long, alerts, 'timeout'), record('a.com')), [
    'TIME                 CATEGORY     AGE     FREQ       QUERY',
    '                                                     ALERTS',
    '2026-11-21 04:05:06  ESTABLISHED  10 y    6.5/14.0   ….river-stone-insurance.com',
    '                                                     LOW-FREQ-SCORES',
    '                                                     YOUR-FIRST-CONTACT',
    '                                                     (timeout)',
    '2026-11-21 04:05:06  ESTABLISHED  10 y    6.5/14.0   a.com',
  ])
  t.strictSame(
    shown(undefined, record(long)),
    shown(80, record(long)),
    'so it is where nobody knows how many',
  )
  t.strictSame(shown(0, record(long)), shown(80, record(long)))
  t.end()
})

void t.test('in a narrow terminal columns move below the name, with their titles', t => {
  t.strictSame(shown(60, record(long, ['YOUR-FIRST-CONTACT'])), [
    'TIME                 CATEGORY     QUERY',
    '  AGE, FREQ, ALERTS',
    '2026-11-21 04:05:06  ESTABLISHED  …river-stone-insurance.com',
    '  age 10 y, freq 6.5/14.0, YOUR-FIRST-CONTACT',
  ])
  t.strictSame(shown(30, record(long, ['YOUR-FIRST-CONTACT'])).slice(3), [
    '…xes.river-stone-insurance.com',
    '  time 2026-11-21 04:05:06,',
    '  category ESTABLISHED,',
    '  age 10 y, freq 6.5/14.0,',
    '  YOUR-FIRST-CONTACT',
  ])
  t.end()
})

void t.test('after a change of width the header is printed again, and rows fit', t => {
  let width = 140
  const { header, line } = tableFormat(() => width)
  header(now)
  const one = line(record('a.com'))
  width = 60
  t.match(line(record('a.com')), /^TIME {17}CATEGORY {5}QUERY\n[^]*\n2026/)
  t.match(line(record('a.com')), /^2026/)
  width = 140
  t.match(line(record('a.com')), /^TIME .*ALERTS\n2026/)
  t.equal(line(record('a.com')), one)
  t.end()
})

/** Texts and the columns that a terminal gives them. */
const widths: readonly (readonly [text: string, width: number])[] = [
  ['river-stone.com', 15],
  ['bücher.de', 9],
  ['bu\u0308cher.de', 9],
  ['日本語.jp', 9],
  ['한국.kr', 7],
  ['\u1112\u1161\u11ab', 2],
  ['ｂank', 5],
  ['😀.ws', 5],
  ['❤\ufe0f', 2],
  ['пример.рф', 9],
  ['กำ', 2],
  ['\\u202e', 6],
]

void t.test('wide characters take two columns, marks none, escapes as many as they have', t => {
  for (const [text, width] of widths) t.equal(widthOf(text), width, text)
  t.equal(padded('日本', 6), '日本  ')
  t.equal(cut('日本語日本語.jp', 8, 'start'), '…本語.jp')
  t.equal(cut('日本語日本語.jp', 8, 'end'), '日本語…')
  t.end()
})

void t.test('no escape or character is cut in two', t => {
  t.equal(cut(String.raw`a\u202eb\u202ec.com`, 12, 'start'), String.raw`…\u202ec.com`)
  t.equal(cut(String.raw`a\\x1b[31m.com`, 12, 'start'), '…[31m.com')
  t.equal(cut(String.raw`a\u202eb\u202ec.com`, 11, 'start'), '…c.com')
  t.equal(cut('xbu\u0308', 2, 'end'), 'x…')
  t.equal(cut('u\u0308u\u0308x', 2, 'start'), '…x')
  t.strictSame(wrapped(['aa', 'bb', 'cccccc'], 5), ['aa bb', 'ccccc', 'c'])
  t.strictSame(
    wrapped(['aa bb,', 'c'], 5),
    ['aa', 'bb, c'],
    'words that belong together stay so where they can',
  )
  t.strictSame(wrapped([], 5), [])
  t.end()
})

const text = fc.oneof(
  fc.domain(),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({
    unit: fc.constantFrom('日', 'é', 'e\u0301', '😀', '\x1b', '\\', '\u202e', 'a', '.', '-'),
    maxLength: 80,
  }),
)

void t.test('no line is longer than the terminal is wide, for any record', t => {
  fc.assert(
    fc.property(
      fc.integer({ min: 20, max: 200 }),
      text,
      fc.array(text, { maxLength: 4 }),
      (width, query, alerts) => {
        const lines = shown(width, record(query, alerts, 'timeout'))
        return lines.every(line => widthOf(line) <= width)
      },
    ),
    { numRuns: 2000 },
  )
  t.end()
})

void t.test('each width shows the whole row, except the start of the name', t => {
  const columns: readonly TableColumn<readonly string[]>[] = [
    { title: 'NAME', width: 10, place: 'name', text: ([name = '']) => name },
    { title: 'ONE', width: 6, place: 1, text: ([, one = '']) => one },
    { title: 'TWO', width: 6, place: 2, text: ([, , two = '']) => two },
    { title: 'LAST', width: 8, place: 'last', text: ([, , , last = '']) => last },
  ]
  for (let width = 20; width < 80; width++) {
    const row = openTable(columns, () => width).row(['river-stone.com', '11', '22', 'x y z'])
    for (const part of ['stone.com', '11', '22', 'x', 'y', 'z'])
      t.match(row, new RegExp(`\\b${part}\\b`), `${part} in ${width} columns`)
  }
  t.end()
})
