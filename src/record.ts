/** A record: one line of domainstats.log; and the facts it is made of while it waits for its registration. */

export type Category = 'NEW' | 'ESTABLISHED' | 'UNKNOWN' | 'ERROR' | 'PENDING'

/** In the order in which they are listed. */
export const alertOrder = [
  'LOW-FREQ-SCORES',
  'SUSPECT-FREQ-SCORE',
  'YOUR-FIRST-CONTACT',
  'ISC-FIRST-CONTACT',
  'RE-REGISTERED',
  'REGISTERED-AFTER-CONTACT',
  'MANY-NAMES',
] as const

export type Alert = (typeof alertOrder)[number]

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
  readonly freq?: { readonly average: number; readonly word: number } | undefined
  /** Those that hold whatever the registry will say. */
  readonly alerts: readonly Alert[]
  readonly origHost?: string | undefined
  readonly origPort?: number | undefined
  readonly respHost?: string | undefined
  readonly respPort?: number | undefined
  readonly proto?: string | undefined
  readonly qtypeName?: string | undefined
  readonly rcodeName?: string | undefined
  readonly communityId?: string | undefined
  readonly sensor?: string | undefined
}

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
}

/** One line of domainstats.log. */
export interface DomainRecord {
  readonly facts: Facts
  readonly verdict: Verdict
  /** True for the second record of a question, which says what the registry answered later. */
  readonly followup: boolean
}

/** A record that waits: `held` for its registration, or written already and `owed` a follow-up. */
export interface Held {
  /** The store's number. */
  readonly held: number
  readonly facts: Facts
  readonly state: 'held' | 'owed'
  /** Epoch ms at which it is written without its registration; of an owed one, when it was written. */
  readonly due: number
  /** The domain's first record: a follow-up is owed if it is written without a definite answer. */
  readonly first: boolean
}
