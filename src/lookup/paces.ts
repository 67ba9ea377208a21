/** How often each server may be asked: as the settings say of this one, else as of all of its kind. */
import type { Config } from '../config/schema.js'
import { whoisAtOnce, whoisBurst, whoisPerSecond } from '../limits.js'
import type { Pace } from './politeness.js'

/** The usual pace of an RDAP server, or of the ISC. */
export const rdapPace = ({ rdap }: Pick<Config, 'rdap'>): Pace => ({
  perSecond: rdap.per_second,
  burst: rdap.burst,
  atOnce: rdap.at_once,
})

export const whoisPace: Pace = { perSecond: whoisPerSecond, burst: whoisBurst, atOnce: whoisAtOnce }

export const paceOf =
  (usual: Pace, { paces }: Pick<Config, 'paces'>) =>
  (host: string): Pace => {
    const own = paces[host]
    return {
      perSecond: own?.per_second ?? usual.perSecond,
      burst: own?.burst ?? usual.burst,
      atOnce: own?.at_once ?? usual.atOnce,
    }
  }
