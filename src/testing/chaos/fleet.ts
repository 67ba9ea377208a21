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
import { startRedis, type RedisServer } from '../redis.js'
import { openRegistry, registeredOn } from '../registry.js'
import { zeekLine } from '../zeek-lines.js'

const alert = 'YOUR-FIRST-CONTACT'
const daemonsCount = 6
const domainsCount = 300
const steps = 60
/** Longer than claims take to be settled (claimsSettleMs), and confirmed (claimsConfirmMs). */
const healMs = 240_000

interface FleetLine extends Line {
  readonly domain: string
  readonly first_here?: boolean
  readonly alerts_withdrawn?: readonly string[]
}

const nameOf = (n: number): string => `shop-${n}.com`

const openMember = async (t: Test, redis: RedisServer, rdap: string, n: number) => {
  const dir = socketFolder(t)
  const link = await openFaultyLink(t, redis.port)
  const log = join(dir, 'dns.log')
  writeFileSync(log, '')
  writeFileSync(
    join(dir, 'domainstats.yaml'),
    `emit: distinct
hold_seconds: 1
poll_seconds: 0.2
rdap: { servers: { com: '${rdap}' }, per_second: 100, burst: 100 }
shared: { url: 'redis://127.0.0.1:${link.port}', sensor: sensor-${n} }
inputs: [{ path: dns.log, format: zeek, start: beginning }]
`,
  )
  const { look } = followRecords(t, join(dir, 'domainstats.log'))
  const run = () => start('run', '--data', dir)
  let daemon = run()
  let lines = 0
  const asked = new Set<string>()
  return {
    link,
    asked,
    records: () => look() as readonly FleetLine[],
    ask: (name: string): void => {
      appendFileSync(log, zeekLine(n * 1_000_000 + lines, name))
      asked.add(name)
      lines += 1
    },
    end: (signal: NodeJS.Signals) => daemon.end(signal),
    restart: () => void (daemon = run()),
    /** Claims in its store without a final answer. */
    claims: (): number => {
      const db = new Database(join(dir, 'domainstats.sqlite'), { readonly: true })
      try {
        return db.prepare<[], number>('SELECT count(*) FROM claims').pluck().get() ?? 0
      } finally {
        db.close()
      }
    },
  }
}
type Member = Awaited<ReturnType<typeof openMember>>

const breakSome = async (
  chance: Chance,
  { link, end, restart }: Member,
  redis: RedisServer,
): Promise<void> => {
  const harms: readonly [() => unknown, ...(() => unknown)[]] = [
    () => link.be('slow'),
    () => link.be('parted'),
    () => link.be('refuses'),
    link.cut,
    link.halfClose,
    async () => {
      await end('SIGKILL')
      restart()
    },
    async () => {
      await redis.kill()
      await pause(chance.between(0, 500))
      await redis.start()
    },
  ]
  await chance.oneOf(harms)()
}

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

export const playFleet = async (t: Test, seed: number): Promise<void> => {
  const chance = chanceFrom(seed)
  const redis = await startRedis(t)
  const registry = await openRegistry(t, name => registeredOn(name, '2020-01-01T00:00:00Z'), {
    latencyMs: 20,
  })
  const fleet: Member[] = []
  for (let n = 0; n < daemonsCount; n += 1) fleet.push(await openMember(t, redis, registry.url, n))
  const anyone = (): Member | undefined => fleet[chance.between(0, daemonsCount - 1)]
  for (let step = 0; step < steps; step += 1) {
    for (let some = chance.between(5, 30); some > 0; some -= 1)
      anyone()?.ask(nameOf(chance.between(0, domainsCount - 1)))
    const harmed = anyone()
    if (harmed && chance.likely(0.5)) await breakSome(chance, harmed, redis)
    await pause(chance.between(0, 300))
    if (chance.likely(0.4)) anyone()?.link.be('well')
  }
  for (const { link } of fleet) link.be('well')
  const end = Date.now() + healMs
  while (Date.now() < end && (faults(fleet).length > 0 || fleet.some(({ claims }) => claims() > 0)))
    await pause(1_000)
  t.same(faults(fleet), [])
  t.equal(
    fleet.reduce((sum, { claims }) => sum + claims(), 0),
    0,
    'all claims have their final answer',
  )
  const lookups = Math.max(
    ...[...new Set(registry.asked)].map(name => registry.asked.filter(one => one === name).length),
  )
  t.comment(`${registry.asked.length} look-ups, at most ${lookups} for one domain`)
  for (const { end } of fleet) await end('SIGTERM')
}
