/** What sensors share, in a Cluster of three masters with replicas, and with Sentinels; and what a failover leaves of it. */
import t from 'tap'
import { needs } from '../testing/external-programs.js'
import { startCluster, startSentinels } from '../testing/redis-cluster.js'
import { redisAt } from '../testing/redis.js'
import { systemClock } from '../time/clock.js'
import { readClaims } from './claims.js'
import { bucketOf } from './keys.js'
import type { Claim, Claimed } from './shared.js'
import { contract } from './testing/contract.js'
import { countsContract } from './testing/counts.js'
import { factsContract } from './testing/facts.js'
import { countsAt, factsAt, ruleOfDocs, sensorAt, siteAt, type TestSensor } from './testing/redis-site.js'

const skip = needs('redis-server')
const never = new AbortController().signal

/** A claim to each of many domains, which are in all parts of a Cluster. */
const many = (letter: string): Claim[] =>
  Array.from({ length: 300 }, (_, at) => ({
    ...{
      domain: `domain-${at}.com`,
      id: `0${letter}`.repeat(16),
      sensor: `0${letter}`.repeat(8),
      seen: 1_000,
      kind: 'live',
    },
  }))

/** Makes claims until all are answered. */
const insist = async ({ shared }: TestSensor, claims: readonly Claim[]): Promise<readonly Claimed[]> => {
  for (;;) {
    const answers = (await shared.claim(claims, never)).filter(answer => answer !== undefined)
    if (answers.length === claims.length) return answers
    await systemClock.sleep(100, never)
  }
}

void t.test('a Cluster of three masters with a replica each', { skip }, async t => {
  const cluster = await startCluster(t)
  const at = redisAt(cluster.to, { isCluster: true })
  await t.test('shares as a single server does', t => contract(t, siteAt(at)))
  await t.test('counts as a single server does', t => countsContract(t, countsAt(at)))
  await t.test('knows facts as a single server does', t => factsContract(t, factsAt(at)))

  await t.test('after a failover the first claims own as before', async t => {
    const sensor = sensorAt(t, at)
    await sensor.store.link.connect()
    t.ok((await insist(sensor, many('a'))).every(({ owns }) => owns))
    const places = many('a').map(({ domain }) => ({ bucket: bucketOf(domain), cursor: '0' }))
    const parts = await readClaims(sensor.store, places)
    const fields = parts.flatMap(part => part?.contacts.map(({ field }) => field) ?? [])
    t.equal(new Set(fields).size, 300, 'claims are read from all nodes')
    const [master, , , replica] = cluster.nodes
    // What was confirmed is on the replica: this test is not about the last moments before a failover.
    await master?.do('WAIT', '1', '5000')
    await master?.kill()
    const answers = await insist(sensor, many('b'))
    t.ok(answers.every(({ owns }) => !owns))
    t.ok((await insist(sensor, many('a'))).every(({ owns }) => owns))
    t.match(String(await replica?.do('INFO', 'replication')), /role:master/)
    t.match(sensor.reports.map(({ kind }) => kind), ['shared-down', 'shared-up']) // prettier-ignore
    await master?.start()
    await cluster.whole()
  })

  await t.test('a Cluster in which one master evicts is refused', async t => {
    await cluster.nodes[1]?.do('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    await t.rejects(sensorAt(t, at).store.link.connect(), { message: /allkeys-lru/ })
  })

  await t.test('the user of docs/fleet.md needs one more right there', async t => {
    await cluster.nodes[1]?.do('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    for (const node of cluster.nodes)
      await node.do('ACL', 'SETUSER', 'domainstats', ...ruleOfDocs(), '+cluster|slots')
    const address = cluster.to.replace('//', '//domainstats@')
    const sensor = sensorAt(t, redisAt(address, { isCluster: true, password: 'secret' }), {
      prefix: 'domainstats',
    })
    await sensor.store.link.connect()
    t.ok((await insist(sensor, many('c'))).every(({ owns }) => owns))
    t.same(sensor.reports, [])
  })
})

void t.test('a master that Sentinels name', { skip }, async t => {
  const { to, name, master, replica } = await startSentinels(t)
  const at = redisAt(to, { sentinel: name })
  await t.test('shares as a single server does', t => contract(t, siteAt(at)))
  await t.test('counts as a single server does', t => countsContract(t, countsAt(at)))
  await t.test('knows facts as a single server does', t => factsContract(t, factsAt(at)))

  await t.test('after a failover the first claims own as before', async t => {
    const sensor = sensorAt(t, at)
    await sensor.store.link.connect()
    t.ok((await insist(sensor, many('a'))).every(({ owns }) => owns))
    await master.do('WAIT', '1', '5000')
    await master.kill()
    t.ok((await insist(sensor, many('b'))).every(({ owns }) => !owns))
    t.match(String(await replica.do('INFO', 'replication')), /role:master/)
    t.match(sensor.reports.map(({ kind }) => kind), ['shared-down', 'shared-up']) // prettier-ignore
  })
})
