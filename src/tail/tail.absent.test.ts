/** No log is there, and one is born and rotated again before anybody looks. */
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { absentPathsMax } from '../limits.js'
import type { Report } from '../telemetry/report.js'
import { Absent } from './inputs.js'
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
  return { world, follower, write, rotate, look: () => follower.lookAndRead(at(3.1)) }
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

  void t.test(
    `${input}: late lines were read from where the log was moved to, and a start in the gap`,
    async t => {
      const { world, follower, write, rotate, look } = await gone(t, input)
      t.same(await look(), [])
      appendFileSync(world.path('logs/dns.2026-11-21-03-00-00.log'), 'a2\n')
      t.same(await look(), ['a2'])
      await follower.restart()
      t.same(await look(), [])
      write('b1')
      rotate('dns.2026-11-21-03-01-00.log')
      t.same(await look(), ['b1'])
    },
  )
}

void t.test('the folder changes often, and the log that was read is gone: no line is missed', async t => {
  const { world, follower, write, look } = await gone(t, 'logs/dns.log')
  t.same(await look(), [])
  rmSync(world.path('logs/dns.2026-11-21-03-00-00.log'))
  for (const name of ['one', 'two', 'three']) {
    writeFileSync(world.path(`logs/${name}.tmp`), '')
    t.same(await look(), [])
  }
  write('b1')
  t.same(await look(), ['b1'])
  t.equal(follower.count('input-missed'), 0)
})

void t.test('more absent paths than the limit are reported', async t => {
  const world = new World(t.testdir())
  const reports: Report[] = []
  const absent = new Absent(world.path('*'), report => reports.push(report))
  for (let n = 0; n <= absentPathsMax; n += 1) await absent.note(world.path(`dns.${n}.log`))
  t.strictSame(reports, [{ kind: 'limit-reached', limit: 'absentPathsMax', count: 1 }])
  world.write('other', '', 3)
  t.equal((await absent.inChangedFolders(new Map())).length, absentPathsMax, 'all of one folder')
})

void t.test('the paths of a removed folder are forgotten, unless the path is the input', async t => {
  const world = new World(t.testdir({ logs: {} }))
  for (const [input, stays] of [
    [world.path('logs/dns.log'), true],
    [world.path('*/dns.log'), false],
  ] as const) {
    mkdirSync(world.path('logs'), { recursive: true })
    const absent = new Absent(input, () => undefined)
    await absent.note(world.path('logs/dns.log'))
    rmSync(world.path('logs'), { recursive: true })
    t.equal((await absent.inChangedFolders(new Map())).length, 1)
    mkdirSync(world.path('logs'))
    t.equal((await absent.inChangedFolders(new Map())).length, stays ? 1 : 0)
  }
})
