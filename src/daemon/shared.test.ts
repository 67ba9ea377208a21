/** Opening what sensors share, with a real redis-server. */
import t, { type Test } from 'tap'
import { loadConfig } from '../config/load.js'
import { needs } from '../testing/external-programs.js'
import { startRedis } from '../testing/redis.js'
import type { Report } from '../telemetry/report.js'
import { systemClock } from '../time/clock.js'
import { openSharing } from './shared.js'

const skip = needs('redis-server')
const claim = { domain: 'a.com', id: '0a'.repeat(16), sensor: '0a'.repeat(8), seen: 1, kind: 'live' } as const
const never = new AbortController().signal

const opened = async (t: Test, settings: string, random = 0.5) => {
  const dir = t.testdir({ 'domainstats.yaml': settings })
  const { config } = await loadConfig(dir)
  const kept = new Map<string, string>()
  const reports: Report[] = []
  const sharing = await openSharing({
    ...{ config, dir, clock: systemClock, random: () => random },
    store: { meta: key => kept.get(key), putMeta: (key, value) => void kept.set(key, value) },
    telemetry: report => reports.push(report),
  })
  t.teardown(() => sharing.close())
  return { sharing, reports, kept }
}

void t.test('without the setting a sensor is alone', async t => {
  const { sharing } = await opened(t, '')
  t.equal(sharing.turns, undefined)
  t.match(await sharing.shared.claim([claim], never), [{ owns: true }])
})

void t.test('two sensors with one prefix share, a third with another does not', { skip }, async t => {
  const server = await startRedis(t)
  const settings = (sensor: string, prefix = 'site') =>
    `shared: {url: '${server.to}', prefix: ${prefix}, sensor: ${sensor}}`
  const one = await opened(t, settings('one'), 0.1)
  const other = await opened(t, settings('other'), 0.2)
  const third = await opened(t, settings('third', 'elsewhere'), 0.3)
  const second = { ...claim, id: '0b'.repeat(16), sensor: '0b'.repeat(8) }
  t.match(await one.sharing.shared.claim([claim], never), [{ owns: true }])
  t.match(await other.sharing.shared.claim([second], never), [{ owns: false }])
  t.match(await third.sharing.shared.claim([second], never), [{ owns: true }])
  t.ok(await one.sharing.shared.lease('a.com', 60_000))
  t.equal(await other.sharing.shared.lease('a.com', 60_000), undefined)
  // Their beats are on the way since they were opened; the loop is not waited for.
  while ((await server.do('ZCARD', 'site:sensors')) !== 2);
  t.same(
    [one, other, third].flatMap(({ reports }) => reports.filter(({ kind }) => kind !== 'shared-asked')),
    [],
  )
})

void t.test('a store that evicts is refused, and one that is laid out otherwise', { skip }, async t => {
  const server = await startRedis(t, '--maxmemory-policy', 'volatile-ttl')
  await t.rejects(opened(t, `shared: {url: '${server.to}'}`), {
    message: /volatile-ttl.*set it to noeviction/,
  })
  await server.do('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  await server.do('SET', 'domainstats:layout', 'domainstats 2')
  await t.rejects(opened(t, `shared: {url: '${server.to}'}`), {
    message: /holds "domainstats 2".*another prefix/,
  })
})

void t.test('a store that is away is reported, and the sensor goes on alone', { skip }, async t => {
  const server = await startRedis(t)
  await server.kill()
  const { sharing, reports } = await opened(t, `shared: {url: '${server.to}'}`)
  t.match(reports, [{ kind: 'shared-down', store: `${server.to}/0`, error: /ECONNREFUSED/ }])
  t.equal(sharing.shared.isAway(), true)
  t.same(await sharing.shared.claim([claim], never), [undefined])
  t.ok(await sharing.shared.lease('a.com', 60_000))
  await server.start()
  // The sensor tries again by itself.
  while (!reports.some(({ kind }) => kind === 'shared-up')) await systemClock.sleep(20, never)
  t.match(await sharing.shared.claim([claim], never), [{ owns: true }])
})
