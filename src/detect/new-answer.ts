/**
 * NEW-ANSWER: an established domain resolves into a network that none of its answers lay in before. Somebody may have taken
 * over its zone, its registration, or the client's resolver. PowerDNS calls it a unique domain response:
 * https://doc.powerdns.com/recursor/nod_udr.html
 */
import { answerNetworksMax } from '../limits.js'
import type { Domain } from '../model/domain.js'
import type { DnsAnswers } from '../model/event.js'
import { addressText, unmappedAddress } from '../names/address.js'
import { isEstablished } from './verdict.js'

/** The networks of the answers for a domain. */
export interface AnswerNetworks {
  /** Event time of the first of these answers, whole epoch ms. */
  readonly since: number
  /** Each as `192.0.2.0/24` or `2001:db8:7::/48`, in the order in which they came; at most answerNetworksMax. */
  readonly networks: readonly string[]
}

/** The settings. */
export interface NewAnswerRule {
  /** How long the answers for a domain are noted before a new network is alerted, in ms of event time. */
  readonly newAnswerMs: number | undefined
  readonly establishedDays: number
  /** Until then networks are noted and not alerted, epoch ms. */
  readonly learningUntil: number
}

/** A question whose answer is noted. */
interface AnsweredQuestion {
  readonly domain: string
  readonly registrable: string
  readonly answers?: DnsAnswers | undefined
  /** Event time, epoch ms. */
  readonly ts: number
}

/** Hosts of a network of this length usually have one owner: it is the smallest one that is routed (RFC 7454 6.1.3). */
const prefixes = { 4: { bytes: 3, bits: 24 }, 16: { bytes: 6, bits: 48 } } as const

const networkOf = (text: string): string | undefined => {
  const address = unmappedAddress(text)
  if (!address) return undefined
  const { bytes, bits } = prefixes[address.length === 4 ? 4 : 16]
  return `${addressText(Buffer.from(address).fill(0, bytes))}/${bits}`
}

const networksOf = ({ first, more = [] }: DnsAnswers): Set<string> =>
  new Set([...first, ...more].map(networkOf).filter(network => network !== undefined))

/** Notes the networks of answers during one transaction. */
export class NotedAnswers {
  /** By domain: what is to be stored. */
  readonly changed = new Map<string, AnswerNetworks>()
  readonly #stored: (domain: string) => AnswerNetworks | undefined
  readonly #rule: NewAnswerRule
  readonly #now: number

  /** @param stored reads what the store has of a domain @param now epoch ms */
  constructor(stored: (domain: string) => AnswerNetworks | undefined, rule: NewAnswerRule, now: number) {
    this.#stored = stored
    this.#rule = rule
    this.#now = now
  }

  /**
   * Notes an answer.
   *
   * @param known the domain's registration
   * @returns the networks that are new for the domain and to be alerted
   */
  note({ domain, registrable, answers, ts }: AnsweredQuestion, known: Domain['known']): readonly string[] {
    const { newAnswerMs, learningUntil } = this.#rule
    // The addresses below a hoster's suffix are the hoster's: it moves them as it likes.
    if (newAnswerMs === undefined || !answers || domain !== registrable || !this.#isEstablished(known))
      return none
    const networks = networksOf(answers)
    if (networks.size === 0) return none
    const before = this.changed.get(domain) ?? this.#stored(domain)
    const at = Math.floor(ts)
    const seen = before?.networks ?? none
    // A content network: one more says nothing.
    if (seen.length >= answerNetworksMax) return none
    const fresh = [...networks].filter(network => !seen.includes(network))
    if (fresh.length > 0 || at < (before?.since ?? at))
      this.changed.set(domain, {
        since: Math.min(at, before?.since ?? at),
        networks: [...seen, ...fresh].slice(0, answerNetworksMax),
      })
    const isLearned = before !== undefined && at - before.since >= newAnswerMs && this.#now >= learningUntil
    return isLearned ? fresh : none
  }

  #isEstablished(known: Domain['known']): boolean {
    const registration = known?.registration
    return (
      registration?.kind === 'registered' && isEstablished(registration.registered, this.#rule, this.#now)
    )
  }
}

const none: readonly string[] = []
