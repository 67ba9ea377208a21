/** One question over HTTP to a stranger's server, when it is its turn: redirects are followed, with care. */
import { redirectsMax } from '../limits.js'
import { mayAsk } from './far-side.js'
import type { Network } from './network.js'
import type { Politeness } from './politeness.js'
import { ask, failed, type NoPage, type Page, type RequestOptions } from './request.js'
import { within } from './waiting.js'

export type { NoPage, Page }

export interface ExchangeOptions extends RequestOptions {
  readonly network: Network
  /** The URL was configured by hand: its host may be http, or on the own network. */
  readonly byHand: boolean
  readonly politeness: Politeness
  /**
   * For all requests together. The waits for a turn do not count; but for the turn at another server, after a
   * redirect, none is longer than what is left.
   */
  readonly timeoutMs: number
  /** Told of each server just before it is asked, a redirect within it not counted. */
  readonly onHost?: (host: string) => void
}

/** The turn at a server that we were redirected to; undefined when it does not come in so many ms. */
const soon = async (
  { host }: URL,
  ms: number,
  { politeness, clock, signal }: ExchangeOptions,
): Promise<(() => void) | undefined> => {
  // It would be a wait for nothing.
  if (politeness.readyIn(host) >= ms) return undefined
  return within(ms, clock, signal, politeness.server(host).turn)
}

/**
 * Asks a server when it is its turn, and then where it redirects to. Each server is told what was heard of it before
 * the next one in its line may go. A server that we were redirected to and that may not be asked in time makes it
 * `rate-limited`: it must not hold up those who wait for the one that redirects. Rejects only when the signal aborts.
 */
export const exchange = async (from: URL, options: ExchangeOptions): Promise<Page | NoPage> => {
  const { network, politeness, clock, signal } = options
  let url = from
  let leftMs = options.timeoutMs
  // Our own way is for our own words. A stranger who was asked once may not send us back to a host of ours.
  let ours = options.byHand
  let told = ''
  for (let hop = 0; hop <= redirectsMax; hop++) {
    ours &&= url.host === from.host
    if (!mayAsk(url, ours ? from : undefined)) return failed(url, 'bad-redirect')
    if (leftMs <= 0) return failed(url, 'timeout')
    const server = politeness.server(url.host)
    const giveBack = url.host === from.host ? await server.turn(signal) : await soon(url, leftMs, options)
    if (!giveBack) return failed(url, 'rate-limited')
    if (url.host !== told) options.onHost?.(url.host)
    told = url.host
    const begun = clock.now()
    try {
      const way = ours ? network.own : network.strangers
      const { came, heard } = await ask(url, await way.dispatcher(), options, leftMs)
      if (heard) server.heard(heard)
      if (came.kind !== 'redirect') return came
      url = new URL(came.to, url)
    } finally {
      giveBack()
    }
    leftMs -= Math.max(0, clock.now() - begun)
  }
  return failed(url, 'bad-redirect')
}
