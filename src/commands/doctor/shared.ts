/** For `doctor`: whether the store that sensors share answers, evicts nothing, and keeps what it was told. */
import { redisTargetOf } from '../../daemon/redis.js'
import { jsonEscaped } from '../../output/json.js'
import { openRedis } from '../../redis/client.js'
import { concernsOf, storeHealthOf, whyUnfit } from '../../shared/admission.js'
import { messageOf, ok, warning, wrong, type Diagnosis } from './diagnosis.js'
import type { Site } from './site.js'

/** Nothing if the settings name none. */
export const examineShared = async ({ config, dir, clock, signal }: Site): Promise<Diagnosis[]> => {
  const { url } = config.shared
  if (url === undefined) return []
  const redis = openRedis(await redisTargetOf(url, config.shared, 'shared', dir), clock)
  try {
    const health = await storeHealthOf(redis, signal)
    const unfit = health && whyUnfit(health)
    if (unfit !== undefined)
      return [wrong('shared', `${redis.name}: ${jsonEscaped(unfit)}`, 'docs/fleet.md says how to set it up')]
    const concerns = concernsOf(health).map(concern =>
      warning('shared', `${redis.name}: ${jsonEscaped(concern)}`, 'docs/fleet.md says how to set it up'),
    )
    return concerns.length > 0 ? concerns : [ok('shared', `${redis.name} answers, and keeps what it is told`)]
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
