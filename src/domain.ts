/** What is known of a domain: when it was contacted, what it wrote lately, what its registry said. */
import type { Registration } from './registration.js'

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

/** An alert about the registration that is said once, with the next record. */
export type OwedAlert = 'ISC-FIRST-CONTACT' | 'RE-REGISTERED' | 'REGISTERED-AFTER-CONTACT'

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
  readonly owedAlerts: readonly OwedAlert[]
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
  owedAlerts: [],
  lastDate: undefined,
  afterContactDone: false,
})

/** Alerts about its registration that the next record of a domain says: nobody registered a hosted name. */
export const owedTo = (
  domain: string,
  registry: Pick<Domain, 'domain' | 'owedAlerts'>,
): readonly OwedAlert[] => (domain === registry.domain ? registry.owedAlerts : [])
