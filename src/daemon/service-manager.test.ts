/** What systemd hears, by a recorder in the place of systemd-notify. */
import t, { type Test } from 'tap'
import { env } from 'node:process'
import { idle } from '../http/testing/port.js'
import { serviceStatusMs } from '../limits.js'
import type { Report } from '../telemetry/report.js'
import type { DaemonStatus } from '../telemetry/status.js'
import { handClock } from '../testing/hand-clock.js'
import { recordNotify, withEnvironment } from '../testing/notify-recorder.js'
import { createWake } from '../time/wake.js'
import { statusLine, withServiceManager, type ServiceVariables } from './service-manager.js'

const statusOf = (more: Partial<DaemonStatus>): DaemonStatus => ({
  ...{ ...idle, lines: 1_234_567, domains: 4_321, lookupsQueued: 12, ...more },
})
const known = 'STATUS=1,234,567 lines read, 4,321 domains known, 12 names wait for a look-up'

/** A loop that the test turns. */
const begin = (variables: ServiceVariables) => {
  const [clock, wake, life, reports] = [handClock(0), createWake(), new AbortController(), [] as Report[]]
  const state = { isStalled: false, turn: (): void => undefined }
  const options = {
    ...{ variables, pid: 42, wake, clock },
    health: () => statusOf({}),
    isStalled: () => state.isStalled,
    telemetry: (report: Report) => reports.push(report),
  }
  const read = async (turn: () => void) => {
    state.turn = turn
    // Reads until the program stops.
    await clock.sleep(Infinity, life.signal)
    return 'read'
  }
  const ended = withServiceManager(options, read, life.signal)
  const stop = () => {
    life.abort()
    return ended
  }
  return { clock, wake, state, reports, stop, ended, signal: life.signal }
}

/** What systemd tells a service by its environment. `WatchdogSec=20s`. */
const told = (): ServiceVariables => ({
  NOTIFY_SOCKET: env['NOTIFY_SOCKET'] ?? '',
  WATCHDOG_USEC: '20000000',
  WATCHDOG_PID: '42',
})

void t.test('ready with the first turn, alive while the loop turns, and stopping', async t => {
  const { until } = recordNotify(t, t.testdir({}))
  const { clock, wake, state, stop, signal, reports } = begin(told())
  state.turn()
  t.strictSame(await until(all => all.length === 1), [`READY=1 ${known}`])
  for (let round = 2; round < 4; round++) {
    await wake.wait(signal)
    state.turn()
    clock.pass(10_000)
    t.equal((await until(all => all.length === round)).at(-1), `WATCHDOG=1 ${known}`)
  }
  await wake.wait(signal)
  t.equal(await stop(), 'read')
  t.strictSame((await until(all => all.length === 4)).at(-1), 'STOPPING=1 STATUS=stopping')
  t.strictSame(reports, [])
})

void t.test('a loop that stands still gives no sign of life, until it turns again', async t => {
  const { until } = recordNotify(t, t.testdir({}))
  const { clock, wake, state, stop, signal } = begin(told())
  state.turn()
  await until(all => all.length === 1)
  await wake.wait(signal)
  clock.pass(10_000)
  t.equal(
    (await until(all => all.length === 2)).at(-1),
    'STATUS=reading stands still: the watchdog starts the service again',
  )
  await wake.wait(signal)
  state.turn()
  clock.pass(10_000)
  t.equal((await until(all => all.length === 3)).at(-1), `WATCHDOG=1 ${known}`)
  await wake.wait(signal)
  await stop()
})

void t.test('a loop that waits for a disk and says so is alive: a restart would not help', async t => {
  const { until } = recordNotify(t, t.testdir({}))
  const { clock, wake, state, stop, signal } = begin(told())
  state.turn()
  await until(all => all.length === 1)
  await wake.wait(signal)
  state.isStalled = true
  clock.pass(10_000)
  t.equal((await until(all => all.length === 2)).at(-1), `WATCHDOG=1 ${known}`)
  await wake.wait(signal)
  await stop()
})

void t.test('stopped before the inputs are open: stopping, never ready', async t => {
  const { until } = recordNotify(t, t.testdir({}))
  t.equal(await begin(told()).stop(), 'read')
  t.strictSame(await until(all => all.length === 1), ['STOPPING=1 STATUS=stopping'])
})

const noWatchdog: Readonly<Record<string, ServiceVariables>> = {
  'without a watchdog': { WATCHDOG_USEC: '0' },
  'with a watchdog for another process': { WATCHDOG_PID: '43' },
}
for (const [what, variables] of Object.entries(noWatchdog))
  void t.test(`${what}: only the line of systemctl status`, async t => {
    const { until } = recordNotify(t, t.testdir({}))
    const { clock, wake, state, stop, signal } = begin({ ...told(), ...variables })
    state.turn()
    await until(all => all.length === 1)
    await wake.wait(signal)
    state.turn()
    clock.pass(serviceStatusMs)
    t.equal((await until(all => all.length === 2)).at(-1), known)
    await wake.wait(signal)
    await stop()
  })

void t.test('reading fails: the error comes out, and systemd hears that we stop', async t => {
  const { until } = recordNotify(t, t.testdir({}))
  const { wake, clock } = begin({})
  const options = {
    ...{ variables: told(), pid: 42, wake, clock, health: () => statusOf({}) },
    ...{ isStalled: () => false, telemetry: () => undefined },
  }
  const broken = () => Promise.reject(new TypeError('bug'))
  await t.rejects(withServiceManager(options, broken, new AbortController().signal), { message: 'bug' })
  await until(all => all.at(-1) === 'STOPPING=1 STATUS=stopping')
})

const failing = async (t: Test) => {
  const { clock, wake, state, stop, signal, reports } = begin({ NOTIFY_SOCKET: '/nowhere' })
  state.turn()
  for (let round = 0; round < 3; round++) {
    await wake.wait(signal)
    state.turn()
    clock.pass(serviceStatusMs)
  }
  t.equal(await stop(), 'read')
  return reports
}

void t.test('without systemd-notify it reads on, and says so once', async t => {
  withEnvironment(t, { PATH: t.testdir({}) })
  t.match(await failing(t), [{ kind: 'notify-failed', error: /ENOENT/ }])
})

void t.test('systemd-notify fails: said once', async t => {
  recordNotify(t, t.testdir({}))
  withEnvironment(t, { NOTIFY_SOCKET: '/nowhere/messages' })
  t.match(await failing(t), [{ kind: 'notify-failed', error: /nowhere/ }])
})

void t.test('the line names the first problem, and how many more there are, on one line', t => {
  t.equal(statusLine(statusOf({})), known)
  t.equal(
    statusLine(statusOf({ problems: ['output-stalled: ENOSPC\nx'] })),
    'STATUS=output-stalled: ENOSPC\\nx',
  )
  t.equal(statusLine(statusOf({ problems: ['a', 'b', 'c'] })), 'STATUS=a, and 2 more problems: see /readyz')
  t.end()
})
