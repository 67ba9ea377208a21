import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { emptyFingerprint } from '../model/checkpoint.js'
import { createReducer } from '../names/psl.js'
import { filesUnder } from '../parse/testing/real-log.js'
import { openStore } from '../store/store.js'
import { chunkOf } from '../testing/growing.js'
import { sharedData } from '../testing/shared-data.js'
import { QuestionReader } from './reader.js'

/*
 * What the store holds of the logs of a pcap, against what TShark saw in its answer sections. parse/records.truth.test.ts
 * compares what is read from the lines; here requests, responses and their copies go the whole way.
 */

const now = Date.UTC(2026, 11, 1)
const types = new Set(['A', 'AAAA', 'CNAME', 'NS', 'PTR', 'MX'])

/** Commits a log in two batches. Returns the facts of the store as lines of text. */
const storedOf = (path: string): string[] => {
  const store = openStore(':memory:')
  const reader = new QuestionReader({
    sources: new Set(['dns']),
    reducer: createReducer([]),
    passive: 'full',
  })
  const bytes = readFileSync(path)
  const middle = bytes.indexOf(10, bytes.length / 2) + 1
  const names = new Set<string>()
  for (const [from, to] of [
    [0, middle],
    [middle, bytes.length],
  ] as const) {
    const batch = reader.begin(now)
    reader.read(chunkOf(bytes.subarray(from, to), { ...emptyFingerprint, offset: from }), batch, now)
    reader.finish(batch)
    for (const { rrname } of batch.passive?.names ?? []) names.add(rrname)
    store.commit({}, () => ({ passive: batch.passive }), now)
  }
  const facts = [...names].flatMap(name => store.pdns.ofName(name)).filter(({ rrtype }) => types.has(rrtype))
  store.close()
  return facts.map(({ rrname, rrtype, rdata, count, first, last, ttlMin, ttlMax }) =>
    [rrname, rrtype, rdata, count, near(first), near(last), ttlMin, ttlMax].join(' '),
  )
}

/** In hundredths of a second: the clocks differ by 5 ms at most, and by far less in these logs. */
const near = (ms: number): number => Math.round(ms / 10)

const truthOf = (path: string, pcap: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .map(line => line.split('\t'))
    .filter(([of]) => of === pcap)
    .map(([, rrname, rrtype, rdata, count, first, last, ttlMin, ttlMax]) =>
      [
        rrname,
        rrtype,
        rdata,
        count,
        near(Number(first) * 1000),
        near(Number(last) * 1000),
        ttlMin,
        ttlMax,
      ].join(' '),
    )

/** Pcaps of which the store has nothing, and why. */
const without: ReadonlyMap<string, string> = new Map([
  ['sv__tests__dns-reversed-udp-1__input.pcap', 'Suricata did not take the flow for DNS'],
  ['zk__testing__btest__Traces__tunnels__gre-over-udp-4754.pcap', 'Suricata does not decode GRE in UDP'],
  ['zk__testing__btest__Traces__dns__max-compression-depth.pcap', 'the name has a single label'],
])

void t.test('the store has what TShark saw', t => {
  const shared = sharedData(t, 'pdns/truth.tsv') && sharedData(t, 'eve') && sharedData(t, 'pcaps')
  const data = shared?.replace(/pcaps$/, '') ?? ''
  for (const folder of shared === undefined ? [] : ['suricata-7.0.10/v2', 'suricata-8.0.7/v3'])
    for (const path of filesUnder(`${data}eve/${folder}`)) {
      const pcap = path.replace(/^.*\/|\.eve\.json$/g, '')
      if (!existsSync(`${data}pcaps/${pcap}`)) continue
      const why = without.get(pcap)
      const truth = why === undefined ? truthOf(`${data}pdns/truth.tsv`, pcap) : []
      t.strictSame(
        storedOf(path).sort(),
        truth.sort(),
        `${folder} ${pcap}${why === undefined ? '' : `: ${why}`}`,
      )
    }
  t.end()
})
