/** For `check`: whether inputs that are no files can be read. */
import { existsSync } from 'node:fs'
import type { InputSettings } from '../config/schema-inputs.js'
import type { Config } from '../config/schema.js'
import { feedNameIn, feedsIn } from '../daemon/inputs.js'
import { redisTargetOf } from '../daemon/redis.js'
import { isListening } from '../feeds/socket-feed.js'
import { whyUnwritable } from '../files/rights.js'
import { jsonEscaped } from '../output/json.js'
import { openRedis } from '../redis/client.js'
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
  const { redis: to = '', list, stream = '' } = input
  const redis = openRedis(await redisTargetOf(to, input, `input ${name}`, dir), systemClock)
  try {
    const key = list ?? stream
    const [length] = await redis.send(key, [[list === undefined ? 'XLEN' : 'LLEN', key]], signal)
    return [`${Number(length)} entries`, true]
  } catch (error) {
    signal.throwIfAborted()
    return [error instanceof Error ? error.message : String(error), false]
  } finally {
    redis.close()
  }
}
