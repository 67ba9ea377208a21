/** Tests that EVE version 1, which logs the question and each answer in lines of their own, yields one question. */
import t from 'tap'
import { dedupTransactionsMax } from '../limits.js'
import { emptyFingerprint } from '../model/checkpoint.js'
import { createReducer } from '../names/psl.js'
import { chunkOf } from '../testing/growing.js'
import { QuestionReader } from './reader.js'

const now = Date.UTC(2026, 10, 21, 12)

interface Line {
  readonly flow?: number
  readonly id?: number
  /** Seconds; all answers of a message have the same time. */
  readonly at?: number
}

const line = (dns: object, { flow = 7, id = 40, at = 0 }: Line): string => {
  const second = String(at).padStart(2, '0')
  const ends = { src_ip: '10.0.0.1', src_port: 4096, dest_ip: '10.0.0.53', dest_port: 53, proto: 'UDP' }
  const timestamp = `2026-11-21T11:00:${second}.000001+0000`
  return `${JSON.stringify({ timestamp, flow_id: flow, event_type: 'dns', ...ends, dns: { ...dns, id } })}\n`
}
const asks = (rrname: string, more: Line = {}): string =>
  line({ type: 'query', rrname, rrtype: 'A', tx_id: 0 }, more)
const says = (rrname: string, rdata: string, more: Line = {}): string =>
  line({ type: 'answer', rcode: 'NOERROR', rrname, rrtype: 'A', ttl: 9, rdata }, { at: 1, ...more })

const chunk = (text: string, before = '') =>
  chunkOf(Buffer.from(text), { ...emptyFingerprint, offset: before.length }, { before })

/** The names of the questions, and how many lines are duplicates. */
const read = (text: string, before = '') => {
  const reader = new QuestionReader({ sources: new Set(['dns']), reducer: createReducer(['ours.com']) })
  const batch = reader.begin(0)
  reader.read(chunk(text, before), batch, now)
  return [batch.questions.map(({ event }) => event.query).join(' '), batch.tally.skips.get('duplicate') ?? 0]
}

const cases: readonly (readonly [name: string, text: string, names: string, others: number])[] = [
  [
    'the target of a CNAME is no question behind the logged question',
    asks('www.shop.com') + says('www.shop.com', 'shop.edge.net') + says('shop.edge.net', '192.0.2.1'),
    'www.shop.com',
    2,
  ],
  [
    'the target of a CNAME is no question if only answers are logged',
    says('www.shop.com', 'shop.edge.net') + says('shop.edge.net', '192.0.2.1'),
    'www.shop.com',
    1,
  ],
  [
    'neither is the end of a CNAME chain, nor the zone of an authority',
    asks('a.com') +
      says('a.com', 'b.com') +
      says('b.com', 'c.com') +
      says('c.com', '::1') +
      says('net', 'ns.d.com'),
    'a.com',
    4,
  ],
  [
    'the answers may come in any order',
    asks('a.com') + says('b.com', '192.0.2.1') + says('a.com', 'b.com'),
    'a.com',
    2,
  ],
  [
    'the question may come last',
    says('a.com', 'b.com') + says('b.com', '192.0.2.1') + asks('a.com', { at: 2 }),
    'a.com',
    2,
  ],
  [
    'the same answers twice are duplicates',
    [1, 2].map(at => says('a.com', 'b.com', { at }) + says('b.com', '192.0.2.1', { at })).join(''),
    'a.com',
    3,
  ],
  [
    'the answers of an ignored name are duplicates, too',
    asks('www.ours.com') + says('edge.net', '192.0.2.1'),
    '',
    1,
  ],
  [
    'an answer in another flow belongs to another question',
    asks('a.com') + says('b.com', '192.0.2.1', { flow: 8 }),
    'a.com b.com',
    0,
  ],
  [
    'an answer with another id belongs to another question',
    asks('a.com') + says('b.com', '192.0.2.1', { id: 41 }),
    'a.com b.com',
    0,
  ],
  [
    'a target that is asked for itself is a question',
    asks('a.com') + says('b.com', 'x') + asks('b.com'),
    'a.com b.com',
    1,
  ],
  [
    'a tunnel with one flow and one id: each question counts',
    [1, 2, 3].map(at => asks(`n${at}.t.com`, { at }) + says(`n${at}.t.com`, 'x', { at })).join(''),
    'n1.t.com n2.t.com n3.t.com',
    3,
  ],
  [
    'the same tunnel, if only answers are logged',
    [1, 2, 3].map(at => says(`n${at}.t.com`, 'e.net', { at }) + says('e.net', 'x', { at })).join(''),
    'n1.t.com n2.t.com n3.t.com',
    3,
  ],
  [
    'an answer of version 2 has its question’s name, and counts by itself',
    asks('a.com') + line({ version: 2, type: 'answer', rrname: 'b.com', answers: [] }, {}),
    'a.com b.com',
    0,
  ],
]

void t.test('answers of EVE version 1', t => {
  for (const [name, text, names, others] of cases) t.same(read(text), [names, others], name)
  t.end()
})

void t.test('the question was read before a restart', t => {
  t.same(read(says('shop.edge.net', '192.0.2.1'), asks('www.shop.com')), ['', 1])
  t.same(read(says('b.com', '192.0.2.1'), says('a.com', 'b.com')), ['', 1])
  t.end()
})

void t.test('the question is remembered as long as the last transactions are', t => {
  const others = (count: number) =>
    Array.from({ length: count }, (_, n) => asks('x.com', { flow: 100 + n })).join('')
  const text = asks('a.com') + says('b.com', 'x') + others(dedupTransactionsMax - 2)
  t.same(read(`${text}${says('b.com', 'x')}`).at(1), 2)
  t.same(
    read(`${text}${others(dedupTransactionsMax + 9)}${says('b.com', 'x')}`)
      .at(0)
      ?.toString()
      .endsWith(' b.com'),
    true,
  )
  t.end()
})
