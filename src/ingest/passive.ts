/** Gathers what the lines of a batch say for passive DNS: who asked for which name, how it ended, and the records. */
import { isPlausible } from '../detect/suppression.js'
import type { Event } from '../model/event.js'
import type {
  NameSeen,
  PassiveSeen,
  ResponseKind,
  Seen,
  PassiveStatement,
  TtlsSeen,
  TupleSeen,
} from '../model/passive.js'
import type { ResourceRecord } from '../model/resource-record.js'
import { clientFieldsAs, type ClientRecord } from '../names/client-address.js'

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** @param all changed in place */
const add = (all: Draft<Seen>, { count, first, last }: Seen): void => {
  all.count += count
  if (first < all.first) all.first = first
  if (last > all.last) all.last = last
}

interface Tuple extends Draft<TupleSeen> {
  /** The time of `ttlLast`: the last event may have no TTL. */
  ttlAt: number
}

class Name implements NameSeen {
  readonly rrname: string
  questions: Draft<Seen> | undefined
  readonly responses = new Map<ResponseKind, number>()
  readonly clients = new Map<string, Draft<Seen>>()
  /** By type and data. */
  readonly #tuples = new Map<string, Tuple>()

  constructor(rrname: string) {
    this.rrname = rrname
  }

  get tuples(): readonly TupleSeen[] {
    return [...this.#tuples.values()]
  }

  ask(client: string | undefined, seen: Seen): void {
    if (this.questions) add(this.questions, seen)
    else this.questions = { ...seen }
    if (client === undefined) return
    const known = this.clients.get(client)
    if (known) add(known, seen)
    else this.clients.set(client, { ...seen })
  }

  end(kind: ResponseKind, count: number): void {
    this.responses.set(kind, (this.responses.get(kind) ?? 0) + count)
  }

  /**
   * Adds events with a record, in any order with the same result.
   *
   * @returns true for a record that is new in this batch
   */
  answer(
    { rrtype, rdata }: ResourceRecord,
    seen: Seen,
    ttls: TtlsSeen | undefined,
    sensor: string | undefined,
  ): boolean {
    const key = `${rrtype} ${rdata}`
    const known = this.#tuples.get(key)
    if (!known) {
      const { min: ttlMin, max: ttlMax, last: ttlLast } = ttls ?? noTtls
      const ttlAt = ttls ? seen.last : -Infinity
      this.#tuples.set(key, { rrtype, rdata, ...seen, ttlMin, ttlMax, ttlLast, ttlAt, sensor })
      return true
    }
    if (seen.first < known.first || (seen.first === known.first && (sensor ?? '') < (known.sensor ?? '')))
      known.sensor = sensor
    if (ttls) addTtls(known, ttls, seen.last)
    add(known, seen)
    return false
  }
}

/** @param known changed in place @param at of the last of them */
const addTtls = (known: Tuple, { min, max, last }: TtlsSeen, at: number): void => {
  known.ttlMin = Math.min(known.ttlMin ?? min, min)
  known.ttlMax = Math.max(known.ttlMax ?? max, max)
  if (at > known.ttlAt) {
    known.ttlLast = last
    known.ttlAt = at
  } else if (at === known.ttlAt) known.ttlLast = Math.max(known.ttlLast ?? last, last)
}

const noTtls = { min: undefined, max: undefined, last: undefined }

const kindOf: ReadonlyMap<string, ResponseKind> = new Map([
  ['NXDOMAIN', 'nxdomain'],
  ['SERVFAIL', 'servfail'],
  ['REFUSED', 'refused'],
])

/** How a question ended; undefined if its response was not logged. */
const kindBy = ({ rcodeName, answers }: Event): ResponseKind | undefined => {
  if (answers !== undefined && answers.count > 0) return 'answered'
  if (rcodeName === undefined) return undefined
  return rcodeName === 'NOERROR' ? 'empty' : (kindOf.get(rcodeName) ?? 'other')
}

const noRecords: readonly ResourceRecord[] = []

export class PassiveBatch implements PassiveSeen {
  readonly #record: ClientRecord
  readonly #now: number
  readonly #names = new Map<string, Name>()
  /** Names and tuples so far, which limits the size of a batch. */
  size = 0

  /** @param record `clients.record` @param now epoch ms: stands for times that are not plausible */
  constructor(record: ClientRecord, now: number) {
    this.#record = record
    this.#now = now
  }

  /** Times that stand for others do not count: they would make what is old look too old. */
  latest = 0

  get names(): Iterable<NameSeen> {
    return this.#names.values()
  }

  /** Counts a question by its first line, whichever that is. */
  ask(event: Event): void {
    this.#name(event.query).ask(this.#clientOf(event), this.#seen(event))
  }

  /** Counts how a question ended, by the first line that says so. */
  end(event: Event): void {
    const kind = kindBy(event)
    if (kind !== undefined) this.#name(event.query).end(kind, 1)
  }

  /** Counts the records of a response. */
  answer(event: Event, sensor: string | undefined): void {
    const seen = this.#seen(event)
    for (const record of event.records ?? noRecords) {
      const { ttl } = record
      this.#answer(record, seen, ttl === undefined ? undefined : { min: ttl, max: ttl, last: ttl }, sensor)
    }
  }

  /** What a line says about its question. */
  exchangeOf(event: Event, says: { readonly asks: boolean; readonly ends: boolean }): PassiveStatement {
    return {
      ...{ query: event.query, isQuestion: says.asks, client: says.asks ? this.#clientOf(event) : undefined },
      ...{ response: says.ends ? kindBy(event) : undefined, records: noRecords, sensor: undefined },
    }
  }

  /** What a line says by its records. */
  answerOf({ query, records = noRecords }: Event, sensor: string | undefined): PassiveStatement {
    return { query, isQuestion: false, client: undefined, response: undefined, records, sensor }
  }

  /** Counts lines that said the same. @param ttls by the place of a record among the answers of a line */
  repeat(statement: PassiveStatement, seen: Seen, ttls: readonly TtlsSeen[]): void {
    const { query, isQuestion, client, response, records, sensor } = statement
    this.latest = Math.max(this.latest, seen.last)
    if (isQuestion) this.#name(query).ask(client, seen)
    if (response !== undefined) this.#name(query).end(response, seen.count)
    for (const record of records) this.#answer(record, seen, ttls[record.at], sensor)
  }

  #answer(record: ResourceRecord, seen: Seen, ttls: TtlsSeen | undefined, sensor: string | undefined): void {
    if (this.#name(record.rrname).answer(record, seen, ttls, sensor)) this.size += 1
  }

  #clientOf({ origHost }: Event): string | undefined {
    return clientFieldsAs(this.#record, { origHost }).origHost
  }

  #seen({ ts }: Event): Seen {
    const isTime = isPlausible(ts, this.#now)
    const time = isTime ? ts : this.#now
    if (isTime && ts > this.latest) this.latest = ts
    return { count: 1, first: time, last: time }
  }

  #name(rrname: string): Name {
    const known = this.#names.get(rrname)
    if (known) return known
    const name = new Name(rrname)
    this.#names.set(rrname, name)
    this.size += 1
    return name
  }
}
