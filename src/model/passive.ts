/** Passive DNS: what a batch saw, whose counts its transaction adds to the stored ones; and what is stored. */

import type { ResourceRecord } from './resource-record.js'

/** What the response to a question was. `empty`: NOERROR without an answer; `other`: any other rcode. */
export const responseKinds = ['answered', 'empty', 'nxdomain', 'servfail', 'refused', 'other'] as const
export type ResponseKind = (typeof responseKinds)[number]

/** Number of events, with the time of the first and of the last one, epoch ms. */
export interface Seen {
  readonly count: number
  readonly first: number
  readonly last: number
}

/** TTLs of a record in several lines, in seconds. */
export interface TtlsSeen {
  readonly min: number
  readonly max: number
  /** Of the last event; of several at that time, the highest one. */
  readonly last: number
}

/** What a line says for passive DNS, apart from its time and TTLs. Lines that say the same are only counted. */
export interface PassiveStatement {
  /** The name asked, in canonical text. */
  readonly query: string
  readonly isQuestion: boolean
  /** Of a question, as far as `clients.record` allows. */
  readonly client: string | undefined
  /** Undefined if the line does not say how the question ended. */
  readonly response: ResponseKind | undefined
  readonly records: readonly ResourceRecord[]
  /** As configured. */
  readonly sensor: string | undefined
}

/** A fact: a name had this record. TTLs are in seconds, and undefined if none was logged. */
export interface TupleSeen extends Seen {
  readonly rrtype: string
  /** As in ResourceRecord. */
  readonly rdata: string
  readonly ttlMin: number | undefined
  readonly ttlMax: number | undefined
  /** Of the last event; of several at that time, the highest one. */
  readonly ttlLast: number | undefined
  /** The sensor of the first event, as configured; of several at that time, the one that sorts first. */
  readonly sensor: string | undefined
}

export interface NameSeen {
  /** In canonical text. */
  readonly rrname: string
  /** Undefined if the name is only the owner of a record: no client asked for it. */
  readonly questions: Seen | undefined
  readonly responses: ReadonlyMap<ResponseKind, number>
  /** By client, as far as `clients.record` allows: the questions for this name. */
  readonly clients: ReadonlyMap<string, Seen>
  readonly tuples: readonly TupleSeen[]
}

/** What a batch saw. */
export interface PassiveSeen {
  readonly names: Iterable<NameSeen>
  /** Epoch ms of the latest event with a time of its own; 0 if there was none. Ages count to it. */
  readonly latest: number
}

/** A fact as it is stored. Times are whole epoch ms, TTLs seconds. */
export interface StoredTuple extends Omit<TupleSeen, 'sensor'> {
  readonly rrname: string
  /** '' if the input has no name. */
  readonly sensor: string
}

/** A fact as all sensors of the site have counted it. */
export interface SiteTuple extends StoredTuple {
  /** How many of them have seen it. */
  readonly sensors: number
}

/** A fact as one source has counted it: this store, or one whose rows were imported. */
export interface SourcedTuple extends StoredTuple {
  /** A URI that names the store or service which counted it; '' if its rows named none. */
  readonly origin: string
}

/** A fact to import. */
export interface ImportedTuple extends TupleSeen {
  readonly rrname: string
  /** As in SourcedTuple. */
  readonly origin: string
}

/** What was asked about a name, and how it ended. */
export interface StoredName {
  readonly rrname: string
  /** Epoch ms of the first and the last question; undefined if no client asked. */
  readonly first: number | undefined
  readonly last: number | undefined
  readonly questions: number
  readonly answered: number
  readonly empty: number
  readonly nxdomain: number
  readonly servfail: number
  readonly refused: number
  readonly other: number
  /** How many clients asked: exact up to 16. */
  readonly clients: { readonly count: number; readonly isExact: boolean }
}

export interface StoredClient extends Seen {
  /** An address, as far as `clients.record` allowed. */
  readonly client: string
}
