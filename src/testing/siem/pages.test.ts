/** docs/siem: its commands run, its settings are valid, and its documents are those that come out. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { env, execPath } from 'node:process'
import t, { type Test } from 'tap'
import { parse as parseYaml } from 'yaml'
import * as z from 'zod'
import { parseConfig } from '../../config/parse.js'
import { needs } from '../external-programs.js'
import { receiveHttp } from '../http-receivers.js'
import { endWithTest, program } from '../process.js'
import {
  documentOf,
  elasticSample,
  elasticStream,
  sampleLines,
  shipped,
  youngRecord,
} from './elastic-samples.js'
import { ElasticStack } from './elastic-stack.js'
import { readFilebeat } from './filebeat.js'
import { flatten, jsonObject } from './ingest-document.js'
import { readKql } from './kql.js'
import { blocksIn } from './page-commands.js'

const pageOf = (name: string) => readFileSync(`docs/siem/${name}.md`, 'utf8')
const pages = readdirSync('docs/siem').map(file => file.replace(/\.md$/, ''))

const blocksOf = (name: string, language: string): string[] => blocksIn(pageOf(name), language)

/** A folder with a program of this name, as a script of the shell. */
const withScript = (folder: string, name: string, script: string): void => {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
}

/** A folder of somebody who reads the page: the samples, and the programs that it names. */
const readerOf = (t: Test, files: Readonly<Record<string, string>>) => {
  const folder = t.testdir({ bin: {}, ...files })
  symlinkSync(resolve('samples'), join(folder, 'samples'))
  withScript(join(folder, 'bin'), 'domainstats', `exec "${execPath}" "${program}" "$@"`)
  return {
    addProgram: (name: string, script: string): void => withScript(join(folder, 'bin'), name, script),
    /** Runs all blocks in one shell that ends at the first error. */
    run: async (blocks: readonly string[]): Promise<{ code: number | null; output: string }> => {
      const child = endWithTest(
        spawn('sh', ['-e', '-c', blocks.join('\n')], {
          cwd: folder,
          env: { ...env, PATH: `${join(folder, 'bin')}:${env['PATH'] ?? ''}`, http_proxy: '' },
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      )
      let output = ''
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (piece: Buffer) => (output += piece.toString()))
      await once(child, 'close')
      return { code: child.exitCode, output }
    },
  }
}

void t.test(
  'the commands of the page Elastic lead to a document and its rules',
  { skip: needs('curl') },
  async t => {
    const stack = new ElasticStack('ApiKey secret')
    const { url, faults } = await receiveHttp(t, stack.api)
    const here = (text: string) => text.replace(/https:\/\/(elastic|kibana)\.example\.org:\d+/g, url)
    const [settings = ''] = blocksOf('elastic', 'yaml').map(here)
    const reader = readerOf(t, {
      'elastic-api-key': 'secret\n',
      'domainstats.yaml': `${settings}\nmode: off\nlearning_days: 0\n`,
    })
    const { code, output } = await reader.run(blocksOf('elastic', 'sh').map(here))
    t.equal(code, 0, output)
    t.same(faults, [])
    t.equal(stack.rules.length, elasticSample('detection-rules.ndjson').trimEnd().split('\n').length)
    t.same(stack.objects, ['domainstats', 'domainstats-alerts'])
    const written = readFileSync(join(t.testdirName, 'try', 'domainstats.log'), 'utf8')
      .trimEnd()
      .split('\n')
    t.equal(stack.documents.length, written.length)
    for (const line of written) {
      const { id, source } = shipped(line)
      const found = stack.documents.find(document => document.id === id)
      t.equal(found?.index, elasticStream)
      t.same(
        new Map(flatten(found?.source ?? {})).get('domainstats.alerts'),
        new Map(flatten(source)).get('domainstats.alerts'),
      )
    }
    const shown = jsonObject(output.trimEnd().split('\n').at(-1) ?? '')
    t.match(shown, {
      hits: { hits: [{ _source: { domainstats: { first_contact: true }, event: { kind: 'alert' } } }] },
    })
  },
)

void t.test('the commands of the page Security Onion do the same there', { skip: needs('curl') }, async t => {
  const stack = new ElasticStack()
  const { url, faults } = await receiveHttp(t, stack.api)
  const reader = readerOf(t, {})
  reader.addProgram('sudo', 'exec "$@"')
  // Both reach the machine's own Elasticsearch or Kibana with the credentials in the file; here is one without any.
  reader.addProgram(
    'so-elasticsearch-query',
    `path="$1"; shift; exec curl -sS --fail-with-body -H 'Content-Type: application/json' "${url}/$path" "$@"`,
  )
  const [load = '', policy = '', look = ''] = blocksOf('security-onion', 'sh')
  const kibana = policy
    .replace('-K /opt/so/conf/elasticsearch/curl.config ', '')
    .replace('localhost:5601', url)
  t.not(kibana, policy)
  const { code, output } = await reader.run([load, kibana])
  t.equal(code, 0, output)
  t.same(stack.integrations, ['domainstats'])
  // What the agent sends, as its integration tells it.
  const vars = new Map(
    flatten(jsonObject(readFileSync('samples/siem/security-onion/integration.json', 'utf8'))),
  )
  const dataset = String(vars.get('inputs.logs-logfile.streams.log.logs.vars.data_stream.dataset'))
  const stream = `logs-${dataset}-${String(vars.get('namespace'))}`
  const actions = sampleLines.map(
    message => `{"create":{}}\n${JSON.stringify({ '@timestamp': '2026-11-21T08:00:30.000Z', message })}\n`,
  )
  stack.takeDocuments(stream, actions.join(''))
  t.equal(stack.documents.length, sampleLines.length)
  const seen = await reader.run([look])
  t.match(seen.output, '"dataset":"domainstats.record"')
  t.same(faults, [])
})

void t.test('a page shows a document that comes out', t => {
  const malcolm = readFilebeat(readFileSync('samples/siem/malcolm/filebeat.yml', 'utf8'))
  const made = {
    elastic: documentOf(youngRecord),
    malcolm: malcolm.eventOf(JSON.stringify(youngRecord), '2026-11-21T08:00:30.000Z'),
  }
  for (const [name, document] of Object.entries(made)) {
    const blocks = blocksOf(name, 'json')
    t.equal(blocks.length, 1)
    for (const block of blocks) t.match(document, jsonObject(block), name)
  }
  t.end()
})

void t.test('settings in the pages are valid', t => {
  const all = pages.flatMap(name => blocksOf(name, 'yaml'))
  t.ok(all.length > 1)
  for (const yaml of all) t.ok('config' in parseConfig(yaml, 'docs/siem'), yaml)
  t.end()
})

void t.test('what is a command in a page stands in a block that a test runs', t => {
  // The last two have a test of their own.
  const run = ['elastic', 'security-onion', 'wazuh', 'grafana']
  for (const name of pages) {
    const fences = [...pageOf(name).matchAll(/^ *```(.*)$/gm)].map(([, language = '']) => language)
    for (const language of fences.filter((_, at) => at % 2 === 0))
      t.match(language, /^(sh|yaml|json|text)$/, name)
    if (!run.includes(name)) t.same(blocksOf(name, 'sh'), [], name)
  }
  t.end()
})

void t.test('queries in the page Malcolm find what the page says', t => {
  const { eventOf } = readFilebeat(readFileSync('samples/siem/malcolm/filebeat.yml', 'utf8'))
  const queries = [...pageOf('malcolm').matchAll(/^\| `([^`]+)` \|/gm)].map(([, query = '']) =>
    readKql(query),
  )
  t.equal(queries.length, 6)
  const found = (record: object) =>
    queries.map(({ matches }) =>
      matches(eventOf(JSON.stringify({ ...youngRecord, ...record }), '2026-11-21T08:00:30.000Z')),
    )
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
  t.same(found({ alerts: ['DGA-BURST'] }), [false, false, false, false, true, false])
  t.same(found({ alerts: ['SERVICE-MIX:a.com+b.com+c.com'] }), [false, false, false, false, false, true])
  t.end()
})

/** Sigma, as far as the rules use it: all fields of the one selection hold, each for one of its values. */
const sigma = z.strictObject({
  ...{
    title: z.string(),
    id: z.uuid(),
    status: z.enum(['stable', 'test', 'experimental']),
    description: z.string(),
  },
  ...{ author: z.string(), date: z.iso.date(), tags: z.array(z.string().regex(/^attack\.[a-z0-9.-]+$/)) },
  logsource: z.strictObject({ product: z.literal('domainstats') }),
  detection: z.strictObject({
    selection: z.record(
      z.string().regex(/^[\w.]+(\|startswith)?$/),
      z.union([z.string(), z.boolean(), z.array(z.string())]),
    ),
    condition: z.literal('selection'),
  }),
  falsepositives: z.array(z.string()),
  level: z.enum(['low', 'medium', 'high', 'critical']),
})

void t.test('Sigma rules find the documents that the rules of Kibana find', t => {
  const holds = (file: string, record: object): boolean => {
    const text = readFileSync(`samples/siem/security-onion/${file}`, 'utf8')
    const { detection } = sigma.parse(parseYaml(text))
    const document = new Map(flatten(documentOf({ ...youngRecord, ...record })))
    return Object.entries(detection.selection).every(([key, wanted]) => {
      const [field = '', start] = key.split('|')
      const values = [document.get(field)].flat()
      return [wanted]
        .flat()
        .some(one =>
          start === undefined
            ? values.includes(one)
            : values.some(value => typeof value === 'string' && value.startsWith(String(one))),
        )
    })
  }
  t.ok(holds('young.yml', {}))
  t.ok(holds('young.yml', { followup_of: 'a', alerts: ['YOUNG:0d'] }))
  t.notOk(holds('young.yml', { alerts: ['YOUR-FIRST-CONTACT'] }))
  t.notOk(holds('young.yml', { seen_by_you: '2026-11-01T00:00:00.000000Z' }))
  t.ok(holds('threat.yml', { alerts: ['TAGGED-THREAT'] }))
  t.notOk(holds('threat.yml', { alerts: ['TAGGED-INTEREST'] }))
  t.ok(holds('lookalike.yml', { alerts: ['YOUR-FIRST-CONTACT', 'LOOKALIKE:paypal.com'] }))
  t.notOk(holds('lookalike.yml', {}))
  t.ok(holds('host.yml', { alerts: ['YOUR-FIRST-CONTACT', 'DNS-TUNNEL:1240'] }))
  t.notOk(holds('host.yml', {}))
  for (const alert of ['DGA-BURST', 'DGA-BURST:ru']) t.ok(holds('dga-burst.yml', { alerts: [alert] }))
  t.notOk(holds('dga-burst.yml', { alerts: ['DGA-LIKE'] }))
  t.end()
})

void t.test('the overview names each page, and some page each folder of samples', t => {
  for (const name of pages.filter(name => name !== 'README')) t.match(pageOf('README'), `](${name}.md)`)
  const all = pages.map(pageOf)
  for (const folder of readdirSync('samples/siem'))
    t.ok(
      all.some(page => page.includes(`samples/siem/${folder}/`)),
      folder,
    )
  t.end()
})
