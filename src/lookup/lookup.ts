/** The look-up as the settings want it: its layers in their order, each wrapping the next. */
import type { Config } from '../config/schema.js'
import {
  whoisAtOnce,
  whoisBurst,
  whoisPerSecond,
  lookupsAheadMax,
  nowhereMax,
  leaseLookMs,
  lookupLeaseMs,
} from '../limits.js'
import type { Layer, Registration, Lookup } from '../model/domain.js'
import type { OnSent } from '../model/sent-query.js'
import type { Shared } from '../shared/shared.js'
import { type Telemetry, userAgent, version } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { orAborted } from '../time/wake.js'
import { openIsc, type IscEfficiency } from './isc/isc.js'
import type { Network } from './net/addresses.js'
import { openPacing } from './pacing/pacing.js'
import type { Pace, Pacing } from './pacing/token-bucket.js'
import { openBootstrap, type SavedBootstrap } from './rdap/bootstrap.js'
import { rdap } from './rdap/rdap.js'
import type { Services } from './rdap/services.js'
import { openWhois } from './whois/whois.js'

/* How often each server may be asked: as the settings say of this one, else as of all of its kind. */

/** The usual pace of an RDAP server, or of the ISC. */
export const rdapPace = ({ rdap }: Pick<Config, 'rdap'>): Pace => ({
  perSecond: rdap.per_second,
  burst: rdap.burst,
  atOnce: rdap.at_once,
})

export const whoisPace: Pace = { perSecond: whoisPerSecond, burst: whoisBurst, atOnce: whoisAtOnce }

export const paceOf =
  (usual: Pace, { paces }: Pick<Config, 'paces'>) =>
  (host: string): Pace => {
    const own = paces[host]
    return {
      perSecond: own?.per_second ?? usual.perSecond,
      burst: own?.burst ?? usual.burst,
      atOnce: own?.at_once ?? usual.atOnce,
    }
  }

/* The layer that lets all who ask for a name at the same time share one look-up: nobody is asked twice at once. */

interface UnderWay {
  readonly answer: Promise<Registration>
  readonly ending: AbortController
  waiting: number
}

/**
 * Lets everybody who asks for a name while its look-up is under way wait for that one answer. Who aborts stops
 * waiting; the look-up itself is aborted when nobody is left. An answer is forgotten as soon as it is given.
 */
export const singleflight: Layer = next => {
  const underWay = new Map<string, UnderWay>()

  const forget = (registrable: string, shared: UnderWay): void => {
    if (underWay.get(registrable) === shared) underWay.delete(registrable)
  }

  const start = (registrable: string): UnderWay => {
    const ending = new AbortController()
    const shared = { answer: next(registrable, ending.signal), ending, waiting: 0 }
    underWay.set(registrable, shared)
    const settled = (): void => forget(registrable, shared)
    shared.answer.then(settled, settled)
    return shared
  }

  return async (registrable, signal) => {
    signal.throwIfAborted()
    const shared = underWay.get(registrable) ?? start(registrable)
    shared.waiting++
    try {
      return await orAborted(shared.answer, signal)
    } finally {
      shared.waiting--
      if (shared.waiting === 0) {
        // From here on it is being aborted: who asks now deserves a look-up that lives.
        forget(registrable, shared)
        shared.ending.abort()
      }
    }
  }
}

/**
 * Lets one sensor of a site ask for a name at a time: the others wait and read its answer. Where the look-up fails, or the
 * sensor dies, the next one asks. Inside a sensor `sharing` stands before it.
 */
export const leasing =
  (flight: Shared, clock: Clock): Layer =>
  next =>
  async (registrable, signal) => {
    for (;;) {
      const lease = await flight.lease(registrable, lookupLeaseMs)
      if (lease) {
        let answer: Registration | undefined
        try {
          answer = await next(registrable, signal)
          return answer
        } finally {
          if (answer && answer.kind !== 'failed') await flight.finish(lease, answer, lookupLeaseMs)
          else await flight.giveBack(lease)
        }
      }
      await clock.sleep(leaseLookMs, signal)
      signal.throwIfAborted()
      const told = await flight.answerOf(registrable)
      if (told) return told
    }
  }

/* A second way to ask, where the first one has no answer: WHOIS behind RDAP. Pure, but for the two that it asks. */

/** Whether the second answer tells more than the first. */
const tellsMore = (second: Registration, first: Registration): boolean => {
  if (second.kind === 'registered') return true
  // The first way does not exist there: whatever became of the second is what became of the look-up.
  if (first.kind === 'unsupported') return first.reason === 'no-rdap-service'
  if (first.kind !== 'failed') return false
  // It could not even be tried, and the second is asked then only because the settings name its server.
  if (first.reason === 'no-bootstrap') return true
  // A definite word beats a failure; a second failure hides not the first one, which is the way that should work.
  return second.kind === 'absent'
}

/**
 * Asks the second where the first one's answer falls through. The better of both answers counts.
 *
 * @param falls whether an answer of the first is worth a second question
 */
export const fallback =
  (first: Lookup, second: Lookup, falls: (answer: Registration, registrable: string) => boolean): Lookup =>
  async (registrable, signal) => {
    const answer = await first(registrable, signal)
    if (!falls(answer, registrable)) return answer
    const other = await second(registrable, signal)
    return tellsMore(other, answer) ? other : answer
  }

/**
 * Whether a country's registry serves the name: a TLD of two letters, or an `xn--` one. ICANN's contracts oblige all
 * others to RDAP, the internationalised ones among them: one of those that has none is a country's.
 */
export const isCountryCode = (registrable: string): boolean =>
  /^(?:[a-z]{2}|xn--[a-z0-9-]+)$/.test(registrable.slice(registrable.lastIndexOf('.') + 1))

export interface RegistriesOptions {
  readonly config: Config
  readonly saved: () => SavedBootstrap | undefined
  readonly save: (copy: SavedBootstrap) => void
  /** The bootstrap file of the site, if it has one: nothing is fetched then. */
  readonly file?: Services | undefined
  readonly network: Network
  readonly shared: Shared
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
  readonly efficiency: () => IscEfficiency
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
  (pacing: Pacing, paceOf: (host: string) => Pace) =>
  (host: string): number =>
    pacing.readyIn(host) > 0 ? 1 : paceOf(host).atOnce + lookupsAheadMax

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
  const { config, shared: flight, clock, telemetry } = options
  const paces = { rdap: paceOf(rdapPace(config), config), whois: paceOf(whoisPace, config) }
  const pacing = openPacing({ clock, paceOf: paces.rdap, telemetry })
  const asking = { ...options, pacing, userAgent: userAgent(config.contact) }
  const bootstrap = openBootstrap({ ...asking, servers: config.rdap.servers })
  const byPort43 = openPacing({ clock, paceOf: paces.whois, telemetry })
  const whois = openWhois({ ...options, servers: config.whois_servers, pacing: byPort43 })
  const ahead = { rdap: aheadOf(pacing, paces.rdap), whois: aheadOf(byPort43, paces.whois) }
  const leased = leasing(flight, clock)
  const byRdap = by('RDAP', rdap({ ...asking, bootstrap }))
  const none: Registration = { kind: 'unsupported', reason: 'no-rdap-service' }
  const whoisServerOf = (name: string): string =>
    falls(none, name) ? `${byWhois}${whois.hostOf(name) ?? ''}` : ''
  return {
    lookup: singleflight(leased(fallback(byRdap, by('WHOIS', whois.lookup), falls))),
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
        : pacing.readyIn(server)
    },
    hostsCount: () => bootstrap.hostsCount() + Object.keys(config.whois_servers).length,
    start: () => Promise.resolve(),
  }
}

const openOnlyIsc = (options: LookupOptions, url: URL): Registries => {
  const { config, shared: flight, clock, telemetry } = options
  const pace = paceOf(rdapPace(config), config)
  const pacing = openPacing({ clock, paceOf: pace, telemetry })
  const isc = openIsc({
    ...options,
    ...{ url, token: config.isc.token, userAgent: userAgent(config.contact), softwareVersion: version },
    pacing,
  })
  const { lookup, start } = isc
  return {
    lookup: singleflight(leasing(flight, clock)(by('ISC', lookup))),
    serverOf: () => url.host,
    aheadOf: aheadOf(pacing, pace),
    readyIn: pacing.readyIn,
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
