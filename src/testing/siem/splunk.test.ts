/** samples/siem/splunk: which fields an event has, that they are those of the data model, and what the searches find. */
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { splunkProtocol } from '../../output/sinks/http-protocols.js'
import { recordsIn } from '../siem.js'
import { alertCasesOf, type AlertCases } from './alert-cases.js'
import { sampleLines, youngRecord } from './elastic-samples.js'
import { jsonObject } from './ingest-document.js'
import { splunkApp, splunkFolder } from './shippers.js'
import { readEval, readSearch, type SplunkEvent } from './spl.js'
import { readConf } from './splunk.js'

const app = splunkApp
const index = app.input['index'] ?? ''

/** An event of a record, with its types, as a search sees it. */
const eventOf = (record: object): SplunkEvent => {
  const event = app.eventOf(JSON.stringify(record), { index })
  return new Map([...event, ['eventtype', app.classesOf(event).types]])
}

void t.test('a first contact with a young domain has these fields, beside those of the record', t => {
  const event = app.eventOf(JSON.stringify(youngRecord), { index })
  const own = new Set(Object.keys(youngRecord))
  t.strictSame(Object.fromEntries([...event].filter(([name]) => !own.has(name))), {
    ...{ _time: '2026-11-21T08:00:09.118334Z', index: 'dns', sourcetype: 'domainstats' },
    ...{ src: '10.20.1.37', src_port: '33071', dest: '10.20.0.53', dest_port: '53', transport: 'udp' },
    ...{ record_type: 'A', answer_count: '1', answer: ['198.51.100.199'], 'answers{}': ['198.51.100.199'] },
    ...{ message_type: 'Response', reply_code: 'No Error', vendor_product: 'domainstats' },
    'alerts{}': ['YOUR-FIRST-CONTACT', 'YOUNG:3d'],
    'risk_reasons{}': ['age 42', 'YOUNG 30', 'YOUR-FIRST-CONTACT 10', 'rarity 10'],
  })
  t.strictSame(event.get('alerts'), ['YOUR-FIRST-CONTACT', 'YOUNG:3d'])
  t.equal(event.get('query'), 'login.northwind-parts-support.com')
  t.same(app.classesOf(event), {
    types: ['domainstats', 'domainstats_dns'],
    tags: ['network', 'resolution', 'dns'],
  })
  t.end()
})

/** What differs in the fields where a record differs from the young one. */
const cases: readonly (readonly [what: string, record: object, fields: object, tags: readonly string[]])[] = [
  [
    'a name that does not exist',
    { rcode_name: 'NXDOMAIN', answers: undefined, answers_count: undefined },
    { reply_code: 'Non-Existent Domain', answer: undefined, answer_count: undefined },
    ['network', 'resolution', 'dns'],
  ],
  [
    'a question without a response',
    { rcode_name: undefined },
    { message_type: 'Query', reply_code: undefined },
    ['network', 'resolution', 'dns'],
  ],
  [
    'a response code that the model has no word for',
    { rcode_name: 'NXRRSET' },
    { reply_code: 'NXRRSET' },
    ['network', 'resolution', 'dns'],
  ],
  [
    'no alerts, no client',
    { alerts: [], 'id.orig_h': undefined, 'id.orig_p': undefined },
    { alerts: undefined, src: undefined, src_port: undefined },
    ['network', 'resolution', 'dns'],
  ],
  [
    'the host name of a TLS handshake is no question',
    { qtype_name: undefined, rcode_name: undefined, proto: 'tcp' },
    { record_type: undefined, transport: 'tcp' },
    [],
  ],
]

for (const [what, record, fields, tags] of cases)
  void t.test(what, t => {
    const event = eventOf({ ...youngRecord, ...record })
    for (const [name, value] of Object.entries(fields)) t.same(event.get(name), value, name)
    t.same(app.classesOf(event).tags, tags)
    t.end()
  })

const model = new Map(
  readFileSync('src/testing/siem/cim-network-resolution.tsv', 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.split('\t'))
    .map(([name = '', values = '']) => [name, values.split('|').filter(value => value !== '')] as const),
)

void t.test('what the app adds are fields of the data model, with values that it expects', t => {
  t.ok(model.size > 20)
  for (const line of sampleLines) {
    const event = app.eventOf(line)
    const own = new Set(Object.keys(jsonObject(line)).flatMap(name => [name, `${name}{}`]))
    for (const [name, value] of event) {
      if (own.has(name) || name === '_time' || name === 'sourcetype') continue
      t.ok(model.has(name), name)
      const expected = model.get(name) ?? []
      if (expected.length > 0) t.ok(expected.includes(String(value)), `${name}: ${String(value)}`)
    }
    for (const name of ['src', 'dest', 'query', 'message_type', 'reply_code', 'record_type', 'transport'])
      t.ok(event.has(name), `${name}: ${line}`)
  }
  t.end()
})

void t.test('events of the sink have the same fields and the same time', t => {
  const records = sampleLines.map(line => ({ line, fields: jsonObject(line) }))
  const metadata = { host: 'sensor1', source: 'domainstats', sourcetype: app.sourcetype, index }
  const sent = recordsIn(splunkProtocol(metadata).body(records, 0))
  t.equal(sent.length, sampleLines.length)
  for (const [at, line] of sampleLines.entries()) {
    const event = app.eventOf(line)
    t.same(app.eventOf(JSON.stringify(sent[at]?.['event'])), event)
    t.equal(sent[at]?.['sourcetype'], app.sourcetype)
    const micros = Date.parse(String(event.get('_time'))) / 1000
    t.equal(Math.trunc(Number(sent[at]?.['time']) * 1000), Math.trunc(micros * 1000))
  }
  t.end()
})

const { young, burst, threat, lookalike, generated, host } = alertCasesOf(eventOf)
const found: Readonly<Record<string, AlertCases<SplunkEvent>>> = {
  'domainstats: first contact with a young domain': young,
  'domainstats: burst of strange new domains from one host': burst,
  'domainstats: question for a name tagged as a threat': threat,
  'domainstats: first contact with a look-alike of a known name': lookalike,
  'domainstats: burst of generated names': generated,
  'domainstats: a host asks like malware': host,
}

void t.test('each search finds what it is for, and nothing else', t => {
  t.same([...app.searches.keys()], Object.keys(found))
  for (const [name, { search }] of app.searches) {
    for (const [at, events] of (found[name]?.raises ?? []).entries()) {
      t.equal(search.run(events).length, 1, `${name}, ${at}`)
      t.same(
        search.run(events.map(event => new Map([...event, ['eventtype', 'other']]))),
        [],
        `${name}, of others`,
      )
    }
    for (const [at, events] of (found[name]?.silent ?? []).entries())
      t.same(search.run(events), [], `${name}, not ${at}`)
  }
  t.end()
})

void t.test('searches read fields that events have, and no event twice that is told once', t => {
  const event = eventOf({ ...youngRecord, burst_names: ['a.com'], burst_score: 100 })
  for (const [name, { settings, search }] of app.searches) {
    for (const field of search.fields)
      t.ok(event.has(field) || /^(domains)$/.test(field), `${name}: ${field}`)
    const [from = '', to] = search.window
    t.equal(to, '@m')
    const minutes = Number(/^-(\d+)m@m$/.exec(from)?.[1])
    const every = Number(/^\*\/(\d+) \* \* \* \*$/.exec(settings['cron_schedule'] ?? '')?.[1])
    // One that looks back further than to its last run is silent for a host that it has told of.
    t.ok(settings['alert.suppress'] === '1' ? minutes > every : minutes === every, name)
    t.match(settings, { enableSched: '1', 'alert.track': '1', 'dispatch.earliest_time': '-2d@d' })
  }
  t.end()
})

void t.test('Splunk tells two logs apart by their first 256 bytes, and cuts no record off', t => {
  for (const line of sampleLines) {
    t.ok(line.indexOf('"query"') < 256 && line.includes('"ts":'))
    t.ok(line.length < app.truncate)
  }
  t.ok(existsSync(`${splunkFolder}/metadata/default.meta`))
  t.end()
})

void t.test('the page shows an event that comes out', t => {
  const [, block = '{}'] = /```json\n([^]*?)```/.exec(readFileSync('docs/siem/splunk.md', 'utf8')) ?? []
  const shown = Object.entries(jsonObject(block))
  t.ok(shown.length > 10)
  for (const [name, value] of shown) t.strictSame(eventOf(youngRecord).get(name), value, name)
  t.end()
})

void t.test('what is not known here is refused', t => {
  for (const text of ['a=b | eval c=1', 'NOT a=b', 'a=b | where c>1', 'a.b=1', 'a=b | stats count BY c', 'a'])
    t.throws(() => readSearch(text).run([new Map([['c', '2']])]), text)
  for (const text of ['mvjoin(a, ",")', 'a{}', 'if(a', '"a" "b"']) t.throws(() => readEval(text), text)
  t.throws(() => readConf('a = b'), 'a setting without a stanza')
  t.throws(() => readConf('[a]\nb'), 'no setting')
  t.throws(() => app.eventOf('{"ts":1}'), /no time/)
  t.end()
})
