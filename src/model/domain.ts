/** What is known of a domain: when it was contacted, what it wrote lately, what its registry said. */
/* A registration: what a registry said of a registrable name, and the shape of everything that may be asked. */

/** The registry's answer was definite, and holds no date. */
export type UnsupportedReason =
  /** Neither RDAP nor WHOIS serves the TLD. Asked again when IANA's list is fetched again, within 7 days. */
  | 'no-rdap-service'
  /** The RDAP server gives no registration date (.de, .eu, .at), or the name is reserved or blocked. It is asked again after 30 days. */
  | 'no-registration-event'
  /** The same, by WHOIS. */
  | 'no-registration-date'
  /** The ISC does not want to be asked about the TLD. Asked again after a day. */
  | 'prohibited-tld'
  /**
   * The WHOIS server does not serve this address (.ch, .li and .es for most). Ask the registry to be let in, or name
   * another server in `whois_servers`. Asked again after 7 days, or by `domainstats fix`.
   */
  | 'refused'

/** The look-up failed; asking again may help. */
export type FailedReason =
  /** The server did not answer in time. Asked again after 5 to 10 s, then ever later, up to an hour. */
  | 'timeout'
  /** No connection to the server: DNS, TCP or TLS. Asked again as after a timeout. */
  | 'network-error'
  /** The server wants fewer questions: 429, 403, 503 with Retry-After, a notice of quota. Asked again as after a timeout. */
  | 'rate-limited'
  /** The server answered with an error of its own (5xx). Asked again as after a timeout. */
  | 'server-error'
  /** The server refused this name: a 4xx other than 403, 404 and 429; of the ISC also 403. Asked again ever later, up to `rdap_error_ttl_days`. */
  | 'refused'
  /** The answer is not JSON, is about another name, or is a page in HTML. Asked again as after `refused`. */
  | 'malformed-answer'
  /** The answer is longer than `responseBytesMax` or `whoisBytesMax`. Asked again as after `refused`. */
  | 'answer-too-large'
  /** The server redirects too often, or to where we do not go: not https, no host name. Asked again as after `refused`. */
  | 'bad-redirect'
  /** The server's name leads into a network that is not public. Asked again as after `refused`. */
  | 'private-address'
  /** IANA's list of RDAP servers could not be fetched yet. Asked again after 5 to 10 minutes. */
  | 'no-bootstrap'
  /** The ISC has an error for this name. Asked again when the ISC says. */
  | 'isc-error'
  /** The ISC does not want to be asked by us. Asked again after 5 to 10 minutes, or when the ISC says. */
  | 'isc-denied'

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

/**
 * What is known of the registration; `pending` when nobody has answered yet, `unanswered` when nobody did in time and
 * the record cannot wait any longer, `off` when nobody is asked.
 */
export type RegistrationState = Registration | { readonly kind: 'pending' | 'unanswered' | 'off' }

/** A registration and how long it may be believed. Times are epoch ms. */
export interface KnownRegistration {
  readonly registration: Registration
  readonly checked: number
  /** Until then it is not asked again. */
  readonly freshUntil: number
  /** Look-ups that failed in a row. */
  readonly failures: number
  /** Answers in a row that it is not registered; failures between them do not count. */
  readonly absences: number
}

export interface Domain {
  readonly domain: string
  /** The earliest event ever seen here, or undefined for a name that was only looked up or imported. */
  readonly firstSeen: number | undefined
  readonly lastSeen: number | undefined
  readonly queries: number
  /** When the window in which names are counted began, in event time; undefined before the first record. */
  readonly windowFrom: number | undefined
  /** Names written in this window; maxNames + 1 once MANY-NAMES was said. */
  readonly windowNames: number
  readonly known: KnownRegistration | undefined
  /** Alerts of detect/alerts.ts about the registration that are said once, with the next record. */
  readonly pendingAlerts: readonly string[]
  /** The registration date that was told last, epoch ms: it stays when a later answer holds none. */
  readonly lastDate: number | undefined
  /** REGISTERED-AFTER-CONTACT is owed or was said, or another alert said why the date is later. It never comes again. */
  readonly afterContactDone: boolean
}

export const unknownDomain = (domain: string): Domain => ({
  domain,
  firstSeen: undefined,
  lastSeen: undefined,
  queries: 0,
  windowFrom: undefined,
  windowNames: 0,
  known: undefined,
  pendingAlerts: [],
  lastDate: undefined,
  afterContactDone: false,
})

/** Alerts about its registration that the next record of a domain says: nobody registered a hosted name. */
export const pendingAlertsOf = (
  domain: string,
  registry: Pick<Domain, 'domain' | 'pendingAlerts'>,
): readonly string[] => (domain === registry.domain ? registry.pendingAlerts : [])
