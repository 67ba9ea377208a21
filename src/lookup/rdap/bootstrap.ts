/**
 * Finds the RDAP server of a name (RFC 9224). Works at once, with the configured servers, the saved copy of IANA's file or
 * the site's own file, or a small built-in table. A new copy is fetched in the background when one is due; a look-up waits
 * for it only when no server is known for its name.
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

/** RFC 9224 8: the file is kept as long as HTTP says (RFC 9111 5.2.2.1, 5.3), within our bounds. Epoch ms. */
const expiryOf = (header: Header, now: number): number => {
  const maxAge = /(?:^|[\s,])max-age="?(\d+)/i.exec(header('cache-control') ?? '')?.[1]
  const expires = maxAge === undefined ? Date.parse(header('expires') ?? '') : now + Number(maxAge) * 1000
  const kept = Number.isNaN(expires) ? bootstrapKeptMs : expires - now
  return now + Math.min(Math.max(kept, bootstrapKeptMsMin), bootstrapKeptMsMax)
}

/**
 * Fetches the bootstrap file within `bootstrapTimeoutMs`, conditionally if there is a copy. Rejects only when the signal
 * aborts.
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

/** RFC 9224 3, IANA's "Bootstrap Service Registry for Domain Name Space". */
export const bootstrapUrl = 'https://data.iana.org/rdap/dns.json'

/** The servers to ask about a name, in order; or why there is none. */
export type RdapService =
  | { readonly kind: 'service'; readonly urls: readonly URL[]; readonly byHand: boolean }
  | Extract<Registration, { kind: 'unsupported' | 'failed' }>

export interface Bootstrap {
  /** Rejects only when the signal aborts. */
  readonly serviceOf: (registrable: string, signal: AbortSignal) => Promise<RdapService>
  /** The host (`URL.host`) that would be asked first, as far as known now. Sends nothing. */
  readonly serverOf: (registrable: string) => string | undefined
  /** Without a bootstrap file: in how many ms the next fetch begins. 0 with one, or during a fetch. */
  readonly readyIn: () => number
  /** How many hosts are the first of an entry, as far as known now. */
  readonly hostsCount: () => number
}

export interface BootstrapOptions {
  /** Reads and writes the copy in the store. */
  readonly saved: () => SavedBootstrap | undefined
  readonly save: (copy: SavedBootstrap) => void
  /** The site's own bootstrap file: IANA's is not fetched then. */
  readonly file?: Services | undefined
  /** Configured servers: TLD (or longer suffix) to base URL. They win over every other source. */
  readonly servers: Readonly<Record<string, string>>
  readonly network: Network
  readonly pacing: Pacing
  readonly userAgent: string
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly onSent?: OnSent | undefined
  /** The life of the program: fetches run in the background. */
  readonly signal: AbortSignal
  /** Instead of IANA's URL; trusted like a configured server. */
  readonly url?: string
}

/** Opens the bootstrap; sends nothing before the first name. Throws TypeError when a configured URL is malformed. */
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
  // If the clock was wrong when the copy was saved, it is still fetched anew within `bootstrapKeptMsMax`.
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
        // The store could not save the copy (a full disk). It is used all the same, and fetched again after a restart.
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
      // The next file may name a server: the answer holds only until it is fetched.
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

/**
 * Reads the bootstrap file that the site keeps itself (`rdap.bootstrap_file`); undefined where it is not set.
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
