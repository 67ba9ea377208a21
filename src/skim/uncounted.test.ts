/** Tests that the skim stops once for each client that is new for a name, and that the client comes from the line unparsed. */
import t from 'tap'
import { clientPairsMax } from '../limits.js'
import type { SkimFormat } from '../parse/record.js'
import { Skimmer } from './skimmer.js'

const now = Date.UTC(2026, 10, 21)
const around = { around: now, until: Infinity, since: -Infinity, countsClients: true }

const columns: SkimFormat = {
  kind: 'zeek-tsv',
  ...{ time: 0, client: 1, query: 2, origPort: -1, respPort: -1, opcode: -1, qclass: -1, all: 3 },
  ...{ qtype: -1, rcode: -1, answers: -1, ttls: -1 },
}
const sources = new Set(['dns'] as const)
const json: SkimFormat = { kind: 'zeek-json', hasPrefixes: false, sources }
const eve: SkimFormat = { kind: 'suricata', hasPrefixes: false, sources }

const open = (format: SkimFormat, countsClients = true) => {
  const skimmer = new Skimmer({ skims: true, countsClients, random: () => 0.3 })
  skimmer.use(format)
  skimmer.begin(1, now)
  return skimmer
}

/** Skims a line, and learns clients. Returns them, and how many questions were counted. */
const skim = (skimmer: Skimmer, line: string) => {
  const bytes = Buffer.from(`${line}\n`, 'latin1')
  const clients: string[] = []
  skimmer.beginChunk()
  while (skimmer.next(bytes, 0, bytes.length) === 0) {
    const one = skimmer.clients?.take()
    if (!one) break
    clients.push(`${one.client} ${one.name} ${one.domain}`)
  }
  return [clients, skimmer.skipped()?.questions ?? 0]
}

const tsv = (client: string, name = 'www.a.com') => `${(now / 1000).toFixed(6)}\t${client}\t${name}`

void t.test('each client of a name stops the skim once', t => {
  const skimmer = open(columns)
  skimmer.put('www.a.com', 'a.com', around)
  skimmer.put('a.com', 'a.com', around)
  const learned = (line: string) => skim(skimmer, line)
  t.strictSame(learned(tsv('10.0.0.1')), [['10.0.0.1 www.a.com a.com'], 1])
  t.strictSame(learned(tsv('10.0.0.1')), [[], 1])
  t.strictSame(learned(tsv('fd00::2', 'WWW.A.com.')), [['fd00::2 www.a.com a.com'], 1])
  t.strictSame(learned(tsv('10.0.0.1', 'a.com')), [['10.0.0.1 a.com a.com'], 1], 'each name has its own')
  t.strictSame(learned(tsv('-')), [[], 1], 'no client')
  t.strictSame(learned(tsv('10\\x2e0')), [[], 0], 'left to the full parse')
  skimmer.endClients('www.a.com')
  t.strictSame(learned(tsv('10.0.0.9')), [[], 1])
  skimmer.put('www.a.com', 'a.com', around)
  t.strictSame(learned(tsv('10.0.0.9')), [['10.0.0.9 www.a.com a.com'], 1])
  skimmer.clear()
  skimmer.put('www.a.com', 'a.com', around)
  t.strictSame(learned(tsv('10.0.0.9')), [['10.0.0.9 www.a.com a.com'], 1], 'forgotten with the names')
  t.end()
})

void t.test(
  'a name whose domain has many clients stops nothing, and none does where clients are not counted',
  t => {
    const skimmer = open(columns)
    skimmer.put('www.a.com', 'a.com', { ...around, countsClients: false })
    t.strictSame(skim(skimmer, tsv('10.0.0.1')), [[], 1])
    const off = open(columns, false)
    off.put('www.a.com', 'a.com', around)
    t.strictSame(skim(off, tsv('10.0.0.1')), [[], 1])
    t.end()
  },
)

void t.test('a tunnel: clients of its domain', t => {
  const skimmer = open(columns)
  skimmer.put('a.com', 'a.com', around, true)
  t.strictSame(skim(skimmer, tsv('10.0.0.1', 'x1.a.com')), [['10.0.0.1 a.com a.com'], 1])
  t.strictSame(skim(skimmer, tsv('10.0.0.1', 'x2.a.com')), [[], 1])
  skimmer.endClients('a.com')
  t.strictSame(skim(skimmer, tsv('10.0.0.2', 'x3.a.com')), [[], 1])
  t.end()
})

void t.test('more pairs of names and clients than are remembered', t => {
  const skimmer = open(columns)
  skimmer.put('www.a.com', 'a.com', around)
  const all = Array.from({ length: clientPairsMax }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`)
  for (const client of all) skim(skimmer, tsv(client))
  const [first = '', last = ''] = [all[0], all.at(-1)]
  t.strictSame(skim(skimmer, tsv(first)), [[], 1])
  t.strictSame(skim(skimmer, tsv('10.9.9.9'))[1], 1, 'then they are forgotten')
  t.strictSame(skim(skimmer, tsv(last)), [[`${last} www.a.com a.com`], 1])
  t.end()
})

const zeek = (fields: object) => JSON.stringify({ ts: now / 1000, ...fields })
const suricata = (fields: object, dns: object = {}) =>
  JSON.stringify({
    ...{ timestamp: '2026-11-21T00:00:00.000000+0000', flow_id: 7, event_type: 'dns' },
    ...fields,
    dns: { version: 2, type: 'query', id: 1, rrname: 'www.a.com', rrtype: 'A', ...dns },
  })
const client = '10.0.0.1'
const ends = { src_ip: client, src_port: 999, dest_ip: '10.0.0.53', dest_port: 53 }
const server = { src_ip: '10.0.0.53', src_port: 53, dest_ip: client, dest_port: 999 }

for (const [what, format, line] of [
  ['Zeek JSON', json, zeek({ 'id.orig_h': client, query: 'www.a.com' })],
  ['Zeek JSON with underscores', json, zeek({ id_orig_h: client, query: 'www.a.com' })],
  ['Zeek JSON, the client behind all that is needed', json, zeek({ 'id.orig_p': 9, 'id.resp_p': 53, query: 'www.a.com', qclass: 1, 'id.orig_h': client })], // prettier-ignore
  ['EVE, a question', eve, suricata(ends)],
  ['EVE, a response', eve, suricata(server, { type: 'answer', rcode: 'NOERROR' })],
  ['EVE version 3, a response on another port', eve, suricata({ ...server, src_port: 5300 }, { version: 3, type: 'response', rcode: 'NOERROR' })], // prettier-ignore
] as const)
  void t.test(`the client in ${what}`, t => {
    const skimmer = open(format)
    skimmer.put('www.a.com', 'a.com', around)
    t.strictSame(skim(skimmer, line), [[`${client} www.a.com a.com`], 1])
    skimmer.forgetTransactions()
    t.strictSame(skim(skimmer, line), [[], 1])
    t.end()
  })

for (const [what, format, line, count] of [
  ['Zeek JSON without one', json, zeek({ query: 'www.a.com' }), 1],
  ['EVE without one', eve, suricata({}), 1],
  ['Zeek JSON that is no text', json, zeek({ 'id.orig_h': 7, query: 'www.a.com' }), 0],
  ['Zeek JSON with an escape', json, zeek({ 'id.orig_h': '10\n', query: 'www.a.com' }), 0],
  ['EVE with an escape', eve, suricata({ ...ends, src_ip: '10"' }), 0],
] as const)
  void t.test(`no client in ${what}`, t => {
    const skimmer = open(format)
    skimmer.put('www.a.com', 'a.com', around)
    t.strictSame(skim(skimmer, line), [[], count])
    t.end()
  })
