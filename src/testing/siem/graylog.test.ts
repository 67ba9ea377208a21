/** samples/siem/graylog: which message a record becomes, that its names are those of Graylog's schema, and the queries. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { ndjsonProtocol } from '../../output/sinks/http-protocols.js'
import { unmappable } from '../siem.js'
import { cameAt, sampleLines, youngRecord } from './elastic-samples.js'
import { readRule, runPipeline } from './graylog.js'
import { jsonObject, type Json } from './ingest-document.js'
import { readKql } from './kql.js'
import { graylogMessage, graylogMisfits } from './shippers.js'

const made = (record: object): Json => graylogMessage(JSON.stringify(record), cameAt)
const page = readFileSync('docs/siem/graylog.md', 'utf8')

void t.test('a first contact with a young domain becomes this message', t => {
  t.same(made(youngRecord), {
    ...{ timestamp: '2026-11-21 08:00:09.118', source: 'sensor1', event_source_product: 'domainstats' },
    ...{
      message: 'Question for login.northwind-parts-support.com',
      event_uid: '2ae429aa4557fa9a5db3fb014d85dc51',
    },
    ...{ source_ip: '10.20.1.37', source_port: 33071, destination_ip: '10.20.0.53', destination_port: 53 },
    ...{ network_transport: 'udp', network_connection_uid: 'CxB4mR2dPCkTgYwH61' },
    ...{
      query_request: 'login.northwind-parts-support.com',
      query_record_type: 'A',
      query_result: 'NOERROR',
    },
    query_response: ['198.51.100.199'],
    ...{ domainstats_alerts: ['YOUR-FIRST-CONTACT', 'YOUNG:3d'], domainstats_category: 'NEW' },
    ...{
      domainstats_freq_avg_prob: 5.6147,
      domainstats_freq_word_prob: 5.5899,
      domainstats_age_days: 3,
      domainstats_dga_score: 9.7,
      domainstats_risk: 67,
      domainstats_risk_reasons: ['age 42', 'YOUNG 30', 'YOUR-FIRST-CONTACT 10', 'rarity 10'],
    },
    domainstats_domain: 'northwind-parts-support.com',
    domainstats_registrable: 'northwind-parts-support.com',
    ...{ domainstats_ts: '2026-11-21T08:00:09.118334Z', domainstats_expires: '2033-11-17T22:48:05.000000Z' },
    domainstats_seen_by_web: '2026-11-17T22:48:05.000000Z',
    domainstats_seen_by_you: '2026-11-21T08:00:09.118334Z',
    ...{
      domainstats_source: 'log',
      domainstats_answers_count: 1,
      domainstats_clients: 1,
      domainstats_first_contact: true,
    },
  })
  t.match(made(youngRecord), jsonObject(/```json\n([^]*?)```/.exec(page)?.[1] ?? '{}'))
  t.end()
})

const cases: readonly (readonly [what: string, record: object, fields: object])[] = [
  [
    'a domain that was asked for before is no first contact',
    { seen_by_you: '2026-11-20T08:00:09.118334Z' },
    { domainstats_first_contact: undefined },
  ],
  [
    'a follow-up says whether the first record was a first contact',
    { record_id: 'b', followup_of: 'a', alerts: ['YOUNG:3d'] },
    { event_uid: 'b', domainstats_followup_of: 'a', domainstats_first_contact: true },
  ],
  [
    'the host name of a TLS handshake has no type and no response',
    { qtype_name: undefined, rcode_name: undefined, answers: undefined, proto: 'tcp' },
    {
      query_record_type: undefined,
      query_result: undefined,
      query_response: undefined,
      network_transport: 'tcp',
    },
  ],
  [
    'what only some sensors tell',
    {
      ...{ sensor: 'dmz', community_id: '1:x=', flow_id: 9, tags: ['threat'], service: 'tunnel' },
      'id.orig_h': undefined,
    },
    {
      ...{ domainstats_sensor: 'dmz', network_community_id: '1:x=', domainstats_flow_id: 9 },
      ...{ domainstats_tags: ['threat'], domainstats_service: 'tunnel', source_ip: undefined },
    },
  ],
]

for (const [what, record, fields] of cases)
  void t.test(what, t => {
    const message = made({ ...youngRecord, ...record })
    for (const [name, value] of Object.entries(fields)) t.same(message[name], value, name)
    t.end()
  })

void t.test('other messages are left alone', t => {
  const alone = { source: 'sensor1', timestamp: '2026-11-21 08:00:30.000' }
  for (const message of ['sshd: session opened', '{"_path":"dns","ts":1}'])
    t.same(graylogMessage(message, cameAt), { ...alone, message })
  t.end()
})

void t.test('fields without our prefix are those of the schema, with its types; nothing else is lost', t => {
  const messages = sampleLines.map(line => graylogMessage(line, cameAt))
  for (const [at, message] of messages.entries()) {
    t.same(graylogMisfits(message), [])
    const values = Object.values(message).map(value => JSON.stringify(value))
    for (const [name, value] of Object.entries(jsonObject(sampleLines[at] ?? '')))
      if (name !== '_path') t.ok(values.includes(JSON.stringify(value)), name)
  }
  // The time of a message has a format that Graylog maps itself.
  t.same(unmappable(messages.map(message => ({ ...message, timestamp: message['domainstats_ts'] }))), [])
  t.end()
})

void t.test('the sink sends a record a line, which the input takes apart', t => {
  const records = sampleLines.map(line => ({ line, fields: jsonObject(line) }))
  t.same(ndjsonProtocol.body(records, 0).split('\n').slice(0, -1), sampleLines)
  t.end()
})

void t.test('queries in the page find what the page says', t => {
  // Terms, AND, OR, parentheses and a star mean the same in Lucene's language as in KQL.
  const queries = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, query = '']) => readKql(query))
  t.equal(queries.length, 6)
  const known = { seen_by_you: '2026-11-01T00:00:00.000000Z' }
  const found = (record: object) => queries.map(({ matches }) => matches(made({ ...youngRecord, ...record })))
  t.same(found({}), [true, true, false, false, false, false])
  t.same(found(known), [false, false, false, false, false, false])
  t.same(found({ ...known, alerts: ['TAGGED-THREAT'] }), [false, false, true, false, false, false])
  t.same(found({ ...known, alerts: ['LOOKALIKE:paypal.com'] }), [false, false, false, true, false, false])
  t.same(found({ ...known, alerts: ['DGA-BURST:ru'] }), [false, false, false, false, true, false])
  t.same(found({ ...known, alerts: ['SERVICE-MIX:a.com+b.com+c.com'] }), [
    false,
    false,
    false,
    false,
    false,
    true,
  ])
  t.same(found({ alerts: ['YOUR-FIRST-CONTACT'], rcode_name: 'NXDOMAIN' }), [
    false,
    true,
    false,
    false,
    false,
    false,
  ])
  t.same(found({ alerts: ['LOW-FREQ-SCORES', 'YOUR-FIRST-CONTACT'] }), [
    false,
    true,
    false,
    false,
    false,
    false,
  ])
  t.same(found({ alerts: ['SUSPECT-FREQ-SCORE', 'YOUR-FIRST-CONTACT'] }), [
    false,
    true,
    false,
    false,
    false,
    false,
  ])
  t.same(found({ alerts: ['YOUR-FIRST-CONTACT'] }), [false, false, false, false, false, false])
  for (const { fields } of queries) for (const name of fields) t.ok(name in made(youngRecord), name)
  t.end()
})

void t.test('what is not known here is refused', t => {
  const rule = (then: string) => readRule(`rule "a" when true then ${then} end`)
  for (const then of [
    'drop_message();',
    'let a = b + c;',
    'set_field("a", "b")',
    'set_field(name: "a");',
    'if a',
  ])
    t.throws(() => rule(then), then)
  t.throws(() => rule('set_field("a", b);').run(new Map()), /no variable b/)
  t.throws(() => rule('set_field("a", parse_date("1", "yyyy", "UTC"));').run(new Map()), /yyyy/)
  t.throws(() => readRule('rule "a" when true end'))
  t.throws(() => runPipeline('pipeline "a" stage 0 match all rule "b"; end', []), /no rule b/)
  t.throws(() => runPipeline('pipeline "a" stage 0 match either end', []), /either/)
  t.end()
})
