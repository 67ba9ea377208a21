/**
 * Names as tunnels write them, and as services do that look like them: by the documented format of each, with random content.
 * Tests and bench/tunnels.ts measure them. No program of these is run.
 */
import type { Chance } from '../../testing/chaos/chance.js'
import type { NewName } from '../tunnel.js'

export interface Kind {
  readonly name: string
  readonly isTunnel: boolean
  /** The format, and where it is described. */
  readonly source: string
  readonly domain: string
  /** What stands before the domain, with the type of the question and the number of the client. */
  readonly ask: (chance: Chance, at: number) => Asked
}

type Asked = readonly [part: string, qtypeName: string, client?: number]

const hexDigits = '0123456789abcdef'
const base32Digits = 'abcdefghijklmnopqrstuvwxyz234567'
/** Base64 as it is logged: in lower case. */
const base64Digits = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789-_'

const textIn =
  (digits: string) =>
  (chance: Chance, length: number): string =>
    Array.from({ length }, () => digits.charAt(chance.between(0, digits.length - 1))).join('')
const hex = textIn(hexDigits)
const base32 = textIn(base32Digits)
const base64 = textIn(base64Digits)
const letters = textIn('abcdefghijklmnopqrstuvwxyz')
const inLabels = (text: string, length: number): string =>
  (text.match(new RegExp(`.{1,${length}}`, 'g')) ?? []).join('.')
const base32Of = (number: number): string =>
  [15, 10, 5, 0].map(bits => base32Digits.charAt((number >> bits) & 31)).join('')
const counter = (at: number): string => at.toString(16).padStart(4, '0')

const words =
  'mail web shop news static images cloud north office data print server client login account green river stone market travel event media video music photo press train hotel garden kitchen school family health sport weather energy bank trade legal music world first second'.split(
    ' ',
  )
const word = (chance: Chance): string => words[chance.between(0, words.length - 1)] ?? ''
const byte = (chance: Chance): number => chance.between(0, 255)
const address = (chance: Chance): string => [1, 2, 3, 4].map(() => byte(chance)).join('.')
const uuid = (chance: Chance): string =>
  [hex(chance, 8), hex(chance, 4), `4${hex(chance, 3)}`, `a${hex(chance, 3)}`, hex(chance, 12)].join('-')

const tunnels: readonly Omit<Kind, 'isTunnel'>[] = [
  {
    name: 'dnscat2, idle',
    source:
      'dnscat2 doc/protocol.md: MSG with nothing in it: packet, 01, session, sequence, acknowledgement, in hex',
    domain: 'tunnel.test',
    ask: chance => [`${hex(chance, 4)}01a53f5169c68f.dnsc`, 'TXT'],
  },
  {
    name: 'dnscat2, a shell',
    source: 'the same, encrypted: signature and nonce before the data; types TXT, CNAME and MX by turns',
    domain: 'tunnel.test',
    ask: chance => [
      inLabels(`${hex(chance, 4)}01a53f${hex(chance, 20 + 2 * chance.between(0, 80))}`, 60),
      chance.oneOf(['TXT', 'CNAME', 'MX']),
    ],
  },
  {
    name: 'dnscat2 over A',
    source: 'the same over A, while a file is sent',
    domain: 'tunnel.test',
    ask: chance => [inLabels(`${hex(chance, 4)}01a53f${hex(chance, 180)}`, 60), 'A'],
  },
  {
    name: 'iodine, NULL, base32',
    source:
      'iodine doc/proto_00000502.txt: five characters of header, data in base32, labels of 57; pings between',
    domain: 'tunnel.test',
    ask: (chance, at) =>
      at % 3 === 0
        ? [`p${base32(chance, 7)}`, 'NULL']
        : [`0${inLabels(base32(chance, chance.between(20, 200)), 57)}`, 'NULL'],
  },
  {
    name: 'iodine, idle',
    source:
      'the same: pings alone, with a number that counts up, asked for with a private type as Zeek writes it',
    domain: 'tunnel.test',
    ask: (_, at) => [`paaa${base32Of(at)}`, 'query-65399'],
  },
  {
    name: 'iodine, TXT, base128',
    source: 'the same with raw bytes, which sensors escape',
    domain: 'tunnel.test',
    ask: chance => [
      Array.from({ length: chance.between(20, 50) }, () =>
        chance.likely(0.5) ? base64(chance, 1) : `\\x${chance.between(0xbc, 0xfd).toString(16)}`,
      ).join(''),
      'TXT',
    ],
  },
  {
    name: 'dns2tcp',
    source: 'dns2tcp: session, acknowledgement and data in base64, asked for with TXT or KEY',
    domain: 'tunnel.test',
    ask: (chance, at) => [
      `${inLabels(`hvm${counter(at)}${base64(chance, chance.between(2, 150))}`, 63)}.srv`,
      chance.oneOf(['TXT', 'KEY']),
    ],
  },
  {
    name: 'PowerShell over TXT',
    source: 'a script that sends base64 in labels of 30 to 60, and reads its orders from TXT',
    domain: 'tunnel.test',
    ask: (chance, at) => [`${at}.${base64(chance, chance.between(30, 60))}`, 'TXT'],
  },
  {
    name: 'exfiltration in hex over A',
    source: '`xxd -p -c 30 FILE`, a question for each line',
    domain: 'tunnel.test',
    ask: chance => [hex(chance, 60), 'A'],
  },
  {
    name: 'DNSExfiltrator',
    source:
      'DNSExfiltrator: number of the piece, then base64url in labels of 63, up to 255 characters in all',
    domain: 'tunnel.test',
    ask: (chance, at) => [`${at}.${inLabels(base64(chance, 200), 63)}`, 'TXT'],
  },
  {
    name: 'Cobalt Strike, post',
    source: 'Cobalt Strike DNS beacon: `post.`, data in hex in labels of 56, a counter and the beacon',
    domain: 'tunnel.test',
    ask: (chance, at) => [`post.2${inLabels(hex(chance, 112), 56)}.${counter(at)}.19997cf2`, 'A'],
  },
]

const lookAlikes: readonly Omit<Kind, 'isTunnel'>[] = [
  {
    name: 'DNSBL',
    source: 'RFC 5782 2.1: an IPv4 address in reverse order',
    domain: 'spamhaus.test',
    ask: chance => [`${address(chance)}.zen`, chance.oneOf(['A', 'TXT'])],
  },
  {
    name: 'DNSBL of IPv6',
    source: 'RFC 5782 2.4: 32 hex digits in reverse order',
    domain: 'spamhaus.test',
    ask: chance => [`${inLabels(hex(chance, 32), 1)}.zen`, chance.oneOf(['A', 'TXT'])],
  },
  {
    name: 'DNSBL with a key',
    source: 'Spamhaus Data Query Service: a domain of a mail, the key of the customer, the list',
    domain: 'spamhaus.test',
    ask: chance => [`${word(chance)}${word(chance)}.com.k3yq7xv5zt2m4wq6d8s9p1r0ab.dbl`, 'A'],
  },
  {
    name: 'mail addresses by digest',
    source: 'Spamhaus Hash Blocklist: SHA-256 in base32, `_email`, the key of the customer',
    domain: 'spamhaus.test',
    ask: chance => [`${base32(chance, 52)}._email.k3yq7xv5zt2m4wq6d8s9p1r0ab.hbl`, 'A'],
  },
  {
    name: 'malware by MD5',
    source: 'https://hash.cymru.com/docs_dns, at another domain: an MD5 in hex, asked for with TXT',
    domain: 'hashes.test',
    ask: chance => [`${hex(chance, 32)}.malware`, 'TXT'],
  },
  {
    name: 'malware by SHA-256',
    source: 'the same: two labels of 32 hex digits',
    domain: 'hashes.test',
    ask: chance => [`${hex(chance, 32)}.${hex(chance, 32)}.malware`, 'A'],
  },
  {
    name: 'antivirus, files',
    source: 'McAfee Global Threat Intelligence: 26 characters of base32, at another domain',
    domain: 'files.test',
    ask: chance => [`${base32(chance, 26)}.avqs`, 'A'],
  },
  {
    name: 'antivirus, URLs over TXT',
    source: 'Sophos Extensible List: coded text in labels, asked for with TXT, at its own domain',
    domain: 'sophosxl.net',
    ask: chance => [`${inLabels(base32(chance, chance.between(30, 120)), 60)}.i.00.s`, 'TXT'],
  },
  {
    name: 'content network',
    source: 'names of video caches (`r3---sn-4g5e6nls`)',
    domain: 'video.test',
    ask: chance => [`r${chance.between(1, 9)}---sn-${base32(chance, 8)}`, 'A'],
  },
  {
    name: 'measurement of the web, one client',
    source: '32 hex digits that are asked for once, as footprintdns.com has them',
    domain: 'measured.test',
    ask: chance => [`${hex(chance, 32)}.clo`, 'A'],
  },
  {
    name: 'measurement of the web, many clients',
    source: 'metric.gstatic.com: 13 and 16 characters of base32, then the kind of the measurement',
    domain: 'measured.test',
    ask: (chance, at) => [
      `p4-${base32(chance, 13)}-${base32(chance, 16)}-if-${chance.oneOf(['v6exp3-v4', 'v6exp3-ds', 'i1-v6exp3-v4', 'i2-v6exp3-ds'])}.metric`,
      'A',
      Math.floor(at / 4),
    ],
  },
  {
    name: 'controllers of an Active Directory',
    source: 'a UUID below `_msdcs`',
    domain: 'corp.test',
    ask: chance => [`${uuid(chance)}._msdcs`, 'CNAME'],
  },
  {
    name: 'proofs for certificates',
    source: 'a digest with an underscore in a CNAME, as AWS Certificate Manager has it',
    domain: 'shop.test',
    ask: chance => [`_${hex(chance, 32)}.${word(chance)}`, 'CNAME'],
  },
  {
    name: 'DMARC reports to others',
    source: 'RFC 7489 7.1: the domain of a mail before `_report._dmarc`',
    domain: 'reports.test',
    ask: chance => [
      `${word(chance)}-${word(chance)}${word(chance)}.${chance.oneOf(['com', 'net', 'de', 'co.uk'])}._report._dmarc`,
      'TXT',
    ],
  },
  {
    name: 'keys for mail',
    source: 'RFC 6376 3.6.2.1: selectors below `_domainkey` of many tenants of one provider',
    domain: 'tenants.test',
    ask: chance => [
      `selector${chance.between(1, 2)}-${word(chance)}${word(chance)}-com._domainkey.${word(chance)}${word(chance)}`,
      'TXT',
    ],
  },
  {
    name: 'SPF macros',
    source: 'RFC 7208 7: address, host and domain of a mail in one name',
    domain: 'spf.test',
    ask: chance => [
      `${address(chance)}._ip.${word(chance)}${chance.between(1, 99)}.${word(chance)}.com._ehlo.${word(chance)}${word(chance)}.com._spf`,
      'TXT',
    ],
  },
  {
    name: 'users of a provider',
    source: 'names that people give their pages',
    domain: 'blogs.test',
    ask: chance => [
      `${word(chance)}${chance.oneOf(['-', ''])}${word(chance)}${chance.between(1, 2000)}`,
      'A',
    ],
  },
  {
    name: 'machines of an ISP',
    source: 'names out of addresses',
    domain: 'isp.test',
    ask: chance => [`host-${address(chance).replaceAll('.', '-')}.dynamic.${letters(chance, 3)}`, 'A'],
  },
  {
    name: 'machines of a company',
    source: 'names out of place, purpose and number; names of the web with the search list behind them',
    domain: 'corp.test',
    ask: chance => [
      chance.likely(0.5)
        ? `${letters(chance, 3)}-${word(chance)}-${word(chance)}-prod-${chance.between(1, 99)}`
        : `www.${word(chance)}${word(chance)}${word(chance)}-${word(chance)}.${word(chance)}.com`,
      'A',
    ],
  },
  {
    name: 'pods of a cluster',
    source: 'Kubernetes: deployment, nine and five characters, name space',
    domain: 'cluster.test',
    ask: chance => [
      `${word(chance)}-${word(chance)}-${base32(chance, 9)}-${base32(chance, 5)}.${word(chance)}.svc`,
      'A',
    ],
  },
  {
    name: 'numbers of telephones',
    source: 'RFC 6116 (ENUM): digits in reverse order',
    domain: 'e164.test',
    ask: chance => [inLabels(String(chance.between(1e10, 9e10)), 1), 'NAPTR'],
  },
]

/** All kinds: tunnels first. */
export const kinds: readonly Kind[] = [
  ...tunnels.map(kind => ({ ...kind, isTunnel: true })),
  ...lookAlikes.map(kind => ({ ...kind, isTunnel: false })),
]

/** So many different names of a kind. */
export const namesOf = ({ domain, ask }: Kind, chance: Chance, count: number): NewName[] => {
  const names = new Map<string, NewName>()
  for (let at = 0; names.size < count; at += 1) {
    const [part, qtypeName, client = 0] = ask(chance, at)
    const name = `${part}.${domain}`
    names.set(name, {
      name,
      domain,
      registrable: domain,
      qtypeName,
      origHost: `10.0.${client >> 8}.${client & 255}`,
    })
  }
  return [...names.values()]
}
