/** One command to the ISC and its answer: JSON by HTTP POST, to one URL. */
import type { Clock } from '../../clock.js'
import type { FailedReason } from '../../registration.js'
import { exchange, type Page } from '../exchange.js'
import { parseJson } from '../json.js'
import type { OnSent } from '../../sent-query.js'
import type { Network } from '../network.js'
import type { Politeness } from '../politeness.js'

export interface AskOptions {
  readonly url: URL
  /** Goes to the ISC with each command, and nowhere else: it stands in no report. */
  readonly token: string | undefined
  readonly network: Network
  readonly politeness: Politeness
  readonly userAgent: string
  readonly clock: Clock
  readonly onSent?: OnSent | undefined
  /** For one command; the wait for its turn does not count. */
  readonly timeoutMs: number
}

/** A command of the API with its members. */
export interface Command {
  readonly command: 'config' | 'status' | 'query'
  readonly [member: string]: unknown
}

/** The answer's JSON, unchecked; undefined when it was none. */
export type Answer =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'failed'; readonly reason: FailedReason }

/** Rejects only when the signal aborts. */
export type Ask = (command: Command, signal: AbortSignal) => Promise<Answer>

const understand = ({ status, text, heard }: Page): Answer => {
  // Asking less often does not make a wrong token right, although the server is told that it asked for less.
  if (status === 401 || status === 403) return { kind: 'failed', reason: 'refused' }
  if (heard.kind === 'busy') return { kind: 'failed', reason: 'rate-limited' }
  if (status === 200) return { kind: 'answer', body: parseJson(text) }
  if (status >= 400 && status < 500) return { kind: 'failed', reason: 'refused' }
  return { kind: 'failed', reason: heard.kind === 'down' ? 'server-error' : 'malformed-answer' }
}

/** A client of one URL. */
export const asking = ({ url, token, userAgent, ...options }: AskOptions): Ask => {
  const headers = {
    accept: 'application/json',
    'user-agent': userAgent,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  return async (command, signal) => {
    const body = JSON.stringify(command)
    const name = typeof command['domain'] === 'string' ? command['domain'] : ''
    const onHost = (host: string) => options.onSent?.({ protocol: 'isc', host, name })
    const page = await exchange(url, { ...options, headers, byHand: true, body, signal, onHost })
    return page.kind === 'page' ? understand(page) : { kind: 'failed', reason: page.reason }
  }
}
