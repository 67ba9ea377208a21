/** The commands of domain_stats 1.x, by the names that its scripts and units call. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { testIo } from '../testing/io.js'
import { runCommandLine } from './command-line.js'

const call = async (name: string, argv: readonly string[], stdin = '') => {
  const io = testIo(stdin)
  return { code: await runCommandLine(argv, io, name), out: io.out(), err: io.err() }
}
const utils = (...argv: readonly string[]) => call('domain-stats-utils', argv)
const rows = (text: string) =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)

const listed = (domain: string) => ({
  ...{ domain, seen_by_isc: 'other', expires: 1_900_000_000, freq_score: [7.2, 7.3] },
  seen_by_web: 'Tue, 21 Jan 2003 06:17:24 GMT',
})
const list = JSON.stringify([listed('a.com'), listed('b.com')])

const prepare = (t: Test) => {
  const dir = t.testdir({
    data: { 'domain_stats.yaml': 'mode: "off"\nhttp: false\n' },
    'top1m.import': list,
    'names.txt': `www.a.com\r\n\n  c.com \n${'x'.repeat(5_000)}\nd.com`,
  })
  return { data: join(dir, 'data'), path: (name: string) => join(dir, name) }
}

const wrong: readonly (readonly [name: string, argv: readonly string[], message: RegExp])[] = [
  ['domain-stats', [], /^domain-stats: Not enough non-option arguments[^]*See domain-stats --help\.\n$/],
  ['domain-stats', ['/no/such/folder'], /^domain-stats: \/no\/such\/folder is not there\./],
  ['domain-stats', ['.', '--once'], /Unknown argument: once/],
  ['domain-stats', ['run', '.'], /Unknown argument: \./],
  ['domain-stats-settings', ['.'], /^domain-stats-settings: Questions need a terminal/],
  ['domain-stats-settings', ['.', '--set', 'x=1'], /unknown key/],
  ['domain-stats-utils', ['.'], /^domain-stats-utils: Do what\? Give -i, -f, -d or -e\./],
  ['domain-stats-utils', ['-f'], /Not enough non-option arguments/],
  ['domain-stats-utils', ['.', '-e'], /Not enough arguments following: e/],
  ['domain-stats-utils', ['-e', 'x', '/no/such/folder'], /\/no\/such\/folder is not there/],
  ['domain-stats-utils', ['-e', 'x', '-e', 'y', '.'], /--export is given twice/],
  ['domain-stats-utils', ['-nx', '-e', 'x', '.'], /-nx belongs to -i/],
  ['domain-stats-utils', ['-x', '-e', 'x', '.'], /Unknown argument: x/],
]

void t.test('wrong usage gives exit code 2, with the name that was called', async t => {
  for (const [name, argv, message] of wrong) {
    const { code, out, err } = await call(name, argv)
    t.equal(code, 2, `${name} ${argv.join(' ')}`)
    t.match(err, message)
    t.equal(out, '')
  }
})

void t.test('by any other name it is domainstats', async t => {
  for (const name of ['cli.js', 'domain_stats', ''])
    t.match(await call(name, []), { code: 2, err: /^domainstats: Which command\?\n.*See domainstats --help/ })
})

void t.test('domain-stats-settings changes the file of the original', async t => {
  const { data } = prepare(t)
  t.match(await call('domain-stats-settings', [data, '--set', 'local_port=81']), { code: 0, err: /written/ })
  t.match(readFileSync(join(data, 'domain_stats.yaml'), 'utf8'), /^http: false\nlocal_port: 81$/m)
})

void t.test('-i imports names as contacted, with the name of the file as their tag', async t => {
  const { data, path } = prepare(t)
  t.match(await utils('-i', path('top1m.import'), data), {
    code: 0,
    err: /2 registrations imported[^]*The names count as contacted before/,
  })
  const { out } = await call('domainstats', ['list', '--data', data])
  t.match(rows(out), [
    { domain: 'a.com', registered_by: 'top1m', first_seen: /Z$/ },
    { domain: 'b.com', registered_by: 'top1m', first_seen: /Z$/ },
  ])
})

void t.test('-nx, or --no-expire: imported registrations never expire', async t => {
  const words = [['-i'], ['-nx', '-i'], ['--no-expire', '--import']]
  for (const before of words) {
    const { data, path } = prepare(t)
    t.equal((await utils(...before, path('top1m.import'), data)).code, 0)
    const { out } = await utils('-e', '-', data)
    const freshUntil = before.length === 1 ? Number : null
    t.match(JSON.parse(out), [{ domain: 'a.com', domainstats: { known: { fresh_until: freshUntil } } }, {}])
  }
})

void t.test('-d asks for each line of a file', async t => {
  const { data, path } = prepare(t)
  const { code, out, err } = await utils('-d', path('names.txt'), data)
  t.equal(code, 0)
  t.match(out, /a\.com.*\n.*c\.com.*\n.*d\.com.*\n$/)
  t.equal(rows(out).length, 3)
  t.match(err, /names\.txt:4: too long for a name/)
  const { out: known } = await call('domainstats', ['list', '--data', data])
  t.strictSame(
    rows(known)
      .map(({ domain }) => domain)
      .sort(),
    ['a.com', 'c.com', 'd.com'],
  )
})

void t.test('several steps are done in order, and printed with -v', async t => {
  const { data, path } = prepare(t)
  const { code, out, err } = await utils(
    ...['-v', '-e', path('out.json'), '-d', path('names.txt'), '-i', path('top1m.import'), data],
  )
  t.equal(code, 0)
  t.match(err, /^import .*\n[^]*^ask for the names in .*\n[^]*^export to .*\n4 domains exported\n$/m)
  t.equal(rows(out).length, 3)
  t.match(readFileSync(path('out.json'), 'utf8'), /"d\.com"/)
})

void t.test('a step that fails is the last one', async t => {
  const { data, path } = prepare(t)
  const { code, err } = await utils('-f', '-e', path('out.json'), data)
  t.equal(code, 2)
  t.match(err, /^domain-stats-utils: fix asks registries, and the settings say mode: off/)
  t.notOk(existsSync(path('out.json')))
  t.match(await utils('-i', path('none'), data), {
    code: 1,
    err: /^domain-stats-utils: \/.*\/none is not there \(ENOENT\)/,
  })
})
