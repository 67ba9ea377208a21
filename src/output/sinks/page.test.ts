/** docs/sinks.md: its settings are valid, and its transcripts are what receivers get. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseConfig } from '../../config/parse.js'
import { sinkShapes } from '../../config/schema-sinks.js'
import {
  sinkPostBytes,
  sinkPostRecordsMax,
  sinkRetryAfterMsMax,
  sinkTimeoutMs,
  wazuhRotationMs,
} from '../../limits.js'
import { handClock } from '../../testing/hand-clock.js'
import { elasticsearchProtocol, jsonProtocol, lokiProtocol, splunkProtocol } from './http-protocols.js'
import type { SinkRecord } from './sink.js'
import { wazuhLine } from './wazuh.js'
import { openZeekIntel } from './zeek-intel.js'

const page = readFileSync('docs/sinks.md', 'utf8')

/** A record of the samples, of which the page shows the beginning. */
const sample = (): SinkRecord => {
  const lines = readFileSync('samples/expected/domainstats.log', 'utf8').split('\n')
  const line = lines.find(text => text.includes('"query":"paste-bin-mirror.top"')) ?? ''
  return { line, fields: JSON.parse(line) as SinkRecord['fields'] }
}

/** The transcript of a type in the page. */
const shown = (type: string): string =>
  new RegExp(`<!-- body of ${type} -->\n\n\`\`\`\n([^]*?)\n\`\`\``).exec(page)?.[1] ?? ''

/** A body as the page shows it. */
const shortened = (body: string): string =>
  body.replace(/(\\?"_path\\?":\\?"domainstats\\?",).*?\}(?=[\]\n"}]|$)/g, '$1…}').trimEnd()

void t.test('the settings in the page are valid, and there are some of each type that it describes', t => {
  const fragments = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, yaml = '']) => yaml)
  const types = fragments.flatMap(yaml => {
    const result = parseConfig(yaml, 'docs/sinks.md')
    t.ok('config' in result, 'problems' in result ? JSON.stringify(result.problems) : yaml)
    return 'config' in result ? result.config.sinks.map(({ type }) => type) : []
  })
  t.same(new Set(types), new Set(sinkShapes.keys()))
  t.end()
})

void t.test('the transcripts are what receivers get', async t => {
  const record = sample()
  const now = Date.UTC(2026, 10, 21, 8, 1, 18)
  const metadata = { host: 'sensor1', source: 'domainstats', sourcetype: 'domainstats', index: 'dns' }
  const bodies = {
    http: jsonProtocol.body([record], now),
    elasticsearch: elasticsearchProtocol('domainstats').body([record], now),
    'splunk-hec': splunkProtocol(metadata).body([record], now),
    loki: lokiProtocol({ labels: { job: 'domainstats', site: 'hq' }, tenant: undefined }).body([record], now),
  }
  for (const [type, body] of Object.entries(bodies)) t.equal(shown(type), shortened(body), type)
  const path = join(t.testdir({}), 'intel.dat')
  const options = { path, source: 'domainstats', alerts: ['YOUNG'], rowsMax: 100, everyMs: 1_000 }
  const sink = openZeekIntel(options, handClock(0))(() => undefined)
  await sink.send([record], new AbortController().signal)
  t.equal(shown('zeek-intel'), readFileSync(path, 'utf8').trimEnd())
  t.equal(shown('wazuh'), wazuhLine(record))
})

void t.test('the limits that the page names are those of the program', t => {
  t.match(page, `up to ${sinkPostBytes / 1024} KiB and ${sinkPostRecordsMax.toLocaleString('en-US')} records`)
  t.match(page, `a timeout of ${sinkTimeoutMs / 1000} seconds`)
  t.match(page, `respected up to ${sinkRetryAfterMsMax / 60_000} minutes`)
  t.match(page, `sooner than ${wazuhRotationMs / 1000} seconds after the last rename`)
  t.end()
})
