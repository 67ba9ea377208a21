/**
 * samples/siem/elastic: which document a record becomes, that the index template takes it, that its names are those of ECS,
 * and what the detection rules find.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { fields, type RecordField } from '../../output/json.js'
import { elasticsearchProtocol } from '../../output/sinks/http-protocols.js'
import { recordsIn } from '../siem.js'
import {
  cameAt,
  documentOf,
  elasticPipeline,
  elasticSample,
  elasticStream,
  elasticTemplate,
  sampleLines,
  shipped,
  youngRecord,
} from './elastic-samples.js'
import { readFilebeat } from './filebeat.js'
import { unfit } from './index-template.js'
import { flatten, jsonObject, type Json } from './ingest-document.js'
import { readPipeline } from './ingest-pipeline.js'

const always = {
  ecs: { version: '8.17.0' },
  tags: ['forwarded'],
}
const event = (id: unknown, kind: string) => ({
  ...{ id, kind, category: ['network'], type: ['protocol', 'info'], ingested: cameAt },
  ...{ module: 'domainstats', dataset: 'domainstats.record' },
})

void t.test('a first contact with a young domain becomes this document', t => {
  t.same(shipped(JSON.stringify(youngRecord)), {
    id: '2ae429aa4557fa9a5db3fb014d85dc51',
    source: {
      ...always,
      '@timestamp': '2026-11-21T08:00:09.118334Z',
      event: { ...event('2ae429aa4557fa9a5db3fb014d85dc51', 'alert'), risk_score: 67 },
      source: { ip: '10.20.1.37', port: 33071 },
      destination: { ip: '10.20.0.53', port: 53 },
      network: { transport: 'udp', protocol: 'dns' },
      dns: {
        question: {
          name: 'login.northwind-parts-support.com',
          registered_domain: 'northwind-parts-support.com',
          top_level_domain: 'com',
          type: 'A',
        },
        response_code: 'NOERROR',
        answers: { data: ['198.51.100.199'] },
        resolved_ip: ['198.51.100.199'],
      },
      related: {
        ip: ['10.20.1.37', '10.20.0.53', '198.51.100.199'],
        hosts: ['login.northwind-parts-support.com'],
      },
      domainstats: {
        ...{ uid: 'CxB4mR2dPCkTgYwH61', alerts: ['YOUR-FIRST-CONTACT', 'YOUNG:3d'], category: 'NEW' },
        ...{ freq_avg_prob: 5.6147, freq_word_prob: 5.5899, domain: 'northwind-parts-support.com' },
        ...{ seen_by_web: '2026-11-17T22:48:05.000000Z', seen_by_you: '2026-11-21T08:00:09.118334Z' },
        ...{
          age_days: 3,
          expires: '2033-11-17T22:48:05.000000Z',
          source: 'log',
          answers_count: 1,
          clients: 1,
          dga_score: 9.7,
          risk_reasons: ['age 42', 'YOUNG 30', 'YOUR-FIRST-CONTACT 10', 'rarity 10'],
        },
        first_contact: true,
      },
    },
  })
  t.end()
})

/** Records that differ from the young one, and what then differs in their documents. */
const cases: readonly (readonly [what: string, record: Json, document: Json])[] = [
  [
    'without alerts it is an event; without an address of the client there is no source',
    { alerts: [], 'id.orig_h': undefined, 'id.orig_p': undefined },
    {
      'event.kind': 'event',
      'domainstats.alerts': [],
      'source.ip': undefined,
      'source.port': undefined,
      'related.ip': ['10.20.0.53', '198.51.100.199'],
    },
  ],
  [
    'nor is there a destination without that of the resolver',
    { 'id.resp_h': undefined, 'id.resp_p': undefined },
    {
      ...{ 'destination.ip': undefined, 'destination.port': undefined },
      'related.ip': ['10.20.1.37', '198.51.100.199'],
    },
  ],
  [
    'a domain that was asked for before is no first contact',
    { seen_by_you: '2026-11-20T08:00:09.118334Z' },
    { 'domainstats.first_contact': undefined, 'domainstats.seen_by_you': '2026-11-20T08:00:09.118334Z' },
  ],
  [
    'a follow-up has an id of its own, and says whether the first record was a first contact',
    { record_id: 'b', followup_of: 'a', alerts: ['YOUNG:3d'], alerts_withdrawn: ['ISC-FIRST-CONTACT'] },
    {
      ...{ 'event.id': 'b', 'domainstats.followup_of': 'a', 'domainstats.alerts': ['YOUNG:3d'] },
      'domainstats.alerts_withdrawn': ['ISC-FIRST-CONTACT'],
    },
  ],
  [
    'of the answers, addresses are resolved_ip; an address that is there already comes once',
    {
      answers: ['TXT 9 v=a 1.2.3.4', 'edge.dead.beef', '2001:db8::7', 'ab:cd', '10.20.0.53'],
      answers_count: 5,
    },
    {
      'dns.answers.data': ['TXT 9 v=a 1.2.3.4', 'edge.dead.beef', '2001:db8::7', 'ab:cd', '10.20.0.53'],
      'dns.resolved_ip': ['2001:db8::7', '10.20.0.53'],
      'related.ip': ['10.20.1.37', '10.20.0.53', '2001:db8::7'],
      'domainstats.answers_count': 5,
    },
  ],
  [
    'answers without an address make no resolved_ip',
    { answers: ['edge.example.net'] },
    {
      ...{ 'dns.answers.data': ['edge.example.net'], 'dns.resolved_ip': undefined },
      'related.ip': ['10.20.1.37', '10.20.0.53'],
    },
  ],
  [
    'the host name of a TLS handshake has no type, no response and another protocol than DNS',
    {
      qtype_name: undefined,
      rcode_name: undefined,
      answers: undefined,
      answers_count: undefined,
      proto: 'tcp',
    },
    {
      ...{ 'dns.question.type': undefined, 'dns.response_code': undefined, 'dns.answers.data': undefined },
      ...{ 'dns.resolved_ip': undefined, 'domainstats.answers_count': undefined },
      ...{ 'network.protocol': undefined, 'network.transport': 'tcp' },
      'related.ip': ['10.20.1.37', '10.20.0.53'],
    },
  ],
  [
    'a public suffix may have a point',
    { registrable: 'clinic.co.uk' },
    { 'dns.question.registered_domain': 'clinic.co.uk', 'dns.question.top_level_domain': 'co.uk' },
  ],
  [
    'an alert that nobody here knows yet is carried as it is',
    { alerts: ['SPREAD:40', 'dga'] },
    { 'domainstats.alerts': ['SPREAD:40', 'dga'] },
  ],
  [
    'a burst',
    { alerts: ['DGA-BURST'], burst_names: ['a.com', 'b.com'], burst_score: 93.5 },
    {
      'domainstats.alerts': ['DGA-BURST'],
      'domainstats.burst_names': ['a.com', 'b.com'],
      'domainstats.burst_score': 93.5,
    },
  ],
  [
    'what only some sensors tell',
    {
      sensor: 'dmz',
      community_id: '1:x=',
      flow_id: 9,
      tags: ['threat'],
      service: 'tunnel',
      query_unicode: 'ü.de',
      reason: 'hosted',
    },
    {
      ...{ 'observer.name': 'dmz', 'network.community_id': '1:x=', 'domainstats.flow_id': 9 },
      ...{
        'domainstats.tags': ['threat'],
        'domainstats.service': 'tunnel',
        'domainstats.query_unicode': 'ü.de',
        'domainstats.reason': 'hosted',
      },
    },
  ],
]

for (const [what, record, differs] of cases)
  void t.test(what, t => {
    const base = flatten(documentOf(youngRecord))
    const expected = Object.fromEntries(
      Object.entries({ ...Object.fromEntries(base), ...differs }).filter(([, value]) => value !== undefined),
    )
    const source = documentOf({ ...youngRecord, ...record })
    t.same(Object.fromEntries(flatten(source)), expected)
    t.same(unfit(elasticTemplate, source), [])
    t.end()
  })

void t.test('a line that is no record is kept, with what is wrong with it', t => {
  const { id, source } = shipped('#separator \\x09')
  t.equal(id, undefined)
  t.match(source, { '@timestamp': cameAt, message: '#separator \\x09', event: { kind: 'pipeline_error' } })
  t.match(source['error'], { message: [/JSON/] })
  t.same(unfit(elasticTemplate, source), [])
  const other = shipped('{"level":"info"}').source
  t.match(other, { '@timestamp': cameAt, domainstats: { level: 'info' }, event: { kind: 'pipeline_error' } })
  t.end()
})

/** A value for a field by its Zeek type, which no other field has. */
const exampleOf = ({ type, name }: RecordField, nth: number): unknown => {
  if (type === 'time' || name.startsWith('seen_by_')) return `2026-11-21T08:00:${10 + nth}.000000Z`
  if (type === 'addr') return `203.0.113.${nth}`
  if (type === 'count' || type === 'port' || type === 'double') return 1000 + nth
  if (type === 'vector[string]') return [`value-${nth}`]
  return type === 'bool' ? true : `value-${nth}.example`
}

void t.test('each field of a record ends in one field of the index', t => {
  const record = Object.fromEntries(fields.map((field, nth) => [field.name, exampleOf(field, nth)]))
  const { source } = shipped(JSON.stringify({ _path: 'domainstats', ...record }))
  t.same(unfit(elasticTemplate, source), [])
  const indexed = flatten(source).filter(([name]) => !/^(related|dns\.question\.top)/.test(name))
  for (const [name, value] of Object.entries(record)) {
    const holding = indexed.filter(([, found]) => JSON.stringify(found) === JSON.stringify(value))
    // Of two values no field can be told by its value: it keeps its name.
    const places = value === true ? holding.filter(([place]) => place.endsWith(`.${name}`)) : holding
    t.equal(places.length, 1, `${name}: ${places.map(([place]) => place).join()}`)
  }
  t.end()
})

void t.test(
  'the index template takes all records of the samples; a record that comes twice has one id',
  t => {
    t.ok(elasticTemplate.isFor(elasticStream) && !elasticTemplate.isFor('logs-domainstats-default'))
    t.ok(elasticTemplate.priority > 200, 'before the templates that Fleet makes for custom logs')
    t.equal(elasticTemplate.pipeline, 'domainstats')
    t.ok(sampleLines.length > 0)
    for (const line of sampleLines) {
      const { id, source } = shipped(line)
      t.same(unfit(elasticTemplate, source), [], line)
      t.equal(id, jsonObject(line)['record_id'])
      t.same(shipped(line), { id, source })
    }
    t.end()
  },
)

void t.test('what the sink sends becomes the same documents, under the same ids', t => {
  const records = sampleLines.map(line => ({ line, fields: jsonObject(line) }))
  const body = elasticsearchProtocol(elasticStream, 'domainstats').body(records, 0)
  const sent = recordsIn(body)
  t.equal(sent.length, 2 * sampleLines.length)
  for (const [at, line] of sampleLines.entries()) {
    const { id, source } = elasticPipeline(sent[2 * at + 1] ?? {}, cameAt)
    t.same({ ...source, tags: always.tags }, shipped(line).source)
    t.same(sent[2 * at], { create: { _id: id } })
  }
  t.end()
})

const ecs = new Map(
  readFileSync('src/testing/siem/ecs-8.17.0.tsv', 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.split('\t'))
    .map(([name = '', type = '']) => [name, type] as const),
)

void t.test('fields outside domainstats.* are those of ECS, with its types', t => {
  t.ok(ecs.size > 50)
  for (const [name, { type }] of elasticTemplate.fields)
    if (!name.startsWith('domainstats.')) t.equal(type, ecs.get(name), name)
  t.end()
})

/** The values that ECS allows for these, of those that say of network traffic. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'event.kind': ['alert', 'event', 'pipeline_error'],
  'event.category': ['network'],
  'event.type': ['access', 'allowed', 'connection', 'denied', 'end', 'info', 'protocol', 'start'],
}

void t.test('kind, category and type are values that ECS allows together', t => {
  for (const line of [...sampleLines, '{}', JSON.stringify({ ...youngRecord, alerts: [] })]) {
    const document = new Map(flatten(shipped(line).source))
    for (const [name, values] of Object.entries(allowed))
      for (const value of [document.get(name)].flat())
        t.ok(values.includes(String(value)), `${name}: ${String(value)}`)
  }
  t.end()
})

void t.test('the interpreters refuse what they do not know', t => {
  const one = (step: object) =>
    readPipeline(JSON.stringify({ description: '', processors: [step], on_failure: [] }))
  t.throws(() => one({ script: { source: 'ctx.a = 1' } }), /processor: /)
  t.throws(() => one({ set: { field: 'a', copy_from: 'b' } }), /copy_from/)
  t.throws(() => one({ set: { field: 'a', value: 'b', if: 'ctx.a.startsWith("b")' } }), /condition: /)
  t.throws(() => one({ set: { field: 'a', value: '{{b}}', ignore_failure: true } })({}, cameAt), /template: /)
  t.throws(() => one({ rename: { field: 'a', target_field: 'b' } })({ a: 1, b: 2 }, cameAt), /already exists/)
  t.same(
    unfit(elasticTemplate, { source: { ip: 'router', port: 1.5 }, answers: 'a', '@timestamp': '2026' }),
    [
      'source.ip is ip, not "router"',
      'source.port is long, not 1.5',
      'answers is not mapped',
      '@timestamp is date, not "2026"',
    ],
  )
  t.end()
})

void t.test('Filebeat makes the same documents, and reads a log with one record', t => {
  const { settings, fingerprintBytes, eventOf } = readFilebeat(elasticSample('filebeat.yml'))
  t.match(settings, {
    'output.elasticsearch': { index: elasticStream },
    'setup.template.enabled': false,
    'setup.ilm.enabled': false,
  })
  for (const line of sampleLines) {
    const { id, source } = elasticPipeline(eventOf(line, cameAt), cameAt)
    const { tags, ...expected } = shipped(line).source
    t.same(tags, always.tags)
    t.same(source, { ...expected, log: source['log'], input: source['input'] })
    t.equal(id, shipped(line).id)
    // Two logs whose first records differ in their time differ in what Filebeat knows them by.
    t.ok(Buffer.byteLength(line) > fingerprintBytes && line.indexOf('"query"') < fingerprintBytes)
  }
  t.end()
})
