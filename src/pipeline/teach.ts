/** An answer that was asked for beside the queue. */
import { unknownDomain } from '../domain.js'
import type { Registration } from '../registration.js'
import type { SentQuery } from '../sent-query.js'
import type { Store } from '../store/store.js'
import { learn } from './learning.js'
import type { Retry } from './lifetimes.js'

/**
 * Lets the store know what a registry has answered. Whoever waits for the name, a `run` beside us too, finds the
 * answer when he looks next.
 *
 * @param now epoch ms
 * @param asked what was sent for it
 */
export const teach = (
  store: Store,
  registrable: string,
  answer: Registration,
  now: number,
  retry: Pick<Retry, 'keptMsMax' | 'random'>,
  asked: readonly SentQuery[] = [],
): void => {
  store.commit(
    { domains: [registrable] },
    ({ domains }) => ({
      domains: [learn(domains.get(registrable) ?? unknownDomain(registrable), answer, now, retry)],
      askable: [registrable],
      asked,
    }),
    now,
  )
}
