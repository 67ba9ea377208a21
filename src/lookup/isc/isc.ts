/**
 * Look-ups at an ISC server: `mode: isc` of domain_stats 1.x. CONFIG gives what may be asked, and no QUERY is sent before
 * it; STATUS reports our figures and learns whether we may go on; QUERY asks for a domain.
 */
import { iscIntervalMs, iscIntervalMsMax, iscRetryMs, lookupTimeoutMs } from '../../limits.js'
import type { FailedReason, Registration, Lookup } from '../../model/domain.js'
import type { OnSent } from '../../model/sent-query.js'
import type { Telemetry } from '../../telemetry/report.js'
import type { Clock } from '../../time/clock.js'
import type { Network } from '../net/addresses.js'
import { exchange, type Page } from '../net/http-client.js'
import type { Pacing } from '../pacing/token-bucket.js'
import { parseJson } from '../rdap/response.js'
import { noExpiryHeader } from './outcome.js'
import {
  type IscConfig,
  type IscStatus,
  isProhibited,
  isAbove,
  noVersion,
  readVersion,
  versionText,
  type Version,
  readConfig,
  readQuery,
  readIscStatus,
} from './responses.js'

export interface IscClientOptions {
  readonly url: URL
  /** Sent to the ISC with each command; never logged. */
  readonly token: string | undefined
  readonly network: Network
  readonly pacing: Pacing
  readonly userAgent: string
  readonly clock: Clock
  readonly onSent?: OnSent | undefined
  /** For one command, without its wait in the queue. */
  readonly timeoutMs: number
}

export interface Command {
  readonly command: 'config' | 'status' | 'query'
  readonly [member: string]: unknown
}

/** The answer's JSON, unchecked; undefined when it was none. */
export type IscAnswer =
  | {
      readonly kind: 'answer'
      readonly body: unknown
      /** False: a date in `expires` is none of the registry. See outcome.ts. */
      readonly hasExpiry: boolean
    }
  | { readonly kind: 'failed'; readonly reason: FailedReason }

/** Rejects only when the signal aborts. */
export type Ask = (command: Command, signal: AbortSignal) => Promise<IscAnswer>

const understand = ({ status, text, header, outcome }: Page): IscAnswer => {
  // A wrong token does not get better with time. (The pacing has observed 403 as `busy`, as for any server.)
  if (status === 401 || status === 403) return { kind: 'failed', reason: 'refused' }
  if (outcome.kind === 'busy') return { kind: 'failed', reason: 'rate-limited' }
  if (status === 200) {
    const hasExpiry = header(noExpiryHeader.name) !== noExpiryHeader.value
    return { kind: 'answer', body: parseJson(text), hasExpiry }
  }
  if (status >= 400 && status < 500) return { kind: 'failed', reason: 'refused' }
  return { kind: 'failed', reason: outcome.kind === 'down' ? 'server-error' : 'malformed-answer' }
}

/** Sends a command as JSON by HTTP POST. */
export const asking = ({ url, token, userAgent, ...options }: IscClientOptions): Ask => {
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

export interface Parties {
  /** The ISC. */
  readonly url: URL
  /** Of this program, as `major.minor`; what follows is not compared. */
  readonly softwareVersion: string
  readonly databaseVersion: string
}

/** Whether the ISC may be asked, by its last CONFIG and STATUS. */
export interface Terms {
  /** Applies a CONFIG, or the reason why it failed: then the previous one stays in force. */
  readonly config: (answer: IscConfig | FailedReason) => void
  readonly status: (answer: IscStatus) => void
  /** Why the ISC must not be asked for a name; undefined when it may. */
  readonly refusal: (name: string) => Registration | undefined
}

/** A sentence that says which of our versions is too old for the ISC; undefined when it accepts both. */
export const outdatedFor = (config: IscConfig, parties: Parties): string | undefined => {
  const older = (what: string, ours: string, required: Version): string | undefined => {
    const own = readVersion(ours) ?? noVersion
    if (!isAbove(required, own)) return undefined
    // Not the whole URL: it may hold a secret.
    const isc = `the ISC at ${parties.url.host}`
    return `${isc} wants ${what} version ${versionText(required)} or later, this is ${versionText(own)}: update domainstats`
  }
  return (
    older('software', parties.softwareVersion, config.software) ??
    older('database', parties.databaseVersion, config.database)
  )
}

/** Refuses all names until the first CONFIG. */
export const openTerms = (parties: Parties, telemetry: Telemetry): Terms => {
  let config: IscConfig | undefined
  /** Why there is no CONFIG yet, or why the last one failed. */
  let missing: FailedReason | undefined = 'network-error'
  let outdated: string | undefined
  let denied: string | undefined

  /** Applies a change, and reports it if look-ups stop or go on because of it. */
  const change = (make: () => void): void => {
    const before = outdated ?? denied
    make()
    const message = outdated ?? denied
    if (message === before) return
    telemetry(message === undefined ? { kind: 'isc-admitted' } : { kind: 'isc-denied', message })
  }

  return {
    config: answer => {
      if (typeof answer === 'string') {
        missing = answer
        return
      }
      if (missing !== undefined) telemetry({ kind: 'isc-configured', prohibited: answer.prohibited.size })
      missing = undefined
      config = answer
      change(() => (outdated = outdatedFor(answer, parties)))
    },
    status: answer => change(() => (denied = answer.denied)),
    refusal: name => {
      if (config && isProhibited(name, config.prohibited))
        return { kind: 'unsupported', reason: 'prohibited-tld' }
      if (outdated !== undefined || denied !== undefined) return { kind: 'failed', reason: 'isc-denied' }
      return config ? undefined : { kind: 'failed', reason: missing ?? 'network-error' }
    },
  }
}

/** How often an answer came from the cache or the database, for STATUS. */
export interface IscEfficiency {
  readonly cache: readonly [hits: number, misses: number, expired: number]
  readonly database: readonly [hits: number, misses: number]
}

export interface IscOptions extends Omit<IscClientOptions, 'timeoutMs'>, Parties {
  readonly telemetry: Telemetry
  readonly efficiency: () => IscEfficiency
  /** For one command, without its wait in the queue. */
  readonly timeoutMs?: number
  /** The life of the program: STATUS runs in the background. */
  readonly signal: AbortSignal
}

export interface Isc {
  /**
   * Asks for CONFIG, then sends STATUS in the background; to be called once. Throws when the ISC requires a newer version.
   * An ISC that does not answer is reported, and asked again in the background.
   */
  readonly start: (signal: AbortSignal) => Promise<void>
  readonly lookup: Lookup
}

/** Opens the client; `start` and `lookup` send the first packet. */
export const openIsc = (options: IscOptions): Isc => {
  const { clock, telemetry, signal: life } = options
  const ask = asking({ ...options, timeoutMs: options.timeoutMs ?? lookupTimeoutMs })
  const terms = openTerms(options, telemetry)
  let intervalMs = iscIntervalMs

  const config = async (signal: AbortSignal): Promise<IscConfig | FailedReason> => {
    const answer = await ask({ command: 'config' }, signal)
    const result = answer.kind === 'failed' ? answer.reason : (readConfig(answer.body) ?? 'malformed-answer')
    if (typeof result === 'string') telemetry({ kind: 'isc-failed', command: 'config', error: result })
    return result
  }

  /** Asks for CONFIG. True when the ISC answered. */
  const configured = async (): Promise<boolean> => {
    const result = await config(life)
    terms.config(result)
    return typeof result !== 'string'
  }

  /** Sends STATUS. True when the ISC answered. */
  const statusSent = async (): Promise<boolean> => {
    const { cache, database } = options.efficiency()
    const versions = { client_version: options.softwareVersion, database_version: options.databaseVersion }
    const efficiency = { cache_efficiency: cache, database_efficiency: database }
    const answer = await ask({ command: 'status', ...versions, ...efficiency }, life)
    const status =
      answer.kind === 'failed' ? answer.reason : (readIscStatus(answer.body) ?? 'malformed-answer')
    if (typeof status === 'string') {
      telemetry({ kind: 'isc-failed', command: 'status', error: status })
      return false
    }
    intervalMs = status.intervalMs
    terms.status(status)
    return true
  }

  /** Sends STATUS and CONFIG at the ISC's interval until the signal aborts; if one fails, both are sent again soon. */
  const stayInTouch = async (configHad: boolean): Promise<void> => {
    let well = (await statusSent()) && configHad
    let retryMs = iscRetryMs
    for (;;) {
      await clock.sleep(well ? intervalMs : Math.min(retryMs, intervalMs), life)
      if (life.aborted) return
      retryMs = well ? iscRetryMs : Math.min(retryMs * 2, iscIntervalMsMax)
      const configHas = await configured()
      well = (await statusSent()) && configHas
    }
  }

  return {
    start: async signal => {
      const result = await config(signal)
      const outdated = typeof result === 'string' ? undefined : outdatedFor(result, options)
      if (outdated !== undefined) throw new Error(outdated)
      terms.config(result)
      void stayInTouch(typeof result !== 'string').catch((error: unknown) => {
        if (!life.aborted) telemetry({ kind: 'isc-failed', command: 'status', error: String(error) })
      })
    },
    lookup: async (registrable, signal) => {
      signal.throwIfAborted()
      const refusal = terms.refusal(registrable)
      if (refusal) return refusal
      const answer = await ask({ command: 'query', domain: registrable }, signal)
      return answer.kind === 'failed' ? answer : readQuery(answer.body, answer.hasExpiry)
    },
  }
}
