/** Opens what this sensor shares with the others of its site by the settings: in a Redis or Valkey, or with nobody. */
import { hash } from 'node:crypto'
import { hostname } from 'node:os'
import type { Config } from '../config/schema.js'
import { leaseInstanceDigits } from '../limits.js'
import type { SharedCounts } from '../shared/counts.js'
import type { SharedFacts } from '../shared/facts.js'
import { openLocal } from '../shared/local.js'
import type { Shared } from '../shared/shared.js'
import type { SharedStore } from '../shared/store.js'
import type { Turns } from '../shared/turns.js'
import { originKey } from '../store/schema.js'
import type { Store } from '../store/store.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { redisTargetOf } from './redis.js'

export interface Sharing {
  readonly shared: Shared
  /** 64 bits in hex that no other sensor has: see Claim. Undefined: the sensor is alone. */
  readonly sensor: string | undefined
  /** Undefined: the sensor is alone. */
  readonly turns: Turns | undefined
  /** Undefined: the sensor is alone, or the settings say that counts are not shared. */
  readonly counts: SharedCounts | undefined
  /** Undefined: the sensor is alone, or the settings do not share passive DNS. */
  readonly facts: SharedFacts | undefined
  readonly close: () => Promise<void>
}

export interface SharingOptions {
  readonly config: Config
  /** The data folder, to which paths are relative; undefined for a throw-away store, which is never shared. */
  readonly dir: string | undefined
  readonly store: Pick<Store, 'meta' | 'putMeta'>
  readonly clock: Clock
  readonly random: () => number
  readonly telemetry: Telemetry
  /** False: no registry is asked, so this is no sensor that shares the pace. */
  readonly asks?: boolean
}

/** Where the store keeps how many sensors there were. */
const sensorsKey = 'sensors'

/**
 * The sensor of a data folder, as in Claim. Made of the id that the store got when it was made: a data folder that is copied
 * is not another sensor.
 */
export const sensorOf = (store: Pick<Store, 'meta'>): string =>
  hash('sha256', store.meta(originKey) ?? '', 'hex').slice(0, 16)

/** A sensor that shares with nobody. */
export const sharingAlone = (clock: Clock): Sharing => ({
  ...{ shared: openLocal(clock), sensor: undefined, turns: undefined },
  ...{ counts: undefined, facts: undefined },
  close: () => Promise.resolve(),
})

export interface SiteOptions extends Pick<SharingOptions, 'config' | 'clock' | 'telemetry'> {
  /** `shared.url`. */
  readonly url: string
  /** The data folder, to which paths are relative. */
  readonly dir: string
  /** When it aborts, nothing is tried or reported any more. */
  readonly signal: AbortSignal
}

/**
 * Connects to the store of the site. One that cannot be reached is reported, and tried again when it is used.
 *
 * @throws Error as openSharing
 */
export const openSite = async ({ url, config, dir, clock, telemetry, signal }: SiteOptions) => {
  const [{ openRedis }, { SharedStore }] = await Promise.all([
    import('../redis/client.js'),
    import('../shared/store.js'),
  ])
  const redis = openRedis(await redisTargetOf(url, config.shared, 'shared', dir), clock)
  const ofSite = new SharedStore({ redis, prefix: config.shared.prefix, clock, telemetry, signal })
  try {
    await ofSite.link.connect()
  } catch (error) {
    redis.close()
    throw error
  }
  return { ofSite, name: `${redis.name} ${config.shared.prefix}`, close: redis.close }
}

/** What the settings share of the sums of this sensor. */
export const sumsOf = async (ofSite: SharedStore, { counts, pdns }: Config['shared']) => {
  const [{ openRedisCounts }, { openRedisFacts }] = await Promise.all([
    import('../shared/redis-counts.js'),
    import('../shared/redis-facts.js'),
  ])
  return {
    counts: counts ? openRedisCounts(ofSite) : undefined,
    facts: pdns ? openRedisFacts(ofSite) : undefined,
  }
}

/**
 * A store that cannot be reached is reported, and tried again: the sensor goes on alone meanwhile.
 *
 * @throws Error if the store must not be used, or a file of a password or a certificate cannot be read
 */
export const openSharing = async (options: SharingOptions): Promise<Sharing> => {
  const { config, dir, store, clock, random, telemetry, asks = true } = options
  const { url, sensor = hostname() } = config.shared
  if (url === undefined || dir === undefined) return sharingAlone(clock)
  const [{ openRedisShared }, { openTurns }] = await Promise.all([
    import('../shared/redis.js'),
    import('../shared/turns.js'),
  ])
  const life = new AbortController()
  const { ofSite, close } = await openSite({ ...{ url, config, dir, clock, telemetry }, signal: life.signal })
  const turns = asks
    ? openTurns({
        ...{ store: ofSite, sensor, clock, sensorsBefore: Number(store.meta(sensorsKey) ?? 1) },
        onSensors: count => store.putMeta(sensorsKey, String(count)),
      })
    : undefined
  const running = turns?.run(life.signal)
  const instance = random()
    .toString(36)
    .slice(2, 2 + leaseInstanceDigits)
  return {
    ...{ shared: openRedisShared(ofSite, instance), sensor: sensorOf(store), turns },
    ...(await sumsOf(ofSite, config.shared)),
    close: async () => {
      life.abort()
      await running
      close()
    },
  }
}

/**
 * Opens what a command shares. If the command must not use the store, it shares nothing.
 *
 * @param onAlone called with the reason in that case
 */
export const sharingOrAlone = async (
  options: SharingOptions,
  onAlone: (error: unknown) => void,
): Promise<Sharing> => {
  try {
    return await openSharing(options)
  } catch (error) {
    onAlone(error)
    return sharingAlone(options.clock)
  }
}
