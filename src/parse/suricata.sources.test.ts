import t from 'tap'
import type { RecordSource } from '../model/event.js'
import type { LineSkip } from '../model/event.js'
import { flow, parse, text } from './testing/eve.js'

const queries = [{ rrname: 'a.com', rrtype: 'A' }]
const id = 47410

void t.test('records that count for nothing', t => {
  const table: [string, unknown, LineSkip][] = [
    ['the root', { ...flow, dns: { id, queries: [{ rrname: '', rrtype: 'NS' }] } }, 'no-query'],
    ['DoH before 8.0.1', { ...flow, app_proto: 'doh2' }, 'no-query'],
    ['an alert without a question', { ...flow, event_type: 'alert', dns: { version: 2 } }, 'no-query'],
    ['no questions', { ...flow, dns: { id, queries: [] } }, 'no-query'],
    ['odd questions', { ...flow, dns: { id, queries: [null, 7, 'a.com', { rrname: 7 }] } }, 'no-query'],
    ['an update', { ...flow, dns: { version: 3, id, opcode: 5, queries } }, 'opcode'],
    [
      'an update in an alert',
      { ...flow, event_type: 'alert', dns: { query: [{ rrname: 'a.com', opcode: 5 }] } },
      'opcode',
    ],
    ['an update, by its flags', { ...flow, dns: { id, flags: 'a800', rrname: 'a.com' } }, 'opcode'],
    ['mDNS', { ...flow, event_type: 'mdns', mdns: { queries } }, 'not-unicast-dns'],
    ['mDNS before 8', { ...flow, src_port: 5353, dest_port: 5353, dns: { queries } }, 'not-unicast-dns'],
    ['LLMNR', { ...flow, event_type: 'llmnr', llmnr: { queries } }, 'not-unicast-dns'],
    ['another type', { ...flow, event_type: 'flow' }, 'not-dns'],
    [
      'an alert about something else',
      { ...flow, event_type: 'alert', http: { hostname: 'a.com' } },
      'not-dns',
    ],
    ['dns of the wrong kind', { ...flow, event_type: 'alert', dns: [queries] }, 'not-dns'],
    ['tls, unasked', { ...flow, event_type: 'tls', tls: { sni: 'a.com' } }, 'not-dns'],
  ]
  for (const [why, record, expected] of table) t.equal(parse(record), expected, why)
  t.equal(parse({ ...flow, dns: { id, queries } }, ['tls']), 'not-dns', 'dns, unasked')
  t.end()
})

void t.test('names from other protocols', t => {
  const table: [RecordSource, unknown, unknown][] = [
    ['tls', { sni: 'WWW.example.com' }, 'www.example.com'],
    ['tls', { subject: 'CN=a.com' }, 'no-query'],
    ['quic', { sni: 'example.com' }, 'example.com'],
    ['quic', { version: '1' }, 'no-query'],
    ['http', { hostname: 'example.com' }, 'example.com'],
    ['http', { hostname: 'example.com:8080' }, 'example.com'],
    ['http', { hostname: '192.0.2.1:80' }, '192.0.2.1'],
    ['http', { hostname: '[2001:db8::1]:80' }, '2001:db8::1'],
    ['http', { hostname: '2001:db8::1' }, '2001:db8::1'],
    ['http', { url: '/' }, 'no-query'],
    ['http', 'a.com', 'no-query'],
  ]
  for (const [type, layer, expected] of table) {
    const found = parse({ ...flow, event_type: type, [type]: layer }, [type])
    t.equal(typeof found === 'string' ? found : found[0]?.query, expected, text(layer))
  }
  t.match(parse({ ...flow, event_type: 'tls', tls: { sni: 'a.com' } }, ['tls']), [
    { uid: '2162284216176514', origHost: flow.src_ip, transaction: undefined, qtypeName: undefined },
  ])
  t.end()
})
