/**
 * Runs the tests: some files in one process, several processes at a time, as one stream of TAP. On a terminal tap
 * shows it.
 *
 * The `tap` command starts a process for each file, and each process that a test starts, with a loader that collects
 * coverage. That costs more than most tests take.
 *
 * Usage: node build/src/testing/suite.js [--long] [--failed | FILE…]; --failed: those of the last run that failed
 */
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import t from 'tap'
import { globSync } from 'tinyglobby'

const build = resolve(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean' }, failed: { type: 'boolean' } },
})
/** Holds the files of the last run that failed, one a line. */
const failedPath = join(dirname(build), '.failed')

/** Long enough for the slowest process on a loaded machine. A test that hangs is ended and reported. */
const timeoutMs = values.long ? 1_500_000 : 240_000

/** Long tests kill, flood and time out: each has a process of its own. */
const filesPerProcess = values.long ? 1 : 8

const isLong = (file: string): boolean => file.endsWith('.long.test.js')

const allFiles = (): string[] =>
  globSync('**/*.test.js', { cwd: build, absolute: true })
    .filter(file => isLong(file) === (values.long ?? false))
    .sort()
const failedBefore = (): string[] => readFileSync(failedPath, 'utf8').split('\n').filter(Boolean)
const given = positionals.map(file => resolve(file))
const files = values.failed ? failedBefore() : given.length > 0 ? given : allFiles()

/** The files of a folder, in parts that take about as long as each other. */
const partsOf = (folder: string) => {
  const inFolder = files.filter(file => dirname(file) === folder)
  const count = Math.ceil(inFolder.length / filesPerProcess)
  return Array.from({ length: count }, (_, part) => {
    const own = inFolder.filter((_, at) => at % count === part)
    const name = own.length === 1 ? own.join() : `${folder}-${part + 1}`
    return { name: relative(dirname(build), name), files: own }
  })
}

const parts = [...new Set(files.map(file => dirname(file)))].flatMap(partsOf)

if (process.stdout.isTTY) {
  const { stdin } = spawn('node_modules/.bin/tap', ['-'], { stdio: ['pipe', 'inherit', 'inherit'] })
  t.pipe(stdin)
}
interface Failure {
  readonly fullname: string
  readonly diag: unknown
}
/** Of tests within tests, the innermost come first. */
const failures: Failure[] = []
const watch = (parser: typeof t.parser): void => {
  parser.on('child', watch)
  parser.on('fail', (failure: Failure) => {
    const holdsAnother = failures.some(({ fullname }) => fullname.startsWith(`${failure.fullname} > `))
    if (!holdsAnother) failures.push(failure)
  })
}
t.on('subtestAdd', test => {
  watch(test.parser)
})
// Only each process has a time limit, not all together.
t.setTimeout(0)
// Tests that start daemons mostly wait, long ones even more: more processes than processors keep all of these busy.
t.jobs = values.failed ? 1 : availableParallelism() + (values.long ? 2 : 1)
/** Those beside the rooms make packages and an image, which takes longest. */
const isOfAll = ({ name }: { readonly name: string }): boolean => dirname(name) === 'src'
// Backwards, because the slowest rooms come last in the alphabet: none of them runs on alone at the end.
const order = [...parts].reverse().sort((a, b) => Number(isOfAll(b)) - Number(isOfAll(a)))
const runs = order.map(({ name, files }) =>
  t.spawn(
    process.execPath,
    [
      ...['--enable-source-maps', '--disable-warning=ExperimentalWarning'],
      ...[join(import.meta.dirname, 'some-files.js'), name, ...files],
    ],
    {
      // The time limit of each test in it, in seconds.
      env: { ...process.env, TAP_TIMEOUT: String(timeoutMs / 1000) },
      name,
      timeout: timeoutMs,
      buffered: true,
    },
  ),
)
const results = await Promise.all(runs)
t.end()
const failedFiles = order.filter((_, at) => results[at]?.ok !== true).flatMap(part => part.files)
writeFileSync(failedPath, failedFiles.join('\n'))
// Once more at the end: of a long output often only that is read, or kept.
for (const { fullname, diag } of failures) {
  process.stderr.write(`failed: ${fullname}\n${JSON.stringify(diag, null, 2).slice(0, 2_000)}\n`)
}
