/** `names_from: [dns, tls, quic]`: a domain has one record, whichever source tells of it first. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ended } from '../testing/ended.js'
import { startHere } from '../testing/in-process.js'

const client = { src_ip: '10.0.0.7', src_port: 40_001, community_id: '1:x=' }
const question = { version: 3, type: 'request', id: 7, queries: [{ rrname: 'www.shop.com', rrtype: 'A' }] }

/** A client resolves a name, and connects to its server by QUIC and by TLS. */
const events = {
  dns: { ...client, dest_ip: '10.0.0.53', dest_port: 53, proto: 'UDP', flow_id: 1, dns: question },
  tls: {
    ...{ ...client, dest_ip: '198.51.100.9', dest_port: 443, proto: 'TCP', flow_id: 2 },
    tls: { sni: 'www.shop.com', version: 'TLS 1.3' },
  },
  quic: {
    ...{ ...client, dest_ip: '198.51.100.9', dest_port: 443, proto: 'UDP', flow_id: 3 },
    quic: { version: '1', sni: 'www.shop.com' },
  },
} as const

type Source = keyof typeof events

const orders: readonly (readonly [Source, Source, Source])[] = [
  ['dns', 'tls', 'quic'],
  ['dns', 'quic', 'tls'],
  ['tls', 'dns', 'quic'],
  ['tls', 'quic', 'dns'],
  ['quic', 'dns', 'tls'],
  ['quic', 'tls', 'dns'],
]

/** The log as sensors write it, a line each second. */
const logOf = (order: readonly Source[]): string =>
  order
    .map((type, at) => {
      const timestamp = `2026-11-21T08:00:0${at}.000000+0000`
      return `${JSON.stringify({ timestamp, event_type: type, ...events[type] })}\n`
    })
    .join('')

/** The records of a run over it, and the number of questions that counted. */
const runOver = async (t: Test, order: readonly Source[], emit: string) => {
  const dir = join(t.testdir({ 'eve.json': logOf(order) }))
  const data = join(dir, 'data')
  mkdirSync(data)
  writeFileSync(join(data, 'domainstats.yaml'), `mode: off\nemit: ${emit}\nnames_from: [dns, tls, quic]\n`)
  const eve = join(dir, 'eve.json')
  const run = await ended(startHere(t, 'run', '--once', '--data', data, '--suricata', eve))
  t.equal(run.code, 0, run.said)
  const list = await ended(startHere(t, 'list', '--data', data))
  const records = readFileSync(join(data, 'domainstats.log'), 'utf8').split('\n').slice(0, -1)
  return { records: records.map(line => JSON.parse(line) as object), listed: JSON.parse(list.said) as object }
}

/** What a record has of the source that told first. */
const fieldsOf: Readonly<Record<Source, object>> = {
  dns: { 'id.resp_h': '10.0.0.53', proto: 'udp', qtype_name: 'A', flow_id: 1 },
  tls: { 'id.resp_h': '198.51.100.9', proto: 'tcp', qtype_name: undefined, flow_id: 2 },
  quic: { 'id.resp_h': '198.51.100.9', proto: 'udp', qtype_name: undefined, flow_id: 3 },
}

for (const emit of ['domains', 'distinct'])
  for (const order of orders)
    void t.test(`${order.join(', ')}: one record, with emit: ${emit}`, async t => {
      const { records, listed } = await runOver(t, order, emit)
      t.equal(records.length, 1)
      t.match(records[0], {
        ...{ query: 'www.shop.com', domain: 'shop.com', alerts: ['YOUR-FIRST-CONTACT'] },
        ...{ ts: '2026-11-21T08:00:00.000000Z', 'id.orig_h': '10.0.0.7', ...fieldsOf[order[0]] },
      })
      t.match(listed, { domain: 'shop.com', queries: 3 }, 'each of them counts')
    })
