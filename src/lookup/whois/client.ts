/**
 * One WHOIS question (RFC 3912: a line, and an answer that ends when the server closes). Our own client: those that
 * npm has collect without a bound, cannot be aborted, resolve names without a look at the address, and follow the
 * referrals of strangers.
 */
import { connect, type LookupFunction } from 'node:net'
import { whoisBytesMax } from '../../limits.js'
import type { FailedReason } from '../../model/domain.js'
import type { Clock } from '../../time/clock.js'
import { within } from '../../time/wake.js'
import type { Network } from '../net/addresses.js'
import type { Heard, Pacing } from '../pacing/token-bucket.js'

/** The port of RFC 3912. */
export const whoisPort = 43

export interface WhoisServer {
  readonly host: string
  readonly port: number
  /** The site named it itself: it may be on the own network. */
  readonly byHand: boolean
}

export interface WhoisClientOptions {
  readonly network: Network
  readonly pacing: Pacing
  readonly clock: Clock
  /** For one question; the wait for a turn does not count. */
  readonly timeoutMs: number
  /** Told of the server just before it is asked. */
  readonly onHost?: (host: string) => void
}

export interface Failed {
  readonly kind: 'failed'
  readonly reason: FailedReason
}

/** What a reader makes of an answer. */
export interface Understood {
  readonly kind: string
  readonly reason?: string
}

const failed = (reason: FailedReason): Failed => ({ kind: 'failed', reason })

/** The server's name for politeness: with its port where that is not the usual one. */
export const serverName = ({ host, port }: WhoisServer): string =>
  port === whoisPort ? host : `${host}:${port}`

/** No registry promises an encoding; most write UTF-8, some still Latin-1. */
const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('latin1').decode(bytes)
  }
}

/** The text, or undefined when there is too much of it: half an answer could lack the line that matters. */
const exchange = async (
  { host, port }: WhoisServer,
  query: string,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const socket = connect({ host, port, lookup, signal })
  // What breaks while we read comes out of the loop. After the loop it is no matter: nobody reads any more.
  socket.on('error', () => undefined)
  try {
    // Not end(): to some servers a half-closed connection is a client that went away.
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

/** What an outcome says of the server; undefined when none was reached to say it of. */
const heardOf = ({ kind, reason }: Understood): Heard | undefined => {
  if (kind === 'unsupported' && reason === 'refused') return { kind: 'refused' }
  if (kind !== 'failed') return { kind: 'well' }
  if (reason === 'private-address') return undefined
  if (reason === 'rate-limited') return { kind: 'busy', retryAfterMs: undefined }
  return { kind: reason === 'timeout' || reason === 'network-error' ? 'down' : 'well' }
}

/**
 * Asks a server when it is its turn, and tells politeness what came of it. Rejects only when the signal aborts.
 *
 * @param query one line, without its end
 * @param read makes sense of the answer; never throws
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
    const heard = heardOf(answer)
    if (heard) paced.heard(heard)
    return answer
  } finally {
    release()
  }
}
