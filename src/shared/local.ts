/** Leases of look-ups for a site with one sensor: in memory. */
import type { Registration } from '../model/domain.js'
import type { Clock } from '../time/clock.js'
import type { Lease, Shared } from './shared.js'

interface Lasting {
  /** Epoch ms. */
  readonly since: number
  readonly forMs: number
}

/** False, too, if the clock was set back behind the beginning: nothing lasts longer for that. */
const lasts = ({ since, forMs }: Lasting, now: number): boolean => now >= since && now < since + forMs

export const openLocal = (clock: Pick<Clock, 'now'>): Shared => {
  const leases = new Map<string, Lasting & { readonly lease: Lease }>()
  /** The oldest first. */
  const answers = new Map<string, Lasting & { readonly answer: Registration }>()
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
  }
}
