/**
 * Whether a store may be used for what sensors share: laid out as ours, and never to evict what it was told. A store that
 * does not keep its data over a restart may be used, with a warning.
 */
import { layoutScript } from './scripts.js'
import { layoutText } from './keys.js'
import { UnfitStore } from './link.js'
import { excerpt } from '../config/problem.js'
import { RedisError, type Redis, type RedisReply } from '../redis/client.js'

/** What INFO of one master says; undefined what it does not say. */
export interface StoreHealth {
  readonly evictionPolicy: string | undefined
  /** Bytes; 0: no limit. */
  readonly memoryMax: number | undefined
  readonly memoryUsed: number | undefined
  /** Whether each write is logged (AOF). */
  readonly isLogged: boolean | undefined
}

const healthIn = (info: RedisReply): StoreHealth => {
  // The clients of a Cluster's nodes give text.
  const text = Buffer.isBuffer(info) ? info.toString('latin1') : typeof info === 'string' ? info : ''
  const of = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1]
  const bytes = (name: string) => {
    const value = of(name)
    return value === undefined ? undefined : Number(value)
  }
  const aof = of('aof_enabled')
  return {
    ...{ evictionPolicy: of('maxmemory_policy'), memoryMax: bytes('maxmemory') },
    ...{ memoryUsed: bytes('used_memory'), isLogged: aof === undefined ? undefined : aof === '1' },
  }
}

/**
 * Asks each master.
 *
 * @returns undefined if we have no right to ask
 * @throws RedisError if it cannot be reached
 */
export const storeHealthOf = async (
  redis: Redis,
  signal: AbortSignal,
): Promise<readonly StoreHealth[] | undefined> => {
  try {
    return (await redis.sendToMasters(['INFO'], signal)).map(healthIn)
  } catch (error) {
    if (error instanceof RedisError && error.isRefusal) return undefined
    throw error
  }
}

/** Why a store must not be used; undefined: it may. */
export const whyUnfit = (health: readonly StoreHealth[]): string | undefined => {
  const evicting = health.find(
    ({ evictionPolicy: policy }) => policy !== undefined && policy !== '' && policy !== 'noeviction',
  )
  return evicting === undefined
    ? undefined
    : `maxmemory-policy is ${evicting.evictionPolicy}: when its memory is full it would drop first contacts, and ` +
        'domains would be new again; set it to noeviction'
}

/** What should be changed about a store that may be used. */
export const concernsOf = (health: readonly StoreHealth[] | undefined): string[] => {
  if (!health)
    return [
      'the user may not ask INFO, so nobody knows whether it evicts or keeps its data: allow it (ACL +info)',
    ]
  const isForgetful = health.some(({ isLogged }) => isLogged === false)
  const isSilent = health.some(({ evictionPolicy }) => evictionPolicy === undefined)
  return [
    ...(isForgetful
      ? [
          'appendonly is no: after a restart it has forgotten claims since its last snapshot, and domains are new again; ' +
            'set it to yes',
        ]
      : []),
    ...(isSilent ? ['it does not say its maxmemory-policy: see to it that it evicts nothing'] : []),
  ]
}

/** The text in the key of the layout. @param ours put there if there is none; '' for nothing */
const layoutIn = async (redis: Redis, layout: string, ours: string, signal: AbortSignal): Promise<string> => {
  const [found = null] = await redis.send(
    layout,
    [['EVAL', layoutScript.text, '1', layout, '', ours]],
    signal,
  )
  return Buffer.isBuffer(found) ? found.toString() : ''
}

const otherLayout = (layout: string, text: string): string =>
  `${layout} holds "${excerpt(text)}", not "${layoutText}": ` +
  'another version shares it, or it is none of ours; set another prefix'

/**
 * Why the keys of a store are none of ours, without a change to it; undefined: they are, or there are none yet.
 *
 * @param layout the key of the layout
 * @throws RedisError if it cannot be read
 */
export const whyForeign = async (
  redis: Redis,
  layout: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const text = await layoutIn(redis, layout, '', signal)
  return text === '' || text === layoutText ? undefined : otherLayout(layout, text)
}

/**
 * To be called for each connection, before anything is stored.
 *
 * @param layout the key of the layout
 * @param onConcern called with what should be changed
 * @throws UnfitStore with what to do; RedisError if it cannot be reached
 */
export const admit = async (
  redis: Redis,
  layout: string,
  onConcern: (problem: string) => void,
  signal: AbortSignal,
): Promise<void> => {
  const health = await storeHealthOf(redis, signal)
  const unfit = health && whyUnfit(health)
  if (unfit !== undefined) throw new UnfitStore(`${redis.name}: ${unfit}`)
  const text = await layoutIn(redis, layout, layoutText, signal)
  if (text !== layoutText) throw new UnfitStore(`${redis.name}: ${otherLayout(layout, text)}`)
  for (const problem of concernsOf(health)) onConcern(problem)
}
