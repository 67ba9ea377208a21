/**
 * Which registry to ask about a name (RFC 9224). Works at once, with what it knows: servers configured by hand, the
 * saved copy of IANA's file or the site's own, or a small built-in table. A new copy is fetched in the background when one is due; a
 * look-up waits for it only when it knows no registry for its name.
 */
import type { Clock } from '../clock.js'
import { bootstrapKeptMsMax, bootstrapRetryMs } from '../limits.js'
import type { Registration } from '../registration.js'
import type { Telemetry } from '../telemetry.js'
import type { OnSent } from '../sent-query.js'
import { builtInServices } from './bootstrap.data.js'
import { fetchBootstrap, type SavedBootstrap } from './bootstrap-fetch.js'
import type { Network } from './network.js'
import type { Politeness } from './politeness.js'
import { findService, readServices, servicesByHand, servicesOf, type Services } from './services.js'
import { orAborted } from './waiting.js'

/** Where the bootstrap file is (RFC 9224 3; the IANA registry "Bootstrap Service Registry for Domain Name Space"). */
export const bootstrapUrl = 'https://data.iana.org/rdap/dns.json'

/** The servers to ask about a name, in this order; or why there is none. */
export type Service =
  | { readonly kind: 'service'; readonly urls: readonly URL[]; readonly byHand: boolean }
  | Extract<Registration, { kind: 'unsupported' | 'failed' }>

export interface Bootstrap {
  /** Rejects only when the signal aborts. */
  readonly serviceOf: (registrable: string, signal: AbortSignal) => Promise<Service>
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
  readonly politeness: Politeness
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
  const { network, politeness, userAgent, clock, telemetry, signal } = options
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
    const asking = { url, byHand, network, politeness, userAgent, clock, signal, onSent: options.onSent }
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

  const known = (name: string): Extract<Service, { kind: 'service' }> | undefined => {
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
