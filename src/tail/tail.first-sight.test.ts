/** A log that was born, rotated and moved to its archive before a line of it was read. */
import t, { type Test } from 'tap'
import { Follower } from './testing/follower.js'
import { at, World } from './testing/world.js'

const archive = (time: string) => `spool-2/2026-11-21/eve-2026112104${time}.json.gz`

/** The log of the first folder was read at three; then the daemon went down. */
const down = async (t: Test, input = 'spool-*/eve*.json*') => {
  const world = new World(t.testdir({}))
  world.write('spool-1/eve.json', 'a1\n', 3)
  const follower = new Follower(world.path(input))
  t.teardown(() => follower.stop())
  t.same(await follower.lookAndRead(at(3)), ['a1'])
  await follower.stop()
  return { world, follower }
}

for (const { name, live } of [
  { name: 'a log that is rotated', live: 'eve.json' },
  { name: 'logs that have a name of their own', live: 'eve-20261121050000.json' },
])
  void t.test(`a folder is new, of ${name}: its archive is read first, in order`, async t => {
    const { world, follower } = await down(t)
    world.write(archive('0000'), 'b1\n', 4)
    world.write(archive('0100'), 'b2\n', 4.1)
    world.write(`spool-2/${live}`, 'b3\n', 5)
    await follower.restart()
    t.same(await follower.lookAndRead(at(5)), ['b1', 'b2', 'b3'])
    t.same(await follower.lookAndRead(at(5)), [])
    await follower.restart()
    t.same(await follower.lookAndRead(at(6)), [], 'each line once')
  })

void t.test(
  'nothing of the new folder is at hand after the start: its archive is read when a log is',
  async t => {
    const { world, follower } = await down(t)
    world.write(archive('0000'), 'b1\n', 4)
    await follower.restart()
    t.same(await follower.lookAndRead(at(5)), [])
    world.write('spool-2/eve.json', 'b2\n', 5)
    t.same(await follower.lookAndRead(at(5.1)), ['b1', 'b2'])
  },
)

void t.test('an archive that is older than what was read last was never ours', async t => {
  const { world, follower } = await down(t)
  world.write(archive('0000'), 'b1\n', 1)
  world.write('spool-2/eve.json', 'b2\n', 5)
  await follower.restart()
  t.same(await follower.lookAndRead(at(5)), ['b2'])
})

void t.test('nothing of an input was ever read: its archives are none of ours', async t => {
  const world = new World(t.testdir({}))
  world.write(archive('0000'), 'b1\n', 4)
  world.write('spool-2/eve.json', 'b2\n', 5)
  const follower = new Follower(world.path('spool-*/eve*.json*'))
  t.teardown(() => follower.stop())
  t.same(await follower.lookAndRead(at(5)), ['b2'])
})

void t.test('catch_up_days: 0 reads no archive', async t => {
  const { world, follower } = await down(t)
  world.write(archive('0000'), 'b1\n', 4)
  world.write('spool-2/eve.json', 'b2\n', 5)
  follower.catchUpDays = 0
  await follower.restart()
  t.same(await follower.lookAndRead(at(5)), ['b2'])
})
