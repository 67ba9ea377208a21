/** A program runs as it is declared, and ends when it should, with all that it has started. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { commandComplaintBytes } from '../limits.js'
import { systemClock } from '../time/clock.js'
import { type ProgramOptions, runProgram } from './run.js'
import { gone, shellProgram } from './testing/commands.js'

const run = (argv: readonly string[], more: Partial<ProgramOptions> = {}, signal?: AbortSignal) =>
  runProgram(
    {
      ...{ argv, env: { PATH: '/usr/bin:/bin' }, cwd: '/', mergesStderr: false },
      ...{ timeoutMs: 20_000, outputBytesMax: 1_000_000, ...more },
    },
    systemClock,
    signal ?? new AbortController().signal,
  )

const program = (t: Test, ...lines: readonly string[]) => shellProgram(t.testdir(), 'program', ...lines)

void t.test('output, exit code and time', async t => {
  const { ms, output, ...rest } = await run([program(t, 'echo out; echo err >&2; exit 3')])
  t.same(rest, { exit: 3, signal: undefined, ended: undefined, complaint: 'err' })
  t.equal(output.toString(), 'out\n', 'stderr is dropped')
  t.ok(ms >= 0 && ms < 10_000)
  const merged = await run([program(t, 'echo err >&2')], { mergesStderr: true })
  t.equal(merged.output.toString(), 'err\n')
})

void t.test('of stderr the last line stays, however much was written', async t => {
  const lines = `printf 'usage\\n\\nsocket: not permitted \\r\\n\\n' >&2`
  t.equal((await run([program(t, lines)])).complaint, 'socket: not permitted')
  t.equal((await run([program(t, lines)], { mergesStderr: true })).complaint, 'socket: not permitted')
  t.equal((await run([program(t, 'echo out')])).complaint, '')
  const { complaint } = await run([program(t, `head -c 30000000 /dev/zero | tr '\\0' x >&2`)])
  t.equal(complaint, 'x'.repeat(commandComplaintBytes))
})

void t.test('the words are those given, without a shell, and nothing else is handed on', async t => {
  const words = ['$(id)', ';id', '`id`', '*', 'a b', '', '"', '$HOME', '>x', '\\']
  const dir = t.testdir()
  const { output } = await run([shellProgram(dir, 'p', `printf '<%s>' "$@"; cat; env; pwd`), ...words], {
    env: { PATH: '/usr/bin:/bin', A: 'b' },
    cwd: dir,
  })
  const [said = '', ...variables] = output.toString().split(/(?<=>)(?=[A-Z])|\n/)
  t.equal(said, words.map(word => `<${word}>`).join(''), 'stdin is empty: cat ends')
  t.equal(variables.at(-2), dir)
  // tap hands the last two on to each process that a test starts, and the shell sets the others itself.
  const notOurs = /^(?:PWD|OLDPWD|SHLVL|_|NODE_OPTIONS|_TAPJS_.*)$/
  const names = variables.slice(0, -2).map(line => line.replace(/=.*/s, ''))
  t.same(names.filter(name => !notOurs.test(name)).sort(), ['A', 'PATH'])
})

void t.test('a program that cannot be started', async t => {
  await t.rejects(run(['/nonexistent/program']), { code: 'ENOENT' })
  await t.rejects(run(['/etc/passwd']), { code: 'EACCES' })
  await t.rejects(run(['no-such-program-anywhere']), { code: 'ENOENT' })
})

void t.test('at the time limit it ends, and what it has written stays', async t => {
  const { ended, signal, exit, output, ms } = await run([program(t, 'echo begun; exec sleep 60')], {
    timeoutMs: 300,
  })
  t.same([ended, signal, exit, output.toString()], ['timeout', 'SIGTERM', undefined, 'begun\n'])
  t.ok(ms >= 250 && ms < 5_000, `${ms} ms`)
})

void t.test('one that ignores SIGTERM is killed', async t => {
  const ignoring = program(t, `trap '' TERM; echo $$; while :; do sleep 60; done`)
  const { ended, signal, output } = await run([ignoring], { timeoutMs: 200 })
  t.same([ended, signal], ['timeout', 'SIGKILL'])
  t.ok(await gone(Number(output.toString())))
})

void t.test('grandchildren end with it, also those that keep the output open', async t => {
  const dir = t.testdir()
  const hanging = `(trap '' TERM; sh -c 'trap "" TERM; echo $$ >>${join(dir, 'pids')}; sleep 60' & wait) & sleep 0.3`
  const parent = shellProgram(dir, 'parent', hanging, 'echo done')
  const { exit, ended, output, ms } = await run([parent])
  t.same([exit, ended, output.toString()], [0, undefined, 'done\n'])
  t.ok(ms < 10_000, `${ms} ms`)
  const pids = readFileSync(join(dir, 'pids'), 'utf8').trim().split('\n').map(Number)
  t.ok(pids.length > 0 && (await gone(...pids)))
})

void t.test('a program that left the group does not hold up its answer', async t => {
  const dir = t.testdir()
  const leaving = shellProgram(
    dir,
    'p',
    `setsid sh -c 'echo $$ >${join(dir, 'pid')}; sleep 60' & sleep 0.3; echo x`,
  )
  const { exit, output, ms } = await run([leaving])
  t.same([exit, output.toString()], [0, 'x\n'])
  t.ok(ms < 10_000, `${ms} ms`)
  process.kill(Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGKILL')
})

void t.test('a gigabyte of output ends at the limit', async t => {
  const before = process.memoryUsage().rss
  const { ended, output } = await run(['/usr/bin/head', '-c', '1000000000', '/dev/zero'], {
    outputBytesMax: 100_001,
  })
  t.same([ended, output.length], ['too-much-output', 100_001])
  t.ok(process.memoryUsage().rss - before < 200e6)
})

void t.test('an output of exactly the limit is whole', async t => {
  const { ended, output } = await run(['/usr/bin/head', '-c', '1000', '/dev/zero'], { outputBytesMax: 1000 })
  t.same([ended, output.length], [undefined, 1000])
})

void t.test('when the signal aborts, it is killed at once', async t => {
  const life = new AbortController()
  const dir = t.testdir()
  const file = join(dir, 'pid')
  const running = run([shellProgram(dir, 'p', `trap '' TERM; echo $$ >${file}; sleep 60`)], {}, life.signal)
  let pid = 0
  while (pid === 0) {
    await systemClock.sleep(10, new AbortController().signal)
    try {
      pid = Number(readFileSync(file, 'utf8'))
    } catch {
      // not yet
    }
  }
  life.abort()
  await t.rejects(running, { name: 'AbortError' })
  t.ok(await gone(pid))
  await t.rejects(run(['/bin/true'], {}, life.signal), { name: 'AbortError' })
})
