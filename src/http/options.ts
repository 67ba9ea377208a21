/** The options of the HTTP port: where it listens, which clients it answers, and where its answers come from. */
import type { AskSiteFacts } from '../ask/site-facts.js'
import type { SiteCount } from '../shared/counts.js'
import type { StoredTuple } from '../model/passive.js'
import type { AskName, KnownAnswer, NameAnswer } from '../model/record.js'
import type { Tag, TagName } from '../model/tag.js'
import type { AddressRange } from '../names/network.js'
import type { Reducer } from '../names/psl.js'
import type { Commands } from '../programs/commands.js'
import type { PdnsFilter, PdnsQuestion } from '../store/pdns-search.js'
import type { Reader } from '../store/reader.js'
import type { Telemetry } from '../telemetry/report.js'
import type { DaemonStatus } from '../telemetry/status.js'
import type { Clock } from '../time/clock.js'
import type { NearAddress, NearOptions } from '../transfer/pdns-near.js'
import type { Asks } from './asks.js'
import type { WhoisService } from './whois-routes.js'

/** One domain of the store, for `/cache_browse` and `/cache_get` of domain_stats 1.x. */
export interface BrowseRow {
  readonly domain: string
  /** Never a first contact. */
  readonly answer: KnownAnswer
  /** Epoch ms until which the registry's answer is kept; undefined where there is none, or it never expires. */
  readonly expires: number | undefined
  /** How often the domain was contacted. */
  readonly queries: number
}

/** What `/metrics` shows about a port. */
export interface HttpSums {
  readonly counts: HttpCounts
  readonly asks: Asks
}

/** Passive DNS, for the service `pdns`. */
export interface PassiveDns {
  /** A string says why the text is no question. */
  readonly readQuestion: (text: string) => Promise<PdnsQuestion | string>
  /** Rows in pages; a page may be empty. Each step takes some milliseconds of this thread. */
  readonly tuples: (question: PdnsQuestion, filter: PdnsFilter) => Iterable<readonly StoredTuple[]>
  /** Passes over all names or addresses. */
  readonly counts: Pick<Reader['pdns'], 'ranked' | 'addresses' | 'labelsBelow' | 'newNames'>
  /** Which domain a name belongs to. */
  readonly reduce: Reducer['reduce']
  /** The tagged addresses nearest to one. */
  readonly near: (options: NearOptions) => Generator<void, readonly NearAddress[]>
  /** All tags, or those of one kind, in pages. */
  readonly tags: (tag: TagName | undefined) => Iterable<readonly Tag[]>
  /** The addresses that `/pdns/parked` means. */
  readonly parked: readonly AddressRange[]
  /** How many names and facts there are. */
  readonly count: () => number
  /** The `origin` of each row in COF: a URI. */
  readonly origin: string
  /**
   * The same for rows of the site. Undefined in place of the URN of this database: an import would take the counts of all
   * sensors for those of this one.
   */
  readonly siteOrigin?: string | undefined
  /** Asks what all sensors of the site know; undefined if this sensor shares no facts. */
  readonly askSite?: AskSiteFacts | undefined
  /** Whether the paths of CIRCL and D4 are there, too: `/query/`, `/fquery/` and `/info`. */
  readonly circl: boolean
}

/** Groups of paths, which a port may serve or not. */
export const services = [
  ...(['health', 'metrics', 'v1', 'domain_stats', 'pdns', 'freq', 'commands', 'whois'] as const),
] as const
export type HttpService = (typeof services)[number]

export interface HttpOptions {
  readonly host: string
  /** Names of this machine, besides localhost, that a Host header may have. */
  readonly hosts: readonly string[]
  /** 0 for any. */
  readonly port: number
  /** What is served; all of it if undefined. */
  readonly serves?: ReadonlySet<HttpService>
  /** The sums of another port, to be shown by this one's `/metrics`. */
  readonly sums?: HttpSums | undefined
  readonly askName: AskName
  /** The cached answer, if there is one; counts the question. Throws if the store does not work. */
  readonly askCached?: (name: string) => NameAnswer | undefined
  /** How long a question waits for a registry, in ms. */
  readonly waitMs: number
  readonly status: () => DaemonStatus
  /**
   * Rows in the order of their names, without ignored ones, and whether more may follow.
   *
   * @param limit at most httpRowsMax
   */
  readonly browse: (
    offset: number,
    limit: number,
  ) => { readonly rows: readonly BrowseRow[]; readonly more: boolean }
  /** @param domain in A-labels, lower-case, no final dot */
  readonly get: (domain: string) => BrowseRow | undefined
  /** The answer of freq_server to this path and query, in plain text; undefined for a path that it does not have. */
  readonly freqAnswer?: ((url: string) => { status: number; text: string } | undefined) | undefined
  /** Undefined while passive DNS is off. */
  readonly pdns?: PassiveDns | undefined
  /** What the site has counted of domains; undefined if this sensor shares no counts. */
  readonly askSite?: ((domains: readonly string[]) => Promise<ReadonlyMap<string, SiteCount>>) | undefined
  /** Undefined if the settings declare none, or do not serve them. */
  readonly commands?: Commands | undefined
  /** Undefined if the settings do not serve it. */
  readonly whois?: WhoisService | undefined
  /** Added to `seen_by_you` of domain_stats' answers only. */
  readonly timezoneOffsetHours: number
  /** Rows of one page of `/cache_browse`. */
  readonly browseLimit: number
  readonly freqEnabled: boolean
  /** The bearer token that a client has to show. */
  readonly token?: string | undefined
  /** Addresses and CIDR ranges that are answered, besides this machine; empty for the default: see clientsOf. */
  readonly allow: readonly string[]
  /** Of this program, for `/openapi.json`. */
  readonly version: string
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Ends the waits of questions. */
  readonly signal: AbortSignal
  /** For tests: shorter than those of limits.ts. */
  readonly limits?: Partial<HttpLimits>
}

/** Limits that tests lower. */
export interface HttpLimits {
  readonly headersMs: number
  readonly requestMs: number
  readonly sweepMs: number
  readonly connectionsMax: number
  readonly asksMax: number
  readonly searchesMax: number
}

export interface HttpCounts {
  requests: number
  /** Requests that did not pass the gate, by reason. */
  readonly refused: Map<string, number>
}
