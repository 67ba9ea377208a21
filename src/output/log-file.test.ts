import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { retryMs } from '../limits.js'
import type { Report } from '../telemetry/report.js'
import { handClock } from '../testing/hand-clock.js'
import { openLogFile } from './log-file.js'

const never = new AbortController().signal

const open = (t: Test, path = join(t.testdir(), 'deep', 'domainstats.log')) => {
  const reports: Report[] = []
  const clock = handClock(Date.UTC(2026, 10, 21))
  const telemetry = (report: Report) => void reports.push(report)
  const output = openLogFile({ path, durable: true, footer: () => '#close\n', clock, telemetry })
  t.teardown(() => output.close())
  /** One batch; gives whether a header was due. */
  const write = async (text: string): Promise<boolean> => {
    const { begins } = await output.place()
    await output.append(Buffer.from(text), never)
    return begins
  }
  return { path, output, clock, reports, write, text: (suffix = '') => readFileSync(path + suffix, 'utf8') }
}

void t.test('a new file and its folder are not readable by others', async t => {
  const { path, output, write } = open(t)
  t.equal(await write('one\n'), true)
  t.equal(await write('two\n'), false)
  t.equal(statSync(path).mode & 0o777 & ~0o640, 0)
  t.equal(statSync(join(path, '..')).mode & 0o777 & ~0o750, 0)
  const place = await output.place()
  t.match(place, { path, size: 8, tail: Buffer.from('one\ntwo\n') })
  t.same([output.isOurs(place.inode), output.isOurs('1:1')], [true, false])
})

void t.test('when the file is moved away, the old one gets a footer and the new one a header', async t => {
  const { path, output, write, text } = open(t)
  await write('one\n')
  const { inode } = await output.place()
  renameSync(path, `${path}.1`)
  t.equal(await write('two\n'), true)
  t.same([text('.1'), text()], ['one\n#close\n', 'two\n'])
  t.equal(output.isOurs(inode), false, 'its inode may soon be that of a sensor log')
})

void t.test('a file in which nothing was written gets no footer', async t => {
  const { path, output, write, text } = open(t)
  await output.place()
  renameSync(path, `${path}.1`)
  await write('one\n')
  t.same([text('.1'), text()], ['', 'one\n'])
})

void t.test('when the file is deleted, a new one is created', async t => {
  const { path, write, text } = open(t)
  await write('one\n')
  rmSync(path)
  t.equal(await write('two\n'), true)
  t.equal(text(), 'two\n')
})

void t.test(
  'when the file is truncated (copytruncate), writing goes on at its start, with a header',
  async t => {
    const { path, output, write, text } = open(t)
    await write('one\n')
    truncateSync(path, 0)
    t.match(await output.place(), { size: 0, begins: true })
    await write('two\n')
    t.equal(text(), 'two\n')
  },
)

void t.test('SIGHUP opens the file again, and changes nothing if it is the same one', async t => {
  const { path, output, write, text } = open(t)
  await write('one\n')
  output.reopen()
  t.equal(await write('two\n'), false)
  t.equal(text(), 'one\ntwo\n')
  renameSync(path, `${path}.1`)
  output.reopen()
  t.equal(await write('three\n'), true)
  t.same([text('.1'), text()], ['one\ntwo\n#close\n', 'three\n'])
})

void t.test('a file of an earlier run is continued below a new header', async t => {
  const { path, output, write, text } = open(t, join(t.testdir({ 'a.log': 'old\n' }), 'a.log'))
  t.equal(await write('new\n'), true)
  t.equal(await write('newer\n'), false)
  appendFileSync(path, 'x'.repeat(1000))
  t.match(await output.place(), { size: 1014, tail: Buffer.alloc(256, 'x') })
  t.match(text(), /^old\nnew\nnewer\nx/)
})

void t.test('when the new file cannot be opened, the old one stays in use, and nothing is lost', async t => {
  const { path, output, write, text } = open(t)
  await write('one\n')
  renameSync(path, `${path}.1`)
  mkdirSync(path)
  await t.rejects(output.place(), { code: 'EISDIR' })
  rmSync(path, { recursive: true })
  await write('two\n')
  t.same([text('.1'), text()], ['one\n#close\n', 'two\n'])
})

void t.test('a failed write is reported and retried, and given up only when the program ends', async t => {
  // Writing to /dev/full fails as a full disk does.
  const { output, clock, reports } = open(t, '/dev/full')
  const end = new AbortController()
  const done = output.append(Buffer.from('one\n'), end.signal)
  for (let i = 0; i < 3; i += 1) {
    while (reports.length <= i) await new Promise(resolve => setImmediate(resolve))
    clock.pass(retryMs)
  }
  end.abort()
  t.equal(await done, false)
  t.match(reports[2], { kind: 'output-stalled', path: '/dev/full', error: /ENOSPC/ })
})
