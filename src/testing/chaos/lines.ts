/** Makes the lines that a sensor writes about a question. Each question has its own name, below one of a few domains. */
import type { SensorPlan } from './script.js'

export interface Line {
  /** With its newline. */
  readonly text: string
  /** Undefined: no question is in it. */
  readonly question: number | undefined
}

const begin = Date.UTC(2026, 10, 20)
/** Domains in use at a time. */
const domains = 24
/** With look-ups the domains change after so many questions, since known domains are not looked up again. */
const questionsPerDomains = 300

/** The names of the questions. */
export interface Names {
  readonly domainOf: (question: number) => string
  readonly nameOf: (question: number) => string
  /** The question of a name; undefined if no sensor wrote it. */
  readonly questionOf: (name: string) => number | undefined
}

/** @param lookups look-ups are on */
export const namesFor = (lookups: boolean): Names => {
  const first = (question: number) => (lookups ? Math.floor(question / questionsPerDomains) * domains : 0)
  const domainOf = (question: number) => `shop-${first(question) + (question % domains)}.com`
  const nameOf = (question: number) => `n${question}.${domainOf(question)}`
  return {
    ...{ domainOf, nameOf },
    questionOf: name => {
      const [, digits = ''] = /^n(\d+)\./.exec(name) ?? []
      return digits !== '' && nameOf(Number(digits)) === name ? Number(digits) : undefined
    },
  }
}

/** How many servers answer for all names: each is in the answers of many questions. */
const edges = 7

/** The answer to a question: its name is an alias of a server, which has an address. */
export const answerTo = (question: number) => ({
  edge: `edge-${question % edges}.shared-cdn.net`,
  address: `198.51.100.${question % edges}`,
})

const fields =
  'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto query qclass qtype_name rcode_name answers TTLs'.split(
    ' ',
  )
const types =
  'time string addr port addr port enum string count string string vector[string] vector[interval]'.split(' ')

/** The header of a Zeek TSV. It is the same in each file; the daemon must tell files apart nevertheless. */
export const header = [
  '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n',
  `#open\t2026-11-20-00-00-00\n#fields\t${fields.join('\t')}\n#types\t${types.join('\t')}\n`,
].join('')

export const footer = '#close\t2026-11-20-01-00-00\n'

const zeek = (n: number, name: string, isTsv: boolean): string[] => {
  const ts = begin / 1000 + n
  const { edge, address } = answerTo(n)
  const values = [
    isTsv ? ts.toFixed(6) : ts,
    `C${n}`,
    '10.0.0.7',
    40_000,
    '10.0.0.53',
    53,
    'udp',
    name,
    1,
    'A',
    'NOERROR',
    [edge, address],
    isTsv ? ['60.000000', '30.000000'] : [60, 30],
  ]
  if (isTsv) return [values.map(String).join('\t')]
  return [JSON.stringify(Object.fromEntries(fields.map((field, at) => [field, values[at]])))]
}

const eve = (n: number, name: string, version: 2 | 3): string[] => {
  const timestamp = new Date(begin + n * 1000).toISOString().replace('Z', '000+0000')
  const event = { timestamp, flow_id: 10_000 + n, event_type: 'dns' }
  const ports = { src_ip: '10.0.0.7', src_port: 40_000, dest_ip: '10.0.0.53', dest_port: 53, proto: 'UDP' }
  const { edge, address } = answerTo(n)
  const answers = [
    { rrname: name, rrtype: 'CNAME', ttl: 60, rdata: edge },
    { rrname: edge, rrtype: 'A', ttl: 30, rdata: address },
  ]
  const dns = (type: string) => {
    const common = { version, type, tx_id: 0, id: n % 65_536, opcode: 0 }
    const asked = { rrname: name, rrtype: 'A' }
    return version === 3 ? { ...common, queries: [asked] } : { ...common, ...asked }
  }
  const [question = '', response = ''] = version === 3 ? ['request', 'response'] : ['query', 'answer']
  return [dns(question), { ...dns(response), rcode: 'NOERROR', answers }].map(message =>
    JSON.stringify({ ...event, ...ports, dns: message }),
  )
}

const texts: Readonly<Record<SensorPlan['format'], (n: number, name: string) => string[]>> = {
  'zeek-tsv': (n, name) => zeek(n, name, true),
  'zeek-json': (n, name) => zeek(n, name, false),
  'eve-v2': (n, name) => eve(n, name, 2),
  'eve-v3': (n, name) => eve(n, name, 3),
}

/** The lines about a question: one of Zeek, two of Suricata. */
export const linesOf = (format: SensorPlan['format'], question: number, name: string): Line[] =>
  texts[format](question, name).map(text => ({ text: `${text}\n`, question }))
