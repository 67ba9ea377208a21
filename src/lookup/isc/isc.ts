/**
 * Registrations from an ISC: the mode `isc` of domain_stats 1.x. CONFIG says what may be asked, and nothing is asked
 * before it was had; STATUS says how we are, and hears whether we may go on; QUERY asks for a domain.
 */
import { iscIntervalMs, iscIntervalMsMax, iscRetryMs, lookupTimeoutMs } from '../../limits.js'
import type { FailedReason, Lookup } from '../../registration.js'
import type { Telemetry } from '../../telemetry.js'
import { readConfig, readQuery, readStatus, type Config } from './answers.js'
import { asking, type AskOptions } from './ask.js'
import { openTerms, outdatedFor, type Parties } from './terms.js'

/** How often an answer was there already. */
export interface Efficiency {
  readonly cache: readonly [hits: number, misses: number, expired: number]
  readonly database: readonly [hits: number, misses: number]
}

export interface IscOptions extends Omit<AskOptions, 'timeoutMs'>, Parties {
  readonly telemetry: Telemetry
  readonly efficiency: () => Efficiency
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

  const config = async (signal: AbortSignal): Promise<Config | FailedReason> => {
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
    const said = answer.kind === 'failed' ? answer.reason : (readStatus(answer.body) ?? 'malformed-answer')
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
