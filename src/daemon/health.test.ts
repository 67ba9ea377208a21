/** The status of the daemon: from its counters and its store to the answers of the port. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { now, openPort } from '../http/testing/port.js'
import { lagSecondsMax, outageMs, retryMs } from '../limits.js'
import { unknownDomain } from '../model/domain.js'
import { Outage } from '../resolve/outage.js'
import { openStore } from '../store/store.js'
import { Counters, emptyEfficiency } from '../telemetry/counters.js'
import type { InputStatus } from '../telemetry/status.js'
import { healthOf } from './health.js'

const setUp = async (t: Test, domainsMax = 1_000) => {
  const store = openStore(join(t.testdir(), 'domainstats.sqlite'), { domainsMax })
  t.teardown(() => store.close())
  const counters = new Counters()
  const world: { now: number; inputs: InputStatus[] } = { now, inputs: [] }
  const outage = new Outage(() => undefined)
  const health = healthOf({ counters, store, efficiency: emptyEfficiency(), outage }, () => world.inputs)
  const { get } = await openPort(t, {}, { status: () => health(world.now) })
  const ready = async () => {
    const { status, body } = await get('/readyz')
    return [status, body] as const
  }
  const metric = async (name: string) => {
    const { body } = await get('/metrics')
    return body.split('\n').filter(line => line.startsWith(`domainstats_${name}`))
  }
  const add = (from: number, count: number) => {
    const domains = Array.from({ length: count }, (_, n) => unknownDomain(`n${from + n}.com`))
    store.commit({ domains: domains.map(({ domain }) => domain) }, () => ({ domains }), now)
  }
  return { counters, world, outage, ready, metric, add }
}

void t.test('an input is read late: not ready as long as that lasts', async t => {
  const { world, ready, metric } = await setUp(t)
  const fresh = { path: '/logs/eve.json', lagBytes: 0, lagSeconds: 0 }
  const late = (lagSeconds: number) => [{ path: '/logs/dns.log', lagBytes: 4096, lagSeconds }, fresh]
  world.inputs = late(lagSecondsMax)
  t.same(await ready(), [200, 'ready\n'])
  world.inputs = late(lagSecondsMax + 1)
  t.same(await ready(), [503, '/logs/dns.log is read 61 s late\n'])
  t.same(await metric('input_lag'), [
    'domainstats_input_lag_bytes{input="/logs/dns.log"} 4096',
    'domainstats_input_lag_bytes{input="/logs/eve.json"} 0',
    'domainstats_input_lag_seconds{input="/logs/dns.log"} 61',
    'domainstats_input_lag_seconds{input="/logs/eve.json"} 0',
  ])
  t.same(await metric('ready'), ['domainstats_ready 0'])
  world.inputs = [fresh]
  t.same(await ready(), [200, 'ready\n'])
})

void t.test('the store fills up: warned from 90 % on, and ready all the same', async t => {
  const { ready, metric, add } = await setUp(t)
  add(0, 899)
  t.same(await ready(), [200, 'ready\n'])
  add(899, 1)
  const [status, body] = await ready()
  t.equal(status, 200)
  t.match(body, /^ready\nwarning: 900 domains are in the store, which holds 1000 \(domains_max\)/)
  t.same(await metric('domains'), ['domainstats_domains 900', 'domainstats_domains_max 1000'])
})

void t.test('gaps are counted', async t => {
  const { counters, metric } = await setUp(t)
  t.same(await metric('input_missed'), [
    'domainstats_input_missed_total 0',
    'domainstats_input_missed_seconds_total 0',
  ])
  const times = { from: '2026-11-21T03:00:00.000Z', to: '2026-11-21T05:00:00.000Z' }
  counters.count({ kind: 'input-missed', path: '/logs/dns.log', ...times, seconds: 7200 }, now)
  counters.count({ kind: 'input-missed', path: '/logs/eve.json', ...times, seconds: 7200 }, now)
  t.same(await metric('input_missed'), [
    'domainstats_input_missed_total 2',
    'domainstats_input_missed_seconds_total 14400',
  ])
})

void t.test('a log that is lost is counted, and how much of it is known to be', async t => {
  const { counters, metric } = await setUp(t)
  counters.count({ kind: 'input-lost', path: '/logs/dns.log', offset: 7, bytes: 100 }, now)
  counters.count({ kind: 'input-lost', path: '/logs/eve.json', offset: 9 }, now)
  t.same(await metric('input_lost'), [
    'domainstats_input_lost_total 2',
    'domainstats_input_lost_bytes_total 100',
  ])
})

void t.test('a stall is over when it is not reported again', async t => {
  const { counters, world, ready, metric } = await setUp(t)
  counters.count({ kind: 'store-stalled', error: 'database is locked' }, now)
  t.same(await ready(), [503, 'store-stalled: database is locked\n'])
  t.same(await metric('stalled'), ['domainstats_stalled{of="store"} 1', 'domainstats_stalled{of="output"} 0'])
  counters.count({ kind: 'output-stalled', path: '/log', error: 'ENOSPC' }, now)
  t.same(await metric('stalled'), ['domainstats_stalled{of="store"} 0', 'domainstats_stalled{of="output"} 1'])
  world.now += 3 * retryMs
  t.same(await ready(), [200, 'ready\n'])
  t.same(await metric('stalled'), ['domainstats_stalled{of="store"} 0', 'domainstats_stalled{of="output"} 0'])
})

void t.test('no registry can be reached for long: ready with a warning, until one answers', async t => {
  const { outage, ready } = await setUp(t)
  outage.observe('rdap.test', { kind: 'failed', reason: 'timeout' }, now)
  t.same(await ready(), [200, 'ready\n'])
  outage.observe('rdap.test', { kind: 'failed', reason: 'timeout' }, now + outageMs)
  const [status, body] = await ready()
  t.equal(status, 200)
  t.match(
    body,
    /^ready\nwarning: no registry could be reached since 20\d\d-[\dT:.-]+Z: look-ups count as off/,
  )
  outage.observe('rdap.test', { kind: 'absent' }, now + outageMs)
  t.same(await ready(), [200, 'ready\n'])
})
