/** The types of one transaction: what a batch asks for, what is known, and its effects. */
import type { Recall, Remembered } from '../detect/memory.js'
import type { AnswerNetworks } from '../detect/new-answer.js'
import type { MuteTable } from '../detect/mutes.js'
import type { TagTable } from '../detect/tags.js'
import type { Checkpoint, Cursor } from '../model/checkpoint.js'
import type { Domain } from '../model/domain.js'
import type { PassiveSeen } from '../model/passive.js'
import type { PendingRecord } from '../model/record.js'
import type { SentQuery } from '../model/sent-query.js'
import type { SinkOutbox } from '../model/segment.js'
import type { Outbox } from './checkpoints.js'
import type { ClaimChange, ClaimKey, NewClaim, StoredClaim } from './claims.js'
import type { EnrichmentChanges, NewEnrichment } from './enrichments.js'
import type { LookupRequest } from './lookup-queue.js'
import type { RememberedNames, WrittenName } from './name-windows.js'
import type { Amend, NewPending, FollowupDue } from './pending.js'
import type { PushedCount } from './pushed-counts.js'
import type { PushedFact } from './pushed-facts.js'

/** No one-shot iterator: it is read again if the transaction is retried. */
export type KeyList = ReadonlySet<string> | readonly string[]

/** What a batch needs to know. */
export interface Asked {
  /** Domains, each with its names written lately. */
  readonly domains?: KeyList
  /** Registrables whose pending records are read. */
  readonly registrables?: KeyList
  /** Reads `held` records that fell due by then (epoch ms), with the domains of their registrables. */
  readonly dueBy?: number
  /** In addition `held` records that fall due later than that (epoch ms). */
  readonly dueBeyond?: number
  /** In addition `owed` records that were written by then (epoch ms). */
  readonly followupsWrittenBy?: number
  /** Pending records by number, all of them, with the domains of their registrables. */
  readonly pendingIds?: readonly number[]
  /** The most pending records to read, without those by number; default releaseMax. */
  readonly pendingMax?: number
}

export interface StoredDomain {
  readonly domain: Domain
  /** The number of its row. It holds within the transaction: another process may delete the row later. */
  readonly row: number
  /** The names written lately, encoded as in name-windows.ts. */
  readonly written: string
}

export interface Known {
  readonly domains: ReadonlyMap<string, Domain>
  /** Event time of the last record of a name below one of these domains, epoch ms. */
  readonly lastOf: (domain: string, name: string) => number | undefined
  /** The names of a domain, of which the last `kept` are remembered. */
  readonly remember: (domain: string, kept: number) => RememberedNames
  /** By domain: its row. */
  readonly stored: ReadonlyMap<string, StoredDomain>
  /** At most pendingMax, in addition to those by number. */
  readonly pending: readonly PendingRecord[]
  /** Registrables that may have more pending records than were read. */
  readonly more: ReadonlySet<string>
  /** The networks of a domain's answers; undefined if none were noted. */
  readonly networksOf: (domain: string) => AnswerNetworks | undefined
  /** What detectors remember. */
  readonly recall: Recall
  /** The hash of a client, for client-sketch.ts. */
  readonly clientHash: (client: string) => number
  /** The claim to the first contact with a domain, while it has no final answer. */
  readonly claimOf: (domain: string) => StoredClaim | undefined
  /** The tags of the site. */
  readonly tags: TagTable
  readonly mutes: MuteTable
  /** Whether a name below this one is tagged. */
  readonly hasTagBelow: (name: string) => boolean
  /** For how many more records commands may be asked. */
  readonly enrichmentRoom: () => number
  /** Number of pending records in a state: an upper bound, and exact from pendingNearPart of `most` on. */
  readonly count: (state: PendingRecord['state'], most: number) => number
}

/** Questions for a domain that change nothing but its counts. */
export interface Counted {
  readonly domain: string
  readonly count: number
  /** The latest event, epoch ms. */
  readonly last: number
}

/** The changes to write. */
export interface Effects {
  readonly domains?: Iterable<Domain>
  /** Added to the counts of domains that were contacted before. Their rows need not be in `asked`. */
  readonly counts?: Iterable<Counted>
  /** The names written now, by domain; each of the domains is in `domains`. */
  readonly windows?: ReadonlyMap<string, readonly WrittenName[]>
  /** The most names that are kept of each of these domains. */
  readonly namesKept?: number
  /** The networks of answers, by domain: they replace the stored ones. */
  readonly networks?: ReadonlyMap<string, AnswerNetworks>
  /** What detectors remember from now on. */
  readonly remembered?: Iterable<Remembered>
  /** By the number of a mute: the records from which it took alerts. */
  readonly muted?: ReadonlyMap<number, number>
  readonly newPending?: Iterable<NewPending>
  /** Claims to first contacts of the site, each for a question of this batch. */
  readonly newClaims?: Iterable<NewClaim>
  readonly claimChanges?: Iterable<ClaimChange>
  /** Claims that have their final answer. */
  readonly claimsDone?: Iterable<ClaimKey>
  /** Records about which commands are asked: each of them is written by this transaction, or waits for the answers. */
  readonly newEnrichments?: readonly NewEnrichment[]
  readonly enrichmentChanges?: EnrichmentChanges
  /** `held` records whose time is up and that wait on for their registration. */
  readonly followupsDue?: Iterable<FollowupDue>
  /** Pending records with new facts. */
  readonly amend?: Iterable<Amend>
  /** Pending records that are done, by number. */
  readonly drop?: Iterable<number>
  /** What the site knows of counts of this sensor. */
  readonly pushedCounts?: Iterable<PushedCount>
  /** What the site knows of facts of this sensor. */
  readonly pushedFacts?: Iterable<PushedFact>
  readonly lookupRequests?: Iterable<LookupRequest>
  /** Registrables that are assigned to another server. */
  readonly moved?: Iterable<readonly [registrable: string, server: string]>
  /** Epoch ms: makes look-ups due whose time has come by then, at most releaseMax. */
  readonly lookupsDueBy?: number
  /** Registrables with a new answer: their look-ups become due in the queues of all outputs. */
  readonly askable?: Iterable<string>
  /** Queries that left the machine since the last commit. */
  readonly asked?: Iterable<SentQuery>
  /** Registrables that need no look-up any more. */
  readonly answered?: Iterable<string>
  /** Epoch ms: removes the clients of records that were written by then and wait for their follow-up. */
  readonly clientsUntil?: number
  readonly checkpoints?: Iterable<Checkpoint>
  readonly cursors?: Iterable<Cursor>
  /** Added to the counts of passive DNS. */
  readonly passive?: PassiveSeen | undefined
  readonly outbox?: Outbox | undefined
  /** Together with `outbox`, if there are sinks. */
  readonly sinkOutbox?: SinkOutbox | undefined
}

/** The results of writing the effects. */
export interface Committed {
  /** The numbers of the rows of `newPending`, in its order. */
  readonly pendingIds: readonly number[]
  /** Names dropped from a full queue: they are not looked up unless they are seen again. */
  readonly fellOut: number
  /** Claims that found no room: these first contacts stand as this sensor sees them. */
  readonly unclaimed: number
  /** Domains of `counts` that no longer exist. */
  readonly uncounted: number
  /** Records whose clients were removed; at most releaseMax. */
  readonly clientsForgotten: number
  /** Facts of passive DNS that were dropped because there are too many. */
  readonly pdnsDropped: number
  /** Those of them, and names, that are tagged: hardly any others were left. */
  readonly pdnsTaggedDropped: number
}
