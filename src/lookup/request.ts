/** One request over HTTP and its answer: no redirect is followed here, and all is bounded. */
import type { Dispatcher } from 'undici'
import type { Clock } from '../clock.js'
import { PrivateAddress } from './addresses.js'
import { readBody } from './body.js'
import type { Heard } from './politeness.js'
import { heardOf } from './retry-after.js'
import { within } from './waiting.js'

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
  const { request } = await import('undici')
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
export const ask = async (
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
