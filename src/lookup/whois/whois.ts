/**
 * Look-ups by WHOIS, for the country registries that offer no RDAP. The registry alone is asked: a referral to the
 * registrar is not followed, since the registry's date is the one that counts and a registrar is a stranger.
 */
import type { Clock } from '../../clock.js'
import { whoisTimeoutMs } from '../../limits.js'
import type { Lookup } from '../../registration.js'
import type { OnSent } from '../../sent-query.js'
import type { Network } from '../network.js'
import type { Politeness } from '../politeness.js'
import { readWhois } from './answer.js'
import { ask, serverName, whoisPort, type WhoisServer } from './ask.js'
import { ianaServer, openServers } from './servers.js'

export interface WhoisOptions {
  /** Servers configured by hand: TLD (or longer suffix) to `host` or `host:port`. They win over IANA's word. */
  readonly servers: Readonly<Record<string, string>>
  readonly network: Network
  readonly politeness: Politeness
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
  const { network, politeness, clock, timeoutMs = whoisTimeoutMs } = options
  const asking = { network, politeness, clock, timeoutMs }
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
      return ask(served.server, queryOf(registrable), read, { ...asking, onHost }, signal)
    },
    hostOf: registrable => {
      const served = servers.known(registrable)
      return served?.kind === 'server' ? serverName(served.server) : undefined
    },
  }
}
