/** Skims Suricata's eve.json: DNS records with one question, and records of other types. */
import type { LineSkip } from '../../event.js'
import { isLocalPort } from '../dns-rules.js'
import type { Source } from '../parser.js'
import { skimDns } from './eve-dns.js'
import { Keys, wordOf } from './keys.js'
import { newline, type Glimpse, type Seen, type Skim } from './skim.js'

const key = {
  ...{ type: wordOf('event_type'), time: wordOf('timestamp'), flow: wordOf('flow_id'), dns: wordOf('dns') },
  ports: ['src_port', 'dest_port'].map(wordOf),
}

/** Types of which the full parse says one thing, whatever is in the record. */
const otherTypes: ReadonlyMap<string, LineSkip> = new Map([
  ...['mdns', 'llmnr'].map(type => [type, 'not-unicast-dns'] as const),
  ...[
    ...[
      'flow',
      'netflow',
      'fileinfo',
      'stats',
      'anomaly',
      'drop',
      'ssh',
      'smb',
      'smtp',
      'ftp',
      'dhcp',
      'krb5',
    ],
    ...['snmp', 'tls', 'quic', 'http'],
  ].map(type => [type, 'not-dns'] as const),
])

/** @param sources which types count: all of them but DNS are parsed in full */
export const skimEve = (sources: ReadonlySet<Source>): Skim => {
  const counting: ReadonlySet<string> = sources
  const others = new Map([...otherTypes].filter(([type]) => !counting.has(type)))
  return sources.has('dns') ? (bytes, at, glimpse) => skimRecord(bytes, at, glimpse, others) : () => 'unclear'
}

const keys = new Keys()

const skimRecord = (
  bytes: Buffer,
  at: number,
  glimpse: Glimpse,
  others: ReadonlyMap<string, LineSkip>,
): Seen => {
  keys.open(bytes, at)
  glimpse.flow = glimpse.id = ''
  let types = 0
  let times = 0
  let flows = 0
  let questions = 0
  let isPlain = true
  while (isPlain && keys.next()) {
    switch (keys.keyEnd - keys.keyAt) {
      case 3:
        if (!keys.is(key.dns)) break
        questions++
        isPlain = skimDns(keys, bytes, glimpse)
        break
      case 7:
        if (!keys.is(key.flow)) break
        flows++
        glimpse.flow = keys.digits()
        isPlain = glimpse.flow !== ''
        break
      case 8:
        if (key.ports.some(isKey)) isPlain = isPublic(keys.count())
        break
      case 9:
        if (keys.is(key.time)) {
          times++
          glimpse.ts = keys.time()
          isPlain = keys.isText
        } else if (key.ports.some(isKey)) isPlain = isPublic(keys.count())
        break
      case 10: {
        if (!keys.is(key.type)) break
        types++
        const type = keys.text()
        const other = others.get(type)
        if (other !== undefined) return passLine(bytes, glimpse) ? other : 'unclear'
        isPlain = type === 'dns'
      }
    }
  }
  const isOne = types === 1 && times === 1 && flows <= 1 && questions === 1
  if (!isPlain || !isOne || Number.isNaN(glimpse.ts) || keys.end === -1) return 'unclear'
  if (bytes[keys.end] !== newline) return 'unclear'
  glimpse.end = keys.end
  return 'record'
}

const brace = 0x7d

/** The rest of a record that is no DNS is not looked at, but for its last brace. */
const passLine = (bytes: Buffer, glimpse: Glimpse): boolean => {
  const end = bytes.indexOf(newline, keys.valueEnd)
  glimpse.end = end
  return end !== -1 && bytes[end - 1] === brace
}

const isKey = (word: Uint8Array): boolean => keys.is(word)
const isPublic = (port: number): boolean => port !== -1 && !isLocalPort(port)
