/** The types of a domain, of its registration, and of a look-up. */

/** The registry's answer is definite and holds no date. */
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

/** The look-up failed; another try may succeed. */
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
  /** The server's name resolves to an address that is not public. Asked again as after `refused`. */
  | 'private-address'
  /** IANA's list of RDAP servers could not be fetched yet. Asked again after 5 to 10 minutes. */
  | 'no-bootstrap'
  /** The ISC has an error for this name. Asked again when the ISC says. */
  | 'isc-error'
  /** The ISC does not want to be asked by us. Asked again after 5 to 10 minutes, or when the ISC says. */
  | 'isc-denied'

/** Each by its own name, so that the compiler reports one that is missing. */
export const unsupportedReasons: { readonly [Reason in UnsupportedReason]: Reason } = {
  'no-rdap-service': 'no-rdap-service',
  'no-registration-event': 'no-registration-event',
  'no-registration-date': 'no-registration-date',
  'prohibited-tld': 'prohibited-tld',
  refused: 'refused',
}

/** As above. */
export const failedReasons: { readonly [Reason in FailedReason]: Reason } = {
  timeout: 'timeout',
  'network-error': 'network-error',
  'rate-limited': 'rate-limited',
  'server-error': 'server-error',
  refused: 'refused',
  'malformed-answer': 'malformed-answer',
  'answer-too-large': 'answer-too-large',
  'bad-redirect': 'bad-redirect',
  'private-address': 'private-address',
  'no-bootstrap': 'no-bootstrap',
  'isc-error': 'isc-error',
  'isc-denied': 'isc-denied',
}

/** The part of an ISC answer that is not a registration (mode isc). */
export interface IscWord {
  /** Epoch ms at which a client of the ISC first asked for the domain. */
  readonly seen: number | undefined
  /** ISC-FIRST-CONTACT: no client of the ISC had asked before us. */
  readonly firstContact: boolean
  /** The other alerts of the ISC, printable. */
  readonly alerts: readonly string[]
}

export type Registration =
  /** Dates are epoch milliseconds. Some registries give no expiry date (.no, .fi). */
  | {
      readonly kind: 'registered'
      readonly registered: number
      readonly expires: number | undefined
      /** The first registration date, where the registry reports a reregistration. Used once, not stored. */
      readonly firstRegistered?: number | undefined
      /** The source of the dates: `RDAP`, `WHOIS`, `ISC`, or the name of an imported list. Contains no comma. */
      readonly source?: string | undefined
      readonly isc?: IscWord | undefined
    }
  | { readonly kind: 'absent'; readonly isc?: IscWord | undefined }
  | {
      readonly kind: 'unsupported'
      readonly reason: UnsupportedReason
      /** Epoch ms from which on the answer may change; undefined if unknown. */
      readonly until?: number | undefined
      readonly isc?: IscWord | undefined
    }
  | {
      readonly kind: 'failed'
      readonly reason: FailedReason
      readonly isc?: IscWord | undefined
      /** How long the server wants it kept, in ms: Infinity for ever, 0 not at all; undefined if it does not say. */
      readonly keptMs?: number | undefined
    }

/** An answer that tells of no registration. */
export type NoRegistration = Exclude<Registration, { readonly kind: 'registered' }>

/**
 * Looks up the registration of a registrable name (in A-labels, by the ICANN section of the Public Suffix List). Expected
 * failures are values; it rejects only for a bug, or when the signal aborts.
 */
export type Lookup = (registrable: string, signal: AbortSignal) => Promise<Registration>

/** One layer of a look-up: answers itself, or calls `next` and uses its answer. */
export type Layer = (next: Lookup) => Lookup

/**
 * A registration, or why there is none: `pending` while no answer has come, `unanswered` if none came while the record
 * could wait, `off` if look-ups are off.
 */
export type RegistrationState = Registration | { readonly kind: 'pending' | 'unanswered' | 'off' }

/** A stored registration with its TTL. Times are epoch ms. */
export interface KnownRegistration {
  readonly registration: Registration
  readonly checked: number
  /** The end of its TTL: until then it is not looked up again. */
  readonly freshUntil: number
  /** Look-ups that failed in a row. */
  readonly failures: number
  /** Answers "not registered" in a row; failures between them do not reset it. */
  readonly absences: number
}

export interface Domain {
  readonly domain: string
  /** Epoch ms of the earliest event; undefined for a name that was only looked up or imported. */
  readonly firstSeen: number | undefined
  readonly lastSeen: number | undefined
  readonly queries: number
  /** The clients that asked for it, encoded: see sightings/clients.ts. Null if none is known. */
  readonly clients: Buffer | null
  /** When the window in which names are counted began, in event time; undefined before the first record. */
  readonly windowFrom: number | undefined
  /** Names written in this window; maxNames + 1 once MANY-NAMES was raised. */
  readonly windowNames: number
  readonly known: KnownRegistration | undefined
  /** Alerts of detect/alerts.ts about the registration that are raised once, with the next record. */
  readonly pendingAlerts: readonly string[]
  /** The last known registration date, epoch ms: it stays when a later answer holds none. */
  readonly lastDate: number | undefined
  /** REGISTERED-AFTER-CONTACT is pending or was raised, or another alert explained the later date. It is not raised again. */
  readonly afterContactDone: boolean
}

export const unknownDomain = (domain: string): Domain => ({
  domain,
  firstSeen: undefined,
  lastSeen: undefined,
  queries: 0,
  clients: null,
  windowFrom: undefined,
  windowNames: 0,
  known: undefined,
  pendingAlerts: [],
  lastDate: undefined,
  afterContactDone: false,
})

/** The pending alerts for the next record of `domain`: none for a name hosted below the registered domain. */
export const pendingAlertsOf = (
  domain: string,
  registry: Pick<Domain, 'domain' | 'pendingAlerts'>,
): readonly string[] => (domain === registry.domain ? registry.pendingAlerts : [])
