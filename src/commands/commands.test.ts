/** The commands as a user types them. */
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { keep, testIo } from '../testing/io.js'
import { untilFile } from '../testing/process.js'
import { runCommandLine } from './command-line.js'

const zeekLog = readFileSync('samples/zeek/dns.log', 'utf8')
const recordsIn = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as unknown)

const wrong: readonly (readonly [argv: readonly string[], code: number, message: RegExp])[] = [
  [[], 2, /Which command\?/],
  [['frobnicate'], 2, /Unknown argument: frobnicate/],
  [['run', '--frobnicate'], 2, /Unknown argument: frobnicate/],
  [['scan'], 2, /Not enough non-option arguments/],
  [['scan', '/no/such/file'], 2, /\/no\/such\/file: no such file/],
  [['import', 'x'], 2, /Missing required argument: data/],
  [['run', '--data', 'a', '--data', 'b'], 2, /--data is given twice/],
  [['scan', 'x', '--output', 'a', '--output', 'b'], 2, /--output is given twice/],
  [['run', '--zeek'], 2, /Not enough arguments following: zeek/],
  [['check', '--data', '/no/such/folder'], 2, /\/no\/such\/folder is not there/],
]

void t.test('wrong usage gives exit code 2 and says what is wrong', async t => {
  for (const [argv, code, message] of wrong) {
    const io = testIo()
    t.equal(await runCommandLine(argv, io), code, `domainstats ${argv.join(' ')}`)
    t.match(io.err(), message)
    t.equal(io.out(), '')
  }
})

void t.test('run without anything to follow says how to give it something', async t => {
  const io = testIo()
  t.equal(await runCommandLine(['run', '--data', t.testdir()], io), 2)
  t.match(io.err(), /Nothing to follow. Give --zeek or --suricata, or inputs in .*domainstats.yaml/)
})

void t.test('scan writes records to stdout and a summary to stderr', async t => {
  const io = testIo()
  t.equal(await runCommandLine(['scan', '--no-lookup', 'samples/zeek/dns.log'], io), 0)
  t.equal(recordsIn(io.out()).length, 7)
  t.match(io.err(), /^21 lines, 9 questions\n/)
  t.match(io.err(), /1 special-use, 1 reverse-zone, 1 not-unicast-dns/)
})

void t.test('scan reads standard input and archives, with the same ids', async t => {
  const dir = t.testdir({ 'dns.log.gz': gzipSync(zeekLog) })
  const [plain, piped, packed] = [testIo(), testIo(zeekLog), testIo()]
  t.equal(await runCommandLine(['scan', '--no-lookup', 'samples/zeek/dns.log'], plain), 0)
  t.equal(await runCommandLine(['scan', '--no-lookup', '-'], piped), 0)
  t.equal(await runCommandLine(['scan', '--no-lookup', join(dir, 'dns.log.gz')], packed), 0)
  t.equal(piped.out(), plain.out())
  t.equal(packed.out(), plain.out())
})

void t.test('an internationalised name is one name, in whichever form the sensor writes it', async t => {
  const log = ['m\u00fcnchen.de', 'xn--mnchen-3ya.de'].map(query =>
    JSON.stringify({ _path: 'dns', ts: 1795248000, query }),
  )
  const io = testIo(`${log.join('\n')}\n`)
  t.equal(await runCommandLine(['scan', '--no-lookup', '-'], io), 0)
  t.match(recordsIn(io.out()), [
    { query: 'm\u00fcnchen.de', domain: 'xn--mnchen-3ya.de', query_unicode: 'm\u00fcnchen.de' },
  ])
  t.equal(recordsIn(io.out()).length, 1)
})

void t.test('a time that cannot be true counts as now, and the summary says so', async t => {
  const io = testIo(
    '{"_path":"dns","ts":0,"query":"a.com"}\n{"_path":"dns","ts":4000000000,"query":"b.com"}\n',
  )
  t.equal(await runCommandLine(['scan', '--no-lookup', '-'], io), 0)
  t.match(io.err(), /2 impossible times count as now/)
})

void t.test('scan takes a folder for the logs in it', async t => {
  const dir = t.testdir({ logs: { 'dns.log': zeekLog, 'notes.txt': 'x' } })
  const [one, folder] = [testIo(), testIo()]
  t.equal(await runCommandLine(['scan', '--no-lookup', join(dir, 'logs', 'dns.log')], one), 0)
  t.equal(await runCommandLine(['scan', '--no-lookup', join(dir, 'logs')], folder), 0)
  t.equal(folder.out(), one.out())
})

void t.test('scan of a damaged archive reads the lines before the damage, and fails', async t => {
  const dir = t.testdir({ 'dns.log.gz': gzipSync(zeekLog).subarray(0, 900) })
  const io = testIo()
  t.equal(await runCommandLine(['scan', '--no-lookup', join(dir, 'dns.log.gz')], io), 1)
  t.match(io.err(), /1 inputs could not be read to their end/)
})

void t.test('scan takes a last line without newline if it is whole, and counts it if it is not', async t => {
  const whole = zeekLog.split('\n').slice(0, 9).join('\n')
  const [one, none] = [testIo(whole), testIo(whole.slice(0, -30))]
  t.equal(await runCommandLine(['scan', '--no-lookup', '-'], one), 0)
  t.equal(recordsIn(one.out()).length, 1)
  t.equal(await runCommandLine(['scan', '--no-lookup', '-'], none), 0)
  t.equal(none.out(), '')
  t.match(none.err(), /1 malformed/)
})

void t.test('scan with a data folder reads nothing twice, in whatever shape it comes back', async t => {
  const dir = t.testdir({ data: {}, 'dns.log': zeekLog })
  const data = ['--data', join(dir, 'data'), '--no-lookup']
  const [first, again, packed] = [testIo(), testIo(), testIo()]
  t.equal(await runCommandLine(['scan', join(dir, 'dns.log'), ...data], first), 0)
  t.equal(recordsIn(first.out()).length, 7)
  t.equal(await runCommandLine(['scan', join(dir, 'dns.log'), ...data], again), 0)
  t.equal(again.out(), '')
  writeFileSync(join(dir, 'dns.1.log.gz'), gzipSync(zeekLog))
  t.equal(await runCommandLine(['scan', join(dir, 'dns.1.log.gz'), ...data], packed), 0)
  t.equal(packed.out(), '')
})

void t.test('scan --baseline learns first contacts without alerting them', async t => {
  const data = ['--data', t.testdir(), '--no-lookup']
  const [learned, later] = [
    testIo(),
    testIo('{"_path":"dns","ts":1795300000.5,"uid":"C1","query":"new.example.com"}\n'),
  ]
  t.equal(await runCommandLine(['scan', '--baseline', 'samples/zeek/dns.log', ...data], learned), 0)
  t.notMatch(learned.out(), /YOUR-FIRST-CONTACT/)
  t.equal(await runCommandLine(['scan', '-', ...data], later), 0)
  t.match(later.out(), /"alerts":\[[^\]]*"YOUR-FIRST-CONTACT"/)
})

void t.test('run --once --show writes the log and shows it', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'mode: "off"\n' })
  const io = testIo()
  t.equal(
    await runCommandLine(['run', '--once', '--show', '--data', dir, '--zeek', 'samples/zeek/dns.log'], io),
    0,
  )
  t.equal(io.out(), readFileSync(join(dir, 'domainstats.log'), 'utf8'))
  t.equal(statSync(join(dir, 'domainstats.log')).mode & 0o777, 0o640)
})

void t.test('on a terminal records are a table', async t => {
  const io = testIo()
  const stdout = Object.assign(io.stdout, { isTTY: true, columns: 160 })
  t.equal(await runCommandLine(['scan', '--no-lookup', 'samples/zeek/dns.log'], { ...io, stdout }), 0)
  const [title = '', first = ''] = io.out().split('\n')
  t.match(title, /^TIME +CATEGORY +AGE +FREQ +QUERY +ALERTS$/)
  t.match(
    first,
    /^2026-11-21 08:00:00 {2}UNKNOWN .* en\.wikipedia\.org .*YOUR-FIRST-CONTACT \(look-ups-off\)$/,
  )
})

void t.test('a second run on one data folder is refused, and other commands work beside it', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'mode: "off"\n' })
  const [first, second, scan] = [testIo(), testIo(), testIo()]
  const running = runCommandLine(['run', '--data', dir, '--zeek', join(dir, 'dns.log')], first)
  await first.says('input-missing')
  t.equal(await runCommandLine(['run', '--data', dir, '--zeek', join(dir, 'dns.log')], second), 1)
  t.match(second.err(), /another domainstats run uses/)
  t.equal(await runCommandLine(['scan', '--data', dir, '--no-lookup', 'samples/zeek/dns.log'], scan), 0)
  t.equal(recordsIn(scan.out()).length, 7)
  first.stop()
  t.equal(await running, 0)
})

void t.test('SIGHUP reads the ignore list again; a broken one changes nothing and says so', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'mode: "off"\nignore_file: ignore.txt\n', 'ignore.txt': '' })
  const io = testIo()
  const running = runCommandLine(['run', '--data', dir, '--zeek', join(dir, 'dns.log')], io)
  await io.says('input-missing')
  writeFileSync(join(dir, 'ignore.txt'), 'bad name here\nexample.com\n@@||b.com^\n')
  io.hangUp()
  await io.says('not reloaded: the old ignore list stays')
  t.match(io.err(), /2 lines are refused.*ignore\.txt:1: .*ignore\.txt:3: /)
  writeFileSync(join(dir, 'ignore.txt'), '0.0.0.0 wikipedia.org\n')
  io.hangUp()
  await io.says('"reloaded"')
  writeFileSync(join(dir, 'dns.log'), zeekLog)
  await untilFile(join(dir, 'domainstats.log'), text => text.includes('kq3v9z7x1b.net'))
  io.stop()
  t.equal(await running, 0)
  t.notMatch(readFileSync(join(dir, 'domainstats.log'), 'utf8'), 'wikipedia.org')
})

void t.test('check', async t => {
  const dir = t.testdir({
    good: { 'domainstats.yaml': 'inputs:\n  - path: dns.log\n', 'dns.log': zeekLog },
    bad: { 'domainstats.yaml': 'inputs:\n  - sensor: dmz\nhold_secs: 3\n' },
    table: { 'domain_stats.yaml': 'freq_table: freqtable2018.freq\n' },
    list: { 'domainstats.yaml': 'ignore_file: ignore.txt\n', 'ignore.txt': `\x9b2J\n${'a b\n'.repeat(24)}` },
  })
  const check = async (name: string) => {
    const io = testIo()
    return {
      code: await runCommandLine(['check', '--data', join(dir, name)], io),
      out: io.out(),
      err: io.err(),
    }
  }
  const good = await check('good')
  t.equal(good.code, 0)
  t.match(good.out, /dns\.log: readable/)
  t.match(good.out, /\nok\n$/)
  const bad = await check('bad')
  t.equal(bad.code, 1)
  t.match(bad.err, /domainstats\.yaml:2: inputs\[0\]\.path: required/)
  t.match(bad.err, /domainstats\.yaml:3: hold_secs: unknown key\. Did you mean hold_seconds\?/)
  t.match((await check('table')).err, /freqtable2018\.freq: no such file/)
  const list = await check('list')
  t.equal(list.code, 1)
  const said = list.err.trimEnd().split('\n')
  t.match(said[0], /^domainstats: ignore_file: 25 lines are refused\. Correct or remove these lines:$/)
  t.match(said[1], /ignore\.txt:1: "\\u\{9b\}2J" is not a domain name/)
  t.match(said[2], /ignore\.txt:2: "a b" is several words: one name a line/)
  t.equal(said.length, 22)
  t.equal(said.at(-1), 'and 5 more')
  t.notMatch(list.err, /\x9b/)
})

void t.test('import reads the valid lines, and names the invalid ones', async t => {
  const dir = t.testdir({
    data: {},
    'list.csv':
      '# domain,created,expires\nexample.com,1995-08-14,2030-08-13\nno date here\nlan.local,2001-01-01,\n',
  })
  const io = testIo()
  t.equal(await runCommandLine(['import', join(dir, 'list.csv'), '--data', join(dir, 'data')], io), 0)
  t.match(io.err(), /list\.csv:3: not of the form domain,created,expires/)
  t.match(io.err(), /list\.csv:4: the domain is special-use/)
  t.match(io.err(), /1 registrations imported, 2 lines refused/)
  const none = testIo()
  t.equal(await runCommandLine(['import', '/no/such/list', '--data', join(dir, 'data')], none), 1)
  t.match(none.err(), /ENOENT/)
})

void t.test(
  'a data folder that cannot be written is told in one line',
  { skip: process.getuid?.() === 0 },
  async t => {
    const dir = t.testdir({ closed: {} })
    mkdirSync(join(dir, 'closed', 'data'))
    chmodSync(join(dir, 'closed', 'data'), 0o500)
    const io = testIo()
    t.equal(
      await runCommandLine(['run', '--once', '--data', join(dir, 'closed', 'data'), '--zeek', 'x'], io),
      1,
    )
    t.equal(io.err().split('\n').length, 2)
  },
)

void t.test('a scan whose reader leaves says that, and not that nothing was written', async t => {
  const io = testIo()
  const stop = new AbortController()
  const left = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  const stdout = new Writable({
    write: (piece: Buffer, _encoding, done) => done(piece.length > 0 ? left : null),
  })
  stdout.on('error', () => stop.abort())
  t.equal(
    await runCommandLine(['scan', '--no-lookup', 'samples/zeek/dns.log'], {
      ...io,
      stdout,
      signal: stop.signal,
    }),
    0,
  )
  t.match(
    io.err(),
    /^21 lines, 9 questions\nskipped: .*\nstopped before the end: nobody reads the output any more\n$/,
  )
})

void t.test('a scan that is stopped prints what it did until then', async t => {
  const [stdin, out, io] = [new PassThrough(), keep(), testIo()]
  const scanning = runCommandLine(['scan', '--no-lookup', '-'], { ...io, stdin, stdout: out.stream })
  stdin.write(zeekLog)
  await out.says('"query"')
  io.stop()
  t.equal(await scanning, 0, 'though its input has not ended')
  t.match(io.err(), /\nwritten: 7 .*\nalerts: .*\nskipped: .*\nstopped before the end: it was told to\n$/)
})

void t.test('a summary is broken at its commas where the terminal is narrow', async t => {
  const io = testIo()
  const terminal = { isTTY: true, columns: 40 }
  const [stdout, stderr] = [Object.assign(io.stdout, terminal), Object.assign(io.stderr, terminal)]
  t.equal(await runCommandLine(['scan', '--no-lookup', 'samples/zeek/dns.log'], { ...io, stdout, stderr }), 0)
  const lines = io.err().trimEnd().split('\n')
  t.ok(
    lines.every(line => line.length <= 40),
    io.err(),
  )
  t.match(lines.join(' ').replace(/ +/g, ' '), /1 special-use, 1 reverse-zone, 1 not-unicast-dns/)
})

void t.test('at a terminal the last line of a run that is stopped is a sentence', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'mode: "off"\n' })
  for (const isTTY of [true, false]) {
    const io = testIo()
    const stderr = Object.assign(io.stderr, { isTTY, columns: 80 })
    const running = runCommandLine(['run', '--data', dir, '--zeek', 'samples/zeek/dns.log'], {
      ...io,
      stderr,
    })
    await io.says(/input-opened/)
    io.stop()
    t.equal(await running, 0)
    const last = io.err().trimEnd().split('\n').at(-1) ?? ''
    if (isTTY)
      t.match(
        last,
        /^\d\d:\d\d:\d\d stopped: \d+ lines read with \d+ questions, \d+ skipped; \d+ records written with \d+ alerts$/,
      )
    else t.match(JSON.parse(last), { msg: 'stopped', counters: { lines: Number } })
  }
})
