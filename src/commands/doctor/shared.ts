/** For `doctor`: whether the store that sensors share answers, is laid out as ours, evicts nothing, and keeps what it was told. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { redisTargetOf } from '../../daemon/redis.js'
import { countsLateMs } from '../../limits.js'
import { jsonEscaped } from '../../output/json.js'
import { openRedis } from '../../redis/client.js'
import { concernsOf, storeHealthOf, whyForeign, whyUnfit } from '../../shared/admission.js'
import { keysBelow } from '../../shared/keys.js'
import { countsPushedKey } from '../../store/pushed-counts.js'
import { factsPushedKey } from '../../store/pushed-facts.js'
import { openStateToRead } from '../data-folder.js'
import { messageOf, ok, warning, wrong, type Diagnosis } from './diagnosis.js'
import type { Site } from './site.js'

/** What this sensor has to tell the site: claims, and counts. */
const examineOwed = async ({ config, dir, clock, signal }: Site): Promise<Diagnosis[]> => {
  if (!existsSync(join(dir, 'domainstats.sqlite'))) return []
  const store = await openStateToRead(dir, signal)
  try {
    const claims = store.openClaims()
    return [
      ...(claims === 0 ? [] : [ok('shared', `${claims} first contacts wait for the answer to their claim`)]),
      ...(config.shared.counts ? owedSums(store, countsOf, clock.now()) : []),
      ...(config.shared.pdns ? owedSums(store, factsOf, clock.now()) : []),
    ]
  } finally {
    store.close()
  }
}

type State = Awaited<ReturnType<typeof openStateToRead>>

/** What a sensor pushes: the key in meta that says when the site knew all of it, how much it does not know, and its name. */
interface PushedSums {
  readonly key: string
  readonly owed: (store: State) => number
  readonly named: (count: number) => string
}

const countsOf: PushedSums = {
  key: countsPushedKey,
  owed: store => store.owedCounts(),
  named: count => `the counts of ${count} domains`,
}
const factsOf: PushedSums = {
  key: factsPushedKey,
  owed: store => store.owedFacts(),
  named: count => `${count} facts of passive DNS`,
}

/** Sums that the site should know by now. Names that are asked for all the time always have some that it does not. */
const owedSums = (store: State, sums: PushedSums, now: number): Diagnosis[] => {
  const pushed = store.meta(sums.key)
  if (pushed !== undefined && now - Number(pushed) < countsLateMs) return []
  const owed = sums.owed(store)
  const since =
    pushed === undefined ? 'nothing was pushed yet' : `since ${new Date(Number(pushed)).toISOString()}`
  return owed === 0
    ? []
    : [
        warning(
          'shared',
          `the site does not know ${sums.named(owed)} (${since})`,
          'a `run` pushes them when the store answers; domainstats share does it now',
        ),
      ]
}

/** Nothing if the settings name none. */
export const examineShared = async (site: Site): Promise<Diagnosis[]> => {
  const { config, dir, clock, signal } = site
  const { url } = config.shared
  if (url === undefined) return []
  const redis = openRedis(await redisTargetOf(url, config.shared, 'shared', dir), clock)
  try {
    const health = await storeHealthOf(redis, signal)
    const { layout } = keysBelow(config.shared.prefix)
    const unfit = health && whyUnfit(health)
    const why = unfit === undefined ? await whyForeign(redis, layout, signal) : jsonEscaped(unfit)
    if (why !== undefined)
      return [wrong('shared', `${redis.name}: ${why}`, 'docs/fleet.md says how to set it up')]
    const concerns = concernsOf(health).map(concern =>
      warning('shared', `${redis.name}: ${jsonEscaped(concern)}`, 'docs/fleet.md says how to set it up'),
    )
    const sound =
      concerns.length === 0 ? [ok('shared', `${redis.name} answers, and keeps what it is told`)] : []
    return [...sound, ...concerns, ...(await examineOwed(site))]
  } catch (error) {
    signal.throwIfAborted()
    return [
      wrong(
        'shared',
        messageOf(error),
        'start it, or correct shared in the settings; until then each sensor is alone',
      ),
    ]
  } finally {
    redis.close()
  }
}
