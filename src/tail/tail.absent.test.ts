/** No log is there, and one is born and rotated again before anybody looks. */
import { mkdirSync, renameSync } from 'node:fs'
import t, { type Test } from 'tap'
import { Follower } from './testing/follower.js'
import { at, World } from './testing/world.js'

/** A log was read, and moved away: nothing is there. */
const gone = async (t: Test, input: string) => {
  const world = new World(t.testdir())
  mkdirSync(world.path('logs'))
  let hour = 3
  const write = (line: string) => world.write('logs/dns.log', `${line}\n`, (hour += 0.01))
  const rotate = (to: string) => renameSync(world.path('logs/dns.log'), world.path(`logs/${to}`))
  world.write('logs/dns.2026-11-20-00-00-00.log', 'before\n', 1)
  write('a1')
  const follower = new Follower(world.path(input))
  t.teardown(() => follower.stop())
  t.same(await follower.lookAndRead(at(3)), input === 'logs' ? ['before', 'a1'] : ['a1'])
  rotate('dns.2026-11-21-03-00-00.log')
  return { follower, write, rotate, look: () => follower.lookAndRead(at(3.1)) }
}

for (const input of ['logs', 'logs/dns.log', 'logs/d?s.log']) {
  void t.test(`${input}: one log comes and goes in a gap, and another one`, async t => {
    const { follower, write, rotate, look } = await gone(t, input)
    t.same(await look(), [])
    write('b1')
    rotate('dns.2026-11-21-03-01-00.log')
    t.same(await look(), ['b1'])
    t.same(await look(), [])
    write('c1')
    rotate('dns.2026-11-21-03-02-00.log')
    write('d1')
    t.same(await look(), ['c1', 'd1'])
    t.same(await look(), [])
    t.equal(follower.count('input-missed'), 0)
  })

  void t.test(`${input}: a start in a gap, and one log comes and goes`, async t => {
    const { follower, write, rotate, look } = await gone(t, input)
    await follower.restart()
    t.same(await look(), [])
    write('b1')
    rotate('dns.2026-11-21-03-01-00.log')
    t.same(await look(), ['b1'])
    t.equal(follower.count('input-missed'), 0)
  })
}
