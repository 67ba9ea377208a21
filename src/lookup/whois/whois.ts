/**
 * Look-ups by WHOIS (RFC 3912), for the country registries that offer no RDAP. Only the registry is asked: its date is the
 * one that counts, and a referral to a registrar could lead anywhere.
 */
import { LRUCache } from 'lru-cache'
import { nameCharsMax, whoisServerKeptMs, whoisServersMax, whoisTimeoutMs } from '../../limits.js'
import { growingTo } from '../../model/lru.js'
import type { Lookup, NoRegistration } from '../../model/domain.js'
import type { OnSent } from '../../model/sent-query.js'
import { suffixesOf } from '../../names/hostname.js'
import type { Clock } from '../../time/clock.js'
import { orAborted } from '../../time/wake.js'
import { isPublicHttps, type Network } from '../net/addresses.js'
import type { Pacing, Understood } from '../pacing/token-bucket.js'
import {
  askWhois,
  whoisPort,
  type WhoisClientOptions,
  type Failed,
  type WhoisServer,
  serverName,
} from './client.js'
import type { RecordLookup } from '../../registration/whois-record.js'
import { readWhoisRecord } from './record.js'
import { readLayout, readWhois } from './response.js'

/** IANA's WHOIS server: it refers to the server of each TLD. */
export const ianaServer: WhoisServer = { host: 'whois.iana.org', port: whoisPort, byHand: false }

/** The WHOIS server of a TLD, or that it has none. */
export type Served = { readonly kind: 'server'; readonly server: WhoisServer } | { readonly kind: 'none' }

export interface WhoisServers {
  /** Configured, cached, or from IANA. Rejects only when the signal aborts. */
  readonly of: (registrable: string, signal: AbortSignal) => Promise<Served | Failed>
  /** Configured or cached; sends no query. */
  readonly known: (registrable: string) => Served | undefined
}

export interface ServersOptions extends WhoisClientOptions {
  /** Configured servers: TLD (or longer suffix) to `host` or `host:port`. */
  readonly servers: Readonly<Record<string, string>>
  readonly iana: WhoisServer
  /** The port of the servers that IANA refers to. */
  readonly port: number
  readonly onSent?: OnSent | undefined
  readonly clock: Clock
}

/** Reads `host` or `host:port` of the configuration; undefined when it is neither. */
export const serverByHand = (text: string): WhoisServer | undefined => {
  const parts = /^(\[[\da-f:.]{2,45}\]|[\w-]+(?:\.[\w-]+)*\.?)(?::(\d{1,5}))?$/i.exec(text)
  const [, host = '', port = String(whoisPort)] = parts ?? []
  if (!parts || host.length > nameCharsMax || Number(port) < 1 || Number(port) > 65_535) return undefined
  return { host: host.toLowerCase().replace(/^\[|\]$/g, ''), port: Number(port), byHand: true }
}

const tldOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

const failed = (reason: Failed['reason']): Failed => ({ kind: 'failed', reason })

/** Reads IANA's answer about a TLD: its server, none, or a failure. Pure. */
export const readReferral = (text: string, tld: string, port: number): Served | Failed => {
  const { fields } = readLayout(text)
  const value = (wanted: string) => fields.find(({ label }) => label === wanted)?.value.toLowerCase()
  const host = value('whois') ?? value('refer')
  if (host === undefined) {
    const unknown = /^% this query returned 0 objects/im.test(text)
    return unknown || value('domain') === tld ? { kind: 'none' } : failed('malformed-answer')
  }
  if ((value('domain') ?? tld) !== tld) return failed('malformed-answer')
  // A public host name. Its address is checked at each connection (net/addresses.ts).
  const isName = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+\.?$/.test(host) && host.length <= nameCharsMax
  const url = `https://${host}/`
  if (!isName || !URL.canParse(url) || !isPublicHttps(new URL(url))) return failed('bad-redirect')
  return { kind: 'server', server: { host: host.replace(/\.$/, ''), port, byHand: false } }
}

/**
 * Finds the server of each TLD. IANA's answer is cached for a day, in memory: a TLD moves once in years.
 *
 * @throws TypeError when a configured server is malformed: check the settings first
 */
export const openServers = (options: ServersOptions): WhoisServers => {
  const { iana, port, clock } = options
  const byHand = new Map(
    Object.entries(options.servers).map(([entry, text]) => {
      const server = serverByHand(text)
      if (!server) throw new TypeError(`not a WHOIS server: ${text}`)
      return [entry.toLowerCase().replace(/^\.|\.$/g, ''), server]
    }),
  )
  const cached = new LRUCache<string, { readonly served: Served; readonly until: number }>(
    growingTo(whoisServersMax),
  )
  /** Queries to IANA under way, by TLD; resolved with undefined if aborted. At most one a look-up. */
  const underWay = new Map<string, Promise<Served | Failed | undefined>>()

  const known = (registrable: string): Served | undefined => {
    for (const suffix of suffixesOf(registrable)) {
      const server = byHand.get(suffix)
      if (server) return { kind: 'server', server }
    }
    const found = cached.get(tldOf(registrable))
    return found && clock.now() < found.until ? found.served : undefined
  }

  const askIana = async (tld: string, signal: AbortSignal): Promise<Served | Failed> => {
    const onHost = (host: string) => options.onSent?.({ protocol: 'iana', host, name: tld })
    const read = (text: string) => readReferral(text, tld, port)
    const served = await askWhois(iana, tld, read, { ...options, onHost }, signal)
    if (served.kind !== 'failed') cached.set(tld, { served, until: clock.now() + whoisServerKeptMs })
    return served
  }

  /** Singleflight: the first caller asks for all; if it aborts, the next one asks. */
  const referral = async (tld: string, signal: AbortSignal): Promise<Served | Failed> => {
    for (let shared = underWay.get(tld); shared; shared = underWay.get(tld)) {
      const served = await orAborted(shared, signal)
      if (served) return served
    }
    const asked = askIana(tld, signal)
    underWay.set(
      tld,
      asked.catch(() => undefined).finally(() => underWay.delete(tld)),
    )
    return asked
  }

  return {
    of: async (registrable, signal) => known(registrable) ?? (await referral(tldOf(registrable), signal)),
    known,
  }
}

export interface WhoisOptions {
  /** Configured servers: TLD (or longer suffix) to `host` or `host:port`. They win over IANA's referral. */
  readonly servers: Readonly<Record<string, string>>
  readonly network: Network
  readonly pacing: Pacing
  readonly clock: Clock
  readonly onSent?: OnSent | undefined
  /** Instead of IANA's server. */
  readonly iana?: WhoisServer
  /** Instead of port 43, for the servers that IANA refers to. */
  readonly port?: number
  /** For one query to one server, without its wait in the queue. */
  readonly timeoutMs?: number
}

export interface Whois {
  readonly lookup: Lookup
  /** The same, for all that the registry says. */
  readonly record: RecordLookup
  /** The server that would be asked, as `Pacing.server` names it; undefined when there is none, or it is not known yet. */
  readonly hostOf: (registrable: string) => string | undefined
}

/** Query formats of registries that need more than the name to give the full answer. */
const queries: ReadonlyMap<string, (name: string) => string> = new Map([
  // Without `-T dn` DENIC only says whether the name is connected; `ace` marks it as an A-label.
  ['de', (name: string) => `-T dn,ace ${name}`],
  // `/e` asks for English, in ASCII: otherwise the answer is in ISO-2022-JP.
  ['jp', (name: string) => `${name}/e`],
])

const queryOf = (name: string): string => queries.get(name.slice(name.lastIndexOf('.') + 1))?.(name) ?? name

/** A name that is safe in a query: no blank, no line end, no leading dash, which a server would take for an option. */
const askable = /^[a-z0-9_][a-z0-9_-]*(?:\.[a-z0-9_-]+)+$/

/** What is made of the text of an answer. It must not throw. @param now epoch ms */
type WhoisReader<Answer> = (text: string, asked: string, now: number) => Answer

/** Opens the look-up; sends nothing yet. Throws TypeError when a configured server is malformed: check the settings first. */
export const openWhois = (options: WhoisOptions): Whois => {
  const { network, pacing, clock, timeoutMs = whoisTimeoutMs } = options
  const asking = { network, pacing, clock, timeoutMs }
  const servers = openServers({
    ...asking,
    servers: options.servers,
    onSent: options.onSent,
    iana: options.iana ?? ianaServer,
    port: options.port ?? whoisPort,
  })

  const lookupBy =
    <Answer extends Understood>(reader: WhoisReader<Answer>) =>
    async (registrable: string, signal: AbortSignal): Promise<Answer | NoRegistration> => {
      signal.throwIfAborted()
      if (!askable.test(registrable)) return { kind: 'failed', reason: 'refused' }
      const served = await servers.of(registrable, signal)
      // WHOIS is the last resort: a registry without it offers neither protocol.
      if (served.kind === 'none') return { kind: 'unsupported', reason: 'no-rdap-service' }
      if (served.kind === 'failed') return served
      const read = (text: string) => reader(text, registrable, clock.now())
      const onHost = (host: string) => options.onSent?.({ protocol: 'whois', host, name: registrable })
      return askWhois(served.server, queryOf(registrable), read, { ...asking, onHost }, signal)
    }

  return {
    lookup: lookupBy(readWhois),
    record: lookupBy(readWhoisRecord),
    hostOf: registrable => {
      const served = servers.known(registrable)
      return served?.kind === 'server' ? serverName(served.server) : undefined
    },
  }
}
