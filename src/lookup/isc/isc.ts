/**
 * Registrations from an ISC: the mode `isc` of domain_stats 1.x. CONFIG says what may be asked, and nothing is asked
 * before it was had; STATUS says how we are, and hears whether we may go on; QUERY asks for a domain.
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

/* One command to the ISC and its answer: JSON by HTTP POST, to one URL. */

export interface IscClientOptions {
  readonly url: URL
  /** Goes to the ISC with each command, and nowhere else: it stands in no report. */
  readonly token: string | undefined
  readonly network: Network
  readonly pacing: Pacing
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
export type IscAnswer =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'failed'; readonly reason: FailedReason }

/** Rejects only when the signal aborts. */
export type Ask = (command: Command, signal: AbortSignal) => Promise<IscAnswer>

const understand = ({ status, text, heard }: Page): IscAnswer => {
  // Asking less often does not make a wrong token right, although the server is told that it asked for less.
  if (status === 401 || status === 403) return { kind: 'failed', reason: 'refused' }
  if (heard.kind === 'busy') return { kind: 'failed', reason: 'rate-limited' }
  if (status === 200) return { kind: 'answer', body: parseJson(text) }
  if (status >= 400 && status < 500) return { kind: 'failed', reason: 'refused' }
  return { kind: 'failed', reason: heard.kind === 'down' ? 'server-error' : 'malformed-answer' }
}

/** A client of one URL. */
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

/* The terms on which the ISC may be asked: what its CONFIG and STATUS said last. */

/** Who asks whom. */
export interface Parties {
  readonly url: URL
  /** Ours, as `major.minor`; what follows is not compared. */
  readonly softwareVersion: string
  readonly databaseVersion: string
}

export interface Terms {
  /** Told what CONFIG said, or why it could not be had; the CONFIG before stays in force then. */
  readonly config: (said: IscConfig | FailedReason) => void
  readonly status: (said: IscStatus) => void
  /** Why the ISC must not be asked for a name; undefined when it may. */
  readonly refusal: (name: string) => Registration | undefined
}

/** Which version of ours is too old for the ISC, in a sentence; undefined when it takes us as we are. */
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

/** Nothing may be asked before CONFIG was had. */
export const openTerms = (parties: Parties, telemetry: Telemetry): Terms => {
  let config: IscConfig | undefined
  /** Why CONFIG could not be had the last time; nobody has asked for it yet. */
  let missing: FailedReason | undefined = 'network-error'
  let outdated: string | undefined
  let denied: string | undefined

  /** Makes a change, and reports it if it stops look-ups or lets them go on. */
  const change = (make: () => void): void => {
    const before = outdated ?? denied
    make()
    const message = outdated ?? denied
    if (message === before) return
    telemetry(message === undefined ? { kind: 'isc-admitted' } : { kind: 'isc-denied', message })
  }

  return {
    config: said => {
      if (typeof said === 'string') {
        missing = said
        return
      }
      if (missing !== undefined) telemetry({ kind: 'isc-configured', prohibited: said.prohibited.size })
      missing = undefined
      config = said
      change(() => (outdated = outdatedFor(said, parties)))
    },
    status: said => change(() => (denied = said.denied)),
    refusal: name => {
      if (config && isProhibited(name, config.prohibited))
        return { kind: 'unsupported', reason: 'prohibited-tld' }
      if (outdated !== undefined || denied !== undefined) return { kind: 'failed', reason: 'isc-denied' }
      return config ? undefined : { kind: 'failed', reason: missing ?? 'network-error' }
    },
  }
}

/** How often an answer was there already. */
export interface IscEfficiency {
  readonly cache: readonly [hits: number, misses: number, expired: number]
  readonly database: readonly [hits: number, misses: number]
}

export interface IscOptions extends Omit<IscClientOptions, 'timeoutMs'>, Parties {
  readonly telemetry: Telemetry
  readonly efficiency: () => IscEfficiency
  /** For one command; the wait for its turn does not count. */
  readonly timeoutMs?: number
  /** The life of the program: STATUS belongs to no look-up. */
  readonly signal: AbortSignal
}

export interface Isc {
  /**
   * Asks for CONFIG, and from then on sends STATUS in the background; to be called once. Throws when the ISC wants a
   * newer version than ours. An ISC that is away is reported, and asked again in the background.
   */
  readonly start: (signal: AbortSignal) => Promise<void>
  readonly lookup: Lookup
}

/** Opens the client; touches the network only when started or asked. */
export const openIsc = (options: IscOptions): Isc => {
  const { clock, telemetry, signal: life } = options
  const ask = asking({ ...options, timeoutMs: options.timeoutMs ?? lookupTimeoutMs })
  const terms = openTerms(options, telemetry)
  let intervalMs = iscIntervalMs

  const config = async (signal: AbortSignal): Promise<IscConfig | FailedReason> => {
    const answer = await ask({ command: 'config' }, signal)
    const said = answer.kind === 'failed' ? answer.reason : (readConfig(answer.body) ?? 'malformed-answer')
    if (typeof said === 'string') telemetry({ kind: 'isc-failed', command: 'config', error: said })
    return said
  }

  /** True when the ISC answered; so for the next two. */
  const configured = async (): Promise<boolean> => {
    const said = await config(life)
    terms.config(said)
    return typeof said !== 'string'
  }

  const statusSent = async (): Promise<boolean> => {
    const { cache, database } = options.efficiency()
    const versions = { client_version: options.softwareVersion, database_version: options.databaseVersion }
    const efficiency = { cache_efficiency: cache, database_efficiency: database }
    const answer = await ask({ command: 'status', ...versions, ...efficiency }, life)
    const said = answer.kind === 'failed' ? answer.reason : (readIscStatus(answer.body) ?? 'malformed-answer')
    if (typeof said === 'string') {
      telemetry({ kind: 'isc-failed', command: 'status', error: said })
      return false
    }
    intervalMs = said.intervalMs
    terms.status(said)
    return true
  }

  /** Until the end of the program; a round that failed in part is repeated as a whole. */
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
      const said = await config(signal)
      const outdated = typeof said === 'string' ? undefined : outdatedFor(said, options)
      if (outdated !== undefined) throw new Error(outdated)
      terms.config(said)
      void stayInTouch(typeof said !== 'string').catch((error: unknown) => {
        if (!life.aborted) telemetry({ kind: 'isc-failed', command: 'status', error: String(error) })
      })
    },
    lookup: async (registrable, signal) => {
      signal.throwIfAborted()
      const refusal = terms.refusal(registrable)
      if (refusal) return refusal
      const answer = await ask({ command: 'query', domain: registrable }, signal)
      return answer.kind === 'failed' ? answer : readQuery(answer.body)
    },
  }
}
