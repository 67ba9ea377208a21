import { Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import type { ImportedTuple, SourcedTuple, StoredTuple, TupleSeen } from '../model/passive.js'
import { addressText } from '../names/address.js'
import { nameOfText } from '../names/canonical.js'
import { nameRdata, presentedRdata, textRdata } from '../names/rdata.js'
import { IgnoreList } from '../names/ignore-list.js'
import type { Store } from '../store/store.js'
import { addPassive, nameSeen, tupleSeen } from '../store/testing/passive.js'
import { now, storeIn } from '../testing/pipeline-kit.js'
import { leftOutOf, PdnsExport } from './pdns-export.js'
import { importCof, type PdnsImportTools } from './pdns-import.js'

const linesOf = (store: Store): string =>
  [...new PdnsExport(undefined).lines(store.pdns.bySource({}))].join('')
const load = (store: Pick<Store, 'importFacts'>, text: string, more: Partial<PdnsImportTools> = {}) =>
  importCof(Readable.from([Buffer.from(text)]), {
    ...{ store, isOwn: () => false, label: 'file', now, signal: new AbortController().signal },
    ...more,
  })

const bytes = (least: number, most: number) => fc.uint8Array({ minLength: least, maxLength: most }).map(some => Buffer.from(some)) // prettier-ignore
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), bytes(0, 40).map(some => some.toString('latin1'))) // prettier-ignore
const domain = fc.stringMatching(/^[a-z]{1,3}\.(com|net)$/)
const rrname = fc.oneof(domain, text.map(nameOfText)).filter(name => name !== '')
const data: fc.Arbitrary<readonly [rrtype: string, rdata: string]> = fc.oneof(
  bytes(4, 4).map(some => ['A', addressText(some)] as const),
  bytes(16, 16).map(some => ['AAAA', addressText(some)] as const),
  fc.tuple(fc.constantFrom('CNAME', 'NS', 'PTR', 'MX', 'SRV'), fc.oneof(domain, text).map(name => nameRdata(name) ?? 'a.com')), // prettier-ignore
  fc.array(bytes(0, 300), { minLength: 1, maxLength: 3 }).map(strings => ['TXT', textRdata(strings)] as const), // prettier-ignore
  fc.tuple(
    fc.constantFrom('NAPTR', 'TYPE65280', 'DS'),
    text.map(some => presentedRdata(`0 ${some}`)),
  ),
)
const times = fc.tuple(fc.integer({ min: 7e11, max: now }), fc.nat({ max: 1e9 })).map(([last, lasted]) => ({ first: last - lasted, last })) // prettier-ignore
const ttls = fc.oneof(
  fc.constant({ ttlMin: undefined, ttlMax: undefined, ttlLast: undefined }),
  fc.tuple(fc.nat(), fc.nat(), fc.nat()).map(ttls => ttls.sort((a, b) => a - b)).map(([ttlMin, ttlLast, ttlMax]) => ({ ttlMin, ttlMax, ttlLast })), // prettier-ignore
)
const sensor = fc.constantFrom('east', 'west', 'b\u00f6se \u{1f98a}')
const tuple: fc.Arbitrary<TupleSeen> = fc
  // Several of one fact must not add up to more than an import takes.
  .tuple(data, times, ttls, fc.integer({ min: 1, max: 1e10 }), sensor)
  .map(([[rrtype, rdata], times, ttls, count, sensor]) => ({
    rrtype,
    rdata,
    count,
    sensor,
    ...times,
    ...ttls,
  }))
const names = fc
  .array(fc.tuple(rrname, fc.array(tuple, { maxLength: 5 })), { maxLength: 8 })
  .map(all =>
    all.map(([rrname, tuples]) =>
      nameSeen(rrname, { tuples: tuples.filter(({ rdata }) => rdata !== rrname) }),
    ),
  )
const imported: fc.Arbitrary<readonly ImportedTuple[]> = fc.array(
  fc
    .tuple(rrname, tuple, fc.constantFrom('', 'urn:uuid:1', 'https://pdns.example/'))
    .filter(([rrname, { rdata }]) => rdata !== rrname)
    .map(([rrname, tuple, origin]) => ({ rrname, origin, ...tuple })),
  { maxLength: 10 },
)
const answers = (store: Store, rows: readonly StoredTuple[]) =>
  [...new Set(rows.map(({ rrname }) => rrname))].map(rrname => store.pdns.ofName(rrname))

void t.test(
  'an export of any store, imported into an empty one, gives the same answers and the same bytes; twice, too',
  async t => {
    await fc.assert(
      fc.asyncProperty(names, imported, async (names, imported) => {
        const [store, other] = [storeIn(t), storeIn(t)]
        addPassive(store, ...names)
        store.importFacts(imported, 'file')
        const lines = linesOf(store)
        const rows = [...store.pdns.bySource({})].flat()
        const first = await load(other, lines)
        if (first.refused.size > 0) return t.fail(JSON.stringify(first.refusals))
        const second = await load(other, lines)
        t.same([second.added, second.raised, second.known], [0, 0, rows.length])
        t.equal(linesOf(other), lines)
        t.strictSame(withoutSensor(answers(other, rows)), withoutSensor(answers(store, rows)))
        // And back home it is known.
        t.match(await load(store, lines), { added: 0, raised: 0 })
        return t.equal(linesOf(store), lines)
      }),
      { numRuns: 60 },
    )
  },
)

/** Of facts that several sources have, who was first is not handed on; the name of the file stands there. */
const withoutSensor = (all: readonly (readonly StoredTuple[])[]) =>
  all.map(rows => rows.map(row => ({ ...row, sensor: undefined })))

void t.test('facts of one store keep their sensor', async t => {
  const [store, other] = [storeIn(t), storeIn(t)]
  const tuples = [tupleSeen('A', '192.0.2.1', { sensor: 'east' }), tupleSeen('A', '192.0.2.2')]
  addPassive(store, nameSeen('a.com', { tuples }))
  await load(other, linesOf(store), { label: 'site b' })
  t.match(other.pdns.ofName('a.com'), [{ sensor: 'east' }, { sensor: 'site b' }])
})

void t.test('what is not taken is counted by reason, and the first lines are named', async t => {
  const good = (rrname: string) => JSON.stringify({ rrname, rrtype: 'A', rdata: '192.0.2.1', time_first: 1500000000, time_last: 1500000009 }) // prettier-ignore
  const lines = [
    ...Array.from({ length: 12 }, () => 'x'),
    good('a.corp'),
    good('b.com'),
    '{}',
    '',
    good('b.com'),
  ]
  const sum = await load(storeIn(t), lines.join('\n'), { isOwn: name => name.endsWith('.corp') })
  t.match(sum, { rows: 16, added: 1, known: 1, raised: 0, broken: undefined })
  t.same([...sum.refused], [['json', 12], ['own', 1], ['fields', 1]]) // prettier-ignore
  t.match(sum.refusals, [{ at: 1, why: /not a JSON object/ }, { at: 2 }])
  t.equal(sum.refusals.length, 10)
})

void t.test('after a signal what was read so far is in the store', async t => {
  const [store, life] = [storeIn(t), new AbortController()]
  const row = (i: number) => `{"rrname":"n${i}.com","rrtype":"A","rdata":"192.0.2.1","time_first":1500000000,"time_last":1500000009}\n` // prettier-ignore
  const pages: number[] = []
  const importFacts: Store['importFacts'] = (facts, label) => {
    const done = store.importFacts(facts, label)
    pages.push(done.added)
    if (pages.length === 2) life.abort()
    return done
  }
  const all = Array.from({ length: 5_000 }, (_, i) => row(i)).join('')
  t.match(await load({ importFacts }, all, { signal: life.signal }), { broken: /stopped/, added: 2_000 })
  t.same(pages, [1_000, 1_000])
})

const leftOuts: readonly (readonly [
  rrname: string,
  rrtype: string,
  rdata: string,
  why: string | undefined,
])[] = [
  ['www.example.com', 'A', '10.1.2.3', 'address'],
  ['www.example.com', 'A', '0.0.0.0', 'address'],
  ['www.example.com', 'AAAA', '::ffff:192.168.0.1', 'address'],
  ['www.example.com', 'A', '192.0.2.1', undefined],
  ['3.2.1.10.in-addr.arpa', 'PTR', 'a.example.com', 'reverse'],
  ['d.f.ip6.arpa', 'NS', 'ns.example.com', 'reverse'],
  ['www.example.com', 'CNAME', '1.168.192.in-addr.arpa', 'reverse'],
  ['1.2.0.192.in-addr.arpa', 'PTR', 'a.example.com', undefined],
  ['ours.example', 'A', '192.0.2.1', 'internal'],
  ['www.example.com', 'CNAME', 'srv.ours.example', 'internal'],
  ['_sip._tcp.example.com', 'SRV', '0 5 5060 srv.ours.example', 'internal'],
  ['example.com', 'SOA', 'ns.example.com host.ours.example 1 2 3 4 5', 'internal'],
  ['example.com', 'TXT', '"ours.example"', undefined],
  ['ads.example.net', 'A', '192.0.2.1', 'ignored'],
  ['www.example.com', 'MX', '10 ads.example.net', 'ignored'],
  ['printer.local', 'A', '192.0.2.1', 'special'],
  ['www.example.com', 'CNAME', 'nas.lan', 'special'],
  ['notours.example.com', 'A', '192.0.2.1', undefined],
]

void t.test('what tells of the own network is left out', t => {
  const own = { internal: IgnoreList.of(['ours.example']), ignored: IgnoreList.of(['ads.example.net']) }
  for (const [rrname, rrtype, rdata, why] of leftOuts) {
    const row: SourcedTuple = { rrname, origin: '', ...tupleSeen(rrtype, rdata), sensor: '' }
    t.equal(leftOutOf(row, own), why, `${rrname} ${rrtype} ${rdata}`)
  }
  t.end()
})
