/** One GET to a stranger's server: redirects followed with care, the body bounded. */
import { request, type Dispatcher } from 'undici'
import { redirectsMax, responseBytesMax } from '../limits.js'
import { PrivateAddress } from './addresses.js'
import { mayAsk } from './far-side.js'

export interface GetOptions {
  readonly dispatcher: Dispatcher
  readonly headers: Readonly<Record<string, string>>
  /** The URL was configured by hand: its host may be http, or on the own network. */
  readonly byHand: boolean
  readonly signal: AbortSignal
}

export interface Page {
  readonly kind: 'page'
  readonly status: number
  /** A header by its lower-case name. */
  readonly header: (name: string) => string | undefined
  readonly text: string
}

export interface NoPage {
  readonly kind: 'failed'
  readonly reason: 'network-error' | 'answer-too-large' | 'bad-redirect' | 'private-address'
}

type Response = Dispatcher.ResponseData

const redirects = new Set([301, 302, 303, 307, 308])

const headerOf = ({ headers }: Response, name: string): string | undefined => {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

const failed = (reason: NoPage['reason']): NoPage => ({ kind: 'failed', reason })

/** Bytes are counted as they come, since Content-Length is a claim. Undefined when there are too many. */
const readText = async (body: AsyncIterable<Uint8Array>): Promise<string | undefined> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > responseBytesMax) return undefined // leaving the loop destroys the stream
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks)) // drops a byte order mark
}

const follow = async (from: URL, options: GetOptions): Promise<Page | NoPage> => {
  let url = from
  // RFC 9110 12.5.3: without a word about encodings any is welcome; a plain body needs no guard against zip bombs.
  const headers = { ...options.headers, 'accept-encoding': 'identity' }
  for (let hop = 0; hop <= redirectsMax; hop++) {
    if (!mayAsk(url, options.byHand ? from : undefined)) return failed('bad-redirect')
    const response = await request(url, { dispatcher: options.dispatcher, headers, signal: options.signal })
    const location = headerOf(response, 'location')
    if (!redirects.has(response.statusCode) || location === undefined) {
      const text = await readText(response.body)
      if (text === undefined) return failed('answer-too-large')
      return { kind: 'page', status: response.statusCode, header: name => headerOf(response, name), text }
    }
    await response.body.dump()
    if (!URL.canParse(location, url.href)) return failed('bad-redirect')
    url = new URL(location, url)
  }
  return failed('bad-redirect')
}

/** Gets a page. Rejects only when the signal aborts. */
export const get = async (url: URL, options: GetOptions): Promise<Page | NoPage> => {
  try {
    return await follow(url, options)
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof PrivateAddress) return failed('private-address')
    // Whatever else undici throws here, from DNS to TLS to a broken HTTP answer, is the network between us.
    return failed('network-error')
  }
}
