/**
 * A log is truncated in place while its sensor writes on at the old offset: before the next line lies a hole, which
 * reads as NULs. It is no part of that line, however long it is, and whenever we die in it.
 */
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { memoryUsage } from 'node:process'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { lateLinesMs, lineBytesMax, replayBytesMax } from '../limits.js'
import { begun } from './testing/begun.js'
import { Follower, inputOf } from './testing/follower.js'
import { lookOn } from './testing/look-on.js'

/** Writes at its own offset, wherever the file ends by now. */
const penAt = (t: Test, path: string, offset: number) => {
  const descriptor = openSync(path, 'r+')
  t.teardown(() => closeSync(descriptor))
  return (text: string) => {
    offset += writeSync(descriptor, text, offset)
  }
}

/** As logrotate does it. */
const copytruncate = (log: string, copy: string): void => {
  copyFileSync(log, copy)
  truncateSync(log)
}

const appended = (path: string) => (text: string) => {
  appendFileSync(path, text)
}

const offsets = (follower: Follower): number[] =>
  follower.chunks.filter(({ bytes }) => bytes.length > 0).map(({ offset }) => offset)

/** Lines of so many bytes together. */
const linesOf = (bytes: number): string =>
  'x'.repeat(bytes).replace(/x{1,1000}/g, line => `${line.slice(1)}\n`)

for (const hole of [6, 1023, 1024, 10_000, lineBytesMax - 1, lineBytesMax + 1, 3_600_000])
  void t.test(`a hole of ${hole} bytes, in each kind of input and life`, async t => {
    for (const pattern of ['dns.log', '', '*.log'])
      for (const whileDown of [false, true]) {
        const { log, old, follower } = await begun(t, pattern, linesOf(hole))
        const write = penAt(t, log, hole)
        copytruncate(log, old)
        write('b1\nb2\n')
        if (whileDown) await follower.restart()
        follower.chunks = []
        t.same(await follower.lookAndRead(), ['b1', 'b2'])
        t.same(offsets(follower), [hole], 'the line begins behind the hole')
        t.equal(
          follower.chunks.reduce((sum, { tooLong }) => sum + tooLong, 0),
          0,
        )
        write('b3\n')
        t.same(await follower.lookAndRead(), ['b3'])
        await follower.restart()
        t.same(await follower.lookAndRead(), [])
        copytruncate(log, `${log}.2`)
        write('c1\n')
        t.same(await follower.lookAndRead(), ['c1'], 'truncated once more')
        t.same(await lookOn(follower, 0, 2 * lateLinesMs), [])
      }
  })

void t.test('after a kill in the middle of a hole the line has the same offset as without', async t => {
  for (const dies of [false, true]) {
    const { log, old, follower } = await begun(t)
    const write = penAt(t, log, 2_000_000)
    copytruncate(log, old)
    write('b1')
    t.same(await follower.lookAndRead(), [])
    if (dies) await follower.restart()
    t.same(await follower.lookAndRead(), [])
    write(' is whole\n')
    follower.chunks = []
    t.same(await follower.lookAndRead(), ['b1 is whole'])
    t.same(offsets(follower), [2_000_000])
    await follower.restart()
    t.same(await follower.lookAndRead(), [])
  }
})

void t.test('a hole in the middle of a log, as in concatenated logs, is skipped', async t => {
  const hole = Buffer.alloc(2 * lineBytesMax)
  const content = Buffer.concat([Buffer.from('a1\n'), hole, Buffer.from('b1\n\0\0b2\n\0\0\n'), hole])
  for (const name of ['dns.log', 'dns.log.gz']) {
    const path = join(t.testdir({}), name)
    writeFileSync(path, name.endsWith('.gz') ? gzipSync(content) : content)
    const follower = new Follower(path)
    t.same(await follower.lookAndRead(), ['a1', 'b1', '\0\0b2', '\0\0'], 'small ones are left to the parser')
    await follower.restart()
    t.same(await follower.lookAndRead(), [])
    await follower.stop()
  }
})

void t.test(
  'several logs with holes, none of which was read before: each is read, and no copy of one',
  async t => {
    const { log, follower } = await begun(t)
    const write = penAt(t, log, 6)
    const now = Date.now() / 1000
    const big = (letter: string) => `${letter.repeat(100_000)}\n`
    copytruncate(log, `${log}.4`)
    write(`${big('b')}b1\n`)
    copytruncate(log, `${log}.3`)
    write(`${big('c')}c1\n`)
    copytruncate(log, `${log}.2`)
    write('d1\n')
    writeFileSync(`${log}.1.gz`, gzipSync(readFileSync(log)))
    truncateSync(log)
    write('e1\n')
    // The clock of the file system is coarse, and this test is fast.
    for (const [second, name] of ['.4', '.3', '.2', '.1.gz', ''].entries())
      utimesSync(log + name, now + second, now + second)
    await follower.restart()
    const short = (lines: string[]) => lines.filter(line => line.length < 10)
    t.same(short(await follower.lookAndRead()), ['b1', 'c1', 'd1', 'e1'])
    await follower.restart()
    t.same(await follower.lookAndRead(), [])
  },
)

void t.test(
  'of two logs with holes in one input, the shorter one does not wait for the longer one',
  async t => {
    const dir = t.testdir({ 'eve.1.json': 'a1\n', 'eve.2.json': 'b1\n' })
    const [one, two] = [join(dir, 'eve.1.json'), join(dir, 'eve.2.json')]
    const follower = new Follower(dir)
    t.teardown(() => follower.stop())
    t.same((await follower.lookAndRead()).sort(), ['a1', 'b1'])
    truncateSync(one)
    penAt(t, one, 500_000)('a2\n')
    t.same(await follower.lookAndRead(), ['a2'])
    truncateSync(two)
    penAt(t, two, 300_000)('b2\n')
    t.same(await follower.lookAndRead(), ['b2'])
  },
)

void t.test('an unfinished copy of a log with a hole is not read as a log of its own', async t => {
  const { log, old, follower } = await begun(t, '')
  const write = penAt(t, log, 400_000)
  truncateSync(log)
  write('b1\nb2\n')
  t.same(await follower.lookAndRead(), ['b1', 'b2'])
  const whole = readFileSync(log)
  for (const length of [1, 1024, 399_999, 400_000, 400_002, 400_003]) {
    writeFileSync(old, whole.subarray(0, length))
    t.same(await follower.lookAndRead(), [], `${length} bytes`)
  }
  write('b3\n')
  writeFileSync(old, readFileSync(log))
  truncateSync(log)
  write('c1\n')
  t.same(await follower.lookAndRead(), ['b3', 'c1'])
})

void t.test(
  'grown past what was read before anybody looked: known by its content, not by its size',
  async t => {
    for (const whileDown of [false, true])
      for (const isAppended of [false, true]) {
        const { log, old, follower } = await begun(t)
        appendFileSync(log, 'a3\n')
        const write = penAt(t, log, 9)
        copytruncate(log, old)
        const lines = Array.from({ length: 50 }, (_, at) => `b${at}`)
        const text = `${lines.join('\n')}\n`
        if (isAppended) appendFileSync(log, text)
        else write(text)
        if (whileDown) await follower.restart()
        t.same(await follower.lookAndRead(), ['a3', ...lines])
      }
  },
)

void t.test('a log with a hole that is followed from its end continues there', async t => {
  const dir = t.testdir({})
  const log = join(dir, 'dns.log')
  writeFileSync(log, `${'\0'.repeat(5000)}a1\na2\nhalf`)
  const follower = new Follower(inputOf(log, { start: 'end' }))
  t.teardown(() => follower.stop())
  t.same(await follower.lookAndRead(), [])
  appendFileSync(log, ' a3\n')
  t.same(await follower.lookAndRead(), ['half a3'])
  await follower.restart()
  t.same(await follower.lookAndRead(), [])
  mkdirSync(join(dir, '1970-01-01'))
  renameSync(log, join(dir, '1970-01-01', 'dns.00:00:00-01:00:00.log'))
  t.same(await follower.lookAndRead(), [])
})

void t.test('after a restart the line behind a hole is among the replayed lines', async t => {
  const { log, follower } = await begun(t)
  const write = penAt(t, log, 2 * replayBytesMax)
  truncateSync(log)
  write('b1\nb2\n')
  t.same(await follower.lookAndRead(), ['b1', 'b2'])
  await follower.restart()
  write('b3\n')
  t.same(await follower.lookAndRead(), ['b3'])
  t.same(
    follower.chunks.map(({ before }) => before.toString()),
    ['b1\nb2\n'],
  )
})

void t.test(
  'a log that is copied and truncated in the middle of a look, behind a hole, is read once',
  async t => {
    const { log, old, follower } = await begun(t)
    const write = penAt(t, log, 6)
    copytruncate(log, old)
    t.same(await follower.lookAndRead(), [])
    write('b1\n')
    copytruncate(log, `${log}.2`)
    write('c1\n')
    // The clock of the file system is coarse, and this test is fast.
    const now = Date.now() / 1000
    utimesSync(`${log}.2`, now + 1, now + 1)
    utimesSync(log, now + 2, now + 2)
    follower.onReport = () => {
      follower.onReport = () => undefined
      copytruncate(log, `${log}.3`)
      utimesSync(`${log}.3`, now + 3, now + 3)
      write('d1\n')
      utimesSync(log, now + 4, now + 4)
    }
    const lines = [...(await follower.lookAndRead()), ...(await follower.lookAndRead())]
    t.same(lines.sort(), ['b1', 'c1', 'd1'])
    await follower.restart()
    t.same(await follower.lookAndRead(), [])
  },
)

void t.test('a hole of 400 MB takes no memory', async t => {
  const { log, old, follower } = await begun(t)
  const write = penAt(t, log, 400 * 1024 ** 2)
  copytruncate(log, old)
  const before = memoryUsage().rss
  write('b1\n')
  t.same(await follower.lookAndRead(), ['b1'])
  t.ok(memoryUsage().rss - before < 64 * 1024 * 1024, `${memoryUsage().rss - before} bytes`)
  truncateSync(log)
})

for (const isAppended of [true, false])
  for (const input of ['dns.log', '', '*.log'])
    void t.test(
      `copied and truncated twice between two looks: ${input}, ${isAppended ? 'appended' : 'with holes'}`,
      async t => {
        for (const wasSeen of ['empty', 'not read', 'not read after a restart']) {
          const { log, old, follower } = await begun(t, input)
          const pen = penAt(t, log, 6)
          const write = isAppended ? appended(log) : pen
          // The clock of the file system is coarse, and this test is fast.
          const touch = (path: string, second: number) => {
            utimesSync(path, now + second, now + second)
          }
          const now = Date.now() / 1000
          copytruncate(log, old)
          if (wasSeen !== 'empty') write('b1\n')
          if (wasSeen === 'not read after a restart') await follower.restart()
          await follower.look()
          if (wasSeen === 'empty') {
            t.same(await follower.read(), [])
            write('b1\n')
          }
          copytruncate(log, `${log}.2`)
          touch(`${log}.2`, 1)
          write('c1\nc2\n')
          touch(log, 2)
          t.same(await follower.lookAndRead(), ['b1', 'c1', 'c2'], wasSeen)
          await follower.restart()
          t.same(await follower.lookAndRead(), [])
        }
      },
    )
