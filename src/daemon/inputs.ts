/** From the settings to the inputs: files as the tail follows them, and feeds, opened. */
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { feedName, fileInputs, type InputSettings } from '../config/schema-inputs.js'
import type { Config } from '../config/schema.js'
import type { Feed, FeedOptions } from '../feeds/feed.js'
import { claimAfterSecondsDefault } from '../limits.js'
import { originKey } from '../store/schema.js'
import type { Store } from '../store/store.js'
import type { Input } from '../tail/source.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import type { Wake } from '../time/wake.js'
import { redisTargetOf } from './redis.js'

/** The inputs that are files. @param dir the data folder, to which paths are relative */
export const followedFiles = (inputs: Config['inputs'], dir: string): Input[] =>
  fileInputs(inputs).map(({ path, format, sensor, start }) => ({
    ...{ path: resolve(dir, path), format, sensor, start },
  }))

/** The inputs that are no files. */
export const feedsIn = (inputs: Config['inputs']): InputSettings[] =>
  inputs.filter(({ path }) => path === undefined)

/** What a feed is called. @param dir the data folder, to which the path of a socket is relative */
export const feedNameIn = (settings: InputSettings, dir: string): string =>
  settings.socket === undefined ? feedName(settings) : resolve(dir, settings.socket)

export interface OpenFeedsOptions {
  readonly config: Config
  /** The data folder, to which paths are relative. */
  readonly dir: string
  readonly store: Pick<Store, 'cursor' | 'newFile' | 'meta'>
  readonly wake: Wake
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/** The name of the list that is ours tells by which machine its entries were taken. */
const sensorOf = ({ sensor }: InputSettings): string => sensor ?? hostname()

/**
 * The name of this daemon in a consumer group: the sensor or the machine, so that it is recognised, and a part of the id of
 * the data folder, since a machine may run several. It stays the same over restarts.
 */
const consumerOf = (settings: InputSettings, store: Pick<Store, 'meta'>): string => {
  const [id = ''] = /[^:]*$/.exec(store.meta(originKey) ?? '') ?? []
  return `${sensorOf(settings)}-${id.slice(0, consumerIdChars)}`
}

/** Of the id of a data folder: enough for the few daemons of one machine. */
const consumerIdChars = 8

const openFeed = async (settings: InputSettings, options: OpenFeedsOptions): Promise<Feed> => {
  const { config, dir, store, wake, clock, telemetry } = options
  const { socket, socket_mode: mode = '660', format, sensor, redis: to = '', list, stream, start } = settings
  const name = feedNameIn(settings, dir)
  const common: FeedOptions = {
    input: { path: name, format, sensor, start },
    ...{ file: store.newFile(), pollMs: config.poll_seconds * 1000 },
    ...{ onLines: wake.call, clock, telemetry },
  }
  if (socket !== undefined) {
    const { SocketFeed } = await import('../feeds/socket-feed.js')
    return new SocketFeed(common, Number.parseInt(mode, 8))
  }
  const { openRedis } = await import('../redis/client.js')
  const { RedisFeed } = await import('../feeds/redis-feed.js')
  const redis = openRedis(await redisTargetOf(to, settings, `input ${name}`, dir), clock)
  const cursor = store.cursor(name)
  if (list !== undefined) {
    const { ListReader } = await import('../feeds/redis-list.js')
    const { mode = 'lpush' } = settings
    return new RedisFeed(
      common,
      redis,
      new ListReader(redis, { key: list, mode, sensor: sensorOf(settings), cursor }),
    )
  }
  const { field, group, claim_after_seconds: claimSeconds = claimAfterSecondsDefault } = settings
  const place = { key: stream ?? '', field, start, cursor }
  if (group !== undefined) {
    const { GroupReader } = await import('../feeds/redis-group.js')
    const former = store.cursor(feedName({ ...settings, group: undefined }))
    const consumer = consumerOf(settings, store)
    const shared = { group, consumer, claimMs: claimSeconds * 1000, former, path: name, telemetry }
    return new RedisFeed(common, redis, new GroupReader(redis, { ...place, ...shared }))
  }
  const { StreamReader } = await import('../feeds/redis-stream.js')
  return new RedisFeed(common, redis, new StreamReader(redis, place))
}

/** @throws Error that names a file of a password or a certificate that cannot be read */
export const openFeeds = (options: OpenFeedsOptions): Promise<Feed[]> =>
  Promise.all(feedsIn(options.config.inputs).map(settings => openFeed(settings, options)))
