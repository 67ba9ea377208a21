/** One batch for the store: what it needs to know, and what shall be. */
import type { Checkpoint } from '../model/checkpoint.js'
import type { Domain } from '../model/domain.js'
import type { PendingRecord } from '../model/record.js'
import type { SentQuery } from '../model/sent-query.js'
import type { SinkOutbox } from '../model/segment.js'
import type { Outbox } from './checkpoints.js'
import type { LookupRequest } from './lookup-queue.js'
import type { RememberedNames, WrittenName } from './name-windows.js'
import type { Amend, NewPending, FollowupDue } from './pending.js'

/** Read again if the batch is tried again: so no one-shot iterator. */
export type KeyList = ReadonlySet<string> | readonly string[]

/** What a batch needs to know. */
export interface Asked {
  /** With the names below them that were written lately. */
  readonly domains?: KeyList
  /** Registrables whose held and owed records are asked for. */
  readonly registrables?: KeyList
  /** Held records that fell due by then (epoch ms) are asked for, with the domains of their registrables. */
  readonly dueBy?: number
  /** With these, held records that fall due later than that (epoch ms). */
  readonly dueBeyond?: number
  /** With these, owed records that were written by then (epoch ms). */
  readonly followupsWrittenBy?: number
  /** Held and owed records by their numbers, however many, with the domains of their registrables. */
  readonly pendingIds?: readonly number[]
  /** So many held and owed records at most, besides those; releaseMax if it is not said. */
  readonly pendingMax?: number
}

export interface Known {
  readonly domains: ReadonlyMap<string, Domain>
  /** Event time of the last record of a name below one of these domains, epoch ms. */
  readonly lastOf: (domain: string, name: string) => number | undefined
  /** The names of a domain, of which the last `kept` are remembered. */
  readonly remember: (domain: string, kept: number) => RememberedNames
  /** By domain: the names that were written lately, as they are stored. */
  readonly written: ReadonlyMap<string, string>
  /** At most pendingMax, besides those that were asked for by number. */
  readonly pending: readonly PendingRecord[]
  /** Registrables of which more records may wait than were read. */
  readonly more: ReadonlySet<string>
  /** Records held, or owed a follow-up, in all; perhaps a few too many, but only where that is far below `most`. */
  readonly count: (state: PendingRecord['state'], most: number) => number
}

/** How often a domain was seen by questions of which nothing else is to be said. */
export interface Counted {
  readonly domain: string
  readonly count: number
  /** The latest event, epoch ms. */
  readonly last: number
}

/** What shall be. */
export interface Effects {
  readonly domains?: Iterable<Domain>
  /** Added to domains that were contacted before; those rows need not be asked for. */
  readonly counts?: Iterable<Counted>
  /** By domain, each of which is among `domains`. */
  readonly windows?: ReadonlyMap<string, readonly WrittenName[]>
  /** Of each of these domains so many names are remembered. */
  readonly namesKept?: number
  readonly newPending?: Iterable<NewPending>
  /** Held records whose time is up, and that wait on for their registration. */
  readonly followupsDue?: Iterable<FollowupDue>
  /** Held and owed records of which more is known. */
  readonly amend?: Iterable<Amend>
  /** Held records that are done. */
  readonly drop?: Iterable<number>
  readonly lookupRequests?: Iterable<LookupRequest>
  /** Registrables that wait at another server from now on. */
  readonly moved?: Iterable<readonly [registrable: string, server: string]>
  /** Epoch ms: what may be asked by then may be asked now. At most releaseMax of them. */
  readonly lookupsDueBy?: number
  /** Registrables of which an answer is known now: for whatever output they wait, they need not wait for their time. */
  readonly askable?: Iterable<string>
  /** What was asked of whom outside since the last time. */
  readonly asked?: Iterable<SentQuery>
  /** Registrables that need no look-up any more. */
  readonly answered?: Iterable<string>
  /** Epoch ms: of records that were written by then and wait for their follow-up, the clients are kept no longer. */
  readonly clientsUntil?: number
  readonly checkpoints?: Iterable<Checkpoint>
  readonly outbox?: Outbox | undefined
  /** With an outbox, where there are sinks. */
  readonly sinkOutbox?: SinkOutbox | undefined
}

/** What became of it besides. */
export interface Committed {
  /** The numbers of the rows of `hold`, in its order. */
  readonly pendingIds: readonly number[]
  /** Names that fell out of the full queue: nobody is asked for them, unless they are seen again. */
  readonly fellOut: number
  /** Domains of `counts` that are not there any more. */
  readonly uncounted: number
  /** Records whose clients were dropped; releaseMax at most. */
  readonly clientsForgotten: number
}
