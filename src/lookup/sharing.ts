/** The layer that lets all who ask for a name at the same time share one look-up: nobody is asked twice at once. */
import type { Layer, Registration } from '../registration.js'
import { orAborted } from './waiting.js'

interface Shared {
  readonly answer: Promise<Registration>
  readonly ending: AbortController
  waiting: number
}

/**
 * Lets everybody who asks for a name while its look-up is under way wait for that one answer. Who aborts stops
 * waiting; the look-up itself is aborted when nobody is left. An answer is forgotten as soon as it is given.
 */
export const sharing: Layer = next => {
  const underWay = new Map<string, Shared>()

  const forget = (registrable: string, shared: Shared): void => {
    if (underWay.get(registrable) === shared) underWay.delete(registrable)
  }

  const start = (registrable: string): Shared => {
    const ending = new AbortController()
    const shared = { answer: next(registrable, ending.signal), ending, waiting: 0 }
    underWay.set(registrable, shared)
    const settled = (): void => forget(registrable, shared)
    shared.answer.then(settled, settled)
    return shared
  }

  return async (registrable, signal) => {
    signal.throwIfAborted()
    const shared = underWay.get(registrable) ?? start(registrable)
    shared.waiting++
    try {
      return await orAborted(shared.answer, signal)
    } finally {
      shared.waiting--
      if (shared.waiting === 0) {
        // From here on it is being aborted: who asks now deserves a look-up that lives.
        forget(registrable, shared)
        shared.ending.abort()
      }
    }
  }
}
