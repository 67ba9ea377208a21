/** `domainstats settings`, by flags and by questions. */
import {
  chmodSync,
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { loadConfig } from '../config/load.js'
import { settingAt } from '../config/settings.js'
import { testIo } from '../testing/io.js'
import { zeekLines } from '../testing/zeek-lines.js'
import { runCommandLine } from './command-line.js'
import { askedSettings } from './settings-prompt.js'

const set = async (dir: string, ...words: readonly string[]) => {
  const io = testIo()
  return {
    code: await runCommandLine(['settings', dir, ...words.flatMap(word => ['--set', word])], io),
    err: io.err(),
  }
}
const textOf = (dir: string, name = 'domainstats.yaml') => readFileSync(join(dir, name), 'utf8')

/** A terminal at which these lines are typed. */
const terminal = (lines: readonly string[], signal?: AbortSignal) => {
  const io = testIo(lines.map(line => `${line}\n`).join(''))
  const isTTY = { isTTY: true }
  return {
    ...io,
    stdin: Object.assign(io.stdin, isTTY),
    stdout: Object.assign(io.stdout, isTTY),
    signal: signal ?? io.signal,
  }
}
const answer = async (dir: string, answers: Readonly<Record<string, string | readonly string[]>>) => {
  const isAsked = (key: string) => !key.startsWith('isc.') || [answers['mode']].flat().includes('isc')
  const io = terminal(askedSettings.filter(isAsked).flatMap(key => answers[key] ?? ''))
  return { code: await runCommandLine(['settings', dir], io), out: io.out(), err: io.err() }
}

void t.test('--set makes a file, and its folder, for the eyes of the site', async t => {
  const dir = join(t.testdir(), 'new')
  const { code, err } = await set(dir, 'hold_seconds=3', 'rdap.per_second=2', 'ignore=[a.com, b.com]')
  t.equal(code, 0)
  t.match(err, /domainstats\.yaml: written\n$/)
  t.equal(textOf(dir), 'hold_seconds: 3\nrdap:\n  per_second: 2\nignore:\n  - a.com\n  - b.com\n')
  t.equal(statSync(dir).mode & 0o777 & ~0o750, 0)
  t.equal(statSync(join(dir, 'domainstats.yaml')).mode & 0o777 & ~0o640, 0)
  t.match(await loadConfig(dir), { config: { hold_seconds: 3, ignore: ['a.com', 'b.com'] } })
})

void t.test('several words may follow one --set', async t => {
  const dir = t.testdir()
  t.equal(await runCommandLine(['settings', dir, '--set', 'emit=every', 'http=yes'], testIo()), 0)
  t.equal(textOf(dir), 'emit: every\nhttp: true\n')
})

void t.test('a file keeps its comments, its order, its mode, and its link', async t => {
  const text = "# soc\nlocal_port: '5730'  # as ever\nworkers: 3\n# emit: every\n"
  const dir = t.testdir({ 'real.yaml': text })
  symlinkSync('real.yaml', join(dir, 'domain_stats.yaml'))
  chmodSync(join(dir, 'real.yaml'), 0o600)
  const { err } = await set(dir, 'local_port=8000', 'mode=off')
  t.match(err, /domain_stats\.yaml: written/)
  t.equal(textOf(dir, 'real.yaml'), `${text.replace("'5730'", '8000')}mode: off\n`)
  t.equal(statSync(join(dir, 'real.yaml')).mode & 0o777, 0o600)
  t.strictSame(readdirSync(dir).sort(), ['domain_stats.yaml', 'real.yaml'])
})

void t.test('a setting that has the value already is not written', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'emit: every # so\n' })
  const { code, err } = await set(dir, 'emit=every', 'local_port=5730', 'rdap.burst=10', 'contact=')
  t.equal(code, 0)
  t.match(err, /domainstats\.yaml: nothing changed\n$/)
  t.equal(textOf(dir), 'emit: every # so\n')
  const empty = t.testdir()
  await set(empty, 'emit=domains')
  t.strictSame(readdirSync(empty), [])
})

void t.test('a value is YAML, or what it looks like', async t => {
  const values: readonly (readonly [words: string, line: string])[] = [
    ['output=-', 'output: "-"\n'],
    ['output=/var/log/a: b', 'output: "/var/log/a: b"\n'],
    ['enable_freq_scores=off', 'enable_freq_scores: false\n'],
    ["local_port='81'", 'local_port: 81\n'],
    ['isc.token=12345', 'isc:\n  token: "12345"\n'],
    ['isc.token=@a=b#', 'isc:\n  token: "@a=b#"\n'],
    ["inputs=[{path: /l/dns.log, sensor: 'a b'}]", 'inputs:\n  - path: /l/dns.log\n    sensor: a b\n'],
    ["rdap.servers={com: 'https://x/'}", 'rdap:\n  servers:\n    com: https://x/\n'],
  ]
  for (const [words, line] of values) {
    const dir = t.testdir()
    t.equal((await set(dir, words)).code, 0, words)
    t.equal(textOf(dir), line)
  }
})

void t.test('KEY= takes a setting out', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'emit: every\nhold_seconds: 3 # short\ncontact: a@b.org\n' })
  t.equal((await set(dir, 'hold_seconds=', 'contact=')).code, 0)
  t.equal(textOf(dir), 'emit: every\n')
})

const wrong: readonly (readonly [words: readonly string[], code: number, message: RegExp])[] = [
  [['hold_second=3'], 2, /--set hold_second: unknown key\. Did you mean hold_seconds\?/],
  [['rdap.per_seconds=3'], 2, /Did you mean rdap\.per_second\?/],
  [['inputs[0].path=/x'], 2, /--set inputs\[0\]\.path: unknown key\. Give inputs as a whole/],
  [['xyzzy=1'], 2, /unknown key\. docs\/settings\.md lists the keys/],
  [['emit'], 2, /--set emit: not of the form KEY=VALUE/],
  [['emit=every', 'emit=alerts'], 2, /--set emit is given twice/],
  [
    ['hold_seconds=9999'],
    1,
    /--set: hold_seconds: 9999 is too large\. Give a number of seconds from 0 to 600/,
  ],
  [['inputs=[{pth: x}]'], 1, /--set: inputs\[0\]\.path: required/],
  [
    ['emit=sometimes', 'local_port=-1'],
    1,
    /emit: 'sometimes' is not possible.*\n.*local_port: -1 is too small/,
  ],
  [['mode=isc'], 1, /settings: isc\.url: required\. Give an http or https address/],
  [['isc.token="\\e[2J"'], 1, /isc\.token: '…' holds an unprintable character/],
  [[`ignore_file=${'x'.repeat(4000)}`, `freq_table=${'y'.repeat(70_000)}`], 1, /too long/],
]

void t.test('an invalid value is reported, and the file is unchanged', async t => {
  for (const [words, code, message] of wrong) {
    const dir = t.testdir({ 'domainstats.yaml': 'emit: distinct\n' })
    const result = await set(dir, ...words)
    t.equal(result.code, code, words.join(' ').slice(0, 80))
    t.match(result.err, message)
    t.equal(textOf(dir), 'emit: distinct\n')
  }
  const broken = t.testdir({ 'domainstats.yaml': 'emit: [\n' })
  t.match(await set(broken, 'emit=every'), { code: 1, err: /domainstats\.yaml:\d: / })
  t.equal(textOf(broken), 'emit: [\n')
})

void t.test('without a terminal there are no questions', async t => {
  const io = testIo('\n'.repeat(50))
  t.equal(await runCommandLine(['settings', t.testdir()], io), 2)
  t.match(io.err(), /Questions need a terminal\. Elsewhere give --set KEY=VALUE/)
  t.equal(io.out(), '')
})

void t.test('questions are asked for settings that have an effect', t => {
  for (const key of askedSettings) t.match(settingAt(key.split('.')), { key, effect: undefined })
  t.end()
})

void t.test('Enter keeps all', async t => {
  const dir = t.testdir({ 'domain_stats.yaml': 'local_port: 81\nisc: {token: hush}\n' })
  const { code, out, err } = await answer(dir, {})
  t.equal(code, 0)
  t.match(err, /domain_stats\.yaml: nothing changed/)
  t.match(
    out,
    /The TCP port; 0 takes a free one\. Give a whole number from 0 to 65535\.\n.*local_port \[81\]: /,
  )
  t.match(out, /freq_table \[built-in\]: /)
  t.match(out, /inputs \[\]: /)
  t.notMatch(out, /isc\.|workers|log_detail/)
})

void t.test('answers are written; after an invalid one the question comes again', async t => {
  const dir = t.testdir({ 'domainstats.yaml': '# ours\nmode: off\n' })
  const { code, out } = await answer(dir, {
    local_port: ['99999', 'http', '8000'],
    mode: ['isc'],
    'isc.url': ['', 'ftp://x', 'https://isc.example/'],
    'isc.token': 'hush',
    enable_freq_scores: 'no',
    inputs: ['/a/dns.log /b', '/c', ''],
    http: 'yes',
  })
  t.equal(code, 0)
  t.match(out, /local_port: 99999 is too large\. Give a whole number from 0 to 65535\./)
  t.match(out, /local_port: 'http' is not a number/)
  t.match(out, /isc\.url: 'ftp:\/\/x' is not a plain http or https address/)
  t.equal(
    textOf(dir),
    `# ours
mode: isc
local_port: 8000
isc:
  url: https://isc.example/
  token: hush
enable_freq_scores: false
inputs:
  - path: /a/dns.log
  - path: /b
  - path: /c
http: true
`,
  )
  const again = await answer(dir, { mode: 'isc', inputs: ['/b', ''] })
  t.match(again.out, /isc\.token \[\*{8}\]: /)
  t.notMatch(again.out, 'hush')
  t.match(await loadConfig(dir), { config: { inputs: [{ path: '/b' }], isc: { token: 'hush' } } })
})

const askedBy = (zone: string, times: number) =>
  zeekLines(Array.from({ length: times }, (_, i) => `_ldap._tcp.site${i}._sites.dc._msdcs.${zone}`))

void t.test(
  'zones that the logs show are asked for one by one, and taken when they are confirmed',
  async t => {
    const dir = t.testdir({
      'domainstats.yaml': 'internal_zones: [old.com]\n',
      'dns.log': askedBy('CORP.ours.com', 3) + askedBy('visitor.com', 2) + askedBy('x.old.com', 9),
    })
    const inputs = ['dns.log', '']
    const none = await answer(dir, { inputs, internal_zones: ['', '', ''] })
    t.match(none.out, /The logs hold 3 questions for its domain controllers, of corp\.ours\.com\.\n/)
    t.match(none.out, /2 questions for its domain controllers, of visitor\.com/)
    t.notMatch(none.out, 'x.old.com')
    t.notMatch(textOf(dir), 'corp.ours.com')
    await answer(dir, { internal_zones: ['yes', 'no', ''] })
    t.match(await loadConfig(dir), { config: { internal_zones: ['old.com', 'corp.ours.com'] } })
    await answer(dir, { internal_zones: ['', 'a.com, b.com'] })
    t.match(await loadConfig(dir), { config: { internal_zones: ['a.com', 'b.com'] } })
  },
)

void t.test('an input that stays keeps its format and its sensor', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'inputs: [{path: /a, format: zeek, sensor: s1}]\n' })
  await answer(dir, { inputs: ['/b', '/a', ''] })
  t.match(await loadConfig(dir), {
    config: { inputs: [{ path: '/b' }, { path: '/a', format: 'zeek', sensor: 's1' }] },
  })
})

void t.test('Ctrl-C before the end changes nothing', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'emit: every\n' })
  const endings = { 'end of input': ['127.0.0.2', '81'], 'Ctrl-C': ['127.0.0.2', '81', '\u0003'] }
  for (const [name, lines] of Object.entries(endings)) {
    const io = terminal(lines)
    t.equal(await runCommandLine(['settings', dir], io), 1, name)
    t.match(io.err(), /domainstats: stopped before the last question; all is as it was\n/)
    t.equal(textOf(dir), 'emit: every\n')
  }
})

void t.test('a stop of the program ends the questions', async t => {
  const dir = t.testdir()
  const life = new AbortController()
  const io = { ...terminal([], life.signal), stdin: Object.assign(new PassThrough(), { isTTY: true }) }
  const done = runCommandLine(['settings', dir], io)
  io.stdin.write('127.0.0.2\n')
  while (!io.out().includes('local_port [')) await new Promise(done => io.stdout.once('kept', done))
  life.abort()
  t.equal(await done, 1)
  t.notOk(existsSync(join(dir, 'domainstats.yaml')))
})

void t.test('a file that is changed meanwhile is not overwritten', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'emit: every\n' })
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const io = { ...terminal([]), stdin }
  const done = runCommandLine(['settings', dir], io)
  while (!io.out().includes('ip_address [')) await new Promise(done => io.stdout.once('kept', done))
  writeFileSync(join(dir, 'domainstats.yaml'), 'emit: alerts\n')
  stdin.end(`127.0.0.2\n${'\n'.repeat(20)}`)
  t.equal(await done, 1)
  t.match(io.err(), /was changed meanwhile; nothing was written/)
  t.equal(textOf(dir), 'emit: alerts\n')
})
