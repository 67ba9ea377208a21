/**
 * A fleet of daemons with a shared store, whose links, processes, disks and memory are broken at random: each daemon records
 * each of its questions once; in the end one record of the fleet has the first contact with a domain, and the store names it;
 * and the registry was asked once, but for what a replica did not know that took over, and once by each daemon that had no
 * store.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { openRegistry, registeredOn } from '../registry.js'
import { chanceFrom } from './chance.js'
import { lookupsOf, ownerFaults, recordFaults, type Asked } from './fleet-judge.js'
import { openMember, type Member } from './fleet-member.js'
import type { FleetStore } from './fleet-store.js'

const daemonsCount = 6
const domainsCount = 300
/** Many times what claims take to be settled, and then to be confirmed (hurriedLimits): the machine may be busy. */
const healMs = 240_000

interface Step {
  readonly asks: readonly { readonly by: number; readonly name: string }[]
  readonly harm: { readonly kind: string; readonly n: number; readonly ms: number } | undefined
  readonly pauseMs: number
}

/** The same seed gives the same script; when things happen in it, the machine decides. */
const scriptOf = (seed: number, steps: number, harms: readonly [string, ...string[]]): readonly Step[] => {
  const chance = chanceFrom(seed)
  const anyone = (): number => chance.between(0, daemonsCount - 1)
  return Array.from({ length: steps }, () => ({
    asks: Array.from({ length: chance.between(5, 30) }, () => ({
      ...{ by: anyone(), name: `shop-${chance.between(0, domainsCount - 1)}.com` },
    })),
    harm: chance.likely(0.4)
      ? { kind: chance.oneOf(harms), n: anyone(), ms: chance.between(100, 4_000) }
      : undefined,
    pauseMs: chance.between(0, 600),
  }))
}

/** All daemons are asked for these when all is whole again. */
const calmNames = Array.from({ length: 20 }, (_, n) => `calm-${n}.com`)

/** Waits until everything has its final answer. */
const untilWhole = async (t: Test, fleet: readonly Member[], store: FleetStore): Promise<void> => {
  const open = () => fleet.reduce((sum, { claims }) => sum + claims(), 0)
  const end = Date.now() + healMs
  while (Date.now() < end && (recordFaults(fleet).length > 0 || open() > 0)) await pause(500)
  t.same(recordFaults(fleet), [], 'each record once, and one first contact a domain')
  t.equal(open(), 0, 'all claims are answered')
  t.same(await ownerFaults(fleet, store), [], 'the store names the records with the alerts')
}

/** Plays a script on a new fleet. */
export const playFleet = async (
  t: Test,
  seed: number,
  openStore: (t: Test, daemons: number) => Promise<FleetStore>,
  steps = 40,
): Promise<void> => {
  const asked: Asked[] = []
  const store = await openStore(t, daemonsCount)
  const onQuery = (name: string, _nth: number, path: string) => {
    asked.push({ name, by: Number(/^\/(\d+)\//.exec(path)?.[1]), at: Date.now() })
    return registeredOn(name, '2020-01-01T00:00:00Z')
  }
  const registry = await openRegistry(t, onQuery, { latencyMs: 20 })
  const fleet = Array.from({ length: daemonsCount }, (_, n) => openMember(t, store, registry.url, n))
  const harms: FleetStore['harms'] = {
    ...store.harms,
    daemonKilled: async n => fleet[n]?.restart(),
    daemonStopped: async (n, ms) => {
      fleet[n]?.signal('SIGSTOP')
      await pause(ms)
      fleet[n]?.signal('SIGCONT')
    },
  }
  const [first = '', ...others] = Object.keys(harms)
  const script = scriptOf(seed, steps, [first, ...others])
  for (const [n, { ask }] of fleet.entries()) ask(`start-${n}.com`)
  await Promise.all(fleet.map(one => one.isReady()))
  const underWay: Promise<unknown>[] = []
  for (const { asks, harm, pauseMs } of script) {
    for (const { by, name } of asks) fleet[by]?.ask(name)
    if (harm) underWay.push(harms[harm.kind]?.(harm.n, harm.ms) ?? Promise.resolve())
    await pause(pauseMs)
  }
  await Promise.all(underWay)
  await untilWhole(t, fleet, store)
  const failovers = await store.failovers()
  for (const { ask } of fleet) for (const name of calmNames) ask(name)
  await untilWhole(t, fleet, store)
  const asking = await Promise.all(
    fleet.map(async one => ({ troubles: [...(await one.troubles()), ...store.full], kills: one.kills() })),
  )
  const failoversInAll = await store.failovers()
  const all = lookupsOf(asked, asking, failoversInAll)
  t.same(all.tooMany, [], 'each name is looked up once, and once more for what was forgotten')
  const calm = lookupsOf(
    asked.filter(({ name }) => calmNames.includes(name)),
    asking,
    failoversInAll - failovers,
  )
  t.same(calm.tooMany, [], 'once that all is whole again, each name is looked up once')
  const kinds = script.flatMap(({ harm }) => harm?.kind ?? [])
  t.comment(
    `seed ${seed}: ${kinds.join(' ')}; ${all.count} look-ups, ${all.sharedCount} of daemons with a store, ${calm.count} of ${calmNames.length} names at the end`,
  )
  for (const one of fleet) await one.end()
}
