/** The innermost look-up: asks the registry itself, by RDAP (RFC 7480, RFC 9082). */
import type { Dispatcher } from 'undici'
import type { Clock } from '../clock.js'
import { lookupTimeoutMs } from '../limits.js'
import type { Lookup, Registration } from '../registration.js'
import { readAnswer, readStatus } from './answer.js'
import type { Bootstrap } from './bootstrap.js'
import { get } from './get.js'
import { parseJson } from './json.js'
import { within } from './waiting.js'

export interface RdapOptions {
  readonly bootstrap: Bootstrap
  readonly dispatcher: Dispatcher
  readonly userAgent: string
  readonly clock: Clock
  /** For the whole look-up, a wait for the first bootstrap file and all servers of an entry included. */
  readonly timeoutMs?: number
}

/** RFC 7480 4.2. Plain JSON too: not every server knows the media type of RDAP (.fr did not). */
const accept = 'application/rdap+json, application/json'

const isNetworkError = (answer: Registration): boolean =>
  answer.kind === 'failed' && answer.reason === 'network-error'

/** Asks the servers that the bootstrap names, the next one when one cannot be reached. A time-out is an answer. */
export const rdap = (options: RdapOptions): Lookup => {
  const { bootstrap, dispatcher, userAgent, clock, timeoutMs = lookupTimeoutMs } = options
  const headers = { accept, 'user-agent': userAgent }

  const ask = async (
    base: URL,
    name: string,
    byHand: boolean,
    signal: AbortSignal,
  ): Promise<Registration> => {
    const url = new URL(`domain/${encodeURIComponent(name)}`, base)
    const page = await get(url, { dispatcher, headers, byHand, signal })
    if (page.kind === 'failed') return page
    return page.status === 200 ? readAnswer(parseJson(page.text), name, clock.now()) : readStatus(page.status)
  }

  const lookUp = async (name: string, signal: AbortSignal): Promise<Registration> => {
    const service = await bootstrap.serviceOf(name, signal)
    if (service.kind !== 'service') return service
    let answer: Registration = { kind: 'failed', reason: 'network-error' }
    for (const base of service.urls) {
      answer = await ask(base, name, service.byHand, signal)
      if (!isNetworkError(answer)) break
    }
    return answer
  }

  return async (registrable, signal) => {
    const answer = await within(timeoutMs, clock, signal, until => lookUp(registrable, until))
    return answer ?? { kind: 'failed', reason: 'timeout' }
  }
}
