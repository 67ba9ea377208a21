/**
 * The Zeek package without Zeek: its scripts by the checker, and what they read by what the program writes. zeek/tests holds
 * the tests that run in Zeek.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { basename, join } from 'node:path'
import { env } from 'node:process'
import t, { type Test } from 'tap'
import { answer, sans } from '../http/testing/port.js'
import { originalText } from '../http/domain-stats.js'
import { fields, type RecordField } from '../output/json.js'
import { readZeek } from '../output/testing/zeek-cut.js'
import { needs } from '../testing/external-programs.js'
import { startHere } from '../testing/in-process.js'
import { problemsOf, recordsOf, type ZeekField } from '../testing/zeek-script.js'

const read = (path: string) => readFileSync(path, 'utf8')
const scriptsIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .filter(name => name.endsWith('.zeek'))
      .map(name => [`${folder}/${name}`, read(`${folder}/${name}`)]),
  )
const scripts = scriptsIn('zeek/scripts')
const tests = scriptsIn('zeek/tests/tests')

const recordOf = (script: string, name: string): readonly ZeekField[] => {
  const found = recordsOf(read(`zeek/scripts/${script}`)).get(name)
  if (!found) throw new Error(`${script} declares no record ${name}`)
  return found
}

void t.test('the scripts of the package, and its tests, hold no mistake', t => {
  t.ok(Object.keys(scripts).length >= 6)
  t.strictSame(problemsOf({ ...scripts, ...tests }), [])
  t.end()
})

/** What is exchanged in a script of the package, and what the checker says of it. */
const mistakes: readonly (readonly [script: string, from: string, to: string, said: RegExp])[] = [
  ['notices', 'NOTICE(notice);\n\t}', 'NOTICE(notice);', /line \d+: \{ is not closed/],
  ['notices', 'NOTICE(notice);', 'NOTICE(notice});', /line \d+: \} closes the \( of line/],
  ['notices', '"TAGGED-THREAT" in', '"TAGGED-THREAT in', /line \d+: .* is no Zeek/],
  ['notices', 'NOTICE(notice);', 'NOTICE(notice)', /something is missing behind \)/],
  [
    'notices',
    'local alerts: set[string] = set();',
    'local alerts = T',
    /something is missing behind|neither declared/,
  ],
  ['notices', 'add alerts[', 'add alarms[', /alarms is neither declared nor listed/],
  ['notices', 'NOTICE(notice)', 'NOTICE(notice, F)', /NOTICE has \(Notice::Info\)/],
  ['notices', '$sub=', '$subject=', /Notice::Info has no field subject/],
  ['notices', 'module DomainStats;', '', /declares without a module/],
  ['notices', 'export {', '{', /exports nothing/],
  ['notices', '&default=""', '&dflt=""', /the attribute &dflt is not listed/],
  ['read-back', '@load ./notices', '@load ./notice', /@load \.\/notice leads nowhere/],
  ['read-back', '@load base/frameworks/input', '@load base/frameworks/inputs', /leads nowhere/],
  ['read-back', 'rec$age_days', 'rec$age', /no record has a field age\b/],
  ['read-back', '$category=rec$category, ', '', /Finding needs category/],
  ['look-up', 'qtype: count, qclass: count', 'qtype: count', /dns_request has \(connection/],
  ['look-up', 'Cluster::publish_hrw', 'Broker::publish_hrw', /Broker::publish_hrw is neither/],
  ['look-up', 'from_json(body, Answer)', 'from_json(body)', /from_json has \(string, any, string_mapper\?\)/],
]

void t.test('a mistake is found', t => {
  for (const [script, from, to, said] of mistakes) {
    const path = `zeek/scripts/${script}.zeek`
    const text = scripts[path] ?? ''
    t.ok(text.includes(from), `${script} has ${from}`)
    t.match(problemsOf({ ...scripts, [path]: text.replace(from, to) }).join('\n'), said, `${from} → ${to}`)
  }
  t.end()
})

/** How a column comes out of JSON: Zeek's types there have no port without a protocol, and any text is a string. */
const fromJson: Readonly<Record<RecordField['type'], string>> = {
  ...{ string: 'string', enum: 'string', time: 'string', addr: 'addr', bool: 'bool', double: 'double' },
  ...{ count: 'count', port: 'count', 'vector[string]': 'vector of string' },
}

const columns = new Map(fields.map(field => [field.name.replaceAll('.', '_'), field]))

void t.test('read-back.zeek reads columns that we write, by their types', t => {
  for (const { name, type } of recordOf('read-back.zeek', 'Record')) {
    const column = columns.get(name)
    t.equal(column && fromJson[column.type], type, name)
  }
  t.end()
})

/** Whether Zeek's from_json takes the value for the type. */
const fits = (type: string, value: unknown): boolean => {
  if (type === 'string') return typeof value === 'string'
  if (type === 'count') return Number.isSafeInteger(value) && Number(value) >= 0
  if (type === 'double') return typeof value === 'number'
  if (type === 'addr') return typeof value === 'string' && isIP(value) !== 0
  return (
    type.startsWith('vector of ') && Array.isArray(value) && value.every(one => fits(type.slice(10), one))
  )
}

/** What from_json says of an object: nothing, if the record can be made of it. */
const refusals = (declared: readonly ZeekField[], value: Readonly<Record<string, unknown>>): string[] =>
  declared
    .filter(({ name, type, optional }) => (value[name] === undefined ? !optional : !fits(type, value[name])))
    .map(({ name, type }) => `${name} is no ${type}: ${JSON.stringify(value[name])}`)

const objectOf = (line: string): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(JSON.parse(line) as object).map(([key, value]: [string, unknown]) => [
      key.replaceAll('.', '_'),
      value,
    ]),
  )

const inputs = ['samples/zeek/dns.log', 'samples/zeek/dns.json.log', 'samples/suricata/eve.json']

/** What the program writes of the samples. @param settings further lines of its settings */
const logOf = async (t: Test, settings: string): Promise<string> => {
  const dir = t.testdir({ 'domainstats.yaml': `mode: off\nemit: every\n${settings}` })
  const run = startHere(
    t,
    'run',
    '--once',
    '--data',
    dir,
    '--zeek',
    ...inputs.slice(0, 2),
    '--suricata',
    ...inputs.slice(2),
  )
  t.equal(await run.ended, 0)
  return read(join(dir, 'domainstats.log'))
}

for (const record of ['none', 'prefix', 'full'])
  void t.test(`read-back.zeek can read every record, with clients: ${record}`, async t => {
    const lines = (await logOf(t, `clients: {record: ${record}}\n`)).trimEnd().split('\n')
    t.ok(lines.length > 10, String(lines.length))
    const declared = recordOf('read-back.zeek', 'Record')
    for (const line of lines) t.strictSame(refusals(declared, objectOf(line)), [], line)
    t.not(refusals(declared, { ...objectOf(lines[0] ?? ''), category: undefined }).length, 0)
  })

void t.test('the columns that read-back.zeek reads stand in the log in Zeek’s own format, too', async t => {
  const { rows } = readZeek(await logOf(t, 'format: zeek\n'))
  t.ok(rows.length > 10, String(rows.length))
  for (const { name, optional } of recordOf('read-back.zeek', 'Record')) {
    const column = columns.get(name)
    for (const row of rows) {
      t.equal(row.types[column?.name ?? ''], column?.type, name)
      if (!optional) t.not(row.fields[column?.name ?? ''], undefined, name)
    }
  }
})

void t.test('look-up.zeek reads what the port answers', t => {
  const [declared, scores] = [recordOf('look-up.zeek', 'Answer'), recordOf('look-up.zeek', 'Scores')]
  const style = { freqEnabled: true, timezoneOffsetHours: 0 }
  const failed = answer({ category: 'ERROR', reason: 'timeout', registered: undefined })
  for (const known of [sans, failed, { kind: 'none', reason: 'ignored' } as const]) {
    const value = objectOf(originalText(known, style))
    t.strictSame(refusals(declared, value), [])
    const read = [...declared, ...scores].map(({ name }) => name)
    t.strictSame(read.sort(), Object.keys(value).sort(), 'nothing is left out')
  }
  t.strictSame(refusals(scores, objectOf(originalText(sans, style))), [])
  t.match(refusals(scores, objectOf(originalText({ kind: 'none', reason: 'ignored' }, style))), [
    /^freq_score/,
  ])
  t.end()
})

void t.test('the log of look-up.zeek begins with the columns that domain_stats had', t => {
  const names = recordOf('look-up.zeek', 'Info').map(({ name }) => name)
  t.strictSame(
    names.slice(0, 10),
    fields.slice(0, 10).map(({ name }) => name),
  )
  t.end()
})

/** https://docs.zeek.org/projects/package-manager/en/stable/package.html#package-metadata */
const metadataKeys = new Set([
  ...[
    'description',
    'aliases',
    'credits',
    'tags',
    'script_dir',
    'plugin_dir',
    'executables',
    'build_command',
  ],
  ...['user_vars', 'test_command', 'config_files', 'depends', 'external_depends', 'suggests'],
])

void t.test('zkg.meta names what is there', t => {
  const [first, ...lines] = read('zkg.meta').trimEnd().split('\n')
  t.equal(first, '[package]')
  const values = new Map<string, string>()
  let key = ''
  for (const line of lines) {
    const [, name, value] = /^([a-z_]+) = ?(.*)$/.exec(line) ?? []
    if (name !== undefined) key = name
    else t.match(line, /^ {4}\S/, 'a line that goes on is indented')
    values.set(key, `${values.get(key) ?? ''} ${value ?? line.trim()}`.trim())
  }
  for (const name of values.keys()) t.ok(metadataKeys.has(name), name)
  t.ok(existsSync(`${values.get('script_dir') ?? ''}/__load__.zeek`))
  const [, folder = '', config = ''] =
    /^cd (\S+) && btest -c (\S+)$/.exec(values.get('test_command') ?? '') ?? []
  t.ok(existsSync(join(folder, config)), 'the configuration of btest')
  t.match(values.get('depends'), /^zeek >=\d+\.\d+\.\d+$/)
  t.end()
})

void t.test(
  'zkg installs the package, under the name by which the docs load it',
  { skip: needs('zkg') },
  t => {
    const dir = t.testdir({ clone: {}, home: {} })
    const [source, home] = [join(dir, 'clone'), join(dir, 'home')]
    for (const part of ['zkg.meta', 'zeek']) cpSync(part, join(source, part), { recursive: true })
    const run = (program: string, ...words: readonly string[]): void => {
      const { status, stdout, stderr } = spawnSync(program, words, {
        cwd: source,
        encoding: 'utf8',
        // Without a source: zkg would fetch the list of all packages.
        env: { PATH: env['PATH'], HOME: home, ZKG_DEFAULT_SOURCE: '' },
      })
      t.equal(status, 0, stdout + stderr)
    }
    run('git', 'init', '--quiet')
    run('git', 'add', '.')
    run('git', ...'-c user.name=t -c user.email=t@localhost commit --quiet --message package'.split(' '))
    run('zkg', '--user', 'install', '--force', '--skiptests', source)
    const loaded = join(home, '.zkg', 'script_dir', 'domainstats')
    t.strictSame(
      readdirSync(loaded).sort(),
      Object.keys(scripts)
        .map(path => basename(path))
        .sort(),
    )
    const shown = [...read('docs/zeek.md').matchAll(/@load domainstats\/([\w-]+)/g)].map(
      ([, name = '']) => `${name}.zeek`,
    )
    t.strictSame([...new Set(shown)].sort(), [
      'intel.zeek',
      'json-logs.zeek',
      'look-up.zeek',
      'read-back.zeek',
    ])
    t.end()
  },
)

void t.test('the record in docs/zeek.md is one of the samples', t => {
  const [, record = ''] = /```json\n(.*)\n```/.exec(read('docs/zeek.md')) ?? []
  t.ok(read('samples/expected/domainstats.log').split('\n').includes(record), record)
  t.end()
})

void t.test('the tests in Zeek name scripts and files that are there', t => {
  for (const [path, text] of Object.entries(tests)) {
    const commands = [...text.matchAll(/^# @TEST-EXEC: (.*)$/gm)].map(([, command = '']) => command)
    t.ok(commands.length > 0, path)
    for (const command of commands) {
      for (const [, name = ''] of command.matchAll(/\$SCRIPTS\/(\S+)/g))
        t.ok(`zeek/scripts/${name}` in scripts, name)
      for (const [, name = ''] of command.matchAll(/%DIR\/(\S+)/g))
        t.ok(existsSync(`zeek/tests/tests/${name}`), name)
    }
  }
  t.match(read('zeek/tests/btest.cfg'), /samples\/expected\/domainstats\.log\n/)
  t.end()
})
