/**
 * Runs the tests: each file in a process of its own, several at a time, as one stream of TAP. On a terminal `tap` formats it.
 *
 * The `tap` command would do the same, but it starts each process, and each process that a test starts, with a loader that
 * collects coverage. That loader costs a second of CPU time, which is more than most tests take.
 *
 * Usage: node build/src/testing/suite.js [--long] [FILE…]
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import t from 'tap'
import { globSync } from 'tinyglobby'

const build = resolve(import.meta.dirname, '..')
const { values, positionals } = parseArgs({ allowPositionals: true, options: { long: { type: 'boolean' } } })

/** Long enough for the slowest file on a loaded machine. A test that hangs is ended and reported. */
const timeoutMs = values.long ? 600_000 : 240_000

const isLong = (file: string): boolean => file.endsWith('.long.test.js')

const files =
  positionals.length > 0
    ? positionals.map(file => resolve(file))
    : globSync('**/*.test.js', { cwd: build, absolute: true })
        .filter(file => isLong(file) === (values.long ?? false))
        .sort()

if (process.stdout.isTTY) {
  const { stdin } = spawn('node_modules/.bin/tap', ['-'], { stdio: ['pipe', 'inherit', 'inherit'] })
  t.pipe(stdin)
}
// Only each file has a time limit, not all together.
t.setTimeout(0)
// Tests that start daemons mostly wait, so one process more than processors keeps all of these busy.
t.jobs = availableParallelism() + 1
const runs = files.map(file =>
  t.spawn(process.execPath, ['--enable-source-maps', '--disable-warning=ExperimentalWarning', file], {
    // The time limit of each test in the file, in seconds.
    env: { ...process.env, TAP_TIMEOUT: String(timeoutMs / 1000) },
    name: relative(build, file),
    timeout: timeoutMs,
    buffered: true,
  }),
)
await Promise.all(runs)
t.end()
