/** samples/siem/vector: what Vector makes of a line, and of what the sink http sends. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { ndjsonProtocol } from '../../output/sinks/http-protocols.js'
import {
  cameAt,
  elasticPipeline,
  elasticStream,
  sampleLines,
  shipped,
  youngRecord,
} from './elastic-samples.js'
import { jsonObject } from './ingest-document.js'
import { vectorElastic, vectorRecords } from './shippers.js'
import { readVector } from './vector.js'
import { readVrl, VrlTime } from './vrl.js'

const sample = (name: string) => readFileSync(`samples/siem/vector/${name}.yaml`, 'utf8')
const id = '2ae429aa4557fa9a5db3fb014d85dc51'

void t.test('without VRL, a line becomes the document that Elastic makes of it', t => {
  const { outputsOf } = vectorElastic
  for (const line of sampleLines) {
    const [output, ...others] = outputsOf(`${line}\n`, cameAt)
    t.same(others, [])
    t.equal(output?.to, elasticStream)
    const { id, source } = elasticPipeline(output?.body ?? {}, cameAt)
    const { tags, ...expected } = shipped(line).source
    t.same(tags, ['forwarded'])
    t.equal(id, shipped(line).id)
    const data_stream = { type: 'logs', dataset: 'domainstats.record', namespace: 'default' }
    t.same(source, { ...expected, data_stream })
  }
  t.end()
})

void t.test('with VRL, a first contact with a young domain becomes this event', t => {
  const { outputsOf } = vectorRecords
  t.same(outputsOf(JSON.stringify(youngRecord), cameAt), [
    { to: 'domainstats', key: id, body: { ...youngRecord, timestamp: '2026-11-21T08:00:09.118334Z' } },
  ])
  t.same(
    outputsOf(sampleLines.join('\n'), cameAt).map(({ body: { timestamp, ...record } }) => [
      record,
      timestamp,
    ]),
    sampleLines.map(jsonObject).map(record => [record, new VrlTime(String(record['ts'])).toJSON()]),
  )
  t.end()
})

void t.test('the page shows an event that comes out', t => {
  const [, block = '{}'] = /```json\n([^]*?)```/.exec(readFileSync('docs/siem/vector.md', 'utf8')) ?? []
  const shown = jsonObject(block)
  t.ok(Object.keys(shown).length > 5)
  const [output] = vectorRecords.outputsOf(JSON.stringify(youngRecord), cameAt)
  t.match(output?.body, shown)
  t.end()
})

void t.test('a line that is no record is dropped', t => {
  const { outputsOf } = vectorRecords
  for (const line of ['#separator \\x09', '"a"', '[]', '{"level":"info"}', '{"ts":1}', '{"ts":"today"}'])
    t.same(outputsOf(line, cameAt), [], line)
  t.end()
})

void t.test('what the sink http sends becomes an event without VRL', t => {
  const { settings, outputsOf } = readVector(sample('http'))
  const records = sampleLines.map(line => ({ line, fields: jsonObject(line) }))
  const outputs = outputsOf(ndjsonProtocol.body(records, 0), cameAt)
  const added = { path: '/domainstats', source_type: 'http_server', timestamp: cameAt }
  t.same(
    outputs.map(({ body }) => body),
    sampleLines.map(line => ({ ...jsonObject(line), ...added })),
  )
  t.equal(new Set(outputs.map(({ key }) => key)).size, sampleLines.length)
  // The page tells the same address.
  const [, url] = /url: (\S+)/.exec(readFileSync('docs/siem/vector.md', 'utf8')) ?? []
  t.match(settings.sources['records'], { address: url?.split('/')[2], path: `/${url?.split('/')[3] ?? ''}` })
  t.end()
})

void t.test('a time is written with as many digits as it takes', t => {
  const written = (fraction: string) => new VrlTime(`2026-11-21T08:00:09${fraction}Z`).toJSON().slice(19)
  t.same(['.000000', '.100000', '.118334', '.000001', ''].map(written), [
    'Z',
    '.100Z',
    '.118334Z',
    '.000001Z',
    'Z',
  ])
  t.end()
})

void t.test('what is not known here is refused', t => {
  for (const source of [
    '. = parse_json(.message)',
    'del(.a)',
    '.a = upcase!(.b)',
    'if .a { }',
    '. = object!(.a) ?? {}',
  ])
    t.throws(() => readVrl(source), source)
  t.throws(() => readVrl('.a = parse_timestamp!(.b, "%s")')({ b: '1' }), /%s/)
  for (const [name, from, to] of [
    ['records', 'type: kafka', 'type: console'],
    ['records', 'read_from: beginning', 'read_from: end'],
    ['records', 'drop_on_error: true', 'drop_on_error: 1'],
    ['http', 'codec: json', 'codec: bytes'],
    ['elastic', 'mode: data_stream', 'mode: bulk'],
  ] as const) {
    t.ok(sample(name).includes(from))
    t.throws(() => readVector(sample(name).replace(from, to)), to)
  }
  t.throws(
    () => readVector(sample('http').replace('inputs: [records]', 'inputs: [lines]')).outputsOf('', cameAt),
    /lines/,
  )
  t.end()
})
