/** The look-up as the settings want it: its layers in their order, each wrapping the next. */
import type { Clock } from '../clock.js'
import type { Config } from '../config/schema.js'
import { lookupsAheadMax, nowhereMax } from '../limits.js'
import type { Lookup, Registration } from '../registration.js'
import type { Telemetry } from '../telemetry.js'
import type { OnSent } from '../sent-query.js'
import { userAgent, version } from '../version.js'
import { openBootstrap } from './bootstrap.js'
import type { SavedBootstrap } from './bootstrap-fetch.js'
import { openIsc, type Efficiency } from './isc/isc.js'
import type { Network } from './network.js'
import { paceOf, rdapPace, whoisPace } from './paces.js'
import { openPoliteness } from './polite.js'
import type { Pace, Politeness } from './politeness.js'
import { rdap } from './rdap.js'
import type { Services } from './services.js'
import { sharing } from './sharing.js'
import { fallback, isCountryCode } from './whois/fallback.js'
import { openWhois } from './whois/whois.js'

export interface RegistriesOptions {
  readonly config: Config
  readonly saved: () => SavedBootstrap | undefined
  readonly save: (copy: SavedBootstrap) => void
  /** See bootstrap-file.ts. */
  readonly file?: Services | undefined
  readonly network: Network
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Told of each query just before it is sent. */
  readonly onSent?: OnSent | undefined
  /** The life of the program. */
  readonly signal: AbortSignal
}

/** With what only the ISC wants to know. */
export interface LookupOptions extends RegistriesOptions {
  readonly databaseVersion: string
  readonly efficiency: () => Efficiency
}

/** Whom registrations can be asked of. */
export interface Registries {
  readonly lookup: Lookup
  /** The server that would be asked for a name, as far as is known now; empty where nobody knows yet. */
  readonly serverOf: (registrable: string) => string
  /** How many names to choose for a server at once. */
  readonly aheadOf: (server: string) => number
  /** How long a server is left alone from now on, in ms: it rests, or nobody knows yet which one it is. */
  readonly readyIn: (server: string) => number
  /** How many hosts might be asked, as far as is known now; WHOIS servers that only IANA knows are not counted. */
  readonly hostsCount: () => number
  /** To be awaited before anybody is asked. Throws an Error where the far side does not want a client like this. */
  readonly start: (signal: AbortSignal) => Promise<void>
}

/** Mark of a server that is asked by WHOIS: it may have the name of another one, and has another pace. */
const byWhois = 'whois:'

/** How many names to choose for a server: those that it may be asked, and some that wait; one where it has to rest. */
const aheadOf =
  (politeness: Politeness, paceOf: (host: string) => Pace) =>
  (host: string): number =>
    politeness.readyIn(host) > 0 ? 1 : paceOf(host).atOnce + lookupsAheadMax

/** Which answers of RDAP are not enough: then WHOIS is asked. */
type Falls = (answer: Registration, registrable: string) => boolean

const noService = (answer: Registration): boolean =>
  answer.kind === 'unsupported' && answer.reason === 'no-rdap-service'

/** Nobody knows yet whether there is RDAP for the TLD. */
const noBootstrap = (answer: Registration): boolean =>
  answer.kind === 'failed' && answer.reason === 'no-bootstrap'

const fallsBy = ({ whois, whois_servers }: Config): Falls => {
  // A server that the settings name needs no list of IANA's to be asked.
  const isByHand = (name: string) => Object.hasOwn(whois_servers, name.slice(name.lastIndexOf('.') + 1))
  return (answer, name) => {
    if (whois === 'off' || (whois === 'cctld' && !isCountryCode(name))) return false
    return noService(answer) || (noBootstrap(answer) && isByHand(name))
  }
}

/** What holds no date, though it might: `fix` asks for it wherever there is WHOIS. */
export const isOpen: Falls = ({ kind }) => kind === 'failed' || kind === 'unsupported'

/** Marks dates with who told them. */
const by =
  (source: string, lookup: Lookup): Lookup =>
  async (registrable, signal) => {
    const answer = await lookup(registrable, signal)
    return answer.kind === 'registered' ? { ...answer, source } : answer
  }

/** Registries themselves, by RDAP and WHOIS. @param falls instead of what the settings say */
export const openRegistries = (
  options: RegistriesOptions,
  falls: Falls = fallsBy(options.config),
): Registries => {
  const { config, clock, telemetry } = options
  const paces = { rdap: paceOf(rdapPace(config), config), whois: paceOf(whoisPace, config) }
  const politeness = openPoliteness({ clock, paceOf: paces.rdap, telemetry })
  const asking = { ...options, politeness, userAgent: userAgent(config.contact) }
  const bootstrap = openBootstrap({ ...asking, servers: config.rdap.servers })
  const byPort43 = openPoliteness({ clock, paceOf: paces.whois, telemetry })
  const whois = openWhois({ ...options, servers: config.whois_servers, politeness: byPort43 })
  const ahead = { rdap: aheadOf(politeness, paces.rdap), whois: aheadOf(byPort43, paces.whois) }
  const none: Registration = { kind: 'unsupported', reason: 'no-rdap-service' }
  const whoisServerOf = (name: string): string =>
    falls(none, name) ? `${byWhois}${whois.hostOf(name) ?? ''}` : ''
  return {
    lookup: sharing(fallback(by('RDAP', rdap({ ...asking, bootstrap })), by('WHOIS', whois.lookup), falls)),
    serverOf: name => bootstrap.serverOf(name) ?? whoisServerOf(name),
    aheadOf: server => {
      // What no server is asked for is answered at once.
      if (server === '') return nowhereMax
      return server.startsWith(byWhois) ? ahead.whois(server.slice(byWhois.length)) : ahead.rdap(server)
    },
    readyIn: server => {
      if (server === '') return bootstrap.readyIn()
      return server.startsWith(byWhois)
        ? byPort43.readyIn(server.slice(byWhois.length))
        : politeness.readyIn(server)
    },
    hostsCount: () => bootstrap.hostsCount() + Object.keys(config.whois_servers).length,
    start: () => Promise.resolve(),
  }
}

const openOnlyIsc = (options: LookupOptions, url: URL): Registries => {
  const { config, clock, telemetry } = options
  const pace = paceOf(rdapPace(config), config)
  const politeness = openPoliteness({ clock, paceOf: pace, telemetry })
  const isc = openIsc({
    ...options,
    ...{ url, token: config.isc.token, userAgent: userAgent(config.contact), softwareVersion: version },
    politeness,
  })
  const { lookup, start } = isc
  return {
    lookup: sharing(by('ISC', lookup)),
    serverOf: () => url.host,
    aheadOf: aheadOf(politeness, pace),
    readyIn: politeness.readyIn,
    hostsCount: () => 1,
    start,
  }
}

/** Whoever the settings want to be asked. */
export const openLookup = (options: LookupOptions): Registries => {
  const { mode, isc } = options.config
  // The schema wants a URL with this mode.
  return mode === 'isc' && isc.url !== undefined
    ? openOnlyIsc(options, new URL(isc.url))
    : openRegistries(options)
}
