/** samples/siem/fluent-bit: what Fluent Bit makes of a line. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { unmappable } from '../siem.js'
import {
  cameAt,
  elasticPipeline,
  elasticStream,
  sampleLines,
  shipped,
  youngRecord,
} from './elastic-samples.js'
import { readFluentBit } from './fluent-bit.js'
import { jsonObject, type Json } from './ingest-document.js'
import { readKql } from './kql.js'
import { openSearch } from './shippers.js'

const sample = (name: string) => readFileSync(`samples/siem/fluent-bit/${name}.yaml`, 'utf8')
const page = readFileSync('docs/siem/fluent-bit.md', 'utf8')

void t.test('for Elasticsearch, a line becomes the document that Elastic makes of it', t => {
  const { outputOf } = readFluentBit(sample('elastic'))
  for (const line of sampleLines) {
    const { index, document } = outputOf(line, cameAt)
    t.equal(index, elasticStream)
    const { id, source } = elasticPipeline(document, cameAt)
    const { tags, ...expected } = shipped(line).source
    t.same(tags, ['forwarded'])
    t.same(source, expected)
    t.equal(id, shipped(line).id)
  }
  t.end()
})

void t.test('for OpenSearch, a first contact with a young domain becomes this document', t => {
  t.same(openSearch.outputOf(JSON.stringify(youngRecord), cameAt), {
    index: 'domainstats',
    id: '2ae429aa4557fa9a5db3fb014d85dc51',
    document: { '@timestamp': '2026-11-21T08:00:09.118Z', ...youngRecord },
  })
  const [, block = '{}'] = /```json\n([^]*?)```/.exec(page) ?? []
  const shown = jsonObject(block)
  t.ok(Object.keys(shown).length > 5)
  t.match(openSearch.outputOf(JSON.stringify(youngRecord), cameAt).document, shown)
  t.end()
})

void t.test('OpenSearch takes all records of the samples by its defaults, one that comes twice once', t => {
  const outputs = sampleLines.map(line => openSearch.outputOf(line, cameAt))
  t.same(unmappable(outputs.map(({ document }) => document)), [])
  t.same(
    outputs.map(({ id }) => id),
    sampleLines.map(line => jsonObject(line)['record_id']),
  )
  t.end()
})

void t.test('a line that is no record is kept as it is', t => {
  for (const line of ['#separator \\x09', '[]', '"a"'])
    t.same(openSearch.outputOf(line, cameAt), {
      index: 'domainstats',
      id: undefined,
      document: { '@timestamp': cameAt, log: line },
    })
  t.end()
})

/** A document with the fields `.keyword`, which OpenSearch makes of texts by default. */
const indexed = (record: object): Json => {
  const { document } = openSearch.outputOf(JSON.stringify({ ...youngRecord, ...record }), cameAt)
  return Object.fromEntries(
    Object.entries(document).flatMap(([name, value]) => [
      [name, value],
      [`${name}.keyword`, value],
    ]),
  )
}

void t.test('queries in the page find what the page says', t => {
  const queries = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, query = '']) => readKql(query))
  t.equal(queries.length, 6)
  const found = (record: object) => queries.map(({ matches }) => matches(indexed(record)))
  t.same(found({}), [true, false, false, false, false, false])
  t.same(found({ alerts: ['TAGGED-THREAT'] }), [false, true, false, false, false, false])
  t.same(found({ alerts: ['LOOKALIKE:paypal.com'] }), [false, false, false, true, false, false])
  t.same(found({ alerts: ['LOW-FREQ-SCORES'], rcode_name: 'NXDOMAIN' }), [
    false,
    false,
    true,
    false,
    false,
    false,
  ])
  t.same(found({ alerts: ['LOW-FREQ-SCORES'] }), [false, false, false, false, false, false])
  t.same(found({ alerts: ['DGA-BURST:ru'] }), [false, false, false, false, true, false])
  t.same(found({ alerts: ['SERVICE-MIX:a.com+b.com+c.com'] }), [false, false, false, false, false, true])
  for (const { fields } of queries) for (const name of fields) t.ok(name in indexed({}), name)
  t.end()
})

void t.test('what is not known here is refused', t => {
  for (const [name, from, to] of [
    ['elastic', 'name: tail', 'name: head'],
    ['elastic', 'key: message', 'key: message\n      parser: json'],
    ['elastic', 'match: domainstats', 'match: other'],
    ['opensearch', 'parser: domainstats', 'parser: docker'],
    ['opensearch', 'S.%LZ', 'S'],
    ['opensearch', 'name: opensearch', 'name: loki'],
    ['opensearch', 'id_key', 'generate_id'],
  ] as const) {
    t.ok(sample(name).includes(from), from)
    t.throws(() => readFluentBit(sample(name).replace(from, to)), to)
  }
  t.end()
})
