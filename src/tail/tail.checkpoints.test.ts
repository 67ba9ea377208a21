import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  chmodSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { lateLinesMs } from '../limits.js'
import { begun } from './testing/begun.js'
import { Follower, inputOf } from './testing/follower.js'
import { lookOn } from './testing/look-on.js'

void t.test('with a reused inode a log is recognised by its content', async t => {
  const { dir, log, follower } = await begun(t)
  await follower.stop()
  const [checkpoint] = follower.committed.values()
  unlinkSync(log)
  writeFileSync(log, 'b1\nb2\nb3\n')
  const { dev, ino } = statSync(log, { bigint: true })
  if (checkpoint) follower.committed.set(checkpoint.file, { ...checkpoint, inode: `${dev}:${ino}` })
  await follower.restart()
  t.same(await follower.lookAndRead(), ['b1', 'b2', 'b3'])
  t.ok(dir)
})

void t.test('two logs with equal headers are both read', async t => {
  const dir = t.testdir({ 'dns.1.log': '#header\n', 'dns.2.log': '#header\n' })
  const follower = new Follower(join(dir, 'dns.1.log'), join(dir, 'dns.2.log'))
  const lines = await follower.lookAndRead()
  appendFileSync(join(dir, 'dns.2.log'), 'two\n')
  lines.push(...(await follower.lookAndRead()))
  appendFileSync(join(dir, 'dns.1.log'), 'one\n')
  lines.push(...(await follower.lookAndRead()))
  t.same(lines, ['#header', '#header', 'two', 'one'])
  appendFileSync(join(dir, 'dns.1.log'), 'one more\n')
  appendFileSync(join(dir, 'dns.2.log'), 'two more\n')
  await follower.restart()
  t.same((await follower.lookAndRead()).sort(), ['one more', 'two more'])
  await follower.stop()
})

void t.test('a copy in a followed folder is not read twice while the log grows', async t => {
  const { dir, log, follower } = await begun(t, '')
  copyFileSync(log, join(dir, 'dns.copy.log'))
  appendFileSync(log, 'a3\n')
  t.same(await follower.lookAndRead(), ['a3'])
  await follower.restart()
  t.same(await lookOn(follower, 0, 2 * lateLinesMs), [])
  appendFileSync(log, 'a4\n')
  t.same(await follower.lookAndRead(3 * lateLinesMs), ['a4'])
})

void t.test('a folder, an empty file and a link that appear later are followed', async t => {
  const dir = t.testdir({})
  const follower = new Follower(join(dir, 'current', 'dns.log'))
  t.same(await follower.lookAndRead(), [])
  mkdirSync(join(dir, 'spool'))
  symlinkSync('spool', join(dir, 'current'))
  t.same(await follower.lookAndRead(), [])
  writeFileSync(join(dir, 'spool', 'dns.log'), '')
  t.same(await follower.lookAndRead(), [])
  appendFileSync(join(dir, 'spool', 'dns.log'), 'a1\n')
  t.same(await follower.lookAndRead(), ['a1'])
  mkdirSync(join(dir, 'next'))
  writeFileSync(join(dir, 'next', 'dns.log'), 'b1\n')
  rmSync(join(dir, 'current'))
  symlinkSync('next', join(dir, 'current'))
  appendFileSync(join(dir, 'spool', 'dns.log'), 'a2\n')
  t.same(await follower.lookAndRead(), ['a2', 'b1'])
  await follower.stop()
})

void t.test('literal names with special characters are followed', async t => {
  for (const name of ['dns.04:00:00-05:00:00.log', 'dns[1].log', 'dns{a,b}.log', 'dns (1)*.log']) {
    const log = join(t.testdir({}), name)
    const follower = new Follower(log)
    t.same(await follower.lookAndRead(), [])
    writeFileSync(log, 'a1\n')
    t.same(await follower.lookAndRead(), ['a1'], name)
    await follower.stop()
  }
})

void t.test(
  'a log is read once permission is granted',
  { skip: getuid?.() === 0 && 'root may read all' },
  async t => {
    const log = join(t.testdir({ 'dns.log': 'a1\n' }), 'dns.log')
    chmodSync(log, 0)
    const follower = new Follower(log)
    t.same([await follower.lookAndRead(), await follower.lookAndRead()], [[], []])
    t.equal(follower.count('input-unreadable'), 1)
    chmodSync(log, 0o600)
    t.same(await follower.lookAndRead(), ['a1'])
    await follower.stop()
  },
)

void t.test('our own output is never input', async t => {
  const dir = t.testdir({ 'dns.log': 'a1\n', 'dnsstats.log': 'ours\n' })
  const follower = new Follower(dir)
  const { dev, ino } = statSync(join(dir, 'dnsstats.log'), { bigint: true })
  follower.ours = `${dev}:${ino}`
  t.same(await follower.lookAndRead(), ['a1'])
  await follower.stop()
})

void t.test('start at the end: a byte order mark is not stored with the header', async t => {
  const header = '#separator \\x09\n#fields\tts\tquery'
  const dir = t.testdir({ 'dns.log': `\ufeff${header}\nold\n` })
  const follower = new Follower(inputOf(dir, { start: 'end' }))
  await follower.lookAndRead()
  t.same(
    Array.from(follower.committed.values(), checkpoint => checkpoint.header),
    [header],
  )
  await follower.stop()
})

void t.test('start at the end applies to the first run only, and not to later files', async t => {
  const header = '#separator \\x09\n#fields\tts\tquery\n'
  const dir = t.testdir({ 'dns.log': `${header}old\nhalf`, 'dns.0.log.gz': gzipSync('packed\n') })
  const log = join(dir, 'dns.log')
  const follower = new Follower(inputOf(dir, { start: 'end' }))
  t.same(await follower.lookAndRead(), [])
  t.ok([...follower.committed.values()].some(checkpoint => checkpoint.header === header.trimEnd()))
  appendFileSync(log, ' done\n')
  await follower.restart()
  t.same(await follower.lookAndRead(), ['half done'])
  writeFileSync(join(dir, 'dns.2.log'), 'new\n')
  t.same(await follower.lookAndRead(), ['new'])
  await follower.stop()
})
