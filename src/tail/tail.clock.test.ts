/** The clock of the host is set, or the host was asleep: what is waited for is waited for all the same, and no longer. */
import { appendFileSync, closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lateLinesMs, rotationMsMin } from '../limits.js'
import { begun } from './testing/begun.js'
import { Follower } from './testing/follower.js'
import { lookOn } from './testing/look-on.js'
import { at, World } from './testing/world.js'

const day = 24 * 3_600_000
const steps: readonly (readonly [what: string, ms: number])[] = [
  ['a minute forward', 60_000],
  ['an hour forward', day / 24],
  ['three days forward', 3 * day],
  ['an hour back', -day / 24],
  ['three days back', -3 * day],
]

for (const [what, ms] of steps) {
  void t.test(`${what}, just after a rotation: late lines are read`, async t => {
    const { log, old, follower } = await begun(t)
    const begin = Date.now()
    t.same(await follower.lookAndRead(begin), [])
    const sensor = openSync(log, 'a')
    renameSync(log, old)
    writeFileSync(log, 'b1\n')
    t.same(await follower.lookAndRead(begin), ['b1'])
    t.same(await follower.lookAndRead(begin + ms), [])
    writeSync(sensor, 'late\n')
    closeSync(sensor)
    t.same(await follower.lookAndRead(begin + ms), ['late'])
    t.same(await lookOn(follower, begin + ms, begin + ms + lateLinesMs + rotationMsMin), [])
    t.equal(follower.open(), 1, 'closed when nothing came for so long')
  })

  void t.test(`${what}: an archive that comes after that is found`, async t => {
    const world = new World(t.testdir({}))
    const log = 'logs/current/dns.log'
    world.write(log, 'a1\n', 3)
    const follower = new Follower(world.path(log))
    t.teardown(() => follower.stop())
    t.same(await follower.lookAndRead(at(3)), ['a1'])
    await follower.stop()
    rmSync(world.path(log))
    world.write(log, 'b1\n', 6)
    await follower.restart()
    t.same(await follower.lookAndRead(at(7)), ['b1'])
    t.same(await follower.lookAndRead(at(7) + ms), [])
    world.write('logs/2026-11-21/dns.03:00:00-04:00:00.log.gz', 'a1\na2\n', 7)
    // Archives of tomorrow are looked for, and not those of the days after it: then the clock must be right again.
    const right = ms > -day ? ms : 0
    t.same(await lookOn(follower, at(7) + right, at(7) + right + rotationMsMin), ['a2'])
    t.equal(follower.count('input-missed'), 0)
  })
}

void t.test(
  'the clock goes back: a quiet log of a folder is closed after as long a time as ever',
  async t => {
    const { dir, log, follower } = await begun(t, '')
    appendFileSync(log, 'a3\n')
    t.same(await follower.lookAndRead(day), ['a3'])
    t.same(await lookOn(follower, 0, lateLinesMs), [])
    t.equal(follower.open(), 0)
    writeFileSync(join(dir, 'dns.2.log'), 'b1\n')
    t.same(await follower.lookAndRead(lateLinesMs), ['b1'])
  },
)
