/** Rotated while we were down, or just as we start: what came after the known is read, whatever it is called by now. */
import { appendFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lateLinesMs } from '../limits.js'
import { Follower } from './testing/follower.js'
import { lookOn } from './testing/look-on.js'
import { at, World } from './testing/world.js'

const gz = (world: World, path: string, content: string, hour: number) =>
  world.archive(path, `${path}.gz`, content, hour)

interface Case {
  readonly what: string
  readonly inputs: readonly string[]
  readonly log: string
  /** A rotation while we were down the first time, with one more line. */
  readonly before?: (world: World) => void
  readonly whileDown: (world: World) => void
  readonly expected: readonly string[]
}

const [first, second, third] = [1, 2, 3].map(n => `eve-2026112100000${n}.json`) as [string, string, string]

const cases: readonly Case[] = [
  {
    what: 'under the name of a rotated file lies what came after it',
    inputs: ['*.log'],
    log: 'dns.log',
    before: world => {
      renameSync(world.path('dns.log'), world.path('dns.log.1'))
      world.write('dns.log.1', 'a1\na2\na3\n', 2)
    },
    whileDown: world => {
      rmSync(world.path('dns.log.1'))
      world.write('dns.log.1', 'b1\n', 3)
      world.write('dns.log', 'c1\n', 4)
    },
    expected: ['b1', 'c1'],
  },
  {
    what: 'a rotated file is read to its end, and stays as it is when what came after it is rotated',
    inputs: ['dns.log', '*.log'],
    log: 'dns.log',
    before: world => world.archive('dns.log', 'dns.log.2.gz', 'a1\na2\na3\n', 2),
    whileDown: world => world.write('dns.log.1', 'b1\n', 3),
    expected: ['b1'],
  },
  {
    what: 'each log has a name of its own, and is packed before it is seen',
    inputs: ['eve-*.json'],
    log: first,
    whileDown: world => {
      world.write(second, '', 2)
      gz(world, second, 'b1\n', 2)
      world.write(third, 'c1\n', 3)
    },
    expected: ['b1', 'c1'],
  },
  {
    what: 'each log has a name of its own, and all are packed',
    inputs: ['eve-*.json'],
    log: first,
    whileDown: world => {
      gz(world, first, 'a1\na2\na3\n', 1)
      world.write(second, '', 2)
      gz(world, second, 'b1\n', 2)
    },
    expected: ['a3', 'b1'],
  },
]

for (const { what, inputs, log, before, whileDown, expected } of cases)
  for (const input of inputs)
    for (const isClosed of [false, true])
      void t.test(`${what}: ${input}${isClosed ? ', closed' : ''}`, async t => {
        const world = new World(t.testdir({}))
        world.write(log, 'a1\na2\n', 1)
        const follower = new Follower(world.path(input))
        t.teardown(() => follower.stop())
        t.same(await follower.lookAndRead(at(1)), ['a1', 'a2'])
        if (before) {
          await follower.stop()
          before(world)
          await follower.restart()
          t.same(await follower.lookAndRead(at(2)), ['a3'])
        }
        if (isClosed) await lookOn(follower, at(2), at(2) + 2 * lateLinesMs)
        await follower.stop()
        whileDown(world)
        await follower.restart()
        t.same(await follower.lookAndRead(at(5)), expected)
        await follower.restart()
        t.same(await follower.lookAndRead(at(6)), [])
      })

void t.test('an archive older than all checkpoints is not opened', async t => {
  const world = new World(t.testdir({}))
  for (const [at, hour] of [1, 2, 4].entries()) {
    const damaged = Buffer.from(`no archive, of hour ${hour}`)
    world.write(`eve-2026112100000${at}.json.gz`, damaged, hour)
  }
  world.write('eve-20261121000003.json', 'a1\n', 3)
  const follower = new Follower(world.path('eve-*.json'))
  t.teardown(() => follower.stop())
  t.same(await follower.lookAndRead(at(3)), ['a1'])
  world.archive('eve-20261121000003.json', 'eve-20261121000003.json.gz', 'a1\na2\n', 3)
  await follower.restart()
  t.same(await follower.lookAndRead(at(5)), ['a2'])
  t.equal(follower.count('input-unreadable'), 1, 'the one of hour 4')
})

void t.test('a log that is rotated in the middle of the first look is read', async t => {
  for (const input of ['dns.log', 'd*.log']) {
    const dir = t.testdir({ 'dns.log': 'a1\n', 'other.log': 'o1\n' })
    const [log, other] = [join(dir, 'dns.log'), join(dir, 'other.log')]
    const follower = new Follower(join(dir, input), other)
    t.same(await follower.lookAndRead(), ['a1', 'o1'])
    await follower.stop()
    renameSync(other, `${other}.1`)
    appendFileSync(`${other}.1`, 'o2\n')
    follower.onReport = () => {
      follower.onReport = () => undefined
      appendFileSync(log, 'a2\n')
      renameSync(log, `${log}.1`)
      appendFileSync(log, 'b1\n')
    }
    await follower.restart()
    const lines = [...(await follower.lookAndRead()), ...(await follower.lookAndRead())]
    t.same(lines.sort(), ['a2', 'b1', 'o2'], input)
    await follower.stop()
  }
})
