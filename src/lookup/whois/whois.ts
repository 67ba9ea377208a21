/**
 * Look-ups by WHOIS, for the country registries that offer no RDAP. The registry alone is asked: a referral to the
 * registrar is not followed, since the registry's date is the one that counts and a registrar is a stranger.
 */
import { LRUCache } from 'lru-cache'
import { nameCharsMax, whoisServerKeptMs, whoisServersMax, whoisTimeoutMs } from '../../limits.js'
import type { Lookup } from '../../model/domain.js'
import type { OnSent } from '../../model/sent-query.js'
import { suffixesOf } from '../../names/hostname.js'
import type { Clock } from '../../time/clock.js'
import { orAborted } from '../../time/wake.js'
import { isPublicHttps, type Network } from '../net/addresses.js'
import type { Pacing } from '../pacing/token-bucket.js'
import {
  askWhois,
  whoisPort,
  type WhoisClientOptions,
  type Failed,
  type WhoisServer,
  serverName,
} from './client.js'
import { readLayout, readWhois } from './response.js'

/*
 * Which WHOIS server serves which TLD: those that the site configured, or else the one that IANA refers to. IANA's
 * word is remembered for a day, in memory: a TLD moves once in years, and a restart asks a few questions more.
 */

/** Where IANA answers which server a TLD has. */
export const ianaServer: WhoisServer = { host: 'whois.iana.org', port: whoisPort, byHand: false }

export type Served = { readonly kind: 'server'; readonly server: WhoisServer } | { readonly kind: 'none' }

export interface WhoisServers {
  /** Rejects only when the signal aborts. */
  readonly of: (registrable: string, signal: AbortSignal) => Promise<Served | Failed>
  /** What is known of it without asking. */
  readonly known: (registrable: string) => Served | undefined
}

export interface ServersOptions extends WhoisClientOptions {
  /** Servers configured by hand: TLD (or longer suffix) to `host` or `host:port`. */
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

/** What IANA says of a TLD: a server, none, or nothing that can be used. Pure. */
export const readReferral = (text: string, tld: string, port: number): Served | Failed => {
  const { fields } = readLayout(text)
  const value = (wanted: string) => fields.find(({ label }) => label === wanted)?.value.toLowerCase()
  const host = value('whois') ?? value('refer')
  if (host === undefined) {
    const unknown = /^% this query returned 0 objects/im.test(text)
    return unknown || value('domain') === tld ? { kind: 'none' } : failed('malformed-answer')
  }
  if ((value('domain') ?? tld) !== tld) return failed('malformed-answer')
  // A host name, of the public internet. Where it leads to is looked at when it is connected to.
  const isName = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+\.?$/.test(host) && host.length <= nameCharsMax
  const url = `https://${host}/`
  if (!isName || !URL.canParse(url) || !isPublicHttps(new URL(url))) return failed('bad-redirect')
  return { kind: 'server', server: { host: host.replace(/\.$/, ''), port, byHand: false } }
}

/** Throws when a server by hand is none: check the settings first. */
export const openServers = (options: ServersOptions): WhoisServers => {
  const { iana, port, clock } = options
  const byHand = new Map(
    Object.entries(options.servers).map(([entry, text]) => {
      const server = serverByHand(text)
      if (!server) throw new TypeError(`not a WHOIS server: ${text}`)
      return [entry.toLowerCase().replace(/^\.|\.$/g, ''), server]
    }),
  )
  const remembered = new LRUCache<string, { readonly served: Served; readonly until: number }>({
    max: whoisServersMax,
  })
  /** Questions to IANA under way; undefined comes of one that was aborted. One a look-up at most. */
  const underWay = new Map<string, Promise<Served | Failed | undefined>>()

  const known = (registrable: string): Served | undefined => {
    for (const suffix of suffixesOf(registrable)) {
      const server = byHand.get(suffix)
      if (server) return { kind: 'server', server }
    }
    const found = remembered.get(tldOf(registrable))
    return found && clock.now() < found.until ? found.served : undefined
  }

  const askIana = async (tld: string, signal: AbortSignal): Promise<Served | Failed> => {
    const onHost = (host: string) => options.onSent?.({ protocol: 'iana', host, name: tld })
    const read = (text: string) => readReferral(text, tld, port)
    const served = await askWhois(iana, tld, read, { ...options, onHost }, signal)
    if (served.kind !== 'failed') remembered.set(tld, { served, until: clock.now() + whoisServerKeptMs })
    return served
  }

  /** Who comes first asks for all; when he gives up, the next one does. */
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
  /** Servers configured by hand: TLD (or longer suffix) to `host` or `host:port`. They win over IANA's word. */
  readonly servers: Readonly<Record<string, string>>
  readonly network: Network
  readonly pacing: Pacing
  readonly clock: Clock
  readonly onSent?: OnSent | undefined
  /** Another server than IANA's. */
  readonly iana?: WhoisServer
  /** Another port for the servers that IANA refers to. */
  readonly port?: number
  /** For one question to one server; the wait for a turn does not count. */
  readonly timeoutMs?: number
}

export interface Whois {
  readonly lookup: Lookup
  /** The server that would be asked, as politeness knows it; undefined when there is none, or nobody knows yet. */
  readonly hostOf: (registrable: string) => string | undefined
}

/** Registries that need more than the name to give their full answer. */
const queries: ReadonlyMap<string, (name: string) => string> = new Map([
  // Without a type denic tells only whether the name is connected; `ace` says that it comes as an A-label.
  ['de', (name: string) => `-T dn,ace ${name}`],
  // In English, and so in ASCII: without it the answer comes in ISO-2022-JP.
  ['jp', (name: string) => `${name}/e`],
])

const queryOf = (name: string): string => queries.get(name.slice(name.lastIndexOf('.') + 1))?.(name) ?? name

/** What can be put into a question: no blanks, no line ends, no leading dash that a server takes for an option. */
const askable = /^[a-z0-9_][a-z0-9_-]*(?:\.[a-z0-9_-]+)+$/

/** Opens the look-up; touches no network. Throws when a server by hand is none: check the settings first. */
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

  return {
    lookup: async (registrable, signal) => {
      signal.throwIfAborted()
      if (!askable.test(registrable)) return { kind: 'failed', reason: 'refused' }
      const served = await servers.of(registrable, signal)
      // WHOIS is the last way: a registry without it offers neither protocol.
      if (served.kind === 'none') return { kind: 'unsupported', reason: 'no-rdap-service' }
      if (served.kind === 'failed') return served
      const read = (text: string) => readWhois(text, registrable, clock.now())
      const onHost = (host: string) => options.onSent?.({ protocol: 'whois', host, name: registrable })
      return askWhois(served.server, queryOf(registrable), read, { ...asking, onHost }, signal)
    },
    hostOf: registrable => {
      const served = servers.known(registrable)
      return served?.kind === 'server' ? serverName(served.server) : undefined
    },
  }
}
