/** Commands that ask registries, at two sensors with a shared store: each name is asked about once, at one pace. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { needs } from '../testing/external-programs.js'
import { testIo } from '../testing/io.js'
import { startRedis } from '../testing/redis.js'
import { openRegistry, registeredOn } from '../testing/registry.js'
import { stateOf } from '../testing/state.js'
import { runCommandLine } from './command-line.js'

const skip = needs('redis-server')
const date = '2011-05-14T08:21:07Z'

const go = async (argv: readonly string[], stdin = '') => {
  const io = testIo(stdin)
  return { code: await runCommandLine(argv, io), out: io.out(), err: io.err() }
}

/** Settings of a sensor. */
const settings = (site: string, registry: string, sensor: string, perSecond = 1000): string =>
  `hold_seconds: 0\nwhois: off\nshared: {url: '${site}', sensor: ${sensor}}\n` +
  `rdap: {per_second: ${perSecond}, burst: 1, servers: {com: '${registry}'}}\n`

const twoSensors = (t: Test, site: string, registry: string, perSecond?: number) => {
  const dir = t.testdir({
    a: { 'domainstats.yaml': settings(site, registry, 'a', perSecond) },
    b: { 'domainstats.yaml': settings(site, registry, 'b', perSecond) },
  })
  return [join(dir, 'a'), join(dir, 'b')] as const
}

const dateless = (name: string) => ({
  status: 200,
  body: { objectClassName: 'domain', ldhName: name, events: [] },
})

void t.test('query takes the answer that another sensor has got', { skip }, async t => {
  const site = await startRedis(t)
  const registry = await openRegistry(t, name => registeredOn(name, date))
  for (const data of twoSensors(t, site.to, registry.url))
    t.match(await go(['query', 'a.com', '--lookup', '--data', data]), {
      code: 0,
      out: /"a\.com".*2011-05-14/,
    })
  t.strictSame(registry.asked, ['a.com'])
})

void t.test(
  'fix asks for what the site knows without a date, and the next one takes it',
  { skip },
  async t => {
    const site = await startRedis(t)
    let hasDates = false
    const registry = await openRegistry(t, name => (hasDates ? registeredOn(name, date) : dateless(name)))
    const sensors = twoSensors(t, site.to, registry.url)
    for (const data of sensors) await go(['query', 'a.com', '--lookup', '--data', data])
    t.strictSame(registry.asked, ['a.com'])
    hasDates = true
    for (const data of sensors) {
      t.match(await go(['fix', '--data', data]), { code: 0, err: /^1 dates found/m })
      t.equal(stateOf(data).kinds.get('a.com'), 'registered')
    }
    t.strictSame(registry.asked, ['a.com', 'a.com'])
  },
)

void t.test('together they keep to the pace of one', { skip }, async t => {
  const site = await startRedis(t)
  const times: number[] = []
  const registry = await openRegistry(t, name => {
    times.push(Date.now())
    return registeredOn(name, date)
  })
  const [a, b] = twoSensors(t, site.to, registry.url, 5)
  const names = (of: string) => Array.from({ length: 5 }, (_, n) => `${of}-${n}.com`)
  await Promise.all([
    go(['query', ...names('a'), '--lookup', '--data', a]),
    go(['query', ...names('b'), '--lookup', '--data', b]),
  ])
  t.equal(times.length, 10)
  const took = (times.at(-1) ?? 0) - (times[0] ?? 0)
  t.ok(took >= 1_500, `10 look-ups at 5 a second took ${took} ms`)
})

void t.test('query says why it must not use the store, and asks the registry alone', { skip }, async t => {
  const site = await startRedis(t, '--maxmemory-policy', 'allkeys-lru')
  const registry = await openRegistry(t, name => registeredOn(name, date))
  const [a] = twoSensors(t, site.to, registry.url)
  t.match(await go(['query', 'one.com', '--lookup', '--data', a]), {
    ...{ code: 0, out: /2011-05-14/ },
    err: /^alone, without the store of the site: .*allkeys-lru/m,
  })
})

void t.test('one that only reads is no sensor of the site', { skip }, async t => {
  const site = await startRedis(t)
  const registry = await openRegistry(t, name => registeredOn(name, date))
  const [a, b] = twoSensors(t, site.to, registry.url)
  await go(['query', 'one.com', '--no-lookup', '--data', a])
  t.same(await site.do('ZCARD', 'domainstats:sensors'), 0)
  await go(['query', 'one.com', '--lookup', '--data', b])
  t.same(String(await site.do('ZRANGE', 'domainstats:sensors', '0', '-1')), 'b')
})
