/** Archived files are read in order, before the current log, which grows meanwhile. */
import { appendFileSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { lateLinesMs, rotationMsMin } from '../limits.js'
import { Follower } from './testing/follower.js'
import { lookOn } from './testing/look-on.js'
import { at, World } from './testing/world.js'

const log = 'logs/current/dns.log'
const two = (part: number) => String(part).padStart(2, '0')
const archive = (hour: number, minute = 0) =>
  `logs/2026-11-21/dns.${two(hour)}:${two(minute)}:00-${two(hour)}:${two(minute + 1)}:00.log.gz`

/** A world in which `a1` and `a2` are read at 3. */
const begun = async (dir: string) => {
  const world = new World(dir)
  world.write(log, 'a1\na2\n', 3)
  const follower = new Follower(world.path(log))
  t.teardown(() => follower.stop())
  t.same(await follower.lookAndRead(at(3)), ['a1', 'a2'])
  return { world, follower }
}

void t.test(
  'all files are read after several rotations without a poll, while the old file is still open',
  async t => {
    for (const copied of [true, false]) {
      const { world, follower } = await begun(t.testdir({}))
      if (copied) world.archive(log, archive(3), 'a1\na2\na3\n', 4)
      else rmSync(world.path(log))
      world.write(archive(4), 'b1\n', 5)
      world.write(archive(5), 'c1\n', 6)
      world.write(log, 'd1\n', 6.5)
      const lines = await follower.lookAndRead(at(7))
      t.same(lines, [...(copied ? ['a3'] : []), 'b1', 'c1', 'd1'])
      t.same(await follower.lookAndRead(at(7)), [])
      await follower.restart()
      t.same(await follower.lookAndRead(at(7)), [])
      t.equal(follower.count('input-missed'), 0)
    }
  },
)

void t.test('after rotations that were all seen, archives are not opened', async t => {
  const { world, follower } = await begun(t.testdir({}))
  world.write(archive(4), Buffer.from('no archive'), 9)
  renameSync(world.path(log), world.path('logs/current/dns.2026-11-21-03-00-00.log'))
  world.write(log, 'b1\n', 4)
  t.same(await follower.lookAndRead(at(3) + rotationMsMin), ['b1'])
  t.equal(follower.count('input-unreadable'), 0)
})

void t.test('a log that is moved to a date folder while it is read is not read twice', async t => {
  const { world, follower } = await begun(t.testdir({}))
  const moved = world.path(archive(3).replace('.gz', ''))
  mkdirSync(dirname(moved), { recursive: true })
  appendFileSync(world.path(log), 'a3\n')
  renameSync(world.path(log), moved)
  world.write(log, 'b1\n', 4)
  t.same(await follower.lookAndRead(at(4)), ['a3', 'b1'])
  appendFileSync(moved, 'late\n')
  t.same(await follower.lookAndRead(at(4) + 1000), ['late'])
  t.same(await lookOn(follower, at(4), at(4) + 2 * lateLinesMs), [], 'closed')
  rmSync(world.path(log))
  world.write(log, 'c1\n', 5)
  t.same(await follower.lookAndRead(at(5)), ['c1'], 'searched, and known')
  await follower.restart()
  rmSync(world.path(log))
  t.same(await follower.lookAndRead(at(6)), [])
})

void t.test('a log that is being packed, and exists as a whole and in part, is read once', async t => {
  const { world, follower } = await begun(t.testdir({}))
  world.archive(log, archive(3), 'a1\na2\na3\n', 4)
  const lines = Array.from({ length: 20_000 }, (_, n) => `${n}:${Math.imul(n, 2654435761)}`)
  const plain = `${lines.join('\n')}\n`
  const half = gzipSync(plain).subarray(0, 50_000)
  world.write('logs/current/dns.2026-11-21-04-00-00.log', plain, 5)
  world.write(archive(4), half, 5.1)
  world.write(log, 'd1\n', 6)
  await follower.restart()
  t.same(await follower.lookAndRead(at(7)), ['a3', ...lines, 'd1'])
  world.archive('logs/current/dns.2026-11-21-04-00-00.log', archive(4), plain, 5.2)
  t.same(await follower.lookAndRead(at(8)), [])
  await follower.restart()
  t.same(await follower.lookAndRead(at(9)), [])
})

void t.test('of many archives few are open at once, and a rotation meanwhile is read, too', async t => {
  const { world, follower } = await begun(t.testdir({}))
  world.archive(log, archive(3), 'a1\na2\n', 4)
  const count = 300
  for (let n = 0; n < count; n++)
    world.write(archive(4 + Math.floor(n / 60), n % 60), `${n}:line\n`, 4 + (n + 1) / 60)
  world.write(log, 'live 1\n', 9.5)
  await follower.restart()
  const lines: string[] = []
  let most = 0
  for (let batch = 0; ; batch++) {
    await follower.look(at(10) + batch * 1000)
    most = Math.max(most, follower.open())
    const chunks = await follower.readOnce()
    if (chunks.length === 0) break
    lines.push(...chunks.flatMap(({ bytes }) => bytes.toString().split('\n').slice(0, -1)))
    if (batch !== 10) continue
    world.archive(log, archive(9, 30), 'live 1\n', 10)
    world.write(log, 'live 2\n', 10)
  }
  t.same(lines, [...Array.from({ length: count }, (_, n) => `${n}:line`), 'live 1', 'live 2'])
  t.ok(most <= 4, `${most} files open`)
})

void t.test('after a kill in the middle of a large archive it is read on', async t => {
  const { world, follower } = await begun(t.testdir({}))
  const lines = Array.from({ length: 200_000 }, (_, n) => `${n}:${Math.imul(n, 2654435761)}`)
  world.archive(log, archive(3), `a1\na2\n${lines.join('\n')}\n`, 4)
  world.write(archive(4), 'b1\n', 5)
  world.write(log, 'c1\n', 5)
  const read: string[] = []
  for (let isOver = false; !isOver;) {
    await follower.restart()
    await follower.look(at(6))
    const chunks = await follower.readOnce()
    for (const { bytes } of chunks) read.push(...bytes.toString().split('\n').slice(0, -1))
    isOver = chunks.length === 0
  }
  t.same(read, [...lines, 'b1', 'c1'])
})

void t.test('an archive that is packed while others are read is found', async t => {
  const { world, follower } = await begun(t.testdir({}))
  world.archive(log, archive(3), 'a1\na2\na3\n', 4)
  const plain = archive(4).replace('.gz', '')
  world.write(plain, 'b1\n', 5)
  await follower.restart()
  await follower.look(at(6))
  world.archive(plain, archive(4), 'b1\n', 5)
  t.same(await follower.read(), ['a3', 'b1'])
})

void t.test('after a kill the file before the present one is read to its end', async t => {
  const { world, follower } = await begun(t.testdir({}))
  renameSync(world.path(log), world.path('logs/current/dns.2026-11-21-03-00-00.log'))
  world.write(log, 'd1\n', 5)
  t.same(await follower.lookAndRead(at(5)), ['d1'])
  world.archive('logs/current/dns.2026-11-21-03-00-00.log', archive(3), 'a1\na2\na3\n', 4)
  world.write(archive(4), 'b1\n', 4.5)
  await follower.restart()
  t.same(await follower.lookAndRead(at(6)), ['a3', 'b1'])
  await follower.restart()
  t.same(await follower.lookAndRead(at(6)), [])
  t.equal(follower.count('input-missed'), 0)
})

void t.test('an archive that is still being packed is opened again later', async t => {
  const { world, follower } = await begun(t.testdir({}))
  await follower.stop()
  const lines = Array.from({ length: 50_000 }, (_, n) => `b${n * 7919}`)
  const packed = gzipSync(`${lines.join('\n')}\n`)
  world.write(archive(3), 'a1\na2\na3\n', 4)
  world.write(archive(4), packed.subarray(0, packed.length / 2), 5)
  world.write(archive(5), 'c1\n', 5)
  world.write(log, 'd1\n', 5)
  await follower.restart()
  const first = await follower.lookAndRead(at(5))
  t.equal(first[0], 'a3')
  world.write(archive(4), packed, 5)
  t.strictSame(
    [...first, ...(await lookOn(follower, at(5), at(5) + 2 * rotationMsMin))],
    ['a3', ...lines, 'c1', 'd1'],
  )
  await follower.restart()
  t.same(await follower.lookAndRead(at(6)), [])
})

void t.test(
  'an archive is damaged: what it gives is read, and what follows is not kept waiting for ever',
  async t => {
    const { world, follower } = await begun(t.testdir({}))
    await follower.stop()
    const packed = gzipSync('b1\nb2\nb3\n')
    world.write(archive(3), 'a1\na2\na3\n', 4)
    world.write(archive(4), packed.subarray(0, packed.length - 8), 5)
    world.write(log, 'd1\n', 5)
    await follower.restart()
    const lines = await follower.lookAndRead(at(5))
    lines.push(...(await lookOn(follower, at(5), at(5) + 3 * rotationMsMin)))
    t.strictSame(lines.slice(0, 1), ['a3'])
    t.strictSame(lines.slice(-1), ['d1'])
    t.equal(follower.count('input-unreadable'), 1)
  },
)
