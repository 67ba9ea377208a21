/** The settings of inputs: files that are followed, and feeds, which are no files: sockets, lists and streams of Redis. */
import * as z from 'zod'
import { claimAfterSecondsDefault, feedsMax } from '../limits.js'
import { readRedisAddress, redisName } from '../redis/address.js'
import { choice, optional, path, setting, textKind, whole } from './kinds.js'
import { checkRedis, redisAddress, redisKey, redisShape } from './schema-redis.js'
import { socketPathBytes } from './sinks/syslog.js'

/** YAML reads 0660 as a number. */
const octal = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value)

const socketPath = {
  schema: path('').schema.refine(
    text => Buffer.byteLength(text) < socketPathBytes,
    `is longer than the path of a socket may be (${socketPathBytes - 1} bytes)`,
  ),
  values: 'the path of a Unix socket',
}

const socketMode = {
  schema: z.preprocess(octal, z.string().regex(/^0?[0-7]{3}$/, 'is no mode')),
  values: 'an octal mode like 660',
}

export const inputShape = {
  path: optional(
    path('the path of a log file, a directory or a glob'),
    'What to follow; a directory, also one that a glob matches, means dns*.log* and eve*.json* in it.',
  ),
  socket: optional(
    socketPath,
    'In place of path: a Unix stream socket on which we listen, for filetype: unix_stream of Suricata.',
  ),
  socket_mode: optional(
    socketMode,
    'The mode of that socket, 660 if not given. Its owner and group are those of the process.',
  ),
  redis: optional(redisAddress, 'In place of path: the Redis or Valkey with the list or the stream.'),
  list: optional(
    redisKey,
    'The key of a list, for filetype: redis of Suricata. Its entries are removed when they are committed.',
  ),
  mode: optional(
    choice('lpush', 'rpush'),
    'With which command the sensor writes to the list, as in suricata.yaml, lpush if not given: the oldest entry is taken first.',
  ),
  stream: optional(redisKey, 'The key of a stream. Its entries stay.'),
  field: optional(
    redisKey,
    'The field of an entry of the stream that holds the line; without it, the first one.',
  ),
  group: optional(
    redisKey,
    'The name of a consumer group of the stream: each of its entries goes to one of the daemons that name this group.',
  ),
  claim_after_seconds: optional(
    whole(1, 86_400, 'seconds'),
    `Entries that another daemon of the group has not counted for so long are taken over from it, ${claimAfterSecondsDefault} if not given.`,
  ),
  format: setting(
    choice('auto', 'zeek', 'suricata'),
    'auto',
    'The format of the log; auto recognises it by its first lines.',
  ),
  sensor: optional(
    textKind(64, 'a label of at most 64 printable characters'),
    'A name for the sensor, written into each of its records.',
  ),
  start: setting(
    choice('beginning', 'end'),
    'beginning',
    'Where a log, or a stream, that was never read before is begun.',
  ),
  ...redisShape,
}

const ofRedis = ['cluster', 'sentinel', 'password_file', 'ca_file', 'cert_file', 'key_file'] as const

const entry = z
  .strictObject(inputShape)
  .superRefine((input, context) => {
    const { redis, list, stream } = input
    const refuse = (key: string, value: unknown, message: string) =>
      context.addIssue({ code: 'custom', path: [key], input: value, message })
    const missing = (key: string) =>
      context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: [key] })
    const ways = (['path', 'socket', 'redis'] as const).filter(key => input[key] !== undefined)
    const [way, second] = ways
    if (way === undefined) missing('path')
    if (second !== undefined) refuse(second, input[second], `cannot stand beside ${way ?? ''}`)
    if (way === undefined || second !== undefined) return
    const needs = (
      needed: 'socket' | 'redis' | 'list' | 'stream' | 'group',
      ...keys: readonly (keyof typeof input)[]
    ) => {
      if (input[needed] !== undefined) return
      for (const key of keys) if (input[key] !== undefined) refuse(key, input[key], `needs ${needed}`)
    }
    needs('socket', 'socket_mode')
    needs('redis', 'list', 'stream', ...ofRedis)
    needs('list', 'mode')
    needs('stream', 'field', 'group')
    needs('group', 'claim_after_seconds')
    if (way !== 'path' && stream === undefined && input.start === 'end')
      refuse('start', input.start, 'is for logs and streams')
    if (redis === undefined) return
    if (list === undefined && stream === undefined) missing('list')
    if (list !== undefined && stream !== undefined) refuse('stream', stream, 'cannot stand beside list')
    checkRedis(redis, input, 'redis', refuse)
  })
  .readonly()

export type InputSettings = z.output<typeof entry>

/** An input that is a file, a directory or a glob. */
export type FileInput = InputSettings & { readonly path: string }

export const inputs = {
  schema: z.array(entry).superRefine((list, context) => {
    // Two groups are no two inputs: each would bring all entries of the stream.
    const names = list.map(input =>
      input.path === undefined ? feedName({ ...input, group: undefined }) : undefined,
    )
    if (names.filter(Boolean).length > feedsMax)
      context.addIssue({ code: 'too_big', maximum: feedsMax, origin: 'array', input: list })
    for (const [at, name] of names.entries())
      if (name !== undefined && names.indexOf(name) < at) {
        const message = 'is another input, too: two would take the lines from each other'
        context.addIssue({ code: 'custom', path: [at], input: name, message })
      }
  }),
  values: 'a list of inputs, each like - path: /logs/dns.log',
}

/** The inputs that are files. */
export const fileInputs = (list: readonly InputSettings[]): FileInput[] =>
  list.filter((input): input is FileInput => input.path !== undefined)

/** What an input that is no file is called in messages and metrics; under it the store keeps how far it was read. */
export const feedName = ({ socket, redis = '', list, stream, group }: InputSettings): string => {
  if (socket !== undefined) return socket
  const address = readRedisAddress(redis)
  const key = list === undefined ? `stream ${stream ?? ''}` : `list ${list}`
  return `${address ? redisName(address) : ''} ${key}${group === undefined ? '' : ` group ${group}`}`
}
