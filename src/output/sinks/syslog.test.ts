import fc from 'fast-check'
import t from 'tap'
import { syslogBytesMax } from '../../limits.js'
import type { SinkRecord } from './sink.js'
import { octetCounted, syslogMessage, type SyslogHeader } from './syslog.js'

const header: SyslogHeader = { facility: 3, appName: 'domainstats', hostname: 'sensor1' }

const record = (fields: Readonly<Record<string, unknown>>): SinkRecord => ({
  line: JSON.stringify(fields),
  fields,
})

const ts = '2026-11-21T08:15:30.123456Z'

void t.test('a record as a message of RFC 5424', t => {
  const cases: readonly (readonly [
    what: string,
    fields: Readonly<Record<string, unknown>>,
    header: Partial<SyslogHeader>,
    message: string,
  ])[] = [
    [
      'no alert is informational',
      { ts, alerts: [] },
      {},
      `<30>1 ${ts} sensor1 domainstats - record - {"ts":"${ts}","alerts":[]}`,
    ],
    [
      'an alert is a warning',
      { ts, alerts: ['YOUNG:3d'] },
      {},
      `<28>1 ${ts} sensor1 domainstats - record - {"ts":"${ts}","alerts":["YOUNG:3d"]}`,
    ],
    ['local7', { ts }, { facility: 23 }, `<190>1 ${ts} sensor1 domainstats - record - {"ts":"${ts}"}`],
    [
      'a year that RFC 3339 does not have',
      { ts: '+010000-01-01T00:00:00.000000Z' },
      {},
      '<30>1 - sensor1 domainstats - record - {"ts":"+010000-01-01T00:00:00.000000Z"}',
    ],
    ['no time', {}, {}, '<30>1 - sensor1 domainstats - record - {}'],
    ['a host without a name in ASCII', {}, { hostname: 'мой дом' }, '<30>1 - - domainstats - record - {}'],
    ['a host with blanks and newlines', {}, { hostname: 'a b\nc' }, '<30>1 - abc domainstats - record - {}'],
    [
      'a host whose name is too long',
      {},
      { hostname: 'h'.repeat(300) },
      `<30>1 - ${'h'.repeat(255)} domainstats - record - {}`,
    ],
    [
      'text beyond ASCII',
      { q: 'bücher.de 🙂' },
      {},
      '<30>1 - sensor1 domainstats - record - {"q":"b\\u00fccher.de \\ud83d\\ude42"}',
    ],
  ]
  for (const [what, fields, other, message] of cases)
    t.equal(syslogMessage(record(fields), { ...header, ...other }), message, what)
  t.end()
})

void t.test('a message that is too long goes without its answers, or not at all if that does not help', t => {
  const long = 'x'.repeat(syslogBytesMax)
  const message =
    syslogMessage(record({ ts, query: 'a.com', answers: [long], answers_count: 1 }), header) ?? ''
  t.match(message, /- \{"ts":"[^"]+","query":"a\.com","answers_count":1\}$/)
  t.equal(syslogMessage(record({ ts, query: long }), header), undefined)
  const room = syslogBytesMax - (syslogMessage(record({ q: '' }), header) ?? '').length
  t.equal(syslogMessage(record({ q: 'x'.repeat(room) }), header)?.length, syslogBytesMax)
  t.equal(syslogMessage(record({ q: 'x'.repeat(room + 1) }), header), undefined)
  t.end()
})

/** Reads a stream as a receiver does, by RFC 6587 3.4.1. */
const framesIn = (stream: Buffer): string[] => {
  const frames: string[] = []
  for (let at = 0; at < stream.length;) {
    const blank = stream.indexOf(' ', at)
    const length = Number(stream.toString('latin1', at, blank))
    if (!(length > 0) || blank + 1 + length > stream.length) throw new Error(`no frame at ${at}`)
    frames.push(stream.toString('utf8', blank + 1, blank + 1 + length))
    at = blank + 1 + length
  }
  return frames
}

void t.test('any name stays within its frame, and reads back equal', t => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '\n<34>1 - evil su - - -',
      '17 <34>1 - - - - - -',
      '\r\n',
      '\0',
      '\u2028',
      '\ufeff',
      '\ud800',
      '\x1b[2J',
      '"},{',
    ),
  )
  fc.assert(
    fc.property(
      fc.array(fc.record({ query: hostile, alerts: fc.array(hostile, { maxLength: 3 }) })),
      records => {
        const messages = records.map(fields => syslogMessage(record(fields), header) ?? '')
        // Most receivers end a message at a newline, whatever the frame.
        if (messages.some(message => !/^[ -~]+$/.test(message))) return false
        const frames = framesIn(Buffer.from(messages.map(octetCounted).join('')))
        const bodies = frames.map(frame => JSON.parse(frame.slice(frame.indexOf('{'))) as unknown)
        return JSON.stringify(bodies) === JSON.stringify(records)
      },
    ),
    { numRuns: 100 },
  )
  t.end()
})
