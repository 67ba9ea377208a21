/** The settings of sinks of type `redis`. */
import type * as z from 'zod'
import { redisEntriesDefault } from '../../limits.js'
import { choice, optional, required, whole } from '../kinds.js'
import { checkRedis, redisAddress, redisKey, redisShape, type RedisSettings } from '../schema-redis.js'

export const redisSinkShape = {
  to: required(redisAddress, 'The Redis or Valkey that takes the records.'),
  stream: optional(redisKey, 'The key of a stream. Its entries have the fields record_id and record.'),
  entries_max: optional(
    whole(1, 2 ** 40, 'entries'),
    `About how many entries the stream keeps, ${redisEntriesDefault} if not given; the oldest leave.`,
  ),
  list: optional(redisKey, 'In place of stream: the key of a list. Whoever reads it removes the records.'),
  mode: optional(
    choice('rpush', 'lpush'),
    'At which end of the list records are added, rpush if not given: LPOP takes the oldest one.',
  ),
  ...redisShape,
}

interface RedisSink extends RedisSettings {
  readonly to: string
  readonly stream?: string | undefined
  readonly entries_max?: number | undefined
  readonly list?: string | undefined
  readonly mode?: string | undefined
}

export const checkRedisSink = (sink: RedisSink, context: z.RefinementCtx): void => {
  const { to, stream, entries_max, list, mode } = sink
  const refuse = (key: string, input: unknown, message: string) =>
    context.addIssue({ code: 'custom', path: [key], input, message })
  if (stream === undefined && list === undefined)
    context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: ['stream'] })
  if (stream !== undefined && list !== undefined) refuse('list', list, 'cannot stand beside stream')
  if (stream === undefined && entries_max !== undefined) refuse('entries_max', entries_max, 'needs stream')
  if (list === undefined && mode !== undefined) refuse('mode', mode, 'needs list')
  checkRedis(to, sink, 'to', refuse)
}
