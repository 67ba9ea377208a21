/**
 * Sends one WHOIS query (RFC 3912: a line, and an answer that ends when the server closes). Not a client from npm: those
 * read without a bound, cannot be aborted, do not check addresses, and follow referrals to any host.
 */
import { connect, type LookupFunction } from 'node:net'
import { whoisBytesMax } from '../../limits.js'
import type { FailedReason } from '../../model/domain.js'
import type { Clock } from '../../time/clock.js'
import { within } from '../../time/wake.js'
import type { Network } from '../net/addresses.js'
import type { Pacing, ServerOutcome, Understood } from '../pacing/token-bucket.js'

/** RFC 3912 2. */
export const whoisPort = 43

export interface WhoisServer {
  readonly host: string
  readonly port: number
  /** Configured: it may be on the site's own network. */
  readonly byHand: boolean
}

export interface WhoisClientOptions {
  readonly network: Network
  readonly pacing: Pacing
  readonly clock: Clock
  /** For one query, without its wait in the queue. */
  readonly timeoutMs: number
  /** Called with the server just before it is asked. */
  readonly onHost?: (host: string) => void
}

export interface Failed {
  readonly kind: 'failed'
  readonly reason: FailedReason
}

const failed = (reason: FailedReason): Failed => ({ kind: 'failed', reason })

/** The server's name for the pacing: with its port unless that is 43. */
export const serverName = ({ host, port }: WhoisServer): string =>
  port === whoisPort ? host : `${host}:${port}`

/** RFC 3912 names no encoding: most registries write UTF-8, some still Latin-1. */
const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('latin1').decode(bytes)
  }
}

/** The text; undefined when it is too long: half an answer could lack the line that matters. */
const exchange = async (
  { host, port }: WhoisServer,
  query: string,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const socket = connect({ host, port, lookup, signal })
  // While we read, the loop throws the error. After the loop it does not matter.
  socket.on('error', () => undefined)
  try {
    // Not end(): some servers take a half-closed connection for a client that has gone.
    socket.write(`${query}\r\n`)
    const pieces: Uint8Array[] = []
    let bytes = 0
    for await (const piece of socket as AsyncIterable<Uint8Array>) {
      bytes += piece.length
      if (bytes > whoisBytesMax) return undefined
      pieces.push(piece)
    }
    return decode(Buffer.concat(pieces))
  } finally {
    socket.destroy()
  }
}

const isPrivate = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EPRIVATE'

/** What an answer says about the server; undefined when none was reached. */
const outcomeOf = ({ kind, reason }: Understood): ServerOutcome | undefined => {
  if (kind === 'unsupported' && reason === 'refused') return { kind: 'refused' }
  if (kind !== 'failed') return { kind: 'well' }
  if (reason === 'private-address') return undefined
  if (reason === 'rate-limited') return { kind: 'busy', retryAfterMs: undefined }
  return { kind: reason === 'timeout' || reason === 'network-error' ? 'down' : 'well' }
}

/**
 * Sends a query when the pacing of the server allows, and reports the outcome to it. Rejects only when the signal aborts.
 *
 * @param query one line, without its end
 * @param read must not throw
 */
export const askWhois = async <Answer extends Understood>(
  server: WhoisServer,
  query: string,
  read: (text: string) => Answer | Failed,
  { network, pacing, clock, timeoutMs, onHost }: WhoisClientOptions,
  signal: AbortSignal,
): Promise<Answer | Failed> => {
  const way = server.byHand ? network.own : network.strangers
  const talk = async (until: AbortSignal): Promise<Answer | Failed> => {
    try {
      const text = await exchange(server, query, way.resolve, until)
      return text === undefined ? failed('answer-too-large') : read(text)
    } catch (error) {
      until.throwIfAborted()
      return failed(isPrivate(error) ? 'private-address' : 'network-error')
    }
  }

  const paced = pacing.server(serverName(server))
  const release = await paced.acquire(signal)
  try {
    onHost?.(serverName(server))
    const answer = (await within(timeoutMs, clock, signal, talk)) ?? failed('timeout')
    const outcome = outcomeOf(answer)
    if (outcome) paced.observe(outcome)
    return answer
  } finally {
    release()
  }
}
