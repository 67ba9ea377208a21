/** samples/siem/logstash: its lines become the documents that samples/siem/elastic makes of them. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import {
  cameAt,
  elasticPipeline,
  elasticStream,
  elasticTemplate,
  sampleLines,
  shipped,
} from './elastic-samples.js'
import { parseLogstash, runLogstash } from './logstash.js'

const sample = readFileSync('samples/siem/logstash/domainstats.conf', 'utf8')

void t.test('a line goes to the data stream of the template, and becomes the same document', t => {
  const { stream, documentOf } = runLogstash(parseLogstash(sample))
  t.equal(stream, elasticStream)
  t.ok(elasticTemplate.isFor(stream))
  for (const line of sampleLines) {
    const { id, source } = elasticPipeline(documentOf(line, cameAt), cameAt)
    const { tags, ...expected } = shipped(line).source
    t.same(tags, ['forwarded'])
    t.match(source, expected)
    t.equal(id, shipped(line).id)
    t.same(
      Object.keys(source).filter(name => !(name in expected)),
      ['host', 'log', 'data_stream'],
      'nothing but what Logstash says of itself',
    )
  }
  t.end()
})

void t.test('the input of the list is a valid one, too, and reads the list of the sink', t => {
  const [, redis = ''] = /# (redis \{.*\})/.exec(sample) ?? []
  t.same(parseLogstash(`input { ${redis} }`).input, [
    { name: 'redis', options: { host: '127.0.0.1', data_type: 'list', key: 'domainstats', codec: 'plain' } },
  ])
  t.end()
})

void t.test('what is no configuration, or is not known here, is refused', t => {
  for (const text of [
    'input {',
    'filter { mutate { a = b } }',
    'filter { if [a] { } }',
    'codec { }',
    'input { a { b => } }',
  ])
    t.throws(() => parseLogstash(text), text)
  for (const [from, to] of [
    ['data_stream => true', 'data_stream => true index => "a"'],
    ['remove_field', 'rename'],
    ['mutate', 'ruby'],
    ['start_position => "beginning"', 'start_position => "end"'],
  ] as const)
    t.throws(() => runLogstash(parseLogstash(sample.replace(from, to))), to)
  t.end()
})
