/** Skims Suricata's eve.json: DNS records with one question, and records of other types. */
import { isLocalPort } from '../dns-rules.js'
import type { Source } from '../parser.js'
import { isoIn, wholeIn } from './digits.js'
import { skimDns } from './eve-dns.js'
import { Keys, wordOf } from './keys.js'
import { endOfRecord, newline, type Glimpse, type Seen, type Skim } from './skim.js'
import { endOfValue } from './values.js'

const key = {
  ...{ type: wordOf('event_type'), time: wordOf('timestamp'), flow: wordOf('flow_id'), dns: wordOf('dns') },
  ...{ srcPort: wordOf('src_port'), destPort: wordOf('dest_port') },
}
const type = { dns: wordOf('dns'), alert: wordOf('alert'), mdns: wordOf('mdns'), llmnr: wordOf('llmnr') }

/** @param sources which types count: all of them but DNS are parsed in full */
export const skimEve = (sources: ReadonlySet<Source>): Skim => {
  const full = [...sources].filter(source => source !== 'dns').map(wordOf)
  return sources.has('dns') ? (bytes, at, glimpse) => skimRecord(bytes, at, glimpse, full) : () => 'unclear'
}

const keys = new Keys(Object.values(key))

const skimRecord = (bytes: Buffer, at: number, glimpse: Glimpse, full: readonly Uint8Array[]): Seen => {
  keys.open(bytes, at)
  glimpse.flow = glimpse.id = -1
  let types = 0
  let times = 0
  let flows = 0
  let questions = 0
  let ports = 0
  // Read when it is known that the record is one of DNS: most are not.
  let timeAt = 0
  let flowAt = 0
  let end = -1
  while (end === -1 && keys.next()) {
    if (keys.is(key.time)) {
      times++
      timeAt = keys.valueAt
    } else if (keys.is(key.flow)) {
      flows++
      flowAt = keys.valueAt
    } else if (keys.is(key.type)) {
      types++
      if (!keys.says(type.dns)) return seeOther(bytes, at, glimpse, full)
    } else if (keys.is(key.srcPort) || keys.is(key.destPort)) {
      ports++
      if (!isPublic(keys.count())) return 'unclear'
    } else if (keys.is(key.dns)) {
      questions++
      const isLast = types === 1 && times === 1 && flows === 1 && ports === 2
      keys.valueEnd = skimDns(bytes, keys.valueAt, glimpse, isLast)
      if (keys.valueEnd === -1) return 'unclear'
      if (isLast) end = endOfRecord(bytes, keys.valueEnd)
      if (isLast && end === -1) return 'unclear'
    }
  }
  if (end === -1) end = keys.end
  const isOne = types === 1 && times === 1 && flows <= 1 && questions === 1
  if (!isOne || end === -1 || bytes[end] !== newline) return 'unclear'
  glimpse.end = end
  glimpse.ts = timeIn(bytes, timeAt)
  glimpse.flow = flows === 1 ? wholeIn(bytes, flowAt, endOfValue(bytes, flowAt)) : -1
  return Number.isNaN(glimpse.ts) || (flows === 1 && glimpse.flow === -1) ? 'unclear' : 'record'
}

/** The rest of a record that is no DNS is not looked at, but for its last brace. An alert may hold a DNS record. */
const seeOther = (bytes: Buffer, at: number, glimpse: Glimpse, full: readonly Uint8Array[]): Seen => {
  if (!keys.isPlain() || full.some(isType)) return 'unclear'
  const end = endOfRecord(bytes, keys.valueEnd)
  if (end === -1) return 'unclear'
  if (keys.says(type.alert) && bytes.subarray(at, end).includes(dnsKey)) return 'unclear'
  glimpse.end = end
  return keys.says(type.mdns) || keys.says(type.llmnr) ? 'not-unicast-dns' : 'not-dns'
}

const dnsKey = Buffer.from('"dns"')

const isType = (word: Uint8Array): boolean => keys.says(word)

const quote = 0x22

/** Suricata writes its times as text. */
const timeIn = (bytes: Buffer, at: number): number =>
  bytes[at] === quote ? isoIn(bytes, at + 1, endOfValue(bytes, at) - 1) : NaN

const isPublic = (port: number): boolean => port !== -1 && !isLocalPort(port)
