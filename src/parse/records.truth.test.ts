import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import type { Event } from '../model/event.js'
import { sharedData } from '../testing/shared-data.js'
import { filesUnder, readLog } from './testing/real-log.js'

/**
 * What TShark saw in the answer sections of each pcap (A, AAAA, CNAME, NS, PTR and MX in responses of opcode 0 and class
 * IN) against what we read from Suricata's log of it: the same tuples, as often, at the same times, with the same TTLs.
 */
const types: ReadonlySet<string> = new Set(['A', 'AAAA', 'CNAME', 'NS', 'PTR', 'MX'])

interface Tuple {
  readonly count: number
  /** Epoch ms. */
  readonly first: number
  readonly last: number
  readonly ttlMin: number | undefined
  readonly ttlMax: number | undefined
}
/** By `rrname rrtype rdata`. */
type Tuples = ReadonlyMap<string, Tuple>

const truthOf = (path: string): ReadonlyMap<string, Tuples> => {
  const pcaps = new Map<string, Map<string, Tuple>>()
  for (const line of readFileSync(path, 'utf8').trimEnd().split('\n').slice(1)) {
    const [pcap = '', rrname, rrtype, rdata, ...numbers] = line.split('\t')
    const [count = NaN, first = NaN, last = NaN, ttlMin, ttlMax] = numbers.map(Number)
    const tuples = pcaps.get(pcap) ?? new Map<string, Tuple>()
    tuples.set(`${rrname} ${rrtype} ${rdata}`, {
      count,
      first: first * 1000,
      last: last * 1000,
      ttlMin,
      ttlMax,
    })
    pcaps.set(pcap, tuples)
  }
  return pcaps
}

/**
 * The tuples of a log. A response counts once: its copy in an alert has the same flow, id, name and time. A second response
 * to one question, which TShark counts, has another time (dns-two-responses.pcap: 88 µs later).
 */
const tuplesOf = (events: readonly Event[]): Tuples => {
  const tuples = new Map<string, Tuple>()
  const seen = new Set<string>()
  for (const { uid, transaction, query, ts, isAnswer, records = [] } of events) {
    const copy = [uid, transaction, query, ts].join(' ')
    if (records.length === 0 || (seen.has(copy) && isAnswer !== true)) continue
    seen.add(copy)
    for (const { rrname, rrtype, rdata, ttl } of records) {
      if (!types.has(rrtype)) continue
      const key = `${rrname} ${rrtype} ${rdata}`
      const { count, first, last, ttlMin, ttlMax } = tuples.get(key) ?? { count: 0, first: ts, last: ts }
      tuples.set(key, {
        count: count + 1,
        first: Math.min(first, ts),
        last: Math.max(last, ts),
        ttlMin: ttl === undefined ? undefined : Math.min(ttlMin ?? ttl, ttl),
        ttlMax: ttl === undefined ? undefined : Math.max(ttlMax ?? ttl, ttl),
      })
    }
  }
  return tuples
}

/** A clock that a sensor rounds may be off by this. */
const slackMs = 5

/** What differs between a tuple that TShark saw and one that we read; undefined if nothing does. */
const differenceOf = (truth: Tuple | undefined, found: Tuple | undefined): string | undefined => {
  if (!truth || !found) return truth ? 'only TShark saw it' : 'only Suricata logged it'
  if (truth.count !== found.count) return `${truth.count} times, but ${found.count} in the log`
  const isSameTime =
    Math.abs(truth.first - found.first) <= slackMs && Math.abs(truth.last - found.last) <= slackMs
  if (!isSameTime) return `other times: ${JSON.stringify([truth, found])}`
  const hasTtl = found.ttlMin !== undefined
  const isSameTtl = truth.ttlMin === found.ttlMin && truth.ttlMax === found.ttlMax
  return hasTtl && !isSameTtl ? `other TTLs: ${JSON.stringify([truth, found])}` : undefined
}

const reversed = 'sv__tests__dns-reversed-udp-1__input.pcap'
const greInUdp = 'zk__testing__btest__Traces__tunnels__gre-over-udp-4754.pcap'
const geneve = 'zk__testing__btest__Traces__tunnels__geneve-vxlan-dns-truncated.pcap'
const wlan = 'zk__testing__btest__Traces__wlanmon.pcap'

/**
 * Why a log holds nothing of a pcap in which TShark saw answers. Each of these logs has no dns event at all; where
 * Suricata logged no event of any type, there is no file.
 */
const unlogged: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'suricata-7.0.10': {
    [reversed]: 'one packet, a response: Suricata did not take the flow for DNS (app_proto failed)',
    [greInUdp]: 'GRE in UDP: Suricata decodes GRE in IP only, and saw flows to port 4754',
    [geneve]: 'the snap length cut the packets off: Suricata drops those, TShark reads on as far as it can',
    [wlan]: 'frames of IEEE 802.11 (link type 105), which Suricata does not read',
  },
  'suricata-8.0.7': {
    [reversed]: 'as in version 7',
    [greInUdp]: 'as in version 7',
    [geneve]: 'as in version 7',
    [wlan]: 'as in version 7',
  },
}

/** Folders with logs, whether TTLs are in them, and of how many pcaps with answers they have a log. */
const folders: readonly (readonly [folder: string, hasTtl: boolean, pcaps: number])[] = [
  ['suricata-7.0.10/v2', true, 35],
  ['suricata-7.0.10/v2detailed', true, 21],
  ['suricata-7.0.10/v2answeronly', true, 21],
  ['suricata-7.0.10/v2grouped', false, 21],
  ['suricata-8.0.7/v3', true, 33],
]

void t.test('the tuples in the log are those in the packets', t => {
  const shared = sharedData(t, 'pdns/truth.tsv') && sharedData(t, 'eve') && sharedData(t, 'pcaps')
  const data = shared?.replace(/pcaps$/, '')
  const truth = data === undefined ? undefined : truthOf(`${data}pdns/truth.tsv`)
  for (const [folder, hasTtl, pcaps] of data === undefined ? [] : folders) {
    let compared = 0
    for (const path of filesUnder(`${data}eve/${folder}`)) {
      const pcap = path.replace(/^.*\/|\.eve\.json$/g, '')
      // TShark's truth is of the pcaps that are kept.
      if (!existsSync(`${data}pcaps/${pcap}`)) continue
      const seen: Tuples = truth?.get(pcap) ?? new Map<string, Tuple>()
      const logged = tuplesOf(readLog(path, new Set(['dns']), true).events)
      if (seen.size > 0) compared += 1
      const why = unlogged[folder.replace(/\/.*/, '')]?.[pcap]
      if (why !== undefined) {
        t.strictSame([...logged.keys()], [], `${folder} ${pcap}: ${why}`)
        continue
      }
      for (const key of new Set([...seen.keys(), ...logged.keys()])) {
        const found = logged.get(key)
        t.equal(differenceOf(seen.get(key), found), undefined, `${folder} ${pcap} ${key}`)
        t.equal(found?.ttlMin !== undefined, hasTtl)
      }
    }
    t.equal(compared, pcaps, folder)
  }
  t.end()
})

// So that no pcap is missing from the folders that should have all of them.
void t.test('each pcap with answers has a log in both versions, or a reason why not', t => {
  const path = sharedData(t, 'pdns/truth.tsv')
  const eve = sharedData(t, 'eve')
  for (const folder of ['suricata-7.0.10/v2', 'suricata-8.0.7/v3'])
    for (const pcap of path === undefined || eve === undefined ? [] : truthOf(path).keys()) {
      const why = unlogged[folder.replace(/\/.*/, '')]?.[pcap]
      t.ok(why !== undefined || existsSync(`${eve}/${folder}/${pcap}.eve.json`), `${folder} ${pcap}`)
    }
  t.end()
})
