/** One fetch of the bootstrap file, conditional when there is a copy already, and how long the answer is good for. */
import type { Clock } from '../clock.js'
import { bootstrapKeptMs, bootstrapKeptMsMax, bootstrapKeptMsMin, bootstrapTimeoutMs } from '../limits.js'
import { exchange } from './exchange.js'
import type { OnSent } from '../sent-query.js'
import type { Network } from './network.js'
import type { Politeness } from './politeness.js'
import { readServices, type Services } from './services.js'

/** A copy of the bootstrap file as the store keeps it. */
export interface SavedBootstrap {
  readonly body: string
  /** Epoch milliseconds. An old copy is still used, while a new one is being fetched. */
  readonly expires: number
  readonly etag: string | undefined
}

export type Fetched =
  | { readonly kind: 'fetched'; readonly copy: SavedBootstrap; readonly services: Services }
  | { readonly kind: 'unchanged'; readonly copy: SavedBootstrap }
  | { readonly kind: 'failed'; readonly error: string }

export interface FetchOptions {
  readonly url: URL
  readonly byHand: boolean
  readonly network: Network
  readonly politeness: Politeness
  readonly userAgent: string
  readonly clock: Clock
  readonly onSent?: OnSent | undefined
  readonly signal: AbortSignal
}

type Header = (name: string) => string | undefined

/** RFC 9224 8: keep it as long as HTTP says (RFC 9111 5.2.2.1, 5.3), within reason. */
const expiryOf = (header: Header, now: number): number => {
  const maxAge = /(?:^|[\s,])max-age="?(\d+)/i.exec(header('cache-control') ?? '')?.[1]
  const expires = maxAge === undefined ? Date.parse(header('expires') ?? '') : now + Number(maxAge) * 1000
  const kept = Number.isNaN(expires) ? bootstrapKeptMs : expires - now
  return now + Math.min(Math.max(kept, bootstrapKeptMsMin), bootstrapKeptMsMax)
}

/**
 * Fetches the bootstrap file in at most `bootstrapTimeoutMs`, or learns that the copy is still good. Rejects only when
 * the signal aborts.
 */
export const fetchBootstrap = async (
  copy: SavedBootstrap | undefined,
  { url, userAgent, ...options }: FetchOptions,
): Promise<Fetched> => {
  const headers = {
    accept: 'application/json',
    'user-agent': userAgent,
    ...(copy?.etag === undefined ? {} : { 'if-none-match': copy.etag }),
  }
  const onHost = (host: string) => options.onSent?.({ protocol: 'iana', host, name: '' })
  const page = await exchange(url, { ...options, headers, timeoutMs: bootstrapTimeoutMs, onHost })
  if (page.kind === 'failed') return { kind: 'failed', error: page.reason }
  const expires = expiryOf(page.header, options.clock.now())
  if (page.status === 304 && copy) return { kind: 'unchanged', copy: { ...copy, expires } }
  if (page.status !== 200) return { kind: 'failed', error: `HTTP status ${page.status}` }
  const services = readServices(page.text)
  if (!services) return { kind: 'failed', error: 'not a bootstrap file' }
  return { kind: 'fetched', copy: { body: page.text, expires, etag: page.header('etag') }, services }
}
