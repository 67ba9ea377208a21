/** What a site of one sensor shares: all of it in memory, and only with itself. */
import type { Registration } from '../model/domain.js'
import type { Clock } from '../time/clock.js'
import type { Lease, Shared } from './shared.js'

/** Something that lasts for so long from a moment on, epoch ms. */
interface Lasting {
  readonly since: number
  readonly forMs: number
}

/** A clock that was set back makes nothing last longer. */
const lasts = ({ since, forMs }: Lasting, now: number): boolean => now >= since && now < since + forMs

export const openLocal = (clock: Pick<Clock, 'now'>): Shared => {
  const leases = new Map<string, Lasting & { readonly lease: Lease }>()
  /** The oldest first. */
  const answers = new Map<string, Lasting & { readonly answer: Registration }>()
  let granted = 0

  const end = ({ registrable, token }: Lease): void => {
    if (leases.get(registrable)?.lease.token === token) leases.delete(registrable)
  }
  /** As many are kept as are answered in the time that one is shared. */
  const forgetOld = (now: number): void => {
    for (const [registrable, answer] of answers) {
      if (lasts(answer, now)) return
      answers.delete(registrable)
    }
  }

  return {
    lease: (registrable, forMs) => {
      const now = clock.now()
      const held = leases.get(registrable)
      if (held && lasts(held, now)) return Promise.resolve(undefined)
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
      const told = answers.get(registrable)
      return Promise.resolve(told && lasts(told, clock.now()) ? told.answer : undefined)
    },
  }
}
