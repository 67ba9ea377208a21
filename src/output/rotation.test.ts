import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { Report } from '../telemetry/report.js'
import { handClock } from '../testing/hand-clock.js'
import { openLogFile } from './log-file.js'
import { isDue, Rotation, ruleOf, type RotationRule } from './rotation.js'

const never = new AbortController().signal
const evening = Date.UTC(2026, 10, 26, 23, 59, 58)
const day = 24 * 3_600_000

const open = (t: Test, rule: RotationRule, keep = 3, dir = t.testdir()) => {
  const reports: Report[] = []
  const telemetry = (report: Report) => void reports.push(report)
  const path = join(dir, 'domainstats.log')
  const clock = handClock(evening)
  const rotation = new Rotation({ path, rule, keep, telemetry, signal: never })
  const output = openLogFile({ path, durable: false, footer: () => '#close\n', rotation, clock, telemetry })
  t.teardown(() => output.close())
  /** One batch; the log's time is that of the clock, as it would be. */
  const write = async (text: string): Promise<boolean> => {
    const { begins } = await output.place()
    await output.append(Buffer.from(text), never)
    utimesSync(path, clock.now() / 1000, clock.now() / 1000)
    return begins
  }
  const files = () => readdirSync(dir).sort()
  const read = (name: string) => {
    const bytes = readFileSync(join(dir, name))
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  }
  return { path, output, rotation, clock, reports, write, files, read }
}

const rules: [string, RotationRule | undefined][] = [
  ['never', undefined],
  ['daily', 'daily'],
  ['10KB', { bytes: 10_240 }],
  ['100 mb', { bytes: 104_857_600 }],
  ['2GB', { bytes: 2_147_483_648 }],
]

void t.test('the setting rotate is daily, a size, or never', t => {
  for (const [text, rule] of rules) t.same(ruleOf(text), rule, text)
  t.end()
})

void t.test('an empty log is never rotated', t => {
  t.equal(isDue('daily', { size: 0, mtimeMs: evening }, evening + 9 * day), false)
  t.equal(isDue('daily', { size: 1, mtimeMs: evening + day }, evening), false, 'the clock was set back')
  t.end()
})

void t.test(
  'the first record of a day begins a new log; the one before is compressed at the next rotation',
  async t => {
    const { output, clock, reports, write, files, read } = open(t, 'daily')
    for (const text of ['one\n', 'two\n']) await write(text)
    clock.pass(5_000)
    t.equal(await write('three\n'), true, 'a header is due')
    t.same(files(), ['domainstats.log', 'domainstats.log-20261127-000003'])
    t.same(
      [read('domainstats.log'), read('domainstats.log-20261127-000003')],
      ['three\n', 'one\ntwo\n#close\n'],
    )
    clock.pass(day)
    await write('four\n')
    await output.close()
    t.same(files(), [
      ...['domainstats.log', 'domainstats.log-20261127-000003.gz', 'domainstats.log-20261128-000003'],
    ])
    t.equal(read('domainstats.log-20261127-000003.gz'), 'one\ntwo\n#close\n')
    t.equal(reports.filter(({ kind }) => kind === 'output-rotated').length, 2)
  },
)

void t.test('only so many rotated logs are kept, and no other file is touched', async t => {
  const dir = t.testdir()
  const others = ['domainstats.log.1', 'domainstats.log-20261101', 'domainstats.log-notes', 'other.log']
  for (const name of others) writeFileSync(join(dir, name), name)
  const { output, clock, write, files } = open(t, { bytes: 4 }, 2, dir)
  for (let i = 0; i < 6; i += 1) {
    await write(`${i}234\n`)
    clock.pass(1000)
  }
  await output.close()
  t.same(
    files().filter(name => !others.includes(name)),
    ['domainstats.log', 'domainstats.log-20261127-000002.gz', 'domainstats.log-20261127-000003'],
  )
  for (const name of others) t.ok(files().includes(name), name)
})

void t.test('two rotations in one second do not overwrite a log', async t => {
  const { write, files, read } = open(t, { bytes: 4 })
  for (const text of ['aaaa\n', 'bbbb\n', 'cccc\n']) await write(text)
  t.same(files(), ['domainstats.log', 'domainstats.log-20261126-235958'])
  t.equal(read('domainstats.log'), 'bbbb\ncccc\n')
})

void t.test(
  'after the clock is set back no archive is overwritten, and the log rotated last is not compressed',
  async t => {
    const { output, clock, write, files, read } = open(t, { bytes: 4 }, 9)
    const step = async (text: string, ms: number) => {
      await write(text)
      clock.pass(ms)
    }
    await step('aaaa\n', 1000)
    await step('bbbb\n', 1000)
    await step('cccc\n', 1000)
    await step('dddd\n', -2000)
    await output.close()
    t.ok(files().includes('domainstats.log-20261126-235959.gz'))
    await step('eeee\n', -1000)
    await step('ffff\n', 0)
    await output.close()
    t.same(read('domainstats.log-20261126-235959.gz'), 'aaaa\n#close\n', 'the name was taken')
    t.ok(files().includes('domainstats.log-20261126-235958'), 'older by its name, and left last')
  },
)

void t.test('an archive that a crash left incomplete is made again', async t => {
  const dir = t.testdir({
    ...{ 'domainstats.log-20261124-000000': 'old\n', 'domainstats.log-20261124-000000.packing': 'half' },
    'domainstats.log-20261125-000000': 'latest\n',
  })
  const { rotation, files, read } = open(t, 'daily', 3, dir)
  rotation.tidy()
  await rotation.close()
  t.same(files(), ['domainstats.log-20261124-000000.gz', 'domainstats.log-20261125-000000'])
  t.equal(read('domainstats.log-20261124-000000.gz'), 'old\n')
})

void t.test('a log that cannot be renamed grows on, which is reported once', async t => {
  const reports: Report[] = []
  const telemetry = (report: Report) => void reports.push(report)
  const path = join(import.meta.filename, 'domainstats.log')
  const rotation = new Rotation({ path, rule: { bytes: 1 }, keep: 1, telemetry, signal: never })
  for (const now of [evening, evening + 1000]) await rotation.rotate({ size: 9, mtimeMs: now }, now)
  t.match(reports, [{ kind: 'output-not-rotated', path, error: /ENOTDIR/ }])
  t.equal(reports.length, 1)
})
