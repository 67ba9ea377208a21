/** For `check`: whether inputs that are no files can be read. */
import { existsSync } from 'node:fs'
import type { InputSettings } from '../config/schema-inputs.js'
import type { Config } from '../config/schema.js'
import { feedNameIn, feedsIn } from '../daemon/inputs.js'
import { redisTargetOf } from '../daemon/redis.js'
import { isListening } from '../feeds/socket-feed.js'
import { whyUnwritable } from '../files/rights.js'
import { jsonEscaped } from '../output/json.js'
import { listIn, openRedis, RedisError, type Redis, type RedisReply } from '../redis/client.js'
import { isFolderLocked } from '../store/exclusive.js'
import { systemClock } from '../time/clock.js'

/** A line for the user, which is a problem, too, if nothing can be read there. */
interface CheckedFeed {
  readonly lines: readonly string[]
  readonly problems: readonly string[]
}

/** @throws Error that names a file of a password or a certificate that cannot be read */
export const checkFeeds = (config: Config, dir: string, signal: AbortSignal): Promise<CheckedFeed[]> =>
  Promise.all(
    feedsIn(config.inputs).map(async input => {
      const { socket, format } = input
      const name = feedNameIn(input, dir)
      const [state, isFine] =
        socket === undefined ? await lookAtRedis(input, name, dir, signal) : await lookAtSocket(name, dir)
      const line = `input ${jsonEscaped(name)} (${format}): ${jsonEscaped(state)}`
      return { lines: [line], problems: isFine ? [] : [line] }
    }),
  )

/** What can be said of an input, and whether it can be read. */
type Found = readonly [state: string, isFine: boolean]

const lookAtSocket = async (path: string, dir: string): Promise<Found> => {
  const why = whyUnwritable(path)
  if (why !== undefined) return [why, false]
  if (!existsSync(path)) return ['a run will listen there', true]
  if (!(await isListening(path))) return ['left by a process that is gone; a run will replace it', true]
  return isFolderLocked(dir) ? ['a run listens there', true] : ['another process listens there', false]
}

const lookAtRedis = async (
  input: InputSettings,
  name: string,
  dir: string,
  signal: AbortSignal,
): Promise<Found> => {
  const { redis: to = '', list, stream = '', group } = input
  const redis = openRedis(await redisTargetOf(to, input, `input ${name}`, dir), systemClock)
  try {
    const key = list ?? stream
    const [length] = await redis.send(key, [[list === undefined ? 'XLEN' : 'LLEN', key]], signal)
    const more = group === undefined ? '' : await groupState(redis, stream, group, signal)
    return [`${Number(length)} entries${more}`, true]
  } catch (error) {
    signal.throwIfAborted()
    return [error instanceof Error ? error.message : String(error), false]
  } finally {
    redis.close()
  }
}

/** How far a consumer group is. @see https://redis.io/docs/latest/commands/xinfo-groups/ */
const groupState = async (redis: Redis, key: string, name: string, signal: AbortSignal): Promise<string> => {
  const groups = await redis.send(key, [['XINFO', 'GROUPS', key]], signal).catch((error: unknown) => {
    // A run makes both the stream and the group.
    if (error instanceof RedisError && error.message.includes('no such key')) return []
    throw error
  })
  const group = listIn(groups[0])
    .map(fieldsOf)
    .find(fields => String(fields.get('name')) === name)
  if (!group) return `; a run will make the group ${name}`
  const unread = group.get('lag')
  const ahead = typeof unread === 'number' ? `, ${unread} not read yet` : ''
  const [pending, consumers] = ['pending', 'consumers'].map(field => Number(group.get(field)))
  return `; group ${name} has ${pending} entries pending at ${consumers} consumers${ahead}`
}

/** Names and values, one after the other. */
const fieldsOf = (reply: RedisReply): ReadonlyMap<string, RedisReply | undefined> => {
  const list = listIn(reply)
  return new Map(list.flatMap((name, at) => (at % 2 === 0 ? [[String(name), list[at + 1]]] : [])))
}
