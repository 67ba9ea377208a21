/** The freq commands as a user types them. */
import { chmodSync, existsSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import yargs from 'yargs'
import { lineBytesMax, queryCharsMax, refusalsMax } from '../limits.js'
import { testIo, type TestIo } from '../testing/io.js'
import { sharedData } from '../testing/shared-data.js'
import { withFreq } from './command-line.js'
import { hideDash } from './flags.js'
import { UsageError } from './io.js'

/** Gives the exit code. */
const run = async (argv: readonly string[], io: TestIo): Promise<number> => {
  const parser = withFreq(yargs(hideDash(argv)), io)
    .strict()
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw message === null ? (error ?? new Error('failed')) : new UsageError(message)
    })
  try {
    await parser.parseAsync()
    return 0
  } catch (error) {
    io.stderr.write(error instanceof Error ? error.message : 'unknown')
    return error instanceof UsageError ? 2 : 1
  }
}

const freq = async (argv: readonly string[], stdin: string | Buffer = '') => {
  const io = testIo(stdin)
  const code = await run(['freq', ...argv], io)
  return { code, out: io.out(), err: io.err() }
}

const own = '[true, "", [["a", [["b", 3], ["c", 1]]]]]'
const ab = '{"name":"ab","freq_avg_prob":75,"freq_word_prob":75}\n'
const ac = '{"name":"ac","freq_avg_prob":25,"freq_word_prob":25}\n'

void t.test(
  'wrong usage gives exit code 2 and says what is wrong, and no file is made or changed',
  async t => {
    const dir = t.testdir({ 'own.freq': own })
    const [there, missing] = [join(dir, 'own.freq'), join(dir, 'no.freq')]
    const wrong: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
      [[], /Which freq command\?/],
      [['frobnicate'], /Unknown argument: frobnicate|Which freq command/],
      [['measure'], /Give names, or --file FILE, or - for standard input/],
      [['measure', 'a', '--file', 'b'], /Give names, or --file/],
      [['measure', 'x'.repeat(queryCharsMax + 1)], /Name 1 is longer than 1024 characters/],
      [['measure', 'x', '--table', 'a', '--table', 'b'], /--table is given twice/],
      [['train'], /Not enough non-option arguments/],
      [['train', there], /Nothing to train on/],
      [['train', missing, '--text', 'x'], /no\.freq: no such file\. --create makes one/],
      [['train', there, '--create'], /own\.freq is there already/],
      [['train', there, '--text', 'x', '--exclude', '_'], /need --create/],
      [['train', there, '--text', 'x', '--case-sensitive'], /need --create/],
      [['train', there, '--text', 'x', '--text', 'y'], /--text is given twice/],
      ...['0', '-1', '1.5', 'many', '', '1e99'].map(
        weight => [['train', there, '--text', 'x', `--weight=${weight}`], /--weight|weight/] as const,
      ),
      [['print'], /Not enough non-option arguments/],
    ]
    for (const [argv, message] of wrong) {
      const { code, out, err } = await freq(argv)
      t.equal(code, 2, argv.join(' ').slice(0, 80))
      t.match(err, message)
      t.equal(out, '')
    }
    t.equal(readFileSync(there, 'utf8'), own)
    t.notOk(existsSync(missing))
  },
)

void t.test('names are measured from the command line, a file and standard input', async t => {
  const dir = t.testdir({ 'own.freq': own, 'names.txt': 'ab\r\n\nac' })
  const table = ['--table', join(dir, 'own.freq')]
  const expected = { code: 0, out: ab + ac, err: '' }
  t.same(await freq(['measure', 'ab', 'ac', ...table]), expected)
  t.same(await freq(['measure', '--file', join(dir, 'names.txt'), ...table]), expected)
  t.same(await freq(['measure', '-', ...table], 'ab\n\r\nac\n'), expected)
  t.same(await freq(['measure', '--file', '-', ...table], '\ufeffab\nac'), expected)
  t.match(await freq(['measure', ...table, '--', '-ab', '--file', '1e3']), {
    code: 0,
    out: /"-ab".*\n.*"--file".*\n.*"1e3"/,
  })
  t.equal(readFileSync(join(dir, 'own.freq'), 'utf8'), own, 'what is measured leaves no trace in the table')
})

void t.test('the table is the one named, or that of the data folder, or the built-in one', async t => {
  const dir = t.testdir({ data: { 'domainstats.yaml': 'freq_table: own.freq\n', 'own.freq': own } })
  const builtIn = await freq(['measure', 'ab'])
  t.not(builtIn.out, ab)
  t.equal((await freq(['measure', 'ab', '--data', join(dir, 'data')])).out, ab)
  t.same(await freq(['measure', 'ab', '--data', join(dir, 'data'), '--table', 'built-in']), builtIn)
  t.match(await freq(['measure', 'ab', '--table', join(dir, 'no')]), {
    code: 1,
    err: /no: no such file/,
    out: '',
  })
  t.match(await freq(['measure', '--file', join(dir, 'no')]), { code: 1, err: /ENOENT/, out: '' })
})

void t.test('freqtable2018 gives the scores of freq.py', async t => {
  const table = sharedData(t, 'freq/freqtable2018.freq')
  if (!table) return
  const vectors: readonly (readonly [string, number, number])[] = [
    ['google.com', 6.6009, 5.0887],
    ['example.com', 6.8439, 4.6017],
    ['xkcd.com', 3.9377, 5.3836],
    ['kq3v9z7x1b.net', 0.9356, 3.9538],
    ['a.co', 6.5078, 4.3092],
    ['1.co', 7.1873, 14.3811],
    ['xn--bcher-kva.de', 7.5606, 11.1649],
    ['amazonaws.com', 6.4894, 4.9541],
    ['', 0, 0],
  ]
  const { out } = await freq(['measure', '--table', table, ...vectors.map(([name]) => name)])
  const lines = vectors.map(
    ([name, a, w]) => `{"name":"${name}","freq_avg_prob":${a},"freq_word_prob":${w}}\n`,
  )
  t.equal(out, lines.join(''))
})

void t.test('on a terminal scores are a table with straight columns', async t => {
  const dir = t.testdir({ 'own.freq': own })
  const io = testIo()
  const stdout = Object.assign(io.stdout, { isTTY: true })
  const argv = ['freq', 'measure', 'ab', 'a\u001b[2Jb', '--table', join(dir, 'own.freq')]
  t.equal(await run(argv, { ...io, stdout }), 0)
  t.equal(
    io.out(),
    [
      '  AVERAGE       WORD  NAME\n',
      '  75.0000    75.0000  ab\n',
      '   0.0000     0.0000  a\\u001b[2Jb\n',
    ].join(''),
  )
})

void t.test('hostile names stay on one line, and names that are too long are reported', async t => {
  const dir = t.testdir({ 'own.freq': own })
  const table = ['--table', join(dir, 'own.freq')]
  const longest = 'x'.repeat(queryCharsMax)
  const names = [
    'a\0b',
    'm\u00fcnchen\u202e',
    '\u{1f600}',
    'x'.repeat(64 * 1024),
    longest,
    `${longest}y`,
    'ab',
  ]
  const { code, out, err } = await freq(['measure', '-', ...table], names.join('\r\n'))
  t.equal(code, 0)
  t.match(out, /^[ -~\u00fc\u{1f600}\n]*$/u)
  const read = out.trimEnd().split('\n')
  t.same(
    read.map(line => (JSON.parse(line) as { name: string }).name),
    [names[0], names[1], names[2], longest, 'ab'],
  )
  t.match(
    err,
    /^-:4: longer than 1024 characters\n-:6: longer .*\n2 names were too long and are not measured\n$/,
  )
  const flood = await freq(['measure', '-', ...table], `${longest}yz\n`.repeat(refusalsMax + 90))
  t.equal(flood.err.split('\n').length, refusalsMax + 2)
  t.match(flood.err, /100 names were too long/)
  t.match(await freq(['measure', '-', ...table], Buffer.of(0x61, 0xff, 0x62)), { out: /"a\ufffdb"/ })
  t.match(await freq(['measure', 'a\nb', ...table]), { out: /^\{"name":"a\\nb".*\}\n$/ })
})

void t.test('a table is made, trained and measured with', async t => {
  const dir = t.testdir({ 'text.txt': 'ab\r\nabc\n' })
  const table = join(dir, 'new.freq')
  const made = await freq(['train', table, '--create', '--text', 'ab', '--file', join(dir, 'text.txt')])
  t.same(made, { code: 0, out: '', err: `${table}: 2 lines read, 4 pairs counted, 2 new to the table\n` })
  const ignored = '"\\n\\t~`!@#$%^&*()_+-"'
  t.equal(readFileSync(table, 'utf8'), `[true, ${ignored}, [["a", [["b", 3]]], ["b", [["c", 1]]]]]`)
  const more = await freq(['train', table, '--file', '-', '--weight', '2'], 'ac')
  t.match(more, { code: 0, err: /1 lines read, 1 pairs counted, each as 2, 1 new to the table/ })
  t.equal(readFileSync(table, 'utf8'), `[true, ${ignored}, [["a", [["b", 3], ["c", 2]]], ["b", [["c", 1]]]]]`)
  t.match(await freq(['measure', 'ab', '--table', table]), { out: /"freq_avg_prob":60,/ })
  t.same(await freq(['print', table]), {
    ...{ code: 0, err: '' },
    out: `ignores case: yes\nignored characters: ${ignored}\n"a" 5: "b" 3, "c" 2\n"b" 1: "c" 1\n`,
  })
})

void t.test('a new table takes its options', async t => {
  const dir = t.testdir({})
  const made: readonly (readonly [flags: readonly string[], text: string])[] = [
    [['--exclude', '_'], '[true, "_", []]'],
    [['--exclude', '-'], '[true, "-", []]'],
    [['--exclude=-_'], '[true, "-_", []]'],
    [['--exclude=', '--case-sensitive'], '[false, "", []]'],
    [['--exclude=', '--text', '-'], '[true, "", []]'],
    [['--exclude=', '--text', 'a\nb\u{1f600}'], '[true, "", [["b", [["\\ud83d\\ude00", 1]]]]]'],
    [['--exclude=', '--text', '"\0'], '[true, "", [["\\"", [["\\u0000", 1]]]]]'],
  ]
  for (const [index, [flags, text]] of made.entries()) {
    const table = join(dir, `${index}.freq`)
    t.match(await freq(['train', table, '--create', ...flags]), { code: 0 }, flags.join(' '))
    t.equal(readFileSync(table, 'latin1'), text)
  }
})

void t.test('freqtable2018 is trained and keeps its form', async t => {
  const path = sharedData(t, 'freq/freqtable2018.freq')
  if (!path) return
  const before = readFileSync(path, 'latin1').trimEnd()
  const dir = t.testdir({ 'copy.freq': before })
  const table = join(dir, 'copy.freq')
  t.equal((await freq(['train', table, '--text', 'x'])).code, 0)
  t.equal(readFileSync(table, 'latin1'), before, 'one letter is no pair')
  t.equal((await freq(['train', table, '--text', 'kq', '--weight', '7'])).code, 0)
  t.not(readFileSync(table, 'latin1'), before)
  t.equal(readFileSync(table, 'latin1').length - before.length < 10, true)
})

void t.test('mode and link of a table stay', async t => {
  const dir = t.testdir({ 'own.freq': own })
  chmodSync(join(dir, 'own.freq'), 0o604)
  symlinkSync('own.freq', join(dir, 'link.freq'))
  t.equal((await freq(['train', join(dir, 'link.freq'), '--text', 'ab'])).code, 0)
  t.ok(lstatSync(join(dir, 'link.freq')).isSymbolicLink())
  t.equal(statSync(join(dir, 'own.freq')).mode & 0o7777, 0o604)
  t.match(readFileSync(join(dir, 'own.freq'), 'utf8'), '["b", 4]')
})

void t.test('a training that fails leaves the table as it was, and nothing beside it', async t => {
  const dir = t.testdir({ 'own.freq': own, 'broken.freq': '[true' })
  const table = join(dir, 'own.freq')
  const failing: readonly (readonly [argv: readonly string[], stdin: string, message: RegExp])[] = [
    [[table, '--file', join(dir, 'no')], '', /ENOENT/],
    [[table, '--file', dir], '', /EISDIR/],
    [[table, '--text', 'ab', '--weight', '9e12'], '', /would be no table any more: .*add up to more than/],
    [[join(dir, 'broken.freq'), '--text', 'ab'], '', /not a freq table/],
    [[dir, '--text', 'ab'], '', /not a regular file/],
    [[join(dir, 'no', 'x.freq'), '--create'], '', /ENOENT/],
  ]
  for (const [argv, stdin, message] of failing) {
    const { code, err } = await freq(['train', ...argv], stdin)
    t.equal(code, 1, argv.join(' '))
    t.match(err, message)
  }
  t.equal(readFileSync(table, 'utf8'), own)
  for (const path of [table, join(dir, 'broken.freq'), dir]) t.notOk(existsSync(`${path}.new`))
})

void t.test('a line that is too long is skipped and reported', async t => {
  const dir = t.testdir({ 'own.freq': own })
  const text = `ab\n${'ac'.repeat(lineBytesMax / 2)}d\nab\n${'ac'.repeat(lineBytesMax)}`
  const { code, err } = await freq(['train', join(dir, 'own.freq'), '--file', '-'], text)
  t.equal(code, 0)
  t.match(err, /4 lines read, 2 pairs counted, 0 new to the table; 2 lines too long and passed over/)
})

void t.test('one training at a time', async t => {
  const dir = t.testdir({ 'own.freq': own, 'own.freq.new': '' })
  const { code, err } = await freq(['train', join(dir, 'own.freq'), '--text', 'ab'])
  t.equal(code, 1)
  t.match(err, /own\.freq\.new is there: the table is being trained, or a training was killed/)
  t.equal(readFileSync(join(dir, 'own.freq'), 'utf8'), own)
  t.ok(existsSync(join(dir, 'own.freq.new')), 'it belongs to the other one')
})

void t.test('SIGTERM ends a training without a trace, and a measuring in good order', async t => {
  const dir = t.testdir({ 'own.freq': own })
  writeFileSync(join(dir, 'names.txt'), 'ab\n')
  for (const [command, code] of [
    [['train', join(dir, 'own.freq')], 1],
    [['measure', '--table', join(dir, 'own.freq')], 0],
  ] as const) {
    const io = testIo()
    io.stop()
    t.equal(await run(['freq', ...command, '--file', join(dir, 'names.txt')], io), code)
    t.equal(io.out(), '')
  }
  t.equal(readFileSync(join(dir, 'own.freq'), 'utf8'), own)
  t.notOk(existsSync(join(dir, 'own.freq.new')))
})

void t.test('the built-in table is printed, most frequent letters first', async t => {
  const { code, out } = await freq(['print', 'built-in'])
  t.equal(code, 0)
  const lines = out.trimEnd().split('\n')
  t.match(lines[0], 'ignores case: yes')
  const q = lines.find(line => line.startsWith('"q"')) ?? ''
  t.match(q, /^"q" \d+: "u" \d+, /)
  t.match(out, /^[ -~\n]*$/)
})

void t.test('a hostile table is printed in printable characters', async t => {
  const dir = t.testdir({
    'evil.freq': '[false, "\\u001b[2J", [["\\n\\u202e", [["\\u0007", 1]]], ["\\"", []]]]',
  })
  const { out } = await freq(['print', join(dir, 'evil.freq')])
  t.equal(out, 'ignores case: no\nignored characters: "\\u001b[2J"\n"\\n\\u202e" 1: "\\u0007" 1\n"\\"" 0:\n')
})
