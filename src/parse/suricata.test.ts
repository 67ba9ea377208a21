import t from 'tap'
import type { Event } from '../model/event.js'
import { flow, parse, text } from './testing/eve.js'

const back = { ...flow, src_ip: flow.dest_ip, src_port: 53, dest_ip: flow.src_ip, dest_port: flow.src_port }
const queries = [{ rrname: 'Sbqmsa.wiki', rrtype: 'a' }]
const answers = [{ rrname: 'sbqmsa.wiki', rrtype: 'A', ttl: 8, rdata: '188.54.114.192' }]
const event: Event = {
  ts: 1678313116231.213,
  uid: '2162284216176514',
  query: 'sbqmsa.wiki',
  origHost: '172.16.1.99',
  origPort: 56848,
  respHost: '149.112.112.112',
  respPort: 53,
  proto: 'udp',
  qtypeName: 'A',
  rcodeName: undefined,
  answers: undefined,
  records: undefined,
  communityId: '1:OYCl',
  transaction: 47410,
  isAnswer: undefined,
  isResponse: undefined,
}
const answered = { ...event, rcodeName: 'NOERROR', isResponse: true as const }
const withAnswers = { ...answered, answers: { first: ['188.54.114.192'], count: 1 } }
const id = 47410

void t.test('the copies of one question, in every version', t => {
  const question = { rrname: 'sbqmsa.wiki', rrtype: 'A' }
  const table: [string, unknown, Event][] = [
    ['v1 query', { ...flow, dns: { type: 'query', id, ...question, tx_id: 0 } }, event],
    [
      'v1 answer',
      {
        ...flow,
        dns: {
          type: 'answer',
          id,
          flags: '8180',
          rcode: 'NOERROR',
          ...question,
          ttl: 8,
          rdata: '188.54.114.192',
        },
      },
      { ...withAnswers, isAnswer: true as const },
    ],
    [
      'v2 query',
      { ...flow, dns: { version: 2, type: 'query', id, ...question, tx_id: 0, opcode: 0 } },
      event,
    ],
    [
      'v2 answer',
      { ...flow, dns: { version: 2, type: 'answer', id, ...question, rcode: 'NOERROR', answers } },
      withAnswers,
    ],
    [
      'v2 alert',
      { ...flow, event_type: 'alert', dns: { version: 2, query: [{ type: 'query', id, ...question }] } },
      event,
    ],
    [
      'v2 alert on the answer',
      {
        ...back,
        event_type: 'alert',
        dns: { answer: { type: 'answer', id, ...question, rcode: 'NOERROR' } },
      },
      answered,
    ],
    ['v3 request', { ...flow, dns: { version: 3, type: 'request', id, rcode: 'NOERROR', queries } }, event],
    [
      'v3 response',
      { ...back, dns: { version: 3, type: 'response', id, rcode: 'NOERROR', queries, answers } },
      withAnswers,
    ],
    ['v3 alert', { ...flow, event_type: 'alert', dns: { version: 3, type: 'request', id, queries } }, event],
    [
      'v3 alert on the response',
      {
        ...back,
        event_type: 'alert',
        direction: 'to_client',
        dns: { type: 'response', id, rcode: 'NOERROR', queries },
      },
      answered,
    ],
    ['@cee', `@cee: ${text({ ...flow, dns: { type: 'query', id, ...question } })}`, event],
    ['pfSense', `<13>Feb 26 10:36:32 pfSense suricata: ${text({ ...flow, dns: { id, queries } })}`, event],
    ['Splunk', { result: { ...flow, dns: { id, queries } } }, event],
  ]
  for (const [copy, record, expected] of table) t.strictSame(parse(record), [expected], copy)
  t.end()
})

void t.test('client and server are told apart', t => {
  const dns = { version: 3, id, queries }
  const odd = { src_port: 5000, dest_port: 6000 } // DNS on another port
  const both = { src_port: 53, dest_port: 53 }
  const table: [string, unknown, string][] = [
    ['a request on another port', { ...flow, ...odd, dns: { ...dns, type: 'request' } }, flow.src_ip],
    ['a response on another port', { ...flow, ...odd, dns: { ...dns, type: 'response' } }, flow.dest_ip],
    [
      'a v2 answer on another port',
      { ...flow, ...odd, dns: { type: 'answer', rrname: 'a.com' } },
      flow.src_ip,
    ],
    ['two servers', { ...flow, ...both, dns: { ...dns, type: 'response' } }, flow.dest_ip],
    [
      'an alert to the client',
      { ...flow, ...odd, event_type: 'alert', direction: 'to_client', dns },
      flow.dest_ip,
    ],
    [
      'an alert to the server',
      { ...flow, ...odd, event_type: 'alert', direction: 'to_server', dns },
      flow.src_ip,
    ],
    ['a flow the wrong way round', { ...back, dns: { ...dns, type: 'request' } }, flow.src_ip],
  ]
  for (const [why, record, origHost] of table) t.match(parse(record), [{ origHost }], why)
  t.end()
})

void t.test('several questions in one record', t => {
  const many = Array.from({ length: 100 }, (_, n) => ({ rrname: `n${n}.com`, rrtype: 'A' }))
  const found = parse({ ...flow, dns: { id, queries: many } })
  t.equal(found.length, 16)
  t.match(found, [{ query: 'n0.com' }, { query: 'n1.com', transaction: 47410 }])
  t.end()
})

void t.test('a flow_id keeps its digits', t => {
  const line = (digits: string): string =>
    text({ ...flow, host: '"flow_id":1', dns: { id, queries } }).replace('2162284216176514', digits)
  for (const digits of ['1', '9007199254740991', '9007199254740993', '9223372036854775807'])
    t.match(parse(line(digits)), [{ uid: digits, transaction: 47410 }], digits)
  t.match(parse(line('"abc"')), [{ uid: 'abc' }])
  t.match(parse(line('null')), [{ uid: undefined, transaction: undefined }])
  t.end()
})
