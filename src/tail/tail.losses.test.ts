/** A log that we read is gone, with lines that its sensor may have written since: it is reported once, and only if so. */
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { dirname } from 'node:path'
import t, { type Test } from 'tap'
import { lateLinesMs, rotationMsMin, unarchivedMs } from '../limits.js'
import { Follower, inputOf } from './testing/follower.js'
import { lookOn } from './testing/look-on.js'
import { at, World } from './testing/world.js'

const log = 'logs/dns.log'
const [two, three, later] = [at(2), at(3), at(3) + 3 * lateLinesMs]

/** A world in which `a1` is read at two o'clock. */
const begun = async (t: Test, input = log, path = log) => {
  const world = new World(t.testdir({}))
  world.write(path, 'a1\n', 2)
  const follower = new Follower(world.path(input))
  t.teardown(() => follower.stop())
  t.same(await follower.lookAndRead(two), ['a1'])
  return { world, follower }
}

const lost = (follower: Follower) => follower.reports.filter(({ kind }) => kind === 'input-lost')

const move = (world: World, from: string, to: string): void => {
  mkdirSync(dirname(world.path(to)), { recursive: true })
  renameSync(world.path(from), world.path(to))
}

/** What logrotate's `olddir` does, after one more line. */
const rotateAway = (world: World, from = log): void => {
  appendFileSync(world.path(from), 'a2\n')
  move(world, from, 'old/dns.log-20261121')
}

const told = (world: World, path = log) => ({
  ...{ kind: 'input-lost', path: world.path(path), offset: 3 },
  ...{ from: new Date(two).toISOString(), to: new Date(three).toISOString(), seconds: 3600 },
})

for (const [input, path] of [
  [log, log],
  ['logs', log],
  ['logs/*.log', log],
  ['logs', 'logs/dns-20261121000001.log'],
] as const)
  for (const next of [undefined, 'b1\n', ''])
    void t.test(`moved away while down: ${input}, ${path}, then ${JSON.stringify(next)}`, async t => {
      const { world, follower } = await begun(t, input, path)
      await follower.stop()
      rotateAway(world, path)
      if (next !== undefined) world.write(path, next, 2.5)
      await follower.restart()
      t.same(await follower.lookAndRead(three), next ? ['b1'] : [])
      t.same(lost(follower), [], 'it may be found yet')
      await lookOn(follower, three, three + unarchivedMs - 1)
      t.same(lost(follower), [])
      await lookOn(follower, three + unarchivedMs, later)
      t.same(lost(follower), [told(world, path)])
      await follower.restart()
      t.same(await lookOn(follower, later, later + 3 * lateLinesMs), [])
      t.equal(lost(follower).length, 1, 'once')
    })

void t.test(
  'after a kill before a loss is reported, the next process reports it, whatever was read meanwhile',
  async t => {
    const { world, follower } = await begun(t)
    await follower.stop()
    rotateAway(world)
    world.write(log, 'b1\n', 2.5)
    await follower.restart()
    t.same(await follower.lookAndRead(three - 1000), ['b1'])
    follower.reports.length = 0
    await follower.restart()
    follower.reports.length = 0
    t.same(await lookOn(follower, three, later), [])
    t.same(lost(follower), [told(world)])
  },
)

void t.test('a process that stops early, or runs with --once, reports a loss when it stops', async t => {
  for (const once of [false, true]) {
    const { world, follower } = await begun(t)
    await follower.stop()
    rotateAway(world)
    follower.once = once
    await follower.restart()
    t.same(await follower.lookAndRead(three), [])
    t.equal(lost(follower).length, once ? 1 : 0)
    await follower.restart()
    t.same(lost(follower), [told(world)])
    if (!once) continue
    t.same(await follower.lookAndRead(later), [])
    await follower.stop()
    t.equal(lost(follower).length, 1, 'and not at each of them')
  }
})

void t.test(
  'a log that was reported as lost is read on from its checkpoint when its folder becomes an input',
  async t => {
    const { world, follower } = await begun(t)
    await follower.stop()
    rotateAway(world)
    world.write(log, 'b1\n', 2.5)
    await follower.restart()
    t.same(await lookOn(follower, three, later), ['b1'])
    t.equal(lost(follower).length, 1)
    follower.inputs = [...follower.inputs, inputOf(world.path('old'))]
    await follower.restart()
    t.same(await follower.lookAndRead(later), ['a2'])
  },
)

/** What happens to the log while we are down, and where its rest is found. */
const found: Readonly<Record<string, (world: World) => void>> = {
  'renamed beside it': world => {
    rotateAway(world)
    move(world, 'old/dns.log-20261121', 'logs/dns.log.1')
  },
  'packed beside it': world => world.archive(log, 'logs/dns.log.1.gz', 'a1\na2\n', 2.5),
  'moved to the folder of its day': world =>
    world.archive(log, 'logs/2026-11-21/dns.02:00:00-03:00:00.log.gz', 'a1\na2\n', 2.5),
  'copied and truncated': world => {
    world.write('logs/dns.log.1', 'a1\na2\n', 2.5)
    truncateSync(world.path(log))
  },
  'moved to a folder that is an input': world => rotateAway(world),
}

for (const [what, change] of Object.entries(found))
  void t.test(`no alarm: ${what}`, async t => {
    for (const next of [false, true]) {
      const { world, follower } = await begun(t)
      await follower.stop()
      change(world)
      if (next) world.write(log, 'b1\n', 2.9)
      mkdirSync(world.path('old'), { recursive: true })
      follower.inputs = [...follower.inputs, inputOf(world.path('old'))]
      await follower.restart()
      const lines = await lookOn(follower, three, later)
      t.same(lines.sort(), next ? ['a2', 'b1'] : ['a2'])
      await follower.restart()
      await lookOn(follower, later, later + 2 * lateLinesMs)
      t.same(lost(follower), [])
    }
  })

void t.test(
  'no loss is reported: rotated while we polled, read to its end, and moved away or deleted',
  async t => {
    for (const input of [log, 'logs', 'logs/*.log'])
      for (const gone of ['moved', 'deleted', 'rotated, deleted later', 'rotated, closed, deleted later'])
        for (const next of [true, false]) {
          const { world, follower } = await begun(t, input)
          appendFileSync(world.path(log), 'a2\n')
          if (gone === 'moved') rotateAway(world)
          else if (gone === 'deleted') rmSync(world.path(log))
          else move(world, log, 'logs/dns.log.1')
          if (next) world.write(log, 'b1\n', 2.1)
          await follower.lookAndRead(two + 1000)
          // What is read in this look was found to be all of it in the next one.
          await follower.lookAndRead(two + 2000)
          if (gone.includes('closed')) await lookOn(follower, two + 3000, two + 2 * lateLinesMs)
          await follower.stop()
          rmSync(world.path('logs/dns.log.1'), { force: true })
          await follower.restart()
          await lookOn(follower, three, later)
          t.same(lost(follower), [], `${input}, ${gone}, ${next ? 'with' : 'without'} a next one`)
        }
  },
)

void t.test('no loss is reported: each log has a name of its own, and old ones are deleted', async t => {
  const [first, second] = ['logs/dns-20261121000001.log', 'logs/dns-20261121000002.log']
  for (const isClosed of [false, true]) {
    const { world, follower } = await begun(t, 'logs', first)
    if (isClosed) await lookOn(follower, two, two + 2 * lateLinesMs)
    world.write(second, 'b1\n', 2.4)
    t.same(await follower.lookAndRead(at(2.4)), ['b1'])
    await follower.lookAndRead(at(2.4) + 1000)
    await follower.stop()
    rmSync(world.path(first))
    await follower.restart()
    await lookOn(follower, three, later)
    t.same(lost(follower), [])
  }
})

void t.test(
  'a log moved away while it was read, before a kill, is reported as lost with its unread bytes',
  async t => {
    const world = new World(t.testdir({}))
    const line = `${'x'.repeat(999)}\n`
    world.write(log, line.repeat(3000), 2)
    const follower = new Follower(world.path(log))
    t.teardown(() => follower.stop())
    await follower.look(two)
    await follower.readOnce()
    const offset = [...follower.committed.values()][0]?.offset ?? 0
    move(world, log, 'old/dns.log')
    await follower.look(two + 1000)
    await follower.restart()
    await lookOn(follower, three, later)
    t.match(lost(follower), [{ offset, bytes: 3_000_000 - offset }])
  },
)

void t.test('an idle log that was closed and moved away while we were down is not reported', async t => {
  const { world, follower } = await begun(t, 'logs')
  await lookOn(follower, two, two + 2 * lateLinesMs)
  t.not([...follower.committed.values()][0]?.statSignature, '')
  await follower.stop()
  rotateAway(world)
  world.write(log, 'b1\n', 2.9)
  await follower.restart()
  await lookOn(follower, three, later)
  t.same(lost(follower), [told(world)])
})

void t.test(
  'no loss is reported: an idle log was closed, rotated while we were down, and has no new lines',
  async t => {
    const ways: Readonly<Record<string, (world: World) => void>> = {
      'beside it': world => renameSync(world.path(log), world.path('logs/dns.log.1')),
      'packed beside it': world => world.archive(log, 'logs/dns.log.1.gz', 'a1\n', 2),
      'to the folder of its day': world => move(world, log, 'logs/2026-11-21/dns.02:00:00-03:00:00.log'),
      'to a folder that is an input': world => move(world, log, 'old/dns.log-20261121'),
      nowhere: () => undefined,
    }
    for (const [way, rotate] of Object.entries(ways)) {
      const { world, follower } = await begun(t, 'logs')
      await lookOn(follower, two, two + 2 * lateLinesMs)
      await follower.stop()
      rotate(world)
      if (way !== 'nowhere') world.write(log, 'b1\n', 2.9)
      mkdirSync(world.path('old'), { recursive: true })
      follower.inputs = [...follower.inputs, inputOf(world.path('old'))]
      await follower.restart()
      t.same(await lookOn(follower, three, later), way === 'nowhere' ? [] : ['b1'])
      t.same(lost(follower), [], way)
    }
  },
)

void t.test('a truncation is reported as such while we poll, and as a loss if we did not', async t => {
  for (const whileDown of [false, true]) {
    const { world, follower } = await begun(t)
    if (whileDown) await follower.stop()
    world.write(log, 'b1\n', 2.5)
    if (whileDown) await follower.restart()
    t.same(await follower.lookAndRead(three), ['b1'])
    if (!whileDown) await follower.restart()
    await lookOn(follower, three, later)
    t.equal(follower.count('input-truncated'), whileDown ? 0 : 1)
    t.equal(lost(follower).length, whileDown ? 1 : 0)
  }
})

void t.test('at a site with archives a late one is awaited, also across a restart', async t => {
  const archived: Readonly<Record<string, (world: World) => string>> = {
    'an older archive': world => {
      world.write('logs/2026-11-21/dns.00:00:00-01:00:00.log.gz', 'older\n', 1)
      return log
    },
    'a link': world => {
      world.link('spool', 'logs/current')
      return 'logs/current/dns.log'
    },
  }
  for (const [what, make] of Object.entries(archived))
    for (const comes of [false, true]) {
      const world = new World(t.testdir({}))
      const path = make(world)
      world.write(path, 'a1\n', 2)
      const follower = new Follower(world.path(path))
      t.teardown(() => follower.stop())
      await follower.lookAndRead(two)
      await follower.stop()
      move(world, path, 'elsewhere')
      await follower.restart()
      await lookOn(follower, three, three + 5 * rotationMsMin)
      await follower.restart()
      t.same(lost(follower), [], what)
      await lookOn(follower, three, three + lateLinesMs - 1000)
      t.same(lost(follower), [], what)
      const archive = 'logs/2026-11-21/dns.02:00:00-03:00:00.log.gz'
      if (comes) world.write(archive, 'a1\na2\n', 2.5)
      const lines = await lookOn(follower, three + lateLinesMs - 1000, three + lateLinesMs + rotationMsMin)
      t.same(lines, comes ? ['a2'] : [])
      t.equal(lost(follower).length, comes ? 0 : 1)
    }
})

void t.test('no loss is reported while its folder is absent', async t => {
  const { world, follower } = await begun(t)
  await follower.stop()
  move(world, 'logs', 'unmounted')
  await follower.restart()
  await lookOn(follower, three, later)
  t.same(lost(follower), [])
  move(world, 'unmounted', 'logs')
  appendFileSync(world.path(log), 'a2\n')
  t.same(await follower.lookAndRead(later), ['a2'])
  t.same(lost(follower), [])
})

void t.test('no loss is reported for an input that is no longer followed', async t => {
  const { world, follower } = await begun(t)
  await follower.stop()
  rotateAway(world)
  follower.inputs = [inputOf(world.path('old/other.log'))]
  await follower.restart()
  await lookOn(follower, three, later)
  t.same(lost(follower), [])
})
