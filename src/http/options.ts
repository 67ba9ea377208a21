/** What the port is handed: where to listen, whom to answer, and who knows the answers. */
import type { AskName, KnownAnswer, NameAnswer } from '../model/record.js'
import type { Telemetry } from '../telemetry/report.js'
import type { DaemonStatus } from '../telemetry/status.js'
import type { Clock } from '../time/clock.js'
import type { Asks } from './asks.js'

/** One domain of the store, as the original showed an entry of its cache. */
export interface BrowseRow {
  readonly domain: string
  /** As it would be answered again: a first contact is over. */
  readonly answer: KnownAnswer
  /** Epoch ms until which the answer of its registry is kept; undefined where there is none, or it never expires. */
  readonly expires: number | undefined
  /** How often the domain was contacted. */
  readonly queries: number
}

/** What was asked of a port. */
export interface HttpSums {
  readonly counts: HttpCounts
  readonly asks: Asks
}

/** What a port may answer, in parts. */
export const services = ['health', 'metrics', 'v1', 'domain_stats', 'freq'] as const
export type HttpService = (typeof services)[number]

export interface HttpOptions {
  readonly host: string
  /** Names of this machine, besides localhost, that a Host header may have. */
  readonly hosts: readonly string[]
  /** 0 for any. */
  readonly port: number
  /** What is answered; another path is not there. Without it all of it. */
  readonly serves?: ReadonlySet<HttpService>
  /** Sums of another port, which this one tells of. */
  readonly sums?: HttpSums | undefined
  readonly askName: AskName
  /** The answer that can be given at once, and counts as asked for. Throws if the store does not work. */
  readonly askCached?: (name: string) => NameAnswer | undefined
  /** How long a question waits for a registry, in ms. */
  readonly waitMs: number
  readonly status: () => DaemonStatus
  /**
   * Rows in the order of their names, without those that are ignored, and whether there may be more behind them. The
   * limit is never more than httpRowsMax.
   */
  readonly browse: (
    offset: number,
    limit: number,
  ) => { readonly rows: readonly BrowseRow[]; readonly more: boolean }
  /** @param domain in A-labels, lower-case, no final dot */
  readonly get: (domain: string) => BrowseRow | undefined
  /** What freq_server would answer to this path and query, in plain text; undefined where it would not. */
  readonly freqAnswer?: ((url: string) => { status: number; text: string } | undefined) | undefined
  /** Added to `seen_by_you` of the original's answers, and to nothing else. */
  readonly timezoneOffsetHours: number
  /** Rows of one page of `/cache_browse`. */
  readonly browseLimit: number
  readonly freqEnabled: boolean
  /** The bearer token that a client has to show. */
  readonly token?: string | undefined
  /** Addresses and CIDR ranges that are answered, besides this machine; empty for those that `host` suggests. */
  readonly allow: readonly string[]
  /** Ours, for `/openapi.json`. */
  readonly version: string
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** The life of everything that waits. */
  readonly signal: AbortSignal
  /** For tests: shorter than those of limits.ts. */
  readonly limits?: Partial<HttpLimits>
}

/** Those that a test cannot wait for. */
export interface HttpLimits {
  readonly headersMs: number
  readonly requestMs: number
  readonly sweepMs: number
  readonly connectionsMax: number
  readonly asksMax: number
}

export interface HttpCounts {
  requests: number
  /** Requests that did not pass the gate, by reason. */
  readonly refused: Map<string, number>
}
