/** A record is one line of domainstats.log. While it waits for its registration, its facts are stored. */
import type { FailedReason, UnsupportedReason } from './domain.js'
import type { DnsAnswers, NameSkip } from './event.js'
import type { Enriched } from './enrichment.js'
import type { ServiceKind } from './service.js'
import type { TagName } from './tag.js'

export type Category =
  /** Registered less than `established_days_age` days ago. */
  | 'NEW'
  /** Registered before that. */
  | 'ESTABLISHED'
  /** No registration date is available; `reason` says why. */
  | 'UNKNOWN'
  /** The look-up failed; `reason` says how. It is tried again, and the domain's first record gets a follow-up. */
  | 'ERROR'
  /** The registry has not answered within `hold_seconds`. A follow-up comes. */
  | 'PENDING'

/** Reasons for UNKNOWN that do not come from a registry's answer. */
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

/** Scores of the domain's name, by their field names in the log: see detect/scores.ts. */
export type Scores = Readonly<Record<string, number>>

/** How a domain may resemble a known name. */
export const resemblances = ['similar', 'typo', 'token', 'affix', 'suffix'] as const

/** A known name that a domain resembles: see lookalike/lookalikes.ts. */
export interface Resemblance {
  /** The known name: a registered domain in A-labels, or a label of the setting `brands`. */
  readonly name: string
  /**
   * `similar`: characters that look alike (`rn` and `m`, `1` and `l`, Cyrillic `а`). `typo`: one character wrong, missing or
   * too many, or two swapped. `token`: the name between hyphens. `affix`: the name at the beginning or the end. `suffix`: the
   * same label below another public suffix.
   */
  readonly how: (typeof resemblances)[number]
  /** The name is in the setting `brands`. */
  readonly isOwn: boolean
}

/** Names that did not resolve and look generated together: see detect/burst.ts. */
export interface Burst {
  /**
   * What tells: `letters` of names of one client; their `words`, which come again; or the letters of names below one `suffix`,
   * of several clients.
   */
  readonly kind: 'letters' | 'words' | 'suffix'
  /** Domains in A-labels, in the order in which they came; the last burstNamesShown. */
  readonly names: readonly string[]
  /** On the scale of dga_score: 1 in 10^(score / 20) groups of ordinary names has such scores together. */
  readonly score: number
}

/** The facts of one question that do not depend on its registry. The store keeps them as JSON. */
export interface Facts {
  /** 128 bits in hex, made from the line: the same after the log was renamed, packed or moved to another machine. */
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
  /** Alerts of detect/alerts.ts that do not depend on the registration. */
  readonly alerts: readonly string[]
  /** Distinct clients that have asked for the domain, this one included; undefined if none is known, and beyond clientsExactMax. */
  readonly clients?: number | undefined
  /** It is the first contact of this client with a domain that others know; undefined as above. */
  readonly clientFirst?: true | undefined
  readonly origHost?: string | undefined
  readonly origPort?: number | undefined
  readonly respHost?: string | undefined
  readonly respPort?: number | undefined
  readonly proto?: string | undefined
  readonly qtypeName?: string | undefined
  readonly rcodeName?: string | undefined
  readonly answers?: DnsAnswers | undefined
  /** Networks of these answers that are new for the domain and to be alerted: see detect/new-answer.ts. */
  readonly newNetworks?: readonly string[] | undefined
  /** The known name that the domain resembles. Only for a first contact. */
  readonly resembles?: Resemblance | undefined
  /** Epoch ms until which to wait for its response in the log; undefined if none is awaited. */
  readonly responseDue?: number | undefined
  /** Whether it is the first contact of this sensor; undefined where the site's sensors share nothing. */
  readonly firstHere?: boolean | undefined
  /**
   * Epoch ms until which to wait for the answer whether the site's first contact is its own. A record that still has it when
   * it is written says so: it tells what this sensor knows.
   */
  readonly claimDue?: number | undefined
  /** Another sensor of the site had the first contact: the follow-up withdraws the alert. */
  readonly firstElsewhere?: true | undefined
  readonly communityId?: string | undefined
  /** `sensor` of the input, as configured. */
  readonly sensor?: string | undefined
  /** The question must not cause a look-up. */
  readonly noLookup?: boolean | undefined
  readonly source: QuestionSource
  /** The kind of public service that the name belongs to: see names/services.ts. */
  readonly service?: ServiceKind | undefined
  /** The burst that the question completes, in the record of the burst. */
  readonly burst?: Burst | undefined
  /** What commands said of it. */
  readonly enriched?: Enriched | undefined
}

/** Where a question came from: a line of a log, a request to the HTTP port, or `domainstats query`. */
export type QuestionSource = 'log' | 'http' | 'query'

/** The judgement of a domain. */
export interface Verdict {
  readonly category: Category
  /** Our own in the order of detect/alerts.ts, then those of the ISC, unchanged. */
  readonly alerts: readonly string[]
  /** Why the category is UNKNOWN or ERROR. */
  readonly reason: string | undefined
  /** Epoch ms. */
  readonly registered: number | undefined
  readonly expires: number | undefined
  /** Epoch ms at which a client of the ISC first asked for it. */
  readonly seenByIsc: number | undefined
  readonly ageDays: number | undefined
  /** The registered domain of the hoster, for a name below a private suffix: the hoster's age is not the name's. */
  readonly hostedOn: string | undefined
  /** What the site's tags say of the name, and of the addresses in its answers. */
  readonly tags: readonly TagName[]
  /** 0 to 100, to sort by: see detect/risk.ts. Of a follow-up: with the alerts of its first record that still hold. */
  readonly risk: number
  /** Such as `YOUNG 30`, the heaviest first. */
  readonly riskReasons: readonly string[]
  /** The numbers of the mutes that took alerts from it. Not written. */
  readonly muted?: readonly number[] | undefined
}

/** What domain_stats 1.x would say. */
export type OriginalVerdict = Omit<Verdict, 'risk' | 'riskReasons' | 'muted'>

/** The name of an alert: its text up to the first colon (`YOUNG` of `YOUNG:3d`). */
export const alertName = (text: string): string => {
  const end = text.indexOf(':')
  return end === -1 ? text : text.slice(0, end)
}

/** One line of domainstats.log. */
export interface DomainRecord {
  readonly facts: Facts
  readonly verdict: Verdict
  /** For a follow-up: the id of the record that was written before the registry had answered. */
  readonly followupOf: string | undefined
  /** Alerts of that record that no longer apply. */
  readonly alertsWithdrawn: readonly string[]
}

/** A pending record. The names of its states are those of the database. */
export interface PendingRecord {
  /** The row's number in the store. */
  readonly pendingId: number
  readonly facts: Facts
  /** `held`: not written yet, waits for its registration. `owed`: written already, its follow-up is due. */
  readonly state: 'held' | 'owed'
  /** Epoch ms. `held`: when it is written even without its registration. `owed`: when it was written. */
  readonly due: number
  /** It is the domain's first record. */
  readonly first: boolean
  /** `owed`: the alerts with which it was written. */
  readonly said?: readonly string[] | undefined
}

/* Answers to a question over HTTP or on the command line. */

export interface KnownAnswer {
  readonly kind: 'known'
  /** In canonical text: lower case, no final dot. */
  readonly query: string
  readonly queryUnicode: string | undefined
  readonly domain: string
  readonly registrable: string
  readonly scores: Scores
  readonly resembles: Resemblance | undefined
  /** Epoch ms of the first contact; undefined if there was none, as for a peek. */
  readonly seenByYou: number | undefined
  /** This question is the first contact. YOUR-FIRST-CONTACT is also in the verdict's alerts. */
  readonly firstContact: boolean
  /** `source` of the registration (domain.ts). */
  readonly registeredBy: string | undefined
  /** As in Facts. */
  readonly service: ServiceKind | undefined
  /** PENDING if no answer came in time. */
  readonly verdict: Verdict
  /** The verdict that domain_stats 1.x would give. */
  readonly original: OriginalVerdict
}

/** The name cannot be registered, or the site ignores it. It never leaves the machine. */
export interface NoneAnswer {
  readonly kind: 'none'
  readonly reason: NameSkip
}

export type NameAnswer = KnownAnswer | NoneAnswer

export interface Asking {
  /** The question does not count as a contact. */
  readonly peek: boolean
  /** Whether the question may cause a look-up. */
  readonly lookup: boolean
  readonly source: Exclude<QuestionSource, 'log'>
  /** The client that asks. */
  readonly client?: { readonly host: string | undefined; readonly port: number | undefined } | undefined
  /** How long to wait for a registry, in ms. */
  readonly waitMs: number
}

/** @param name as the user wrote it: any case, A-labels or Unicode, with or without a final dot */
export type AskName = (name: string, asking: Asking, signal: AbortSignal) => Promise<NameAnswer>
