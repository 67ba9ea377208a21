/** Builds the look-up from the settings: singleflight, lease, then RDAP with WHOIS behind it, or the ISC. */
import type { Config } from '../config/schema.js'
import { whoisAtOnce, whoisBurst, whoisPerSecond, lookupsAheadMax, nowhereMax } from '../limits.js'
import type { Registration, Lookup } from '../model/domain.js'
import type { OnSent } from '../model/sent-query.js'
import type { RecordAnswer, RecordLookup } from '../registration/whois-record.js'
import type { Shared } from '../shared/shared.js'
import type { Turns } from '../shared/turns.js'
import { type Telemetry, userAgent, version } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { orAborted } from '../time/wake.js'
import { openIsc, type IscEfficiency } from './isc/isc.js'
import { leasing } from './leasing.js'
import type { Network } from './net/addresses.js'
import { openPacing } from './pacing/pacing.js'
import type { Pace, Pacing, Understood } from './pacing/token-bucket.js'
import { openBootstrap, type SavedBootstrap } from './rdap/bootstrap.js'
import { rdap, rdapBy } from './rdap/rdap.js'
import { readRdapRecord } from './rdap/record.js'
import type { Services } from './rdap/services.js'
import { openWhois } from './whois/whois.js'

/** The default pace of an RDAP server, or of the ISC. */
export const rdapPace = ({ rdap }: Pick<Config, 'rdap'>): Pace => ({
  perSecond: rdap.per_second,
  burst: rdap.burst,
  atOnce: rdap.at_once,
})

export const whoisPace: Pace = { perSecond: whoisPerSecond, burst: whoisBurst, atOnce: whoisAtOnce }

/** The pace of a host: `paces` of the settings, else the usual one of its protocol. */
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

/** A question about a name, whatever the answer tells. */
type Asking<Answer> = (registrable: string, signal: AbortSignal) => Promise<Answer>

/** Whether WHOIS is to be asked after this answer of RDAP. */
type NeedsFallback = (answer: Understood, registrable: string) => boolean

interface UnderWay<Answer> {
  readonly answer: Promise<Answer>
  readonly ending: AbortController
  waiting: number
}

/**
 * Callers that ask for a name while its look-up is under way share that look-up. A caller that aborts stops waiting; the
 * look-up itself is aborted when no caller is left. The answer is not kept.
 */
export const singleflight = <Answer>(next: Asking<Answer>): Asking<Answer> => {
  const underWay = new Map<string, UnderWay<Answer>>()

  const forget = (registrable: string, shared: UnderWay<Answer>): void => {
    if (underWay.get(registrable) === shared) underWay.delete(registrable)
  }

  const start = (registrable: string): UnderWay<Answer> => {
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
        // It is being aborted: the next caller must start a new one.
        forget(registrable, shared)
        shared.ending.abort()
      }
    }
  }
}

/** Whether the second answer is better than the first. */
const tellsMore = (second: Understood, first: Understood): boolean => {
  if (second.kind === 'registered' || second.kind === 'record') return true
  // No RDAP server serves the name: the outcome of WHOIS is the outcome of the look-up.
  if (first.kind === 'unsupported') return first.reason === 'no-rdap-service'
  if (first.kind !== 'failed') return false
  // RDAP was not tried; WHOIS was, because the settings name its server.
  if (first.reason === 'no-bootstrap') return true
  // A definite answer beats a failure. A second failure does not hide the first, which is the one to repair.
  return second.kind === 'absent'
}

/**
 * Tries a second look-up where the answer of the first is not enough, and gives the better of both answers.
 *
 * @param needsFallback whether an answer of the first is worth a second question
 */
export const fallback =
  <Answer extends Understood>(
    first: Asking<Answer>,
    second: Asking<Answer>,
    needsFallback: NeedsFallback,
  ): Asking<Answer> =>
  async (registrable, signal) => {
    const answer = await first(registrable, signal)
    if (!needsFallback(answer, registrable)) return answer
    const other = await second(registrable, signal)
    return tellsMore(other, answer) ? other : answer
  }

/**
 * Whether a country's registry may serve the name: its TLD has two letters or begins with `xn--`. ICANN's contracts oblige
 * all generic TLDs to RDAP, so an `xn--` TLD without RDAP belongs to a country.
 */
export const isCountryCode = (registrable: string): boolean =>
  /^(?:[a-z]{2}|xn--[a-z0-9-]+)$/.test(registrable.slice(registrable.lastIndexOf('.') + 1))

export interface RegistriesOptions {
  readonly config: Config
  readonly saved: () => SavedBootstrap | undefined
  readonly save: (copy: SavedBootstrap) => void
  /** The site's own bootstrap file, if it has one: IANA's is not fetched then. */
  readonly file?: Services | undefined
  readonly network: Network
  readonly shared: Shared
  /** The turns of this sensor among those that share a pace; undefined: it has each pace alone. */
  readonly turns?: Turns | undefined
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Called with each query just before it is sent. */
  readonly onSent?: OnSent | undefined
  /** The life of the program. */
  readonly signal: AbortSignal
}

/** With what `mode: isc` reports to the ISC. */
export interface LookupOptions extends RegistriesOptions {
  readonly databaseVersion: string
  readonly efficiency: () => IscEfficiency
}

/** The look-up, and what the resolver needs to know about its servers. */
export interface Registries {
  readonly lookup: Lookup
  /**
   * All that the registry says of a name, by the same servers at the same pace, whether or not its registration is known.
   * Undefined where no registry is asked.
   */
  readonly record?: RecordLookup
  /** The server that would be asked for a name, as far as known now; empty where it is not. */
  readonly serverOf: (registrable: string) => string
  /** How many look-ups of a server may be under way, those that wait in its queue included. */
  readonly aheadOf: (server: string) => number
  /** How long a server's pause still lasts, in ms; for the empty server, until the next try to fetch the bootstrap file. */
  readonly readyIn: (server: string) => number
  /** How many hosts might be asked, as far as known now; WHOIS servers that only IANA knows are not counted. */
  readonly hostsCount: () => number
  /** To be awaited before the first look-up. Throws an Error where the ISC does not accept this version. */
  readonly start: (signal: AbortSignal) => Promise<void>
}

/** Prefix of WHOIS servers: a host may serve RDAP, too, at another pace. */
const whoisPrefix = 'whois:'

/** As many as may be under way at once, and some for the queue; one during a pause. */
const aheadOf =
  (pacing: Pacing, paceOf: (host: string) => Pace) =>
  (host: string): number =>
    pacing.readyIn(host) > 0 ? 1 : paceOf(host).atOnce + lookupsAheadMax

const noService = (answer: Understood): boolean =>
  answer.kind === 'unsupported' && answer.reason === 'no-rdap-service'

/** Whether the TLD has RDAP is not known yet. */
const noBootstrap = (answer: Understood): boolean =>
  answer.kind === 'failed' && answer.reason === 'no-bootstrap'

const needsFallbackBy = ({ whois, whois_servers }: Config): NeedsFallback => {
  // A configured server can be asked without IANA's list.
  const isByHand = (name: string) => Object.hasOwn(whois_servers, name.slice(name.lastIndexOf('.') + 1))
  return (answer, name) => {
    if (whois === 'off' || (whois === 'cctld' && !isCountryCode(name))) return false
    return noService(answer) || (noBootstrap(answer) && isByHand(name))
  }
}

/** For `fix`: WHOIS wherever RDAP failed or gave no date, also for generic TLDs. */
export const lacksDate: NeedsFallback = ({ kind }) => kind === 'failed' || kind === 'unsupported'

/** Adds the source to answers with a date. */
const withSource =
  (source: string, lookup: Lookup): Lookup =>
  async (registrable, signal) => {
    const answer = await lookup(registrable, signal)
    return answer.kind === 'registered' ? { ...answer, source } : answer
  }

/** Look-ups at registries, by RDAP and WHOIS. @param needsFallback overrides the settings */
export const openRegistries = (
  options: RegistriesOptions,
  needsFallback: NeedsFallback = needsFallbackBy(options.config),
): Registries & Required<Pick<Registries, 'record'>> => {
  const { config, shared, turns, clock, telemetry } = options
  const paces = { rdap: paceOf(rdapPace(config), config), whois: paceOf(whoisPace, config) }
  const pacing = openPacing({ clock, paceOf: paces.rdap, turn: turns?.wait, telemetry })
  const asking = { ...options, pacing, userAgent: userAgent(config.contact) }
  const bootstrap = openBootstrap({ ...asking, servers: config.rdap.servers })
  const whoisTurn =
    turns &&
    ((host: string, pace: Pace, signal: AbortSignal) => turns.wait(`${whoisPrefix}${host}`, pace, signal))
  const byPort43 = openPacing({ clock, paceOf: paces.whois, turn: whoisTurn, telemetry })
  const whois = openWhois({ ...options, servers: config.whois_servers, pacing: byPort43 })
  const ahead = { rdap: aheadOf(pacing, paces.rdap), whois: aheadOf(byPort43, paces.whois) }
  const leased = leasing({ shared, clock, isSite: turns !== undefined })
  const byRdap = withSource('RDAP', rdap({ ...asking, bootstrap }))
  const none: Registration = { kind: 'unsupported', reason: 'no-rdap-service' }
  const whoisServerOf = (name: string): string =>
    needsFallback(none, name) ? `${whoisPrefix}${whois.hostOf(name) ?? ''}` : ''
  return {
    lookup: singleflight(leased(fallback(byRdap, withSource('WHOIS', whois.lookup), needsFallback))),
    record: singleflight(
      fallback<RecordAnswer>(rdapBy({ ...asking, bootstrap }, readRdapRecord), whois.record, needsFallback),
    ),
    serverOf: name => bootstrap.serverOf(name) ?? whoisServerOf(name),
    aheadOf: server => {
      // Names without a server are answered at once.
      if (server === '') return nowhereMax
      return server.startsWith(whoisPrefix)
        ? ahead.whois(server.slice(whoisPrefix.length))
        : ahead.rdap(server)
    },
    readyIn: server => {
      if (server === '') return bootstrap.readyIn()
      return server.startsWith(whoisPrefix)
        ? byPort43.readyIn(server.slice(whoisPrefix.length))
        : pacing.readyIn(server)
    },
    hostsCount: () => bootstrap.hostsCount() + Object.keys(config.whois_servers).length,
    start: () => Promise.resolve(),
  }
}

const openOnlyIsc = (options: LookupOptions, url: URL): Registries => {
  const { config, shared, turns, clock, telemetry } = options
  const pace = paceOf(rdapPace(config), config)
  const pacing = openPacing({ clock, paceOf: pace, turn: turns?.wait, telemetry })
  const isc = openIsc({
    ...options,
    ...{ url, token: config.isc.token, userAgent: userAgent(config.contact), softwareVersion: version },
    pacing,
  })
  const { lookup, start } = isc
  return {
    lookup: singleflight(leasing({ shared, clock, isSite: turns !== undefined })(withSource('ISC', lookup))),
    serverOf: () => url.host,
    aheadOf: aheadOf(pacing, pace),
    readyIn: pacing.readyIn,
    hostsCount: () => 1,
    start,
  }
}

/** The look-up that `mode` of the settings names. */
export const openLookup = (options: LookupOptions): Registries => {
  const { mode, isc } = options.config
  // The schema wants a URL with this mode.
  return mode === 'isc' && isc.url !== undefined
    ? openOnlyIsc(options, new URL(isc.url))
    : openRegistries(options)
}
