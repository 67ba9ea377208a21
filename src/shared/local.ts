/** What the sensors of a site share, for a site with one: in memory. */
import type { Registration } from '../model/domain.js'
import type { Clock } from '../time/clock.js'
import { claimsSettleMs } from '../limits.js'
import type { Claim, Claimed, Lease, Shared } from './shared.js'

interface Lasting {
  /** Epoch ms. */
  readonly since: number
  readonly forMs: number
}

/** False, too, if the clock was set back behind the beginning: nothing lasts longer for that. */
const lasts = ({ since, forMs }: Lasting, now: number): boolean => now >= since && now < since + forMs

/** Who owns a first contact. */
export interface Owner {
  readonly id: string
  readonly sensor: string
  /** Of the owner's claim, epoch ms. */
  readonly claimed: number
  /** The earliest of all claims, epoch ms. */
  readonly seen: number
  /** Epoch ms by the service's clock until which an earlier late claim takes it over. */
  readonly settles: number
}

/** The owner of a domain after a claim of a sensor, and the answer to the claim. @param now epoch ms by the service's clock */
export const ownerAfter = (
  before: Owner | undefined,
  { id, sensor, seen, kind }: Claim,
  now: number,
): [Owner, Claimed] => {
  const settles = kind === 'late' ? now + claimsSettleMs : now
  const mine = { id, sensor, claimed: seen, settles }
  const isEarlier = before && (seen < before.claimed || (seen === before.claimed && id < before.id))
  const takesOver = kind === 'late' && isEarlier === true && before.settles > now
  const owner = before === undefined ? mine : takesOver ? { ...mine, settles: before.settles } : before
  const againInMs = kind === 'kept' && !before ? claimsSettleMs : 0
  const after = { ...owner, seen: Math.min(seen, before?.seen ?? seen) }
  return [
    after,
    {
      owns: after.id === id || after.sensor === sensor,
      seen: after.seen,
      settlesInMs: Math.max(againInMs, after.settles - now),
    },
  ]
}

export const openLocal = (clock: Pick<Clock, 'now'>): Shared => {
  const leases = new Map<string, Lasting & { readonly lease: Lease }>()
  /** The oldest first. */
  const answers = new Map<string, Lasting & { readonly answer: Registration }>()
  const owners = new Map<string, Owner>()
  let granted = 0

  const end = ({ registrable, token }: Lease): void => {
    if (leases.get(registrable)?.lease.token === token) leases.delete(registrable)
  }
  /** Bounds the map: it holds the answers of the last `forMs`. */
  const forgetOld = (now: number): void => {
    for (const [registrable, answer] of answers) {
      if (lasts(answer, now)) return
      answers.delete(registrable)
    }
  }

  return {
    lease: (registrable, forMs) => {
      const now = clock.now()
      const taken = leases.get(registrable)
      if (taken && lasts(taken, now)) return Promise.resolve(undefined)
      granted += 1
      const lease = { registrable, token: String(granted) }
      leases.set(registrable, { lease, since: now, forMs })
      return Promise.resolve(lease)
    },
    finish: (lease, answer, forMs) => {
      const now = clock.now()
      forgetOld(now)
      answers.delete(lease.registrable)
      answers.set(lease.registrable, { answer, since: now, forMs })
      end(lease)
      return Promise.resolve()
    },
    giveBack: lease => {
      end(lease)
      return Promise.resolve()
    },
    answerOf: registrable => {
      const shared = answers.get(registrable)
      return Promise.resolve(shared && lasts(shared, clock.now()) ? shared.answer : undefined)
    },
    isAway: () => false,
    claim: claims => {
      const now = clock.now()
      const answers = claims.map(claim => {
        const [owner, answer] = ownerAfter(owners.get(claim.domain), claim, now)
        owners.set(claim.domain, owner)
        return answer
      })
      return Promise.resolve(answers)
    },
  }
}
