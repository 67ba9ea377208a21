/**
 * Which registry to ask about a name (RFC 9224). Works at once, with what it knows: servers configured by hand, the
 * saved copy of IANA's file or the site's own, or a small built-in table. A new copy is fetched in the background when one is due; a
 * look-up waits for it only when it knows no registry for its name.
 */
import { resolve } from 'node:path'
import type { Config } from '../../config/schema.js'
import { readSmall } from '../../files/files.js'
import {
  bootstrapKeptMs,
  bootstrapKeptMsMax,
  bootstrapKeptMsMin,
  bootstrapTimeoutMs,
  bootstrapRetryMs,
  responseBytesMax,
} from '../../limits.js'
import type { Registration } from '../../model/domain.js'
import type { OnSent } from '../../model/sent-query.js'
import type { Telemetry } from '../../telemetry/report.js'
import type { Clock } from '../../time/clock.js'
import { orAborted } from '../../time/wake.js'
import type { Network } from '../net/addresses.js'
import { exchange } from '../net/http-client.js'
import type { Pacing } from '../pacing/token-bucket.js'
import { builtInServices } from './bootstrap.data.js'
import { readServices, type Services, findService, servicesByHand, servicesOf } from './services.js'

/* One fetch of the bootstrap file, conditional when there is a copy already, and how long the answer is good for. */

/** A copy of the bootstrap file as the store keeps it. */
export interface SavedBootstrap {
  readonly body: string
  /** Epoch milliseconds. An old copy is still used, while a new one is being fetched. */
  readonly expires: number
  readonly etag: string | undefined
}

export type Fetched =
  | { readonly kind: 'fetched'; readonly copy: SavedBootstrap; readonly services: Services }
  | { readonly kind: 'unchanged'; readonly copy: SavedBootstrap }
  | { readonly kind: 'failed'; readonly error: string }

export interface FetchOptions {
  readonly url: URL
  readonly byHand: boolean
  readonly network: Network
  readonly pacing: Pacing
  readonly userAgent: string
  readonly clock: Clock
  readonly onSent?: OnSent | undefined
  readonly signal: AbortSignal
}

type Header = (name: string) => string | undefined

/** RFC 9224 8: keep it as long as HTTP says (RFC 9111 5.2.2.1, 5.3), within reason. */
const expiryOf = (header: Header, now: number): number => {
  const maxAge = /(?:^|[\s,])max-age="?(\d+)/i.exec(header('cache-control') ?? '')?.[1]
  const expires = maxAge === undefined ? Date.parse(header('expires') ?? '') : now + Number(maxAge) * 1000
  const kept = Number.isNaN(expires) ? bootstrapKeptMs : expires - now
  return now + Math.min(Math.max(kept, bootstrapKeptMsMin), bootstrapKeptMsMax)
}

/**
 * Fetches the bootstrap file in at most `bootstrapTimeoutMs`, or learns that the copy is still good. Rejects only when
 * the signal aborts.
 */
export const fetchBootstrap = async (
  copy: SavedBootstrap | undefined,
  { url, userAgent, ...options }: FetchOptions,
): Promise<Fetched> => {
  const headers = {
    accept: 'application/json',
    'user-agent': userAgent,
    ...(copy?.etag === undefined ? {} : { 'if-none-match': copy.etag }),
  }
  const onHost = (host: string) => options.onSent?.({ protocol: 'iana', host, name: '' })
  const page = await exchange(url, { ...options, headers, timeoutMs: bootstrapTimeoutMs, onHost })
  if (page.kind === 'failed') return { kind: 'failed', error: page.reason }
  const expires = expiryOf(page.header, options.clock.now())
  if (page.status === 304 && copy) return { kind: 'unchanged', copy: { ...copy, expires } }
  if (page.status !== 200) return { kind: 'failed', error: `HTTP status ${page.status}` }
  const services = readServices(page.text)
  if (!services) return { kind: 'failed', error: 'not a bootstrap file' }
  return { kind: 'fetched', copy: { body: page.text, expires, etag: page.header('etag') }, services }
}

/** Where the bootstrap file is (RFC 9224 3; the IANA registry "Bootstrap Service Registry for Domain Name Space"). */
export const bootstrapUrl = 'https://data.iana.org/rdap/dns.json'

/** The servers to ask about a name, in this order; or why there is none. */
export type RdapService =
  | { readonly kind: 'service'; readonly urls: readonly URL[]; readonly byHand: boolean }
  | Extract<Registration, { kind: 'unsupported' | 'failed' }>

export interface Bootstrap {
  /** Rejects only when the signal aborts. */
  readonly serviceOf: (registrable: string, signal: AbortSignal) => Promise<RdapService>
  /** The host that would be asked first, as far as is known now: `URL.host`. Touches no network. */
  readonly serverOf: (registrable: string) => string | undefined
  /** How long it takes until the file is fetched anew, in ms, where there is none: nobody knows whom to ask meanwhile. */
  readonly readyIn: () => number
  /** How many hosts would be asked first, as far as is known now. */
  readonly hostsCount: () => number
}

export interface BootstrapOptions {
  /** The copy that the store keeps, and where a new one is handed to. */
  readonly saved: () => SavedBootstrap | undefined
  readonly save: (copy: SavedBootstrap) => void
  /** The site's own copy of the file, read already: none is fetched then. */
  readonly file?: Services | undefined
  /** Servers configured by hand: TLD (or longer suffix) to base URL. They win over every other source. */
  readonly servers: Readonly<Record<string, string>>
  readonly network: Network
  readonly pacing: Pacing
  readonly userAgent: string
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly onSent?: OnSent | undefined
  /** The life of the program: a fetch in the background belongs to no look-up. */
  readonly signal: AbortSignal
  /** Another place than IANA's, trusted like a server configured by hand. */
  readonly url?: string
}

/** Opens the bootstrap; touches the network only when asked about a name. Throws when a URL by hand is none. */
export const openBootstrap = (options: BootstrapOptions): Bootstrap => {
  const { network, pacing, userAgent, clock, telemetry, signal } = options
  const configured = servicesByHand(options.servers)
  const builtIn = servicesOf(builtInServices)
  const url = new URL(options.url ?? bootstrapUrl)
  const byHand = options.url !== undefined

  let copy = options.file ? undefined : options.saved()
  let services = options.file ?? (copy && readServices(copy.body))
  if (copy && !services) {
    telemetry({ kind: 'bootstrap-failed', error: 'the saved copy is not a bootstrap file' })
    copy = undefined
  }
  // A clock that was wrong when the copy was saved must not keep it for years.
  let due = copy ? Math.min(copy.expires, clock.now() + bootstrapKeptMsMax) : -Infinity
  if (options.file) due = Infinity
  let underWay: Promise<void> | undefined

  const refresh = async (): Promise<void> => {
    due = clock.now() + bootstrapRetryMs // also when this crashes
    const asking = { url, byHand, network, pacing, userAgent, clock, signal, onSent: options.onSent }
    const fetched = await fetchBootstrap(copy, asking)
    if (fetched.kind === 'failed') {
      due = clock.now() + bootstrapRetryMs
      telemetry({ kind: 'bootstrap-failed', error: fetched.error })
      return
    }
    if (fetched.kind === 'fetched') services = fetched.services
    copy = fetched.copy
    due = copy.expires
    options.save(copy)
    telemetry({ kind: 'bootstrap-refreshed', services: services?.size ?? 0 })
  }

  /** Starts a fetch if one is due; resolves when none is under way any more. Never rejects. */
  const refreshed = (): Promise<void> => {
    if (clock.now() < due) return underWay ?? Promise.resolve()
    underWay ??= refresh()
      .catch((error: unknown) => {
        // The store could not save it (a full disk). It is in use all the same; only a restart will miss it.
        if (!signal.aborted) telemetry({ kind: 'bootstrap-failed', error: String(error) })
      })
      .finally(() => (underWay = undefined))
    return underWay
  }

  const known = (name: string): Extract<RdapService, { kind: 'service' }> | undefined => {
    const own = findService(configured, name)
    if (own) return { kind: 'service', urls: own, byHand: true }
    const urls = findService(services ?? builtIn, name)
    return urls && { kind: 'service', urls, byHand: false }
  }

  return {
    serviceOf: async (registrable, caller) => {
      caller.throwIfAborted()
      const first = known(registrable)
      if (first?.byHand) return first
      const fetching = refreshed()
      if (first) return first
      await orAborted(fetching, caller)
      if (!services) return { kind: 'failed', reason: 'no-bootstrap' }
      // The next file may name one.
      return (
        known(registrable) ?? {
          ...{ kind: 'unsupported', reason: 'no-rdap-service' },
          until: options.file ? undefined : due,
        }
      )
    },
    serverOf: registrable => known(registrable)?.urls[0]?.host,
    readyIn: () => (services || underWay ? 0 : Math.max(0, due - clock.now())),
    hostsCount: () => {
      const all = [...configured.values(), ...(services ?? builtIn).values()]
      return new Set(all.map(([url]) => url?.host)).size
    },
  }
}

/* A copy of IANA's bootstrap file that the site keeps itself: nothing is fetched then. */

/**
 * The services that `rdap.bootstrap_file` names; undefined where IANA's file is fetched.
 *
 * @param dir the data folder; undefined where there is none
 * @throws Error that names the file, says what is wrong with it and what to do
 */
export const loadBootstrapFile = async (
  { rdap }: Pick<Config, 'rdap'>,
  dir: string | undefined,
): Promise<Services | undefined> => {
  if (rdap.bootstrap_file === undefined) return undefined
  const path = resolve(dir ?? '.', rdap.bootstrap_file)
  try {
    const services = readServices(await readSmall(path, responseBytesMax))
    if (services) return services
    throw new Error(`${path}: not a bootstrap file (RFC 9224), or it names no https server`)
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `rdap.bootstrap_file: ${what}. Put a copy of https://data.iana.org/rdap/dns.json there.`,
      {
        cause,
      },
    )
  }
}
