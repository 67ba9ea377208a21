import fc from 'fast-check'
import t from 'tap'
import { emptyFingerprint } from '../model/checkpoint.js'
import type { NameSeen } from '../model/passive.js'
import { createReducer } from '../names/psl.js'
import { chunkOf } from '../testing/growing.js'
import { QuestionReader, type QuestionReaderOptions } from './reader.js'

const now = Date.UTC(2026, 10, 21, 12)
const second = 1_000

const reader = (more: Partial<QuestionReaderOptions> = {}): QuestionReader =>
  new QuestionReader({
    ...{
      sources: new Set(['dns', 'tls']),
      reducer: createReducer(['ignored.com']),
      passive: 'full',
      ...more,
    },
  })

/** Reads lines as one batch. @param before lines that were read before a restart */
const read = (lines: readonly string[], from = reader(), before = ''): ReadonlyMap<string, NameSeen> => {
  const batch = from.begin(now)
  const text = lines.map(line => `${line}\n`).join('')
  const start = { ...emptyFingerprint, offset: before.length }
  from.read(chunkOf(Buffer.from(text), start, { sensor: 'dmz', before }), batch, now)
  from.finish(batch)
  return new Map(Array.from(batch.passive?.names ?? [], name => [name.rrname, name]))
}

const zeek = (query: string, more: object = {}): string =>
  JSON.stringify({
    ...{ ts: now / 1000, uid: 'C1', 'id.orig_h': '10.0.0.1', 'id.orig_p': 5, 'id.resp_p': 53, query },
    ...{ qclass: 1, qtype_name: 'A', ...more },
  })

const answered = { rcode_name: 'NOERROR', answers: ['edge.net', '192.0.2.1'], TTLs: [60, 30] }

const eve = (type: 'query' | 'answer', more: object = {}, event: object = {}): string =>
  JSON.stringify({
    ...{ timestamp: '2026-11-21T11:59:00.000000+0000', flow_id: 7, event_type: 'dns', proto: 'UDP' },
    ...{ src_ip: '10.0.0.1', src_port: 9, dest_ip: '10.0.0.2', dest_port: 53, ...event },
    dns: { version: 2, type, id: 1, rrname: 'a.com', rrtype: 'A', ...more },
  })

const records = {
  rcode: 'NOERROR',
  answers: [
    { rrname: 'a.com', rrtype: 'CNAME', ttl: 60, rdata: 'edge.net' },
    { rrname: 'edge.net', rrtype: 'A', ttl: 30, rdata: '192.0.2.1' },
  ],
}

const shown = (names: ReadonlyMap<string, NameSeen>) =>
  Object.fromEntries(
    Array.from(names, ([rrname, { questions, responses, clients, tuples }]) => [
      rrname,
      [
        questions?.count ?? 0,
        Object.fromEntries(responses),
        [...clients.keys()],
        tuples.map(({ rrtype, rdata, count }) => `${rrtype} ${rdata} ${count}`),
      ],
    ]),
  )

void t.test('a line of Zeek is question and response', t => {
  t.same(shown(read([zeek('a.com', answered), zeek('a.com', { ...answered, 'id.orig_h': '10.0.0.2' })])), {
    'a.com': [2, { answered: 2 }, ['10.0.0.1', '10.0.0.2'], ['CNAME edge.net 2']],
    'edge.net': [0, {}, [], ['A 192.0.2.1 2']],
  })
  t.end()
})

void t.test('how a question ended', t => {
  const rcodes = ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED', 'FORMERR', undefined]
  const lines = rcodes.map(rcode => zeek('a.com', rcode === undefined ? {} : { rcode_name: rcode }))
  t.match(shown(read(lines)), {
    'a.com': [6, { empty: 1, nxdomain: 1, servfail: 1, refused: 1, other: 1 }],
  })
  t.end()
})

void t.test('times and TTLs of a record, and the sensor of its first event', t => {
  const at = (seconds: number, ttl: number) =>
    zeek('a.com', { ...answered, ts: now / 1000 + seconds, TTLs: [ttl, 30] })
  const [tuple] = read([at(0, 60), at(-5, 300), at(5, 20), at(3, 90)]).get('a.com')?.tuples ?? []
  t.match(tuple, { count: 4, first: now - 5 * second, last: now + 5 * second, sensor: 'dmz' })
  t.match(tuple, { ttlMin: 20, ttlMax: 300, ttlLast: 20 })
  const [impossible] = read([zeek('a.com', { ...answered, ts: 17 })]).get('a.com')?.tuples ?? []
  t.match(impossible, { first: now, last: now }, 'an impossible time is the present one')
  t.end()
})

void t.test('ages count to the latest time that was logged', t => {
  const latest = (...lines: readonly string[]) => {
    const from = reader()
    const batch = from.begin(now)
    from.read(chunkOf(Buffer.from(lines.map(line => `${line}\n`).join('')), emptyFingerprint), batch, now)
    from.finish(batch)
    return batch.passive?.latest
  }
  const old = Date.UTC(2018, 2, 24)
  t.equal(
    latest(zeek('a.com', { ts: old / 1000 }), zeek('b.com', { ts: undefined }), zeek('c.com', { ts: 17 })),
    old,
  )
  t.equal(latest(zeek('b.com', { ts: undefined })), 0)
  t.end()
})

void t.test('request, response and their copies in alerts count once', t => {
  const alert = { event_type: 'alert', alert: { signature: 'x' } }
  const lines = [
    eve('query'),
    eve('query', {}, alert),
    eve('answer', records, alert),
    eve('answer', records),
    eve('answer', records),
  ]
  const once = {
    'a.com': [1, { answered: 1 }, ['10.0.0.1'], ['CNAME edge.net 1']],
    'edge.net': [0, {}, [], ['A 192.0.2.1 1']],
  }
  t.same(shown(read(lines)), once)
  t.same(shown(read([...lines].reverse())), once, 'in any order')
  const one = reader()
  t.same(shown(read(lines.slice(0, 3), one)), once)
  t.same(shown(read(lines.slice(3), one)), {}, 'in the next batch, too')
  t.same(
    shown(read(lines.slice(3), reader(), `${lines.slice(0, 3).join('\n')}\n`)),
    {},
    'and after a restart',
  )
  t.end()
})

void t.test('a server that answers twice is counted twice', t => {
  const later = { timestamp: '2026-11-21T11:59:00.000088+0000' }
  t.match(shown(read([eve('query'), eve('answer', records), eve('answer', records, later)])), {
    'a.com': [1, { answered: 2 }, ['10.0.0.1'], ['CNAME edge.net 2']],
  })
  t.end()
})

void t.test('version 1 has a line for each record', t => {
  const v1 = (more: object) => eve('answer', { version: 1, rcode: 'NOERROR', ...more })
  const lines = [
    eve('query', { version: 1 }),
    v1({ rrtype: 'CNAME', ttl: 60, rdata: 'edge.net' }),
    v1({ rrname: 'edge.net', ttl: 30, rdata: '192.0.2.1' }),
    v1({ rrname: 'edge.net', ttl: 30, rdata: '192.0.2.2' }),
  ]
  t.same(shown(read(lines)), {
    'a.com': [1, { answered: 1 }, ['10.0.0.1'], ['CNAME edge.net 1']],
    'edge.net': [0, {}, [], ['A 192.0.2.1 1', 'A 192.0.2.2 1']],
  })
  t.end()
})

void t.test('only DNS, and no name that the site ignores or that is no public one; but reverse zones', t => {
  const tls = JSON.stringify({
    event_type: 'tls',
    timestamp: '2026-11-21T11:59:00+0000',
    tls: { sni: 'b.com' },
  })
  const pointer = { rcode_name: 'NOERROR', qtype_name: 'PTR', answers: ['host.a.com'], TTLs: [60] }
  const lines = ['x.ignored.com', 'printer.local', 'localhost'].map(query => zeek(query, answered))
  t.same(shown(read([...lines, tls, zeek('1.2.0.192.in-addr.arpa', pointer)])), {
    '1.2.0.192.in-addr.arpa': [1, { answered: 1 }, ['10.0.0.1'], ['PTR host.a.com 1']],
  })
  t.end()
})

void t.test('clients as far as the site records them', t => {
  const lines = [zeek('a.com'), zeek('a.com', { 'id.orig_h': '10.0.0.9' })]
  t.match(shown(read(lines, reader({ passive: 'prefix' }))), { 'a.com': [2, {}, ['10.0.0.0']] })
  t.match(shown(read(lines, reader({ passive: 'none' }))), { 'a.com': [2, {}, []] })
  t.equal(read(lines, reader({ passive: undefined })).size, 0, 'off')
  t.end()
})

void t.test('any log: the sum of the counts is the number of records that were read', t => {
  const name = fc.constantFrom('a.com', 'b.com', 'c.net', '7.2.0.192.in-addr.arpa')
  const answer = fc.constantFrom('192.0.2.1', '2001:db8::1', 'edge.net', 'other.org')
  const line = fc.record({ name, answers: fc.array(answer, { maxLength: 4 }) })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), lines => {
      const texts = lines.map(({ name: query, answers }) =>
        zeek(query, { rcode_name: 'NOERROR', answers, TTLs: [] }),
      )
      const seen = [...read(texts).values()]
      const counted = seen.flatMap(({ tuples }) => tuples).reduce((sum, { count }) => sum + count, 0)
      const alone = texts.map(text => [...read([text]).values()].flatMap(({ tuples }) => tuples))
      t.equal(
        counted,
        alone.flat().reduce((sum, { count }) => sum + count, 0),
      )
      t.equal(
        seen.reduce((sum, { questions }) => sum + (questions?.count ?? 0), 0),
        lines.length,
      )
    }),
    { numRuns: 50 },
  )
  t.end()
})
