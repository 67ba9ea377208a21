/** Look-ups by RDAP (RFC 7480, RFC 9082). */
import { lookupTimeoutMs } from '../../limits.js'
import type { FailedReason, Lookup, NoRegistration } from '../../model/domain.js'
import type { OnSent } from '../../model/sent-query.js'
import type { Clock } from '../../time/clock.js'
import { within } from '../../time/wake.js'
import { readRetryAfter } from '../../time/retry-after.js'
import type { Network } from '../net/addresses.js'
import { exchange, type Page } from '../net/http-client.js'
import type { Pacing, Understood } from '../pacing/token-bucket.js'
import type { Bootstrap, RdapService } from './bootstrap.js'
import { readAnswer, registrationFromStatus, parseJson } from './response.js'

export interface RdapOptions {
  readonly bootstrap: Pick<Bootstrap, 'serviceOf'>
  readonly network: Network
  readonly pacing: Pacing
  readonly userAgent: string
  readonly clock: Clock
  readonly onSent?: OnSent | undefined
  /** For the wait for the first bootstrap file, and for each server of an entry, without the wait in its queue. */
  readonly timeoutMs?: number
}

/** RFC 7480 4.2. Plain JSON, too: not every server knows the media type of RDAP (.fr did not). */
const accept = 'application/rdap+json, application/json'

const noBootstrap: RdapService = { kind: 'failed', reason: 'no-bootstrap' }

const failedBy = (answer: Understood, reason: FailedReason): boolean =>
  answer.kind === 'failed' && answer.reason === reason

/** What is made of the body of an answer with status 200. It must not throw. @param now epoch ms */
export type RdapReader<Answer> = (body: unknown, asked: string, now: number) => Answer

/** Look-ups of registrations. */
export const rdap = (options: RdapOptions): Lookup => rdapBy(options, readAnswer)

/** Asks the servers of the bootstrap entry in order; the next one only after a network error, not after a time-out. */
export const rdapBy = <Answer extends Understood>(
  options: RdapOptions,
  reader: RdapReader<Answer>,
): ((registrable: string, signal: AbortSignal) => Promise<Answer | NoRegistration>) => {
  const { bootstrap, network, pacing, userAgent, clock, timeoutMs = lookupTimeoutMs } = options
  const headers = { accept, 'user-agent': userAgent }
  const asking = { network, pacing, headers, clock, timeoutMs }

  const read = (page: Page, name: string): Answer | NoRegistration => {
    if (page.outcome.kind === 'busy') return { kind: 'failed', reason: 'rate-limited' }
    if (page.status !== 200) return registrationFromStatus(page.status)
    const now = clock.now()
    const answer = reader(parseJson(page.text), name, now)
    if (failedBy(answer, 'rate-limited')) {
      const retryAfterMs = readRetryAfter(page.header('retry-after'), now)
      pacing.server(page.host).observe({ kind: 'busy', retryAfterMs })
    }
    return answer
  }

  const ask = async (
    base: URL,
    name: string,
    byHand: boolean,
    signal: AbortSignal,
  ): Promise<Answer | NoRegistration> => {
    const url = new URL(`domain/${encodeURIComponent(name)}`, base)
    const onHost = (host: string) => options.onSent?.({ protocol: 'rdap', host, name })
    const page = await exchange(url, { ...asking, byHand, signal, onHost })
    return page.kind === 'page' ? read(page, name) : { kind: 'failed', reason: page.reason }
  }

  return async (name, signal) => {
    const service =
      (await within(timeoutMs, clock, signal, until => bootstrap.serviceOf(name, until))) ?? noBootstrap
    if (service.kind !== 'service') return service
    let answer: Answer | NoRegistration = { kind: 'failed', reason: 'network-error' }
    for (const base of service.urls) {
      answer = await ask(base, name, service.byHand, signal)
      if (!failedBy(answer, 'network-error')) break
    }
    return answer
  }
}
