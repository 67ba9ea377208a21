/** The samples for MISP and Cortex, as their hosts run them, against the port of a daemon. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import * as z from 'zod'
import { needs } from '../testing/external-programs.js'
import { fact, hour, openPassive, runProgram, start, token } from '../testing/passive-daemon.js'

const python = '/usr/bin/python3'
const skip = needs('python3-requests')
const facts = [
  fact('www.example.com', 'CNAME', 'edge.cdn.net', start, start + hour),
  fact('edge.cdn.net', 'A', '192.0.2.7', start + 2 * hour),
  fact('edge.cdn.net', 'A', '192.0.2.8', start),
  fact('odd.example.net', 'TXT', 'line\nbreak "and" \u202e'),
]
const settings = 'pdns: {enabled: true, origin: "https://sensor1.example.com/"}\nhttp_token_file: token\n'

/** Calls a module as the server of misp-modules does: the request as JSON text, the answer as a dict. */
const callModule = `import json, sys
sys.path.insert(0, 'samples/misp')
import domainstats_passivedns as module
assert module.introspection() is module.mispattributes
assert module.version()['config'] == ['url', 'key', 'limit']
assert module.handler() is False
print(json.dumps([module.handler(line) for line in sys.stdin.read().split('\\n') if line]))`

const attribute = z.object({ object_relation: z.string(), type: z.string(), value: z.string() })
const mispAnswer = z.union([
  z.object({ error: z.string() }),
  z.object({
    results: z.object({
      Object: z.array(
        z.object({
          ...{ name: z.literal('passive-dns'), template_uuid: z.uuid(), uuid: z.uuid() },
          Attribute: z.array(attribute),
          ObjectReference: z.array(z.object({ object_uuid: z.uuid(), referenced_uuid: z.string() })),
        }),
      ),
    }),
  }),
])

void t.test('MISP gets an object for each record', { skip }, async t => {
  const { base, end } = await openPassive(t, facts, settings)
  const uuid = '5f0e7f2e-0000-4000-8000-000000000001'
  const asked = (type: string, value: string, config: object = { url: `${base}/`, key: token }) =>
    JSON.stringify({ module: 'domainstats_passivedns', attribute: { type, value, uuid }, config })
  const requests = [
    asked('hostname', 'edge.cdn.net'),
    asked('ip-dst|port', '192.0.2.7|443'),
    asked('domain|ip', 'www.example.com|192.0.2.7', { url: base, key: token, limit: '1' }),
    asked('hostname', 'odd.example.net'),
    asked('domain', 'nobody.example'),
    asked('hostname', 'edge.cdn.net', { url: base, key: 'wrong' }),
    asked('hostname', 'a b'),
    asked('md5', 'edge.cdn.net'),
    asked('hostname', 'edge.cdn.net', {}),
  ]
  const { code, out, err } = await runProgram(python, ['-c', callModule], { stdin: requests.join('\n') })
  t.equal(code, 0, err)
  const answers = z.array(mispAnswer).parse(JSON.parse(out))
  const objects = answers.map(answer =>
    'error' in answer
      ? answer.error
      : answer.results.Object.map(({ Attribute }) =>
          Object.fromEntries(Attribute.map(({ object_relation, value }) => [object_relation, value])),
        ),
  )
  const common = { sensor_id: 'dmz', origin: 'https://sensor1.example.com/' }
  const edge = (rdata: string, time: string) => ({
    ...{
      rrname: 'edge.cdn.net',
      rrtype: 'A',
      rdata,
      time_first: time,
      time_last: time,
      count: '1',
      ...common,
    },
  })
  const cname = {
    ...{ rrname: 'www.example.com', rrtype: 'CNAME', rdata: 'edge.cdn.net', count: '2', ...common },
    ...{ time_first: '2023-11-14T22:13:20+00:00', time_last: '2023-11-14T23:13:20+00:00' },
  }
  const seventh = edge('192.0.2.7', '2023-11-15T00:13:20+00:00')
  t.same(objects[0], [seventh, edge('192.0.2.8', '2023-11-14T22:13:20+00:00'), cname])
  t.same(objects[1], [seventh])
  t.same(objects[2], [cname])
  t.match(objects[3], [{ rdata: String.raw`"line\010break \"and\" \226\128\174"` }])
  t.same(objects[4], [])
  t.match(objects[5], /^domainstats did not answer: 401/)
  t.match(objects[6], /^domainstats did not answer: 400/)
  t.match(objects[7], /no host name, domain or address/)
  t.match(objects[8], /not configured/)
  const [first] = answers
  const found = first !== undefined && 'results' in first ? first.results.Object : []
  for (const { uuid: own, ObjectReference } of found)
    t.match(ObjectReference, [{ object_uuid: own, referenced_uuid: uuid }])
  t.equal(await end(), 0)
})

/** The base class of cortexutils, which no package of Debian has: as much of it as an analyzer of ours calls. */
const cortexutils = `import json, os, sys

class Analyzer:
    def __init__(self):
        self.job = sys.argv[1]
        with open(f'{self.job}/input/input.json') as file:
            self._input = json.load(file)
        self.data_type = self.get_param('dataType', None, 'Missing dataType field')

    def get_param(self, name, default=None, message=None):
        value = self._input
        for part in name.split('.'):
            value = value.get(part)
            if value is None:
                if message is not None:
                    self.error(message)
                return default
        return value

    def get_data(self):
        return self.get_param('data', None, 'Missing data field')

    def build_taxonomy(self, level, namespace, predicate, value):
        return {'level': level, 'namespace': namespace, 'predicate': predicate, 'value': value}

    def _write(self, output):
        os.makedirs(f'{self.job}/output', exist_ok=True)
        with open(f'{self.job}/output/output.json', 'w') as file:
            json.dump(output, file)

    def report(self, full):
        self._write({'success': True, 'summary': self.summary(full), 'artifacts': [], 'full': full})

    def error(self, message):
        self._write({'success': False, 'errorMessage': message})
        sys.exit(1)
`

const descriptor = z.object({
  ...{ name: z.string(), command: z.string(), dataTypeList: z.array(z.string()), baseConfig: z.string() },
  ...{
    version: z.string(),
    author: z.string(),
    url: z.string(),
    license: z.string(),
    description: z.string(),
  },
  configurationItems: z.array(
    z.object({ name: z.string(), type: z.enum(['string', 'number', 'boolean']), required: z.boolean() }),
  ),
})

void t.test('Cortex gets a report with a taxonomy', { skip }, async t => {
  const { base, dir, end } = await openPassive(t, facts, settings)
  const folder = 'samples/cortex/DomainStats'
  const { command, configurationItems, dataTypeList } = descriptor.parse(
    JSON.parse(readFileSync(`${folder}/DomainStats_PassiveDNS.json`, 'utf8')),
  )
  t.same(configurationItems.map(({ name }) => name), ['url', 'key', 'limit']) // prettier-ignore
  const stub = join(dir, 'stub', 'cortexutils')
  mkdirSync(stub, { recursive: true })
  writeFileSync(join(stub, '__init__.py'), '')
  writeFileSync(join(stub, 'analyzer.py'), cortexutils)
  let jobs = 0
  const analyze = async (dataType: string, data: string, config: object = { url: base, key: token }) => {
    const job = join(dir, `job${(jobs += 1)}`)
    mkdirSync(join(job, 'input'), { recursive: true })
    writeFileSync(join(job, 'input', 'input.json'), JSON.stringify({ dataType, data, config }))
    const env = { PYTHONPATH: resolve(stub, '..') }
    const { code, err } = await runProgram(python, [resolve('samples/cortex', command), job], { env })
    const text = readFileSync(join(job, 'output', 'output.json'), 'utf8')
    return { code, err, output: JSON.parse(text) as Record<string, unknown> }
  }
  t.same(dataTypeList, ['domain', 'fqdn', 'ip'])
  const { code, output, err } = await analyze('fqdn', 'edge.cdn.net')
  t.equal(code, 0, err)
  t.match(output, {
    success: true,
    summary: {
      taxonomies: [{ level: 'info', namespace: 'DomainStats', predicate: 'PassiveDNS', value: '3 records' }],
    },
    full: { is_more: false, results: [{ rdata: '192.0.2.7' }, { rdata: '192.0.2.8' }, { rrtype: 'CNAME' }] },
  })
  t.match((await analyze('domain', 'edge.cdn.net', { url: base, key: token, limit: 2 })).output, {
    summary: { taxonomies: [{ value: '2+ records' }] },
    full: { is_more: true },
  })
  t.match((await analyze('ip', '192.0.2.8')).output, { full: { results: [{ rrname: 'edge.cdn.net' }] } })
  t.match((await analyze('ip', '203.0.113.9')).output, { success: true, full: { results: [] } })
  t.match(await analyze('domain', 'a.com', { url: base, key: 'wrong' }), { code: 1, output: { success: false, errorMessage: /401/ } }) // prettier-ignore
  t.match(await analyze('domain', 'a.com', {}), { code: 1, output: { errorMessage: /URL of domainstats/ } })
  t.match(await analyze('hash', 'x'), { code: 1, output: { errorMessage: /asked for/ } })
  t.equal(await end(), 0)
})
