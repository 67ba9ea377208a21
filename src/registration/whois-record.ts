/**
 * The full record of a domain, as its registry gives it by RDAP or WHOIS, under the keys of python-whois, which
 * domain_stats 0.x answered with. Also what both readers do to each text: registries and registrants write it.
 */
import { isIP } from 'node:net'
import * as z from 'zod'
import { nameCharsMax, whoisListMax, whoisTextCharsMax } from '../limits.js'
import type { NoRegistration } from '../model/domain.js'
import { isHostname } from '../names/hostname.js'

const text = z.string().max(whoisTextCharsMax)
const time = z.number().nullable()
const list = z.array(text).max(whoisListMax)

/** Null, or an empty list, is what the answer does not have, or what is redacted. Times are epoch ms. */
export const whoisRecord = z.object({
  /** In A-labels, lower case. */
  domain_name: text,
  registrar: text.nullable(),
  /** The WHOIS server of the registrar or, in some registries, their own. */
  whois_server: text.nullable(),
  /** The registrar's page. */
  referral_url: text.nullable(),
  updated_date: time,
  creation_date: time,
  expiration_date: time,
  name_servers: list,
  /** As EPP writes them (RFC 5731 2.3), where they are such. */
  status: list,
  /** All addresses in the answer: of the registrant, of the registrar, for abuse. */
  emails: list,
  /** `signedDelegation` or `unsigned`; by WHOIS in the registry's own words. */
  dnssec: text.nullable(),
  /** The registrant. */
  name: text.nullable(),
  ...{ org: text.nullable(), address: text.nullable(), city: text.nullable(), state: text.nullable() },
  ...{ zipcode: text.nullable(), country: text.nullable() },
  /** The protocol by which it came. */
  source: z.enum(['RDAP', 'WHOIS']),
})
export type WhoisRecord = Readonly<z.output<typeof whoisRecord>>

/** The answer to a question about a record. */
export type RecordAnswer = { readonly kind: 'record'; readonly record: WhoisRecord } | NoRegistration

/** Rejects only for a bug, or when the signal aborts. @param registrable in A-labels */
export type RecordLookup = (registrable: string, signal: AbortSignal) => Promise<RecordAnswer>

/* What stands in a field instead of a value. Nobody is to take it for the name of a company. */

const wholly = new RegExp(
  `^(?:${[
    '[-.*_?]+|n/?a|none|null|nil|unknown|undefined|not (?:applicable|available|provided|found|set)',
    '(?:personal |non-?public |private |contact )?(?:data|information|details)(?: (?:is|are))?[ ,]*(?:protected|private|restricted|hidden|not (?:public|disclosed|shown|available|published)|can ?not be publicly disclosed)\\b.*',
    '(?:gdpr|statutory|privacy) (?:mask(?:ed|ing)(?: enabled)?|redacted|protected)|(?:non-?public|masked|protected|hidden|private)(?: data)?',
    '(?:not (?:disclosed|shown|displayed|published|public))\\b.*|hidden (?:upon|by|on|at) .*|withheld for privacy(?: purposes)?|withheld',
    'private person|ano nymous|confidential|(?:this )?information (?:is )?not available .*',
    '(?:please )?(?:query|ask|contact|visit|consult|select|see|use) .*\\b(?:registrar|rdds|registry|https?:.*|www\\..*)\\b.*',
  ].join('|')})$`,
  'i',
)
const redacted = /\bredacted\b/i

/** Whether a text says that there is no value, or that it is hidden. */
export const isPlaceholder = (value: string): boolean => redacted.test(value) || wholly.test(value)

/**
 * A value as a record may hold it: single blanks, no longer than `whoisTextCharsMax`. Null for none, and for what stands
 * in the place of a hidden one.
 */
export const valueOf = (value: unknown): string | null => {
  if (typeof value !== 'string') return null
  // Cut before anything else: the answer may be one text of a megabyte.
  const plain = value
    .slice(0, 2 * whoisTextCharsMax)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, whoisTextCharsMax)
  return plain === '' || isPlaceholder(plain) ? null : plain
}

/** The first values of a list, each once. */
export const valuesOf = (values: Iterable<string | null>): string[] => {
  const kept = new Set<string>()
  for (const value of values) {
    if (value !== null) kept.add(value)
    if (kept.size === whoisListMax) break
  }
  return [...kept]
}

/** A host name in lower case, without the final dot; null for anything else. */
export const hostOf = (value: unknown): string | null => {
  const host = valueOf(value)?.toLowerCase().replace(/\.$/, '') ?? ''
  return host.length <= nameCharsMax && host.includes('.') && isHostname(host) && isIP(host) === 0
    ? host
    : null
}

/** An http or https address; null for anything else, `javascript:` above all. */
export const webAddressOf = (value: unknown): string | null => {
  const address = valueOf(value)
  return address !== null && /^https?:\/\/[^\s"<>]+$/i.test(address) && URL.canParse(address) ? address : null
}

/** A mailbox (RFC 5321 4.1.2, unquoted), in a text that may hold more. Bounded repeats, so that no text makes it slow. */
const mailbox = /(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z\d-]{1,63}\.){1,8}[a-z][a-z\d-]{1,62}(?![\w-])/gi

/** The mail addresses in a text, in lower case. */
export const mailboxesIn = (value: string): string[] =>
  (value.match(mailbox) ?? [])
    .map(found => found.toLowerCase())
    .filter(found => found.length <= whoisTextCharsMax)

/**
 * A status as EPP writes it: RDAP has it in words (`client transfer prohibited`, RFC 8056 2), ICANN's WHOIS puts an address
 * behind it.
 */
export const statusOf = (value: unknown): string | null => {
  const plain = valueOf(value)?.replace(/\s+\(?https?:\/\/\S+\)?$/i, '') ?? null
  if (plain === null || !epp.test(plain)) return plain
  return plain.toLowerCase() === 'active' ? 'ok' : plain.toLowerCase().replace(/ ([a-z])/g, (_, first: string) => first.toUpperCase()) // prettier-ignore
}

// RFC 8056 2, and RFC 3915 3.1 for the periods of grace.
const epp =
  /^(?:active|inactive|associated|linked|(?:client|server) (?:delete|hold|renew|transfer|update) ?(?:prohibited)?|pending (?:create|delete|renew|restore|transfer|update)|(?:add|auto renew|redemption|renew|transfer) period)$/i
