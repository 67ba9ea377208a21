import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
  openSync,
  closeSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { lateLinesMs } from '../limits.js'
import { begun } from './testing/begun.js'
import { Follower } from './testing/follower.js'
import { lookOn } from './testing/look-on.js'

const patterns = ['dns.log', '', 'dns*', '*.log']

for (const pattern of patterns)
  void t.test(`input "${pattern}"`, t => {
    const cases: Record<string, (paths: { log: string; old: string }) => void> = {
      'renamed and created': ({ log, old }) => {
        appendFileSync(log, 'a3\n')
        renameSync(log, old)
        writeFileSync(log, 'b1\n')
      },
      'copied and truncated, with lines written after our last read': ({ log, old }) => {
        appendFileSync(log, 'a3\n')
        copyFileSync(log, old)
        truncateSync(log)
        appendFileSync(log, 'b1\n')
      },
      'copied and truncated, and grown past the offset': ({ log, old }) => {
        appendFileSync(log, 'a3\n')
        copyFileSync(log, old)
        writeFileSync(log, 'b1\n')
        appendFileSync(log, '')
      },
      'copied, packed and truncated': ({ log, old }) => {
        appendFileSync(log, 'a3\n')
        writeFileSync(`${old}.gz`, gzipSync(readFileSync(log)))
        writeFileSync(log, 'b1\n')
      },
    }
    for (const [name, change] of Object.entries(cases))
      for (const whileDown of [false, true])
        void t.test(name + (whileDown ? ' while down' : ''), async t => {
          // A descriptor outlives a rename; a restart needs the content to be where the input or a rotation puts it.
          const { log, old, follower } = await begun(t, pattern)
          change({ log, old })
          if (whileDown) await follower.restart()
          t.same(await follower.lookAndRead(), ['a3', 'b1'])
          t.same(await lookOn(follower, 0, lateLinesMs * 2), [])
          appendFileSync(log, 'b2\n')
          t.same(await follower.lookAndRead(lateLinesMs * 3), ['b2'])
          await follower.restart()
          t.same(await follower.lookAndRead(lateLinesMs * 4), [])
        })
    t.end()
  })

void t.test('a copy that was seen before the truncation gives no line twice', async t => {
  for (const pattern of ['dns.log', '']) {
    const { log, old, follower } = await begun(t, pattern)
    copyFileSync(log, old)
    t.same(await follower.lookAndRead(), [])
    appendFileSync(log, 'a3\n')
    t.same(await follower.lookAndRead(), ['a3'])
    writeFileSync(log, 'b1\n')
    t.same(await follower.lookAndRead(), ['b1'])
    await follower.restart()
    t.same(await follower.lookAndRead(), [])
  }
})

void t.test('a log that is truncated in place is read from its start', async t => {
  for (const content of ['b1\n', 'b1\nb2\n', 'b1\nb2\nb3\n'])
    for (const whileDown of [false, true]) {
      const { log, follower } = await begun(t)
      writeFileSync(log, content)
      if (whileDown) await follower.restart()
      t.same(await follower.lookAndRead(), content.split('\n').slice(0, -1))
    }
})

void t.test('a log that is deleted and created again is read', async t => {
  const { log, follower } = await begun(t)
  unlinkSync(log)
  t.same(await follower.lookAndRead(), [])
  t.same(await follower.lookAndRead(), [])
  t.equal(follower.count('input-missing'), 1)
  writeFileSync(log, 'b1\n')
  t.same(await follower.lookAndRead(), ['b1'])
})

void t.test('late lines in a deleted file are read through the open descriptor', async t => {
  const { dir, log, follower } = await begun(t)
  const descriptor = openSync(log, 'a')
  renameSync(log, join(dir, 'elsewhere'))
  writeFileSync(log, 'b1\n')
  t.same(await follower.lookAndRead(), ['b1'])
  writeSync(descriptor, 'late\n')
  t.same(await follower.lookAndRead(lateLinesMs - 1), ['late'])
  t.same(await lookOn(follower, lateLinesMs, 3 * lateLinesMs), [])
  writeSync(descriptor, 'too late\n')
  closeSync(descriptor)
  t.same(await follower.lookAndRead(4 * lateLinesMs), [])
})

void t.test('late lines written while we were down are read', async t => {
  const { log, old, follower } = await begun(t)
  renameSync(log, old)
  writeFileSync(log, 'b1\n')
  t.same(await follower.lookAndRead(), ['b1'])
  await follower.restart()
  appendFileSync(old, 'late\n')
  t.same(await follower.lookAndRead(), ['late'])
})

void t.test('all files of several rotations without a poll are read', async t => {
  for (const whileDown of [false, true]) {
    const { dir, log, follower } = await begun(t)
    writeFileSync(join(dir, 'dns-internal.log'), 'never asked for\n')
    appendFileSync(log, 'a3\n')
    renameSync(log, join(dir, 'dns.log.3'))
    writeFileSync(join(dir, 'dns.log.2.gz'), gzipSync('b1\n'))
    writeFileSync(join(dir, 'dns.log.1'), 'c1\n')
    writeFileSync(log, 'd1\n')
    // Rotated an hour after the other.
    for (const [hour, name] of ['dns.log.3', 'dns.log.2.gz', 'dns.log.1'].entries())
      utimesSync(join(dir, name), hour * 3600, hour * 3600)
    if (whileDown) await follower.restart()
    t.same(await follower.lookAndRead(), ['a3', 'b1', 'c1', 'd1'])
  }
})

void t.test('files that were rotated before the first run are not read', async t => {
  const dir = t.testdir({ 'dns.log.1': 'old\n' })
  const log = join(dir, 'dns.log')
  writeFileSync(log, 'a1\n')
  const follower = new Follower(log)
  t.same(await follower.lookAndRead(), ['a1'])
  renameSync(log, join(dir, 'dns.log.2'))
  writeFileSync(log, 'b1\n')
  t.same(await follower.lookAndRead(), ['b1'])
  await follower.stop()
})

void t.test(
  'a silent log in a folder is closed, and still found when it grows, rotates or is truncated',
  async t => {
    const cases: Record<string, (log: string, old: string) => void> = {
      'it grows': log => appendFileSync(log, 'a3\n'),
      'it grows and is renamed': (log, old) => {
        appendFileSync(log, 'a3\n')
        renameSync(log, old)
      },
      'it grows, is copied and truncated': (log, old) => {
        appendFileSync(log, 'a3\n')
        copyFileSync(log, old)
        truncateSync(log)
      },
    }
    for (const [name, change] of Object.entries(cases)) {
      // `*.log` does not match dns.log.1
      const { log, old, follower } = await begun(t, '*.log')
      const checkpoints = () => [...follower.committed.values()]
      await lookOn(follower, 0, 2 * lateLinesMs)
      t.not(checkpoints()[0]?.statSignature, '', 'closed')
      change(log, old)
      t.same(await follower.lookAndRead(2 * lateLinesMs), ['a3'], name)
    }
  },
)

void t.test('a line that comes just when an idle log is to be closed is read', async t => {
  const { log, follower } = await begun(t, '')
  t.same(await lookOn(follower, 0, lateLinesMs - 1), [])
  appendFileSync(log, 'a3\n')
  t.same(await follower.lookAndRead(lateLinesMs), ['a3'])
})

void t.test('a log that was truncated in place and then rotated before the next poll is read', async t => {
  const { log, old, follower } = await begun(t, 'dns.log')
  truncateSync(log)
  appendFileSync(log, 'b1\nb2\n')
  copyFileSync(log, old)
  // The clock of the file system is coarse, and this test is fast.
  const later = Date.now() / 1000 + 1
  utimesSync(old, later, later)
  truncateSync(log)
  appendFileSync(log, 'c1\n')
  t.same(await follower.lookAndRead(), ['b1', 'b2', 'c1'])
})
