/** One question over HTTP to a stranger's server, when it is its turn: redirects are followed, with care. */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { responseBytesMax, redirectsMax } from '../../limits.js'
import type { Clock } from '../../time/clock.js'
import { within } from '../../time/wake.js'
import type { Heard, Pacing } from '../pacing/token-bucket.js'
import { PrivateAddress, isAllowedHop, type Network } from './addresses.js'

/* The body of an answer: counted as it comes, unpacked, and counted again. */

/** The text, or why there is none. */
export type Body = string | { readonly reason: 'answer-too-large' | 'malformed-answer' }

type Unpack = (packed: Uint8Array, limit: { maxOutputLength: number }) => Promise<Uint8Array>

const asGzip: Unpack = promisify(gunzip)
const asBrotli: Unpack = promisify(brotliDecompress)
const asZlib: Unpack = promisify(inflate)
const asDeflate: Unpack = promisify(inflateRaw)
/** RFC 9110 8.4.1.2: "deflate" is the zlib format, but some servers send what is in it without its frame. */
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

/** Undefined when there are too many bytes; Content-Length is only a claim. */
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
 * Reads a body. Rejects only as the stream does.
 *
 * @param encoding the Content-Encoding. We ask for none, but not every server cares. A pile of several is refused:
 *   each one may blow up the next.
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
    const bytes = await unpack(packed, { maxOutputLength: responseBytesMax }) // stops there: no bomb goes off
    return new TextDecoder().decode(bytes) // drops a byte order mark
  } catch (error) {
    return { reason: isTooLarge(error) ? 'answer-too-large' : 'malformed-answer' }
  }
}

/* What an HTTP answer says about its server: whether to go on, to ask for less, or to leave it alone. Pure. */

// RFC 9110 5.6.7: the three forms of a date; the last one (asctime) does not say that it is UTC.
const day = '[A-Z][a-z]{2}'
const time = '\\d\\d:\\d\\d:\\d\\d'
const dateWithZone = new RegExp(
  `^(?:${day}, \\d\\d ${day} \\d{4}|[A-Z][a-z]{5,8}, \\d\\d-${day}-\\d\\d) ${time} GMT$`,
)
const dateWithout = new RegExp(`^${day} ${day} [ \\d]\\d ${time} \\d{4}$`)

const readHttpDate = (text: string): number => {
  if (dateWithZone.test(text)) return Date.parse(text)
  return dateWithout.test(text) ? Date.parse(`${text} GMT`) : NaN
}

/**
 * Reads a Retry-After header (RFC 9110 10.2.3): seconds, or a date. Undefined when there is none, or nonsense, or a
 * date that is over.
 *
 * @param now epoch ms
 * @returns milliseconds from now, as the server wants it: not bounded
 */
export const readRetryAfter = (header: string | undefined, now: number): number | undefined => {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const ms = readHttpDate(text) - now
  return ms > 0 ? ms : undefined
}

/**
 * What the status of an answer says of its server. 429 asks for less (RFC 6585 4); so does 503 that says when to
 * come again, and 403: it is how registries shut out who asks too often. Another 5xx is a server in trouble, though
 * one that answers; anything else is an answer.
 */
export const heardOf = (status: number, retryAfter: string | undefined, now: number): Heard => {
  const retryAfterMs = readRetryAfter(retryAfter, now)
  const busy = status === 429 || status === 403 || (status === 503 && retryAfterMs !== undefined)
  if (busy) return { kind: 'busy', retryAfterMs }
  return status >= 500 && status <= 599 ? { kind: 'down', answered: true } : { kind: 'well' }
}

/* One request over HTTP and its answer: no redirect is followed here, and all is bounded. */

export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** JSON to POST. No redirect is followed then. */
  readonly body?: string
}

export interface Page {
  readonly kind: 'page'
  /** The server that answered, as `politeness.server` knows it. */
  readonly host: string
  readonly status: number
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | undefined
  readonly text: string
  /** What the server was told to have said, by the status. A body that asks for less is for the caller to tell. */
  readonly heard: Heard
}

export interface NoPage {
  readonly kind: 'failed'
  readonly host: string
  readonly reason:
    | 'timeout'
    | 'network-error'
    | 'answer-too-large'
    | 'malformed-answer' // packed in a way that nobody can unpack
    | 'bad-redirect'
    | 'private-address'
    | 'rate-limited' // where we were redirected to may not be asked in time
}

/** What came of one request, and what it says of the server; undefined when no server was reached to say it of. */
export interface Hop {
  readonly came: Page | NoPage | { readonly kind: 'redirect'; readonly to: string }
  readonly heard: Heard | undefined
}

const redirects = new Set([301, 302, 303, 307, 308])
const well: Heard = { kind: 'well' }
const down: Heard = { kind: 'down' }

/** Why there is no page from the server of this URL. */
export const failed = ({ host }: URL, reason: NoPage['reason']): NoPage => ({ kind: 'failed', host, reason })

const talk = async (
  url: URL,
  dispatcher: Dispatcher,
  options: RequestOptions,
  signal: AbortSignal,
): Promise<Hop> => {
  const { body, clock } = options
  const method = body === undefined ? 'GET' : 'POST'
  // RFC 9110 12.5.3: without a word about encodings any is welcome. An answer is small; packed it gains nothing.
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
      return { came: failed(url, 'bad-redirect'), heard: well }
    return { came: { kind: 'redirect', to: location ?? '' }, heard: well }
  }
  const heard = heardOf(response.statusCode, header('retry-after'), clock.now())
  const text = await readBody(response.body, header('content-encoding'))
  if (typeof text !== 'string') return { came: failed(url, text.reason), heard }
  const page: Page = { kind: 'page', host: url.host, status: response.statusCode, header, text, heard }
  return { came: page, heard }
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
    return hop ?? { came: failed(url, 'timeout'), heard: down }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof PrivateAddress) return { came: failed(url, 'private-address'), heard: undefined }
    // Whatever else undici throws here, from DNS to TLS to a broken HTTP answer, is the network between us.
    return { came: failed(url, 'network-error'), heard: down }
  }
}

export interface ExchangeOptions extends RequestOptions {
  readonly network: Network
  /** The URL was configured by hand: its host may be http, or on the own network. */
  readonly byHand: boolean
  readonly pacing: Pacing
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
  { pacing, clock, signal }: ExchangeOptions,
): Promise<(() => void) | undefined> => {
  // It would be a wait for nothing.
  if (pacing.readyIn(host) >= ms) return undefined
  return within(ms, clock, signal, pacing.server(host).acquire)
}

/**
 * Asks a server when it is its turn, and then where it redirects to. Each server is told what was heard of it before
 * the next one in its line may go. A server that we were redirected to and that may not be asked in time makes it
 * `rate-limited`: it must not hold up those who wait for the one that redirects. Rejects only when the signal aborts.
 */
export const exchange = async (from: URL, options: ExchangeOptions): Promise<Page | NoPage> => {
  const { network, pacing, clock, signal } = options
  let url = from
  let leftMs = options.timeoutMs
  // Our own way is for our own words. A stranger who was asked once may not send us back to a host of ours.
  let ours = options.byHand
  let told = ''
  for (let hop = 0; hop <= redirectsMax; hop++) {
    ours &&= url.host === from.host
    if (!isAllowedHop(url, ours ? from : undefined)) return failed(url, 'bad-redirect')
    if (leftMs <= 0) return failed(url, 'timeout')
    const server = pacing.server(url.host)
    const release = url.host === from.host ? await server.acquire(signal) : await soon(url, leftMs, options)
    if (!release) return failed(url, 'rate-limited')
    if (url.host !== told) options.onHost?.(url.host)
    told = url.host
    const begun = clock.now()
    try {
      const way = ours ? network.own : network.strangers
      const { came, heard } = await sendRequest(url, await way.dispatcher(), options, leftMs)
      if (heard) server.heard(heard)
      if (came.kind !== 'redirect') return came
      url = new URL(came.to, url)
    } finally {
      release()
    }
    leftMs -= Math.max(0, clock.now() - begun)
  }
  return failed(url, 'bad-redirect')
}
