/** `current` leads to the folder of the day, and goes on to the next: what was written last in a folder is read there. */
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import t, { type Test } from 'tap'
import { lateLinesMs } from '../limits.js'
import { Follower } from './testing/follower.js'
import { lookOn } from './testing/look-on.js'
import { at, World } from './testing/world.js'

const [today, tomorrow] = ['2026-11-21', '2026-11-22']

/** The log of today is read, by a follower of the file or of the folder. */
const begun = async (t: Test, input: string) => {
  const world = new World(t.testdir({}))
  const log = world.write(`${today}/dns.log`, 'a1\n', 3)
  const lead = (day: string) => {
    rmSync(world.path('current'), { force: true })
    mkdirSync(world.path(day), { recursive: true })
    symlinkSync(day, world.path('current'))
  }
  lead(today)
  const follower = new Follower(world.path(input))
  t.teardown(() => follower.stop())
  t.same(await follower.lookAndRead(at(3)), ['a1'])
  return { world, log, lead, follower }
}

for (const input of ['current', 'current/dns.log', 'current/dns*.log']) {
  void t.test(`${input}: quiet for long, and the last lines come just before the next day`, async t => {
    const { world, log, lead, follower } = await begun(t, input)
    t.same(await lookOn(follower, at(3), at(3) + 2 * lateLinesMs), [])
    appendFileSync(log, 'a2\n')
    lead(tomorrow)
    t.same(await follower.lookAndRead(at(3) + 2 * lateLinesMs), ['a2'])
    world.write(`${tomorrow}/dns.log`, 'b1\n', 24)
    t.same(await follower.lookAndRead(at(3) + 2 * lateLinesMs), ['b1'])
    await follower.restart()
    t.same(await follower.lookAndRead(at(4)), [])
    t.equal(follower.count('input-missed'), 0)
  })

  void t.test(`${input}: the next day comes while we are down`, async t => {
    const { world, log, lead, follower } = await begun(t, input)
    await follower.stop()
    world.write(`${today}/dns.log`, 'a1\na2\n', 4)
    renameSync(log, world.path(`${today}/dns.2026-11-21-04-00-00.log`))
    world.write(`${today}/dns.log`, 'b1\n', 5)
    lead(tomorrow)
    world.write(`${tomorrow}/dns.log`, 'c1\n', 24)
    await follower.restart()
    t.same(await follower.lookAndRead(at(25)), ['a2', 'b1', 'c1'])
    t.equal(follower.count('input-missed'), 0)
  })

  void t.test(
    `${input}: copied, truncated and written to in one tick of the clock while we are down`,
    async t => {
      const { world, lead, follower } = await begun(t, input)
      await follower.stop()
      world.write(`${today}/dns.log.1`, 'a1\na2\n', 4)
      world.write(`${today}/dns.log`, 'b1\n', 4)
      lead(tomorrow)
      world.write(`${tomorrow}/dns.log`, 'c1\n', 24)
      await follower.restart()
      t.same(await follower.lookAndRead(at(25)), ['a2', 'b1', 'c1'])
      t.equal(follower.count('input-missed'), 0)
    },
  )
}

void t.test('the log that is being written does not count as its own archive', async t => {
  const { world, log, follower } = await begun(t, 'current/dns.log')
  await follower.stop()
  renameSync(log, world.path(`${today}/dns.2026-11-21-04-00-00.log`))
  world.write(`${today}/dns.log`, 'b1\n', 5)
  await follower.restart()
  t.same(await follower.lookAndRead(at(5)), ['b1'])
  t.same(await lookOn(follower, at(5), at(5) + 2 * lateLinesMs), [])
  t.equal(follower.open(), 1, 'it stays open, however quiet it is')
})

void t.test('an idle log that is deleted is not reported, since no line is known to be missed', async t => {
  const { world, log, follower } = await begun(t, 'current')
  t.same(await lookOn(follower, at(3), at(3) + 2 * lateLinesMs), [])
  rmSync(log)
  const deleted = at(3) + 2 * lateLinesMs
  t.same(await follower.lookAndRead(deleted), [])
  world.write(`${today}/dns.log`, 'b1\n', 4)
  t.same(await lookOn(follower, deleted, deleted + 2 * lateLinesMs), ['b1'])
  t.equal(follower.count('input-missed'), 0)
})
