/** Passive DNS must hold the same whether the skim counts lines, or each line is parsed in full. */
import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { statementsMax } from '../limits.js'
import { emptyFingerprint } from '../model/checkpoint.js'
import type { NameSeen } from '../model/passive.js'
import { createReducer } from '../names/psl.js'
import { chunkOf } from '../testing/growing.js'
import { QuestionReader } from './reader.js'

const now = Date.UTC(2026, 10, 21, 12)
const suppression = { around: now, until: Infinity, since: -Infinity }

/** A reader for which most names of this test are suppressed or skipped. */
const open = (skims: boolean) => {
  const reader = new QuestionReader({
    ...{ sources: new Set(['dns'] as const), reducer: createReducer([]), skims, passive: 'full' },
  })
  const { skimmer } = reader
  skimmer.put('a.com', 'a.com', suppression)
  skimmer.put('www.b.co.uk', 'b.co.uk', suppression)
  skimmer.put('tunnel.net', 'tunnel.net', suppression, true)
  skimmer.putSkip('7.2.0.192.in-addr.arpa', 'reverse-zone')
  skimmer.putSkip('printer.local', 'special-use')
  return reader
}

interface Part {
  readonly text: string
  readonly sensor: string
}

/** In an order of its own. */
const shown = ({ questions, responses, clients, tuples }: NameSeen) => ({
  questions: questions && { ...questions },
  responses: Object.fromEntries(responses),
  clients: Object.fromEntries(Array.from(clients, ([client, seen]) => [client, { ...seen }])),
  tuples: tuples
    .map(({ rrtype, rdata, count, first, last, ttlMin, ttlMax, ttlLast, sensor }) =>
      [rrtype, rdata, count, first, last, ttlMin, ttlMax, ttlLast, sensor].join(' '),
    )
    .sort(),
})

/** What the batches hold, and how many statements the skim counted. */
const readAll = (skims: boolean, parts: readonly Part[]) => {
  const reader = open(skims)
  let [position, repeated] = [0, 0]
  const batches = parts.map(({ text, sensor }) => {
    const batch = reader.begin(now)
    reader.read(chunkOf(Buffer.from(text), { ...emptyFingerprint, offset: position }, { sensor }), batch, now)
    position += text.length
    repeated += reader.skimmer.statements?.count ?? 0
    reader.finish(batch)
    const { skips, lines, questions } = batch.tally
    return {
      names: Object.fromEntries(Array.from(batch.passive?.names ?? [], name => [name.rrname, shown(name)])),
      tally: { lines, questions, skips: Object.fromEntries(skips) },
    }
  })
  return { batches, repeated }
}

const name = fc.constantFrom(
  ...['a.com', 'a.com', 'A.com.', 'www.b.co.uk', 'x.tunnel.net', 'y.tunnel.net', 'new.example.org'],
  ...['7.2.0.192.in-addr.arpa', 'printer.local'],
)
const client: fc.Arbitrary<string> = fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::1', '2001:DB8:0::1')
const rcode = fc.constantFrom('NOERROR', 'NOERROR', 'NXDOMAIN', 'SERVFAIL', 'YXDOMAIN', undefined)
const data = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', 'edge.net', 'EDGE.net', 'TXT 3 abc', '', 'a\\x2cb') // prettier-ignore
const ttl = fc.oneof(
  fc.constantFrom(0, 30, 60, 300),
  fc.constantFrom(0, 30, 60, 2_147_483_647, 2_147_483_648, 1.5, -1, 99_999_999_999),
)
const qtype = fc.constantFrom('A', 'A', 'AAAA', 'TXT', 'PTR', 'ANY', undefined)
/** Few times, so that lines have the same one; one of them is not plausible. */
const seconds = fc.constantFrom(0, 1, 1, 2, -3_600, -50_000_000_000)
const answers = fc.option(fc.array(fc.record({ data, ttl }), { maxLength: 4 }), { nil: undefined })
const zeekLine = fc.record({ name, client, rcode, answers, qtype, seconds, cut: fc.nat({ max: 5 }) })
type ZeekLine = typeof zeekLine extends fc.Arbitrary<infer T> ? T : never

const zeekJson = (line: ZeekLine): string =>
  JSON.stringify({
    ...{
      ts: now / 1000 + line.seconds,
      uid: 'C1',
      'id.orig_h': line.client,
      'id.orig_p': 5,
      'id.resp_p': 53,
    },
    ...{ query: line.name, qclass: 1, qtype_name: line.qtype, rcode_name: line.rcode },
    answers: line.answers?.map(answer => answer.data),
    TTLs: line.answers?.map(answer => answer.ttl).slice(line.cut === 0 ? 1 : 0),
  })

const tsvHeader = `#separator \\x09\n#fields\t${[
  ...['ts', 'uid', 'id.orig_h', 'id.orig_p', 'id.resp_p', 'query', 'qclass', 'qtype_name', 'rcode_name'],
  ...['answers', 'TTLs', 'rejected'],
].join('\t')}\n`

const setOf = (values: readonly string[] | undefined): string =>
  values === undefined ? '-' : values.length === 0 ? '(empty)' : values.join(',')

const zeekTsv = (line: ZeekLine): string =>
  [
    ...[(now / 1000 + line.seconds).toFixed(6), 'C1', line.client, 5, 53, line.name, 1, line.qtype ?? '-'],
    ...[line.rcode ?? '-', setOf(line.answers?.map(answer => answer.data))],
    ...[setOf(line.answers?.slice(line.cut === 0 ? 1 : 0).map(answer => answer.ttl.toFixed(6))), 'F'],
  ].join('\t')

const eveLine = fc.record({
  ...{ name, client, rcode, seconds, qtype, answers },
  kind: fc.constantFrom('query', 'answer', 'answer', 'request', 'response', 'response'),
  flow: fc.constantFrom(undefined, 1, 2, 3, 4, 5, 6, 7, 8),
  shape: fc.constantFrom('detailed', 'detailed', 'grouped', 'both', 'first', 'none', 'old'),
  alert: fc.nat({ max: 5 }),
  resolverPort: fc.constantFrom(53, 53, 5_300),
})
type EveLine = typeof eveLine extends fc.Arbitrary<infer T> ? T : never

const eve = (line: EveLine): string => {
  const { name: rrname, qtype: rrtype, kind, flow, answers: some = [] } = line
  const detailed = some.map(answer => ({ rrname, rrtype: 'A', ttl: answer.ttl, rdata: answer.data }))
  const grouped = { A: some.map(answer => answer.data) }
  const withoutFirst = detailed.map(({ ttl: seconds, ...rest }, n) =>
    n === 0 ? rest : { ...rest, ttl: seconds },
  )
  const shapes = {
    ...{
      detailed: { answers: detailed },
      grouped: { grouped },
      both: { answers: detailed, grouped },
      none: {},
    },
    ...{ first: { answers: withoutFirst }, old: detailed[0] },
  }
  const isThird = kind === 'request' || kind === 'response'
  const question = isThird ? { version: 3, queries: [{ rrname, rrtype }] } : { version: 2, rrname, rrtype }
  const asker = { ip: line.client, port: 9_999 }
  const resolver = { ip: '10.0.0.53', port: line.resolverPort }
  const [from, to] = kind === 'response' ? [resolver, asker] : [asker, resolver]
  const isResponse = kind === 'answer' || kind === 'response'
  return JSON.stringify({
    timestamp: new Date(now + line.seconds * 1000).toISOString().replace('Z', '000+0000'),
    ...{
      flow_id: flow,
      event_type: line.alert === 0 ? 'alert' : 'dns',
      src_ip: from.ip,
      src_port: from.port,
    },
    ...{ dest_ip: to.ip, dest_port: to.port },
    dns: {
      ...question,
      type: kind,
      id: flow,
      ...(isResponse && { rcode: line.rcode, ...shapes[line.shape] }),
    },
  })
}

/** Some lines come several times, one after the other. */
const partsOf = <T>(line: fc.Arbitrary<T>, text: (line: T) => string, header = '') => {
  const part = fc.record({
    lines: fc.array(fc.tuple(line, fc.nat({ max: 2 })), { minLength: 1, maxLength: 12 }),
    sensor: fc.constantFrom('a', 'b'),
  })
  return fc.array(part, { minLength: 1, maxLength: 4 }).map(parts =>
    parts.map(({ lines, sensor }): Part => {
      const texts = lines.flatMap(([one, more]) => Array<string>(more + 1).fill(`${text(one)}\n`))
      return { sensor, text: header + texts.join('') }
    }),
  )
}

for (const [format, parts] of [
  ['Zeek TSV', partsOf(zeekLine, zeekTsv, tsvHeader)],
  ['Zeek JSON', partsOf(zeekLine, zeekJson)],
  ['EVE', partsOf(eveLine, eve)],
] as const)
  void t.test(`${format}: the skim changes nothing`, t => {
    let repeated = 0
    const check = (some: readonly Part[]) => {
      const [skimmed, parsed] = [readAll(true, some), readAll(false, some)]
      repeated += skimmed.repeated
      deepStrictEqual(skimmed.batches, parsed.batches)
    }
    t.doesNotThrow(() => fc.assert(fc.property(parts, check), { numRuns: 200 }))
    t.ok(repeated > 500, `and it counted ${repeated} statements`)
    t.end()
  })

/** Found by hand: each of these was counted for another line. */
const traps: Readonly<Record<string, readonly string[]>> = {
  'a TSV with blanks between TTLs': [
    tsvHeader +
      [0, 1]
        .map(
          n =>
            `${(now / 1000 + n).toFixed(6)}\tC1\t10.0.0.1\t5\t53\ta.com\t1\tA\tNOERROR\t192.0.2.1,192.0.2.2\t60.000000, 30.000000\tF\n`,
        )
        .join(''),
  ],
  'an empty rcode with an answer, and one byte of NUL without': [
    tsvHeader +
      ['\t192.0.2.1\t60.000000', '\x00\t-\t-', '\t192.0.2.1\t60.000000', '\x00\t-\t-']
        .map(rest => `${(now / 1000).toFixed(6)}\tC1\t10.0.0.1\t5\t53\ta.com\t1\tA\t${rest}\tF\n`)
        .join(''),
  ],
  'a response whose answer stands in an object': ['NXDOMAIN', 'NOERROR', 'NXDOMAIN', 'NOERROR'].map(
    (code, n) =>
      `${JSON.stringify({
        ...{ timestamp: '2026-11-21T12:00:00.000000+0000', flow_id: 100 + n, event_type: 'dns' },
        ...{ src_ip: '10.0.0.1', src_port: 5, dest_ip: '10.0.0.53', dest_port: 53 },
        dns: {
          ...{ type: 'answer', id: 100 + n, queries: [{ rrname: 'a.com', id: 100 + n, opcode: 0 }] },
          answer: { rcode: code, answers: [{ rrname: 'a.com', rrtype: 'A', ttl: n, rdata: '192.0.2.1' }] },
        },
      })}\n`,
  ),
  'a TTL twice, and none; a list in the list': [
    '[{"rrname":"a.com","rrtype":"A","ttl":1,"ttl":2,"rdata":"192.0.2.1"},{"rrname":"a.com","rrtype":"A","rdata":"192.0.2.2"}]',
    '[["x"],{"rrname":"a.com","rrtype":"A","ttl":5,"ttl":6,"rdata":"192.0.2.1"}]',
  ].flatMap((list, n) =>
    [0, 1].map(
      again =>
        `{"timestamp":"2026-11-21T12:00:00.000000+0000","flow_id":${10 * n + again},"event_type":"dns","src_ip":"10.0.0.1","src_port":5,"dest_ip":"10.0.0.53","dest_port":53,"dns":{"version":2,"type":"answer","id":7,"rrname":"a.com","rrtype":"A","rcode":"NOERROR","answers":${list}}}\n`,
    ),
  ),
}

void t.test('lines that look alike to the skim', t => {
  for (const [what, lines] of Object.entries(traps)) {
    const parts = [lines, lines].map(some => ({ text: some.join(''), sensor: 'a' }))
    t.strictSame(readAll(true, parts).batches, readAll(false, parts).batches, what)
  }
  t.end()
})

void t.test('more statements than the skim remembers', t => {
  const none = { rcode: 'NXDOMAIN', answers: undefined, qtype: 'A', seconds: 0, cut: 1 } as const
  const lines = Array.from({ length: statementsMax + 10 }, (_, n) =>
    zeekJson({ ...none, name: 'a.com', client: `10.0.${n >> 8}.${n & 255}` }),
  )
  const parts = [lines, [...lines].reverse()].map(some => ({ text: `${some.join('\n')}\n`, sensor: 'a' }))
  t.strictSame(readAll(true, parts).batches, readAll(false, parts).batches)
  t.end()
})
