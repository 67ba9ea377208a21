/** samples/siem/malcolm: what Filebeat sends to Malcolm's Logstash. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { cameAt, differingInMalcolm, sampleLines, shipped, youngRecord } from './elastic-samples.js'
import { readFilebeat } from './filebeat.js'
import { flatten, jsonObject } from './ingest-document.js'

const sample = readFileSync('samples/siem/malcolm/filebeat.yml', 'utf8')
const { settings, eventOf } = readFilebeat(sample)

void t.test('a first contact with a young domain becomes this event', t => {
  const id = '2ae429aa4557fa9a5db3fb014d85dc51'
  t.same(eventOf(JSON.stringify(youngRecord), cameAt), {
    '@timestamp': '2026-11-21T08:00:09.118Z',
    log: { file: { path: '/var/log/domainstats/domainstats.log' }, offset: 0 },
    input: { type: 'filestream' },
    tags: ['_malcolm_beats'],
    event: {
      ...{ id, hash: id, module: 'domainstats', dataset: 'domainstats.record' },
      ...{ category: ['network'], type: ['protocol', 'info'], risk_score: 67 },
    },
    source: { ip: '10.20.1.37', port: 33071 },
    destination: { ip: '10.20.0.53', port: 53 },
    network: { transport: 'udp' },
    dns: {
      question: {
        name: 'login.northwind-parts-support.com',
        registered_domain: 'northwind-parts-support.com',
        type: 'A',
      },
      response_code: 'NOERROR',
      answers: { data: ['198.51.100.199'] },
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
    },
  })
  t.end()
})

void t.test('fields have the names and values that they have in Elastic', t => {
  for (const line of sampleLines) t.same(differingInMalcolm(line, shipped(line).source), [])
  t.end()
})

void t.test(
  'Malcolm takes it: its port for Beats, its tag, and an id that is the same for the same record',
  t => {
    t.match(settings, { 'output.logstash': { hosts: [/:5044$/] } })
    const events = sampleLines.map(line => eventOf(line, cameAt))
    const hashes = events.map(event => new Map(flatten(event)).get('event.hash'))
    t.equal(new Set(hashes).size, events.length)
    t.same(
      hashes,
      sampleLines.map(line => jsonObject(line)['record_id']),
    )
    t.end()
  },
)

void t.test('settings that are not known here are refused', t => {
  for (const [from, to] of [
    ['- timestamp:', '- script:'],
    ['expand_keys: true', 'expand_keys: false'],
    ['ignore_missing: true', 'ignore_missing: false'],
    ['type: filestream', 'type: log'],
  ] as const)
    t.throws(() => readFilebeat(sample.replace(from, to)), to)
  t.end()
})
