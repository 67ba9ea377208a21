/** Sensors that share a real Redis or Valkey, for tests. */
import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { openRedis, type Redis, type RedisTarget } from '../../redis/client.js'
import type { Report } from '../../telemetry/report.js'
import { systemClock, type Clock } from '../../time/clock.js'
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

/** For the contract: two sensors of a new site, whose time passes by hand. They must have nothing to report. */
export const siteAt =
  (target: RedisTarget) =>
  async (t: Test, clock: Clock): Promise<readonly [Shared, Shared]> => {
    sites += 1
    const open = async (): Promise<Shared> => {
      const { store, shared } = sensorAt(t, target, {
        ...{ prefix: `site-${sites}`, serverTime: clock.now },
        telemetry: report => {
          if (report.kind !== 'shared-asked') t.fail(JSON.stringify(report))
        },
      })
      await store.link.connect()
      return shared
    }
    return [await open(), await open()]
  }
