/**
 * A fleet of daemons with a shared store, whose links and processes are broken at random: each daemon records each of its
 * questions once, and in the end one record of the fleet has the first contact with a domain.
 */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { Test } from 'tap'
import { chanceFrom, type Chance } from './chance.js'
import { openFaultyLink } from '../faulty-link.js'
import { start } from '../process.js'
import { socketFolder } from '../receivers.js'
import { followRecords, type Line } from '../record-log.js'
import { startCluster, type RedisNode } from '../redis-cluster.js'
import { startRedis } from '../redis.js'
import { openRegistry, registeredOn } from '../registry.js'
import { zeekLine } from '../zeek-lines.js'

const alert = 'YOUR-FIRST-CONTACT'
const daemonsCount = 6
const domainsCount = 300
const steps = 40
/** Longer than claims take to be settled (claimsSettleMs), and then to be confirmed (claimsConfirmMs). */
const healMs = 240_000

interface FleetLine extends Line {
  readonly domain: string
  readonly first_here?: boolean
  readonly alerts_withdrawn?: readonly string[]
}

const nameOf = (n: number): string => `shop-${n}.com`

/** The shared store of a fleet. */
interface FleetStore {
  /** The address and what belongs to it, for the settings of the nth daemon. */
  readonly settings: (n: number) => string
  /** Ways to break the store, or the way of the nth daemon to it. */
  readonly harms: readonly [Harm, ...Harm[]]
  /** Repairs the way of the nth daemon. */
  readonly mend: (n: number) => void
  /** Repairs all. */
  readonly heal: () => Promise<void>
}

type Harm = (n: number) => unknown

/** A single server that forgets nothing, with a link to it for each daemon. */
export const singleStore = async (t: Test, chance: Chance): Promise<FleetStore> => {
  const redis = await startRedis(t)
  const links = await Promise.all(Array.from({ length: daemonsCount }, () => openFaultyLink(t, redis.port)))
  const restart = async (): Promise<void> => {
    await redis.kill()
    await pause(chance.between(0, 500))
    await redis.start()
  }
  return {
    settings: n => `url: 'redis://127.0.0.1:${links[n]?.port ?? 0}'`,
    harms: [
      n => links[n]?.be('slow'),
      n => links[n]?.be('parted'),
      n => links[n]?.be('refuses'),
      n => links[n]?.cut(),
      n => links[n]?.halfClose(),
      restart,
    ],
    mend: n => links[n]?.be('well'),
    heal: () => {
      for (const link of links) link.be('well')
      return Promise.resolve()
    },
  }
}

/** Three masters with a replica each, which write to the disk once a second: a failover or a crash forgets the last claims. */
export const clusterStore = async (t: Test, chance: Chance): Promise<FleetStore> => {
  const { to, nodes, whole } = await startCluster(t)
  const anyNode = (): RedisNode | undefined => nodes[chance.between(0, nodes.length - 1)]
  const away = new Set<RedisNode>()
  const back = async (): Promise<void> => {
    for (const node of away) await node.start()
    away.clear()
  }
  const kill = async (): Promise<void> => {
    // Of a pair only one is away, or its domains have nobody left.
    await back()
    const node = anyNode()
    await node?.kill()
    if (node) away.add(node)
  }
  const stop = async (): Promise<void> => {
    const node = anyNode()
    if (!node || away.has(node)) return
    node.signal('SIGSTOP')
    await pause(chance.between(500, 3_000))
    node.signal('SIGCONT')
  }
  return {
    settings: () => `url: '${to}', cluster: true`,
    harms: [kill, stop],
    mend: () => undefined,
    heal: async () => {
      await back()
      await whole()
    },
  }
}

const openMember = (t: Test, store: FleetStore, rdap: string, n: number) => {
  const dir = socketFolder(t)
  const log = join(dir, 'dns.log')
  writeFileSync(log, '')
  writeFileSync(
    join(dir, 'domainstats.yaml'),
    `emit: distinct
hold_seconds: 1
poll_seconds: 0.2
rdap: { servers: { com: '${rdap}' }, per_second: 100, burst: 100 }
shared: { ${store.settings(n)}, sensor: sensor-${n} }
inputs: [{ path: dns.log, format: zeek, start: beginning }]
`,
  )
  const { look } = followRecords(t, join(dir, 'domainstats.log'))
  const run = () => start('run', '--data', dir)
  let daemon = run()
  let lines = 0
  const asked = new Set<string>()
  return {
    asked,
    records: () => look() as readonly FleetLine[],
    ask: (name: string): void => {
      appendFileSync(log, zeekLine(n * 1_000_000 + lines, name))
      asked.add(name)
      lines += 1
    },
    end: (signal: NodeJS.Signals) => daemon.end(signal),
    restart: () => void (daemon = run()),
    /** Claims in its store without an answer, or whose answer may still change. */
    claims: (): number => {
      const db = new Database(join(dir, 'domainstats.sqlite'), { readonly: true })
      try {
        return db.prepare<[], number>('SELECT count(*) FROM claims WHERE owns = 0').pluck().get() ?? 0
      } finally {
        db.close()
      }
    },
  }
}
type Member = ReturnType<typeof openMember>

/** By record id: how often its first contact was alerted, less how often that was withdrawn. */
const standing = (fleet: readonly Member[]): ReadonlyMap<string, ReadonlyMap<string, number>> => {
  const byDomain = new Map<string, Map<string, number>>()
  for (const { records } of fleet)
    for (const { domain, alerts, alerts_withdrawn = [], record_id, followup_of } of records()) {
      const byRecord = byDomain.get(domain) ?? new Map<string, number>()
      byDomain.set(domain, byRecord)
      const key = followup_of ?? record_id
      const change = Number(alerts.includes(alert)) - Number(alerts_withdrawn.includes(alert))
      byRecord.set(key, (byRecord.get(key) ?? 0) + change)
    }
  return byDomain
}

/** What is wrong with the records of the fleet; empty where nothing is. */
const faults = (fleet: readonly Member[]): readonly string[] => {
  const found: string[] = []
  for (const [domain, byRecord] of standing(fleet)) {
    const counts = [...byRecord.values()]
    const sum = counts.reduce((all, count) => all + count, 0)
    if (sum !== 1 || counts.some(count => count < 0 || count > 1)) found.push(`${domain}: ${counts.join()}`)
  }
  for (const [n, { records, asked }] of fleet.entries()) {
    const ids = records().map(({ record_id }) => record_id)
    if (new Set(ids).size < ids.length) found.push(`daemon ${n} wrote a record twice`)
    const here = records().filter(({ first_here, followup_of }) => first_here === true && !followup_of)
    const domains = new Set(here.map(({ domain }) => domain))
    if (here.length !== domains.size) found.push(`daemon ${n} says first_here twice`)
    for (const name of asked) if (!domains.has(name)) found.push(`daemon ${n} has no record of ${name}`)
  }
  return found
}

/** Plays a script on a new fleet. The same seed gives the same script; when things happen in it, the machine decides. */
export const playFleet = async (
  t: Test,
  seed: number,
  openStore: (t: Test, chance: Chance) => Promise<FleetStore>,
): Promise<void> => {
  const chance = chanceFrom(seed)
  const store = await openStore(t, chance)
  const registry = await openRegistry(t, name => registeredOn(name, '2020-01-01T00:00:00Z'), {
    latencyMs: 20,
  })
  const fleet = Array.from({ length: daemonsCount }, (_, n) => openMember(t, store, registry.url, n))
  const anyone = (): number => chance.between(0, daemonsCount - 1)
  const killOne: Harm = async n => {
    await fleet[n]?.end('SIGKILL')
    fleet[n]?.restart()
  }
  for (let step = 0; step < steps; step += 1) {
    for (let some = chance.between(5, 30); some > 0; some -= 1)
      fleet[anyone()]?.ask(nameOf(chance.between(0, domainsCount - 1)))
    if (chance.likely(0.5)) await chance.oneOf([killOne, ...store.harms])(anyone())
    await pause(chance.between(0, 300))
    if (chance.likely(0.4)) store.mend(anyone())
  }
  await store.heal()
  const end = Date.now() + healMs
  while (Date.now() < end && (faults(fleet).length > 0 || fleet.some(({ claims }) => claims() > 0)))
    await pause(1_000)
  t.same(faults(fleet), [])
  t.equal(
    fleet.reduce((sum, { claims }) => sum + claims(), 0),
    0,
    'all claims are answered',
  )
  const lookups = Math.max(
    ...[...new Set(registry.asked)].map(name => registry.asked.filter(one => one === name).length),
  )
  t.comment(`${registry.asked.length} look-ups, at most ${lookups} for one domain`)
  for (const { end } of fleet) await end('SIGTERM')
}
