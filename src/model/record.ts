/** A record: one line of domainstats.log; and the facts it is made of while it waits for its registration. */
import type { FailedReason, UnsupportedReason } from './domain.js'
import type { DnsAnswers, NameSkip } from './event.js'

export type Category =
  /** Registered less than `established_days_age` days ago. */
  | 'NEW'
  /** Registered before that. */
  | 'ESTABLISHED'
  /** No registration date can be had; `reason` says why. */
  | 'UNKNOWN'
  /** The look-up failed; `reason` says how. It is tried again, and the domain's first record gets a follow-up. */
  | 'ERROR'
  /** The registry has not answered within `hold_seconds`. A follow-up comes. */
  | 'PENDING'

/** Why we say UNKNOWN without an answer of a registry that would say why. */
export type OwnReason =
  /** The registry answered that the name is not registered. It is asked again soon, then ever more rarely, because attackers register minutes before use. */
  | 'not-registered'
  /** A name below a hoster's suffix (`x.github.io`) has no registration of its own, so no registry is asked. `hosted_on` names the hoster. */
  | 'hosted'
  /** Look-ups are switched off (`mode: off`, `--no-lookup`), or no server could be reached for 10 minutes. */
  | 'look-ups-off'
  /** No answer came while the record could wait: a day with `unresolved: wait`, or because `followupsMax` others wait. No follow-up comes. */
  | 'unanswered'

/** Why the category is UNKNOWN or ERROR. */
export type Reason = UnsupportedReason | FailedReason | OwnReason

/** Values that were computed from the domain's name, by their names in the log: see detect/scores.ts. */
export type Scores = Readonly<Record<string, number>>

/** What is known of one question before its registry answered. All of it is JSON: it may wait in the store. */
export interface Facts {
  /** 128 bits in hex, from the line itself: the same after a rename, a packing, a move to another machine. */
  readonly id: string
  /** Epoch ms with a fraction. */
  readonly ts: number
  readonly uid?: string | undefined
  readonly query: string
  readonly queryUnicode?: string | undefined
  readonly domain: string
  readonly registrable: string
  /** Epoch ms. */
  readonly seenByYou: number
  readonly scores: Scores
  /** Alerts of detect/alerts.ts that were raised by what happened, whatever the registry will say. */
  readonly alerts: readonly string[]
  readonly origHost?: string | undefined
  readonly origPort?: number | undefined
  readonly respHost?: string | undefined
  readonly respPort?: number | undefined
  readonly proto?: string | undefined
  readonly qtypeName?: string | undefined
  readonly rcodeName?: string | undefined
  readonly answers?: DnsAnswers | undefined
  /** Epoch ms until which its response may still be read; undefined where none is awaited. */
  readonly responseDue?: number | undefined
  readonly communityId?: string | undefined
  /** The site's name for the sensor whose log it stood in. */
  readonly sensor?: string | undefined
  /** Nobody outside is to be asked because of it. */
  readonly noLookup?: boolean | undefined
  /** By which way we were asked. */
  readonly source: QuestionSource
}

/** A line of a log, a request to the HTTP port, `domainstats query`. */
export type QuestionSource = 'log' | 'http' | 'query'

/** What is said of it. */
export interface Verdict {
  readonly category: Category
  /** Our own in their order, then those of the ISC in its words. */
  readonly alerts: readonly string[]
  /** Why the category is UNKNOWN or ERROR. */
  readonly reason: string | undefined
  /** Epoch ms. */
  readonly registered: number | undefined
  readonly expires: number | undefined
  /** When somebody at the ISC asked first. */
  readonly seenByIsc: number | undefined
  readonly ageDays: number | undefined
  /** The registered domain of the hoster, where anybody may have a name below it: its age is not the name's. */
  readonly hostedOn: string | undefined
}

/** The name of an alert: what stands before the first colon of its text. */
export const alertName = (text: string): string => text.split(':', 1)[0] ?? ''

/** One line of domainstats.log. */
export interface DomainRecord {
  readonly facts: Facts
  readonly verdict: Verdict
  /** The id of the first record, which was written before the registry had answered; undefined for a first one. */
  readonly followupOf: string | undefined
  /** What the first record alerted and does not hold any more. */
  readonly alertsWithdrawn: readonly string[]
}

/** A record that waits: `held` for its registration, or written already and `owed` a follow-up. */
export interface PendingRecord {
  /** The store's number. */
  readonly pendingId: number
  readonly facts: Facts
  readonly state: 'held' | 'owed'
  /** Epoch ms at which it is written without its registration; of an owed one, when it was written. */
  readonly due: number
  /** The domain's first record. */
  readonly first: boolean
  /** The alerts that an owed one was written with; undefined where nothing was written of it yet. */
  readonly said?: readonly string[] | undefined
}

/* What is answered about a name to whoever asks for it: over HTTP, or on the command line. */

export interface KnownAnswer {
  readonly kind: 'known'
  /** In canonical text: lower case, no final dot. */
  readonly query: string
  readonly queryUnicode: string | undefined
  readonly domain: string
  readonly registrable: string
  readonly scores: Scores
  /** Epoch ms; undefined for a name that was only peeked at. */
  readonly seenByYou: number | undefined
  /** YOUR-FIRST-CONTACT belongs to this question, and to no other. It stands in the verdict's alerts too. */
  readonly firstContact: boolean
  /** Who told the date: `source` of a registration (domain.ts). */
  readonly registeredBy: string | undefined
  /** PENDING where nobody answered in time. */
  readonly verdict: Verdict
  /** The same as domain_stats 1.x would say it. */
  readonly original: Verdict
}

/** Nobody could have registered it, or the site ignores it: such a name never leaves the machine. */
export interface NoneAnswer {
  readonly kind: 'none'
  readonly reason: NameSkip
}

export type NameAnswer = KnownAnswer | NoneAnswer

export interface Asking {
  /** Answers without making it a contact. */
  readonly peek: boolean
  /** Whether somebody outside may be asked because of it. */
  readonly lookup: boolean
  /** By which way: stands in the record of the question. */
  readonly source: Exclude<QuestionSource, 'log'>
  /** Who asks. */
  readonly client?: { readonly host: string | undefined; readonly port: number | undefined } | undefined
  /** How long to wait for a registry, in ms. */
  readonly waitMs: number
}

/** @param name as the user wrote it: any case, A-labels or Unicode, with or without a final dot */
export type AskName = (name: string, asking: Asking, signal: AbortSignal) => Promise<NameAnswer>
