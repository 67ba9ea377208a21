/** The HTTP client for look-ups: paced per server, bounded in time and bytes, careful with redirects (SSRF). */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { responseBytesMax, redirectsMax } from '../../limits.js'
import type { Clock } from '../../time/clock.js'
import { readRetryAfter } from '../../time/retry-after.js'
import { within } from '../../time/wake.js'
import type { ServerOutcome, Pacing } from '../pacing/token-bucket.js'
import { PrivateAddress, isAllowedHop, type Network } from './addresses.js'

/** The text, or why there is none. */
export type Body = string | { readonly reason: 'answer-too-large' | 'malformed-answer' }

type Unpack = (packed: Uint8Array, limit: { maxOutputLength: number }) => Promise<Uint8Array>

const asGzip: Unpack = promisify(gunzip)
const asBrotli: Unpack = promisify(brotliDecompress)
const asZlib: Unpack = promisify(inflate)
const asDeflate: Unpack = promisify(inflateRaw)
/** RFC 9110 8.4.1.2: "deflate" is the zlib format, but some servers send the raw deflate stream. */
const eitherDeflate: Unpack = (packed, limit) =>
  ((packed[0] ?? 0) & 0x0f) === 8 ? asZlib(packed, limit) : asDeflate(packed, limit)

const unpackers: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['', packed => Promise.resolve(packed)],
  ['identity', packed => Promise.resolve(packed)],
  ['gzip', asGzip],
  ['x-gzip', asGzip],
  ['deflate', eitherDeflate],
  ['br', asBrotli],
])

/** Undefined when there are too many bytes. Counted here, since Content-Length may lie. */
const collect = async (body: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > responseBytesMax) return undefined // leaving the loop destroys the stream
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'

/**
 * Reads and decompresses a body. Rejects only when the stream fails.
 *
 * @param encoding the Content-Encoding: we ask for none, but some servers compress all the same. Several encodings at
 *   once are refused, as a decompression bomb may hide in each layer.
 */
export const readBody = async (
  body: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
): Promise<Body> => {
  const packed = await collect(body)
  if (!packed) return { reason: 'answer-too-large' }
  if (packed.length === 0) return ''
  const unpack = unpackers.get(encoding?.trim().toLowerCase() ?? '')
  if (!unpack) return { reason: 'malformed-answer' }
  try {
    const bytes = await unpack(packed, { maxOutputLength: responseBytesMax }) // stops a decompression bomb
    return new TextDecoder().decode(bytes) // drops a byte order mark
  } catch (error) {
    return { reason: isTooLarge(error) ? 'answer-too-large' : 'malformed-answer' }
  }
}

/**
 * What the status says about the server. 429 (RFC 6585 4) and 503 with Retry-After ask for less; so does 403, with which
 * registries shut out clients that ask too often. Another 5xx is a server in trouble; anything else is an answer.
 */
export const serverOutcomeOf = (
  status: number,
  retryAfter: string | undefined,
  now: number,
): ServerOutcome => {
  const retryAfterMs = readRetryAfter(retryAfter, now)
  const busy = status === 429 || status === 403 || (status === 503 && retryAfterMs !== undefined)
  if (busy) return { kind: 'busy', retryAfterMs }
  return status >= 500 && status <= 599 ? { kind: 'down', answered: true } : { kind: 'well' }
}

export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** JSON to POST. No redirect is followed then. */
  readonly body?: string
}

export interface Page {
  readonly kind: 'page'
  /** The server that answered, as `Pacing.server` names it. */
  readonly host: string
  readonly status: number
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | undefined
  readonly text: string
  /** The outcome by status, observed already. If the body asks for less, the caller has to report that to the pacing. */
  readonly outcome: ServerOutcome
}

export interface NoPage {
  readonly kind: 'failed'
  readonly host: string
  readonly reason:
    | 'timeout'
    | 'network-error'
    | 'answer-too-large'
    | 'malformed-answer' // an unknown or broken Content-Encoding
    | 'bad-redirect'
    | 'private-address'
    | 'rate-limited' // the server of a redirect may not be asked in time
}

/** The result of one request, and its outcome for the server; undefined when no server was reached. */
export interface Hop {
  readonly result: Page | NoPage | { readonly kind: 'redirect'; readonly to: string }
  readonly outcome: ServerOutcome | undefined
}

const redirects = new Set([301, 302, 303, 307, 308])
const well: ServerOutcome = { kind: 'well' }
const down: ServerOutcome = { kind: 'down' }

export const failed = ({ host }: URL, reason: NoPage['reason']): NoPage => ({ kind: 'failed', host, reason })

const talk = async (
  url: URL,
  dispatcher: Dispatcher,
  options: RequestOptions,
  signal: AbortSignal,
): Promise<Hop> => {
  const { body, clock } = options
  const method = body === undefined ? 'GET' : 'POST'
  // RFC 9110 12.5.3: without this header a server may use any encoding. Answers are too small to gain from one.
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const headers = { ...options.headers, ...type, 'accept-encoding': 'identity' }
  const { request } = await import('./undici.js')
  const response = await request(url, { dispatcher, method, headers, body: body ?? null, signal })
  const header = (name: string): string | undefined =>
    [response.headers[name] ?? []].flat().join(', ') || undefined

  const location = header('location')
  if (redirects.has(response.statusCode) && (location !== undefined || body !== undefined)) {
    await response.body.dump()
    if (body !== undefined || !URL.canParse(location ?? '', url.href))
      return { result: failed(url, 'bad-redirect'), outcome: well }
    return { result: { kind: 'redirect', to: location ?? '' }, outcome: well }
  }
  const outcome = serverOutcomeOf(response.statusCode, header('retry-after'), clock.now())
  const text = await readBody(response.body, header('content-encoding'))
  if (typeof text !== 'string') return { result: failed(url, text.reason), outcome }
  const page: Page = { kind: 'page', host: url.host, status: response.statusCode, header, text, outcome }
  return { result: page, outcome }
}

/** Sends one request and reads its answer, in at most so many ms. Rejects only when the signal aborts. */
export const sendRequest = async (
  url: URL,
  dispatcher: Dispatcher,
  options: RequestOptions,
  ms: number,
): Promise<Hop> => {
  const { clock, signal } = options
  try {
    const hop = await within(ms, clock, signal, until => talk(url, dispatcher, options, until))
    return hop ?? { result: failed(url, 'timeout'), outcome: down }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof PrivateAddress) return { result: failed(url, 'private-address'), outcome: undefined }
    // Everything else that undici throws, from DNS to TLS to a broken HTTP answer, counts as the network.
    return { result: failed(url, 'network-error'), outcome: down }
  }
}

export interface ExchangeOptions extends RequestOptions {
  readonly network: Network
  /** The URL is configured: it may be http, or on the site's own network. */
  readonly byHand: boolean
  readonly pacing: Pacing
  /**
   * For all requests together, without the wait in the queue of the first server. The wait for the server of a redirect
   * lasts at most for the rest of it.
   */
  readonly timeoutMs: number
  /** Called with each server just before it is asked; once for a redirect within it. */
  readonly onHost?: (host: string) => void
}

/** Waits for a slot at the server of a redirect; undefined when there is none within so many ms. */
const acquireWithin = async (
  { host }: URL,
  ms: number,
  { pacing, clock, signal }: ExchangeOptions,
): Promise<(() => void) | undefined> => {
  // Its pause is longer than the time that is left.
  if (pacing.readyIn(host) >= ms) return undefined
  return within(ms, clock, signal, pacing.server(host).acquire)
}

/**
 * Sends a request when the pacing of its server allows, and follows redirects. Each outcome is observed before the next
 * request of that server starts. If the server of a redirect may not be asked in time, the result is `rate-limited`: it
 * must not delay those who wait for the first server. Rejects only when the signal aborts.
 */
export const exchange = async (from: URL, options: ExchangeOptions): Promise<Page | NoPage> => {
  const { network, pacing, clock, signal } = options
  let url = from
  let leftMs = options.timeoutMs
  // The unrestricted network is for the configured host only. After a redirect elsewhere, public addresses only, even if
  // we are sent back.
  let unrestricted = options.byHand
  let reportedHost = ''
  for (let hop = 0; hop <= redirectsMax; hop++) {
    unrestricted &&= url.host === from.host
    if (!isAllowedHop(url, unrestricted ? from : undefined)) return failed(url, 'bad-redirect')
    if (leftMs <= 0) return failed(url, 'timeout')
    const server = pacing.server(url.host)
    const release =
      url.host === from.host ? await server.acquire(signal) : await acquireWithin(url, leftMs, options)
    if (!release) return failed(url, 'rate-limited')
    if (url.host !== reportedHost) options.onHost?.(url.host)
    reportedHost = url.host
    const begun = clock.now()
    try {
      const way = unrestricted ? network.own : network.strangers
      const { result, outcome } = await sendRequest(url, await way.dispatcher(), options, leftMs)
      if (outcome) server.observe(outcome)
      if (result.kind !== 'redirect') return result
      url = new URL(result.to, url)
    } finally {
      release()
    }
    leftMs -= Math.max(0, clock.now() - begun)
  }
  return failed(url, 'bad-redirect')
}
