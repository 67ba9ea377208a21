/** A log that cannot be found after a start is reported as a gap, once. Archives that are too old are not searched. */
import { rmSync } from 'node:fs'
import t from 'tap'
import { lateLinesMs, rotationMsMin } from '../limits.js'
import type { Report } from '../telemetry/report.js'
import { Follower } from './testing/follower.js'
import { lookOn } from './testing/look-on.js'
import { at, World } from './testing/world.js'

const log = 'logs/current/dns.log'
const line = (hour: number) => `${at(hour) / 1000}\tline of hour ${hour}\n`
const text = (...hours: number[]) => hours.map(hour => line(hour).trimEnd())
const missed = (follower: Follower): Report[] =>
  follower.reports.filter(({ kind }) => kind === 'input-missed')

/** A world in which the line of 3 o'clock is read, and the log is gone then. */
const begun = async (dir: string) => {
  const world = new World(dir)
  world.write(log, line(3), 3)
  const follower = new Follower(world.path(log))
  t.teardown(() => follower.stop())
  t.same(await follower.lookAndRead(at(3)), text(3))
  rmSync(world.path(log))
  return { world, follower }
}

const gap = (world: World, to: number) => ({
  ...{ kind: 'input-missed', path: world.path(log), from: '2026-11-21T03:00:00.000Z' },
  ...{ to: new Date(at(to)).toISOString(), seconds: (to - 3) * 3600 },
})

void t.test('a gap is reported once, when the search is given up or the process stops', async t => {
  for (const once of [true, false]) {
    const { world, follower } = await begun(t.testdir({}))
    world.write(log, line(6), 6)
    await follower.restart()
    t.same(await follower.lookAndRead(at(7)), text(6))
    t.same(missed(follower), [], 'it may be moved there yet')
    if (!once) await lookOn(follower, at(7), at(7) + 2 * lateLinesMs)
    else await follower.restart()
    t.same(missed(follower), [gap(world, 6)])
    t.same(await follower.lookAndRead(at(8)), [])
    await follower.restart()
    t.same(await follower.lookAndRead(at(8)), [])
    t.equal(missed(follower).length, 1)
  }
})

void t.test('an archive that comes after the start closes the gap', async t => {
  const { world, follower } = await begun(t.testdir({}))
  world.write(log, line(6), 6)
  await follower.restart()
  t.same(await follower.lookAndRead(at(7)), text(6))
  world.write('logs/2026-11-21/dns.03:00:00-04:00:00.log.gz', line(3) + line(4), 7)
  world.write('logs/2026-11-21/dns.04:00:00-05:00:00.log.gz', line(5), 7)
  t.same(await follower.lookAndRead(at(7) + 1000), [], 'not searched at every look')
  t.same(await follower.lookAndRead(at(7) + rotationMsMin), text(4, 5))
  await follower.restart()
  t.same(await follower.lookAndRead(at(8)), [])
  t.same(missed(follower), [])
})

void t.test('a gap is reported if the last file is gone and the files after it are there', async t => {
  const { world, follower } = await begun(t.testdir({}))
  world.write('logs/2026-11-21/dns.05:00:00-06:00:00.log.gz', line(5), 6)
  world.write(log, line(6), 6.5)
  await follower.restart()
  t.same(await follower.lookAndRead(at(7)), text(5, 6))
  t.same(missed(follower), [gap(world, 5)])
})

void t.test('a gap is not reported until there are lines after it', async t => {
  const { world, follower } = await begun(t.testdir({}))
  await follower.restart()
  t.same(await follower.lookAndRead(at(7)), [])
  t.same(await lookOn(follower, at(7), at(7) + 2 * lateLinesMs), [])
  t.same(missed(follower), [])
  world.write(log, line(8), 8)
  t.same(await follower.lookAndRead(at(8.5)), text(8))
  t.same(missed(follower), [gap(world, 8)])
})

void t.test('without a time in the first line the mtime of the file ends the gap', async t => {
  const { world, follower } = await begun(t.testdir({}))
  world.write(log, 'no time\n', 5)
  await follower.restart()
  t.same(await follower.lookAndRead(at(7)), ['no time'])
  await follower.restart()
  t.same(missed(follower), [gap(world, 5)])
})

void t.test('archives outside catch_up_days are not searched, and 0 searches none', async t => {
  const old = 24 * 3_600_000
  const cases: readonly (readonly [days: number, archived: string, now: number, found: boolean])[] = [
    [7, '2026-11-21/dns.03:00:00-04:00:00.log.gz', at(7), true],
    [7, '2026-11-21/dns.03:00:00-04:00:00.log.gz', at(7) + 7 * old, true],
    [7, '2026-11-21/dns.03:00:00-04:00:00.log.gz', at(7) + 8 * old, false],
    [1, '2026-11-21/dns.03:00:00-04:00:00.log.gz', at(7) + 2 * old, false],
    [0, '2026-11-21/dns.03:00:00-04:00:00.log.gz', at(7), false],
    [7, '2026-11-22/dns.03:00:00-04:00:00.log.gz', at(7), true],
    [7, 'current/log-queue/dns__2026-11-21-03-00-00__2026-11-21-03-00-00__.log', at(7), true],
    [7, 'current/log-queue/dns__2026-11-21-03-00-00__2026-11-21-03-00-00__.log', at(7) + 8 * old, false],
    [7, 'archive/dns.2026-11-21-03-00-00.log', at(7), false],
    [7, '2026-11-21/conn.03:00:00-04:00:00.log.gz', at(7), false],
    [7, '2026-11-21/dns-internal.03:00:00-04:00:00.log.gz', at(7), false],
  ]
  for (const [days, archived, now, found] of cases) {
    const { world, follower } = await begun(t.testdir({}))
    world.write(`logs/${archived}`, line(3) + line(4), 4)
    world.write(log, line(6), 6)
    follower.catchUpDays = days
    await follower.restart()
    t.same(await follower.lookAndRead(now), found ? text(4, 6) : text(6), `${archived}, ${days} days`)
    await follower.restart()
    t.same(missed(follower), found ? [] : [gap(world, 6)])
  }
})
