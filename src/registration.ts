/** A registration: what a registry said of a registrable name, and the shape of everything that may be asked. */

/** The registry's answer was definite, and holds no date. */
export type UnsupportedReason =
  | 'no-rdap-service'
  | 'no-registration-event'
  | 'no-registration-date' // of WHOIS
  | 'prohibited-tld' // the ISC does not want to be asked
  | 'refused' // the WHOIS server does not serve this address

/** The look-up failed; asking again may help. */
export type FailedReason =
  | 'timeout'
  | 'network-error'
  | 'rate-limited'
  | 'server-error'
  | 'refused' // 4xx other than 403, 404 and 429; of the ISC 403 too
  | 'malformed-answer'
  | 'answer-too-large'
  | 'bad-redirect' // too many, or to where we do not go
  | 'private-address' // the server's name leads into a network that is not public
  | 'no-bootstrap' // nobody told us yet which registry serves the TLD
  | 'isc-error' // the ISC has an error for the name
  | 'isc-denied' // the ISC does not want to be asked by us

/** What the ISC says besides (mode isc). */
export interface IscWord {
  /** Epoch ms at which the first of its clients asked for the domain. */
  readonly seen: number | undefined
  /** ISC-FIRST-CONTACT: nobody there had asked before us. */
  readonly firstContact: boolean
  /** Its other alerts, printable. */
  readonly alerts: readonly string[]
}

export type Registration =
  /** Dates are epoch milliseconds. Not every registry tells the expiry (.no, .fi). */
  | {
      readonly kind: 'registered'
      readonly registered: number
      readonly expires: number | undefined
      /** The registry itself tells that it was registered anew: when it was for the first time. Used once, not kept. */
      readonly firstRegistered?: number | undefined
      /** Who said so: `RDAP`, `WHOIS`, `ISC`, or the tag of the list that it was imported from. No comma in it. */
      readonly source?: string | undefined
      readonly isc?: IscWord | undefined
    }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'unsupported'
      readonly reason: UnsupportedReason
      /** Epoch ms from which on the answer may be another one; undefined where nobody knows. */
      readonly until?: number | undefined
    }
  | {
      readonly kind: 'failed'
      readonly reason: FailedReason
      readonly isc?: IscWord | undefined
      /** How long the far side wants it kept, in ms; Infinity for ever, 0 not at all. Undefined: no word about it. */
      readonly keptMs?: number | undefined
    }

/**
 * Asks for the registration of a registrable name (an A-label name, ICANN section of the Public Suffix List).
 * Expected failures are values; a rejection is a bug, or the signal.
 */
export type Lookup = (registrable: string, signal: AbortSignal) => Promise<Registration>

/** A layer answers, or asks the next one and makes use of what it says. */
export type Layer = (next: Lookup) => Lookup
