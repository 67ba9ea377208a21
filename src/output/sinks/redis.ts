/**
 * A sink that adds records to a stream or a list of Redis or Valkey. A batch is one pipeline; if a part of it was taken when
 * the connection broke, that part comes again.
 */
import { sinkPostBytes } from '../../limits.js'
import { openRedis, type RedisCommand, type RedisTarget } from '../../redis/client.js'
import type { Clock } from '../../time/clock.js'
import type { OpenSink, SinkRecord } from './sink.js'

/** Where records go. */
export type RedisPlace =
  | { readonly stream: string; readonly entriesMax: number }
  | { readonly list: string; readonly mode: 'rpush' | 'lpush' }

const idOfRecord = ({ fields }: SinkRecord): string =>
  typeof fields['record_id'] === 'string' ? fields['record_id'] : ''

/** @see https://redis.io/docs/latest/commands/xadd/ `~` lets Redis drop whole nodes, which costs it nothing */
const commandsFor = (place: RedisPlace, records: readonly SinkRecord[]): RedisCommand[] => {
  if ('list' in place) return [[place.mode.toUpperCase(), place.list, ...records.map(({ line }) => line)]]
  const add = ['XADD', place.stream, 'MAXLEN', '~', String(place.entriesMax), '*']
  return records.map(record => [...add, 'record_id', idOfRecord(record), 'record', record.line])
}

export const openRedisSink =
  (target: RedisTarget, place: RedisPlace, clock: Clock): OpenSink =>
  () => {
    // Whatever is not confirmed is sent again, so nobody needs to know of a connection that is lost in between.
    const redis = openRedis(target, clock)
    const key = 'list' in place ? place.list : place.stream
    return {
      batchBytes: sinkPostBytes,
      send: async (records, signal) => {
        await redis.send(key, commandsFor(place, records), signal)
        return []
      },
      close: () => {
        redis.close()
        return Promise.resolve()
      },
    }
  }
