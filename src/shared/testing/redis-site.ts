/** Sensors that share a real Redis or Valkey, for tests. */
import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { openRedis, type Redis, type RedisTarget } from '../../redis/client.js'
import type { Report } from '../../telemetry/report.js'
import { systemClock, type Clock } from '../../time/clock.js'
import type { SharedCounts } from '../counts.js'
import type { SharedFacts } from '../facts.js'
import { openRedisCounts } from '../redis-counts.js'
import { openRedisFacts } from '../redis-facts.js'
import { openRedisShared } from '../redis.js'
import type { Shared } from '../shared.js'
import { SharedStore, type SharedStoreOptions } from '../store.js'

export interface TestSensor {
  readonly redis: Redis
  readonly store: SharedStore
  readonly shared: Shared
  /** What was reported, without counts. */
  readonly reports: readonly Report[]
  /** How often each `what result` was counted. */
  readonly counts: Readonly<Record<string, number>>
}

/** The rules of the user in docs/fleet.md, with the password `secret`. */
export const ruleOfDocs = (): string[] => {
  const [, text = ''] = /^ACL SETUSER domainstats (.*)$/m.exec(readFileSync('docs/fleet.md', 'utf8')) ?? []
  return text.split(' ').map(rule => (rule.startsWith('>') ? '>secret' : rule))
}

let sensors = 0

/** A sensor, not connected yet. */
export const sensorAt = (
  t: Test,
  target: RedisTarget,
  more: Partial<SharedStoreOptions> = {},
): TestSensor => {
  const redis = openRedis(target, systemClock)
  t.teardown(() => redis.close())
  const reports: Report[] = []
  const counts: Record<string, number> = {}
  const store = new SharedStore({
    ...{ redis, prefix: 'test', clock: systemClock, signal: new AbortController().signal },
    telemetry: report => {
      if (report.kind !== 'shared-asked') reports.push(report)
      else
        counts[`${report.what} ${report.result}`] =
          (counts[`${report.what} ${report.result}`] ?? 0) + report.count
    },
    ...more,
  })
  sensors += 1
  return { redis, store, shared: openRedisShared(store, `sensor-${sensors}`), reports, counts }
}

let sites = 0

/** Two sensors of a new site, whose time passes by hand. They must have nothing to report. */
const twoAt = async <T>(
  t: Test,
  target: RedisTarget,
  more: Partial<SharedStoreOptions>,
  of: (sensor: TestSensor) => T,
): Promise<readonly [T, T]> => {
  sites += 1
  const open = async (): Promise<T> => {
    const sensor = sensorAt(t, target, {
      ...{ prefix: `site-${sites}`, ...more },
      telemetry: report => {
        if (report.kind !== 'shared-asked') t.fail(JSON.stringify(report))
      },
    })
    await sensor.store.link.connect()
    return of(sensor)
  }
  return [await open(), await open()]
}

/** For the contract. */
export const siteAt =
  (target: RedisTarget) =>
  (t: Test, clock: Clock): Promise<readonly [Shared, Shared]> =>
    twoAt(t, target, { serverTime: clock.now }, ({ shared }) => shared)

/** For the contract of counts. */
export const countsAt =
  (target: RedisTarget) =>
  (t: Test): Promise<readonly [SharedCounts, SharedCounts]> =>
    twoAt(t, target, {}, ({ store }) => openRedisCounts(store))

/** For the contract of facts. */
export const factsAt =
  (target: RedisTarget) =>
  (t: Test): Promise<readonly [SharedFacts, SharedFacts]> =>
    twoAt(t, target, {}, ({ store }) => openRedisFacts(store))
