import t, { type Test } from 'tap'
import {
  restMsMax,
  sinkBatchBytes,
  sinkCursorMs,
  sinkRetryAfterMsMax,
  sinkRetryMs,
  sinkRetryMsMax,
  sinkTimeoutMs,
} from '../../limits.js'
import type { Report } from '../../telemetry/report.js'
import { handClock } from '../../testing/hand-clock.js'
import type { Clock } from '../../time/clock.js'
import type { SegmentPosition } from '../../model/segment.js'
import { Segments } from './segments.js'
import { backoffMs } from '../../time/backoff.js'
import { RetryLater, type Sink, type SinkRecord, type SkippedRecords } from './sink.js'
import { recordsIn, SinkWorker } from './sink-worker.js'
import { Sinks } from './sinks.js'

const start: SegmentPosition = { segment: 1, offset: 0 }
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}
const live = () => new AbortController().signal

type Send = (records: readonly SinkRecord[], signal: AbortSignal) => Promise<readonly SkippedRecords[]>

/** A sink whose sends succeed or fail as the test decides, and the stored cursor. */
const openOne = async (t: Test, backlogBytes = 1_000, bytesMax = 40, cursor = start) => {
  const segments = await Segments.open({ dir: t.testdir(), durable: false, bytesMax }, undefined)
  const hand = handClock(0)
  let sleepers = 0
  const clock: Clock = {
    now: hand.now,
    sleep: async (ms, signal) => {
      sleepers += 1
      await hand.sleep(ms, signal)
      sleepers -= 1
    },
  }
  const reports: Report[] = []
  const taken: string[] = []
  const world = {
    send: ((records: readonly SinkRecord[]) => {
      taken.push(...records.map(({ fields }) => String(fields['id'])))
      return Promise.resolve([])
    }) satisfies Send as Send,
    stored: [] as SegmentPosition[],
    lose: (() => undefined) as (error: unknown) => void,
    closed: 0,
    storeFails: false,
  }
  const sink: Sink = {
    batchBytes: sinkBatchBytes,
    send: (records, signal) => world.send(records, signal),
    close: () => Promise.resolve(void (world.closed += 1)),
  }
  const telemetry = (report: Report) => void reports.push(report)
  const worker = new SinkWorker({
    ...{ name: 'siem', backlogBytes, segments, cursor, clock, random: () => 0, telemetry },
    open: onLost => {
      world.lose = onLost
      return sink
    },
    store: position => {
      if (world.storeFails) throw new Error('database is locked')
      world.stored.push(position)
    },
  })
  const sinks = new Sinks(segments, [worker], telemetry)
  const write = (...ids: readonly string[]) =>
    sinks.write({ ...sinks.place(), lines: Buffer.from(ids.map(id => `{"id":"${id}"}\n`).join('')) })
  /** So many ms, in steps; before each the worker, which reads from the disk, has come to where it waits. */
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 100) {
      await until(() => sleepers > 0)
      hand.pass(Math.min(left, 100))
      for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve))
    }
    await until(() => sleepers > 0)
  }
  const told = (kind: Report['kind']) => reports.filter(report => report.kind === kind)
  return { world, worker, sinks, segments, clock, reports, taken, write, pass, told }
}

void t.test('records are sent in order, and the cursor follows a second later', async t => {
  const { world, sinks, taken, write, pass, told } = await openOne(t)
  sinks.start()
  await write('a', 'b')
  await until(() => taken.length === 2)
  await write('c')
  await until(() => taken.length === 3)
  t.same([taken, world.stored], [['a', 'b', 'c'], []])
  await pass(3 * sinkCursorMs)
  t.same(world.stored.at(-1), { segment: 1, offset: 33 })
  const before = world.stored.length
  await pass(restMsMax)
  t.equal(world.stored.length, before, 'nothing is written where nothing came')
  t.same(told('sink-sent').length, 2)
  await sinks.close(live())
  t.equal(world.closed, 1)
})

void t.test(
  'a sink that fails gets the same records again, later each time, and is reported once',
  async t => {
    const { world, sinks, worker, taken, write, pass, told } = await openOne(t)
    const { send } = world
    let tries = 0
    world.send = () => {
      tries += 1
      return Promise.reject(new Error('ECONNREFUSED'))
    }
    sinks.start()
    await write('a')
    await until(() => tries === 1)
    // Half of it at the least.
    await pass(sinkRetryMs / 2)
    t.equal(tries, 2)
    await pass(sinkRetryMs / 2)
    t.equal(tries, 2)
    await pass(sinkRetryMs / 2)
    t.equal(tries, 3)
    t.match(worker.state, { name: 'siem', waitingBytes: 11, down: { error: 'Error: ECONNREFUSED' } })
    world.send = send
    await pass(10_000)
    t.same(taken, ['a'])
    t.equal(worker.state.down, undefined)
    t.same([told('sink-down').length, told('sink-up').length], [1, 1])
    await sinks.close(live())
  },
)

void t.test('a receiver that asks for time gets it, within a bound', async t => {
  const { world, sinks, write, pass, taken } = await openOne(t)
  const { send } = world
  let tries = 0
  const refuse = (afterMs: number) => () => {
    tries += 1
    return Promise.reject(new RetryLater('429', afterMs))
  }
  world.send = refuse(3 * sinkRetryMs)
  sinks.start()
  await write('a')
  await until(() => tries === 1)
  world.send = refuse(Infinity)
  await pass(3 * sinkRetryMs - 100)
  t.equal(tries, 1)
  await pass(100)
  t.equal(tries, 2)
  world.send = send
  await pass(sinkRetryAfterMsMax - 100)
  t.same(taken, [])
  await pass(100)
  await until(() => taken.length === 1)
  await sinks.close(live())
})

void t.test('a send that takes too long fails', async t => {
  const { world, sinks, write, pass, told } = await openOne(t)
  let isSent = false
  world.send = (_, signal) => {
    isSent = true
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
  }
  sinks.start()
  await write('a')
  await until(() => isSent)
  await pass(sinkTimeoutMs + 100)
  t.match(told('sink-down'), [{ error: /not taken in 30000 ms/ }])
  await sinks.close(live())
})

void t.test('after a broken connection the records in flight are sent again', async t => {
  const { world, sinks, taken, write, pass } = await openOne(t)
  sinks.start()
  await write('a')
  await until(() => taken.length === 1)
  await pass(3 * sinkCursorMs)
  await write('b')
  await until(() => taken.length === 2)
  world.lose(new Error('ECONNRESET'))
  await pass(3 * sinkRetryMs)
  t.same(taken, ['a', 'b', 'b'])
  // Nothing is under way: a receiver may leave.
  await pass(3 * sinkCursorMs)
  world.lose(new Error('ECONNRESET'))
  await pass(3 * sinkRetryMs)
  t.same(taken, ['a', 'b', 'b'])
  await sinks.close(live())
})

void t.test(
  'a receiver that accepts and disconnects again and again is not tried in a busy loop',
  async t => {
    const { world, sinks, write, pass } = await openOne(t)
    let tries = 0
    world.send = () => {
      tries += 1
      queueMicrotask(() => world.lose(new Error('ECONNRESET')))
      return Promise.resolve([])
    }
    sinks.start()
    await write('a')
    await pass(120_000)
    t.ok(tries < 12, `${tries} tries in two minutes`)
    await sinks.close(live())
  },
)

void t.test('when the store is locked, the cursor is stored later', async t => {
  const { world, sinks, worker, write, pass } = await openOne(t)
  world.storeFails = true
  sinks.start()
  await write('a')
  await pass(5 * sinkCursorMs)
  t.same([world.stored, worker.cursor], [[], start])
  world.storeFails = false
  await pass(5 * sinkCursorMs)
  t.same(world.stored, [{ segment: 1, offset: 11 }])
  await sinks.close(live())
})

void t.test(
  'at the end all records are sent and the cursor is stored; a sink that is down is not waited for',
  async t => {
    const { world, sinks, taken, write } = await openOne(t)
    sinks.start()
    await write('a', 'b', 'c')
    await sinks.close(live())
    t.same([taken, world.stored.at(-1), world.closed], [['a', 'b', 'c'], { segment: 1, offset: 33 }, 1])

    const down = await openOne(t)
    down.world.send = () => Promise.reject(new Error('ECONNREFUSED'))
    down.sinks.start()
    await down.write('a')
    await until(() => down.told('sink-down').length === 1)
    await down.sinks.close(live())
    t.same(down.world.stored, [])

    const slow = await openOne(t)
    slow.world.send = (_, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
    slow.sinks.start()
    await slow.write('a')
    const stop = new AbortController()
    const closed = slow.sinks.close(stop.signal)
    stop.abort()
    await closed
    t.same([slow.world.stored, slow.told('sink-down')], [[], []])
  },
)

void t.test(
  'beyond the backlog the oldest segments are dropped, counted and reported; segments that were read are removed',
  async t => {
    const { sinks, segments, worker, taken, write, pass, told } = await openOne(t, 100)
    // Four records a segment, and the sink takes none.
    for (let i = 0; i < 20; i++) await write(`r${i}`)
    await until(() => segments.bytesFrom(worker.cursor) <= 100 && segments.first === worker.cursor.segment)
    const dropped = told('sink-dropped')
    t.match(dropped[0], { sink: 'siem', records: 4, reason: 'more than backlog_bytes' })
    t.ok(segments.bytesFrom({ segment: 1, offset: 0 }) <= 100)
    sinks.start()
    await until(() => taken.includes('r19'))
    t.equal(taken.length + 4 * dropped.length, 20, 'each was sent, or told as dropped')
    await pass(3 * sinkCursorMs)
    await write('next')
    await until(() => taken.includes('next'))
    await pass(3 * sinkCursorMs)
    // Looked at with each write.
    await write('last')
    await until(() => segments.first === segments.end.segment)
    await sinks.close(live())
  },
)

void t.test('on a full disk waiting records are dropped for the log, the oldest first', async t => {
  const { sinks, segments, worker, write, told } = await openOne(t)
  for (let i = 0; i < 9; i++) await write(`r${i}`)
  await sinks.giveWay()
  t.same([worker.cursor, segments.first], [{ segment: 2, offset: 0 }, 2])
  t.match(told('sink-dropped'), [{ records: 4, reason: 'the disk is full' }])
  await sinks.giveWay()
  await sinks.giveWay()
  t.equal(segments.first, segments.end.segment, 'but the one that is written stays')
  t.equal(told('sink-dropped').length, 2)
  await sinks.close(AbortSignal.abort())
})

void t.test(
  'a segment that cannot be written costs records of the sinks, and does not delay the log',
  async t => {
    const { sinks, segments, write, told, taken } = await openOne(t)
    const real = segments.write.bind(segments)
    segments.write = () => Promise.reject(Object.assign(new Error('EIO: made by the test'), { code: 'EIO' }))
    await write('a', 'b')
    t.match(told('sink-dropped'), [{ sink: 'siem', records: 2, reason: /EIO/ }])
    segments.write = real
    await write('c')
    sinks.start()
    await until(() => taken.length === 1)
    t.same(taken, ['c'])
    await sinks.close(live())
  },
)

void t.test('damaged lines are counted and skipped', async t => {
  const { world, sinks, taken, told, segments } = await openOne(t)
  const lines = Buffer.from('{"id":"a"}\n\0\0\0\n[]\n{"id":"b"\n{"id":"c"}\n')
  t.match(recordsIn(lines), { records: [{ fields: { id: 'a' } }, { line: '{"id":"c"}' }], damaged: 3 })
  const { send } = world
  world.send = async (records, signal) => {
    await send(records, signal)
    return [{ records: 1, reason: 'refused' }]
  }
  await sinks.write({ ...segments.place(), lines })
  sinks.start()
  await until(() => taken.length === 2)
  t.match(told('sink-skipped'), [
    { sink: 'siem', records: 1, reason: 'refused' },
    { sink: 'siem', records: 3, reason: 'damaged on our disk' },
  ])
  t.match(told('sink-sent'), [{ records: 1 }])
  await sinks.close(live())
})

void t.test('the backoff doubles up to a minute, half of it random', t => {
  t.same(
    [1, 2, 3, 4].map(failures => backoffMs(sinkRetryMs, sinkRetryMsMax, failures, 0)),
    [1, 2, 4, 8].map(factor => (factor * sinkRetryMs) / 2),
  )
  t.equal(backoffMs(sinkRetryMs, sinkRetryMsMax, 1, 1), sinkRetryMs)
  t.equal(backoffMs(sinkRetryMs, sinkRetryMsMax, 2_000, 1), sinkRetryMsMax)
  t.end()
})
