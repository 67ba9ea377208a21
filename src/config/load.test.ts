import { chmodSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { getuid } from 'node:process'
import t from 'tap'
import { configBytesMax } from '../limits.js'
import { loadConfig, resolveIn } from './load.js'
import { ConfigError } from './problem.js'

/** The message a data directory is refused with, with the directory's own name taken out. */
const refusal = async (dir: string, overrides = {}): Promise<string> => {
  const error: unknown = await loadConfig(dir, overrides).catch((error: unknown) => error)
  return error instanceof ConfigError ? error.message.replaceAll(dir, 'DIR') : 'not refused'
}

void t.test('no file: all is default', async t => {
  const loaded = await loadConfig(t.testdir({}))
  t.match(loaded, { file: undefined, notices: [], config: { established_days_age: 730, inputs: [] } })
})

void t.test('no directory: all is default', async t => {
  t.match(await loadConfig(join(t.testdir({}), 'none')), { file: undefined })
})

void t.test('an empty file, and one of comments', async t => {
  for (const text of ['', '# nothing\n', '---\n', '\ufeff'])
    t.match(await loadConfig(t.testdir({ 'domainstats.yaml': text })), { config: { hold_seconds: 30 } })
})

void t.test('the file of domain_stats 1.x', async t => {
  const dir = t.testdir({
    'domain_stats.yaml': "local_port: '8000'\nworkers: 3\nestablished_days_age: 365\n",
  })
  t.match(await loadConfig(dir), {
    file: join(dir, 'domain_stats.yaml'),
    config: { local_port: 8000, established_days_age: 365 },
    notices: ['accepted for compatibility, without effect: workers'],
  })
})

void t.test(
  'a site of domain_stats 1.x keeps a record for each name, and the alarms of all low scores',
  async t => {
    const of = async (name: string, text: string) => {
      const { emit, freq_alerts } = (await loadConfig(t.testdir({ [name]: text }))).config
      return [emit, freq_alerts]
    }
    t.same(await of('domain_stats.yaml', 'mode: rdap'), ['distinct', 'always'])
    t.same(await of('domain_stats.yaml', 'emit: alerts\nfreq_alerts: first'), ['alerts', 'first'])
    t.same(await of('domainstats.yaml', 'mode: rdap'), ['domains', 'first'])
  },
)

void t.test('with both file names ours is read, and a notice names the other', async t => {
  const dir = t.testdir({ 'domain_stats.yaml': 'mode: isc', 'domainstats.yaml': 'emit: every' })
  t.match(await loadConfig(dir), {
    file: join(dir, 'domainstats.yaml'),
    config: { emit: 'every', mode: 'rdap' },
    notices: ['domain_stats.yaml is not read, because domainstats.yaml stands beside it'],
  })
})

void t.test('flags win over the file; one that was not given does not', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'emit: every\nhold_seconds: 3\n' })
  const inputs = [{ path: '/x/dns.log', format: 'zeek', start: 'end' }] as const
  const { config } = await loadConfig(dir, { emit: 'alerts', hold_seconds: undefined, inputs })
  t.match(config, { emit: 'alerts', hold_seconds: 3, inputs })
})

void t.test('a flag is checked like the file', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'emit: every\n' })
  t.equal(
    await refusal(dir, { hold_seconds: 1e9, inputs: [{ path: '' }] }),
    `command line: inputs[0].path: '' is too short. Give the path of a log file, a directory or a glob.
command line: hold_seconds: 1000000000 is too large. Give a number of seconds from 0 to 600.`,
  )
})

void t.test('every problem has its line in the message', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'inputs:\n  - format: zeek\nholdseconds: 1\n' })
  t.equal(
    await refusal(dir),
    `DIR/domainstats.yaml:2: inputs[0].path: required. Give the path of a log file, a directory or a glob.
DIR/domainstats.yaml:3: holdseconds: unknown key. Did you mean hold_seconds?`,
  )
  await t.rejects(loadConfig(dir), { name: 'ConfigError', problems: [{ line: 2 }, { line: 3 }] })
})

void t.test('a message stays short however much is wrong', async t => {
  const text = Array.from({ length: 1_000 }, (_, index) => `k${index}: 1`).join('\n')
  const lines = (await refusal(t.testdir({ 'domainstats.yaml': text }))).split('\n')
  t.equal(lines.length, 21)
  t.equal(lines.at(-1), 'and 980 more problems')
})

void t.test('files that are none', async t => {
  const cases: [Buffer, RegExp][] = [
    [Buffer.from([0xff, 0xfe, 0x61, 0]), /^DIR.domainstats.yaml: not UTF-8 text. Save it as UTF-8.$/],
    [Buffer.from('\u007fELF\0\0'), /^DIR.domainstats.yaml:1: a control character. /],
    [
      Buffer.alloc(configBytesMax + 1, '#'),
      /^DIR.domainstats.yaml: 65537 bytes are more than a configuration/,
    ],
  ]
  for (const [content, expected] of cases)
    t.match(await refusal(t.testdir({ 'domainstats.yaml': content })), expected)
  t.match(await refusal(t.testdir({ 'domainstats.yaml': {} })), /^DIR.domainstats.yaml: not a regular file. /)
})

void t.test('a dangling link is reported, not treated as a missing file', async t => {
  const dir = t.testdir({ 'domain_stats.yaml': '' })
  symlinkSync('gone.yaml', join(dir, 'domainstats.yaml'))
  t.match(await refusal(dir), /^DIR.domainstats.yaml: cannot be read \(ENOENT: .*\)\. Let the user/)
})

void t.test('a file that may not be read', { skip: getuid?.() === 0 && 'root may read all' }, async t => {
  const dir = t.testdir({ 'domainstats.yaml': '' })
  chmodSync(join(dir, 'domainstats.yaml'), 0)
  t.match(await refusal(dir), /^DIR.domainstats.yaml: cannot be read \(EACCES: /)
})

void t.test('a loaded configuration is frozen', async t => {
  const text = 'inputs: [{path: x}]\nignore: [a.com]\nrdap: {servers: {com: "https://x/"}}\n'
  const loaded = await loadConfig(t.testdir({ 'domainstats.yaml': text }), { names_from: ['dns', 'tls'] })
  const thawed = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    (!Object.isFrozen(value) || Object.values(value).some(thawed))
  t.notOk(thawed(loaded))
  t.notOk(thawed(await loadConfig(t.testdir({}))))
})

void t.test('paths start at the data directory', t => {
  t.equal(resolveIn('/data', 'domainstats.log'), '/data/domainstats.log')
  t.equal(resolveIn('/data', '../x.log'), '/x.log')
  t.equal(resolveIn('/data', '/var/log/dns.log'), '/var/log/dns.log')
  t.equal(resolveIn('/data', '-'), '-')
  t.end()
})
