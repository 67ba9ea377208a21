/** Gathers what the lines of a batch say for passive DNS: who asked for which name, how it ended, and the records. */
import { isPlausible } from '../detect/suppression.js'
import type { Event } from '../model/event.js'
import type { NameSeen, ResponseKind, Seen, TupleSeen } from '../model/passive.js'
import type { ResourceRecord } from '../model/resource-record.js'
import { clientFieldsAs, type ClientRecord } from '../names/client-address.js'

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** @param ts epoch ms @param seen before; changed in place */
const add = (seen: Draft<Seen>, ts: number): void => {
  seen.count += 1
  if (ts < seen.first) seen.first = ts
  if (ts > seen.last) seen.last = ts
}

class Name implements NameSeen {
  readonly rrname: string
  questions: Draft<Seen> | undefined
  readonly responses = new Map<ResponseKind, number>()
  readonly clients = new Map<string, Draft<Seen>>()
  /** By type and data. */
  readonly #tuples = new Map<string, Draft<TupleSeen>>()

  constructor(rrname: string) {
    this.rrname = rrname
  }

  get tuples(): readonly TupleSeen[] {
    return [...this.#tuples.values()]
  }

  ask(client: string | undefined, ts: number): void {
    if (this.questions) add(this.questions, ts)
    else this.questions = { count: 1, first: ts, last: ts }
    if (client === undefined) return
    const known = this.clients.get(client)
    if (known) add(known, ts)
    else this.clients.set(client, { count: 1, first: ts, last: ts })
  }

  /** @returns true for a record that is new in this batch */
  answer({ rrtype, rdata, ttl }: ResourceRecord, ts: number, sensor: string | undefined): boolean {
    const key = `${rrtype} ${rdata}`
    const known = this.#tuples.get(key)
    if (!known) {
      const ttls = { ttlMin: ttl, ttlMax: ttl, ttlLast: ttl }
      this.#tuples.set(key, { rrtype, rdata, count: 1, first: ts, last: ts, ...ttls, sensor })
      return true
    }
    if (ts < known.first) known.sensor = sensor
    if (ttl !== undefined) {
      known.ttlMin = Math.min(known.ttlMin ?? ttl, ttl)
      known.ttlMax = Math.max(known.ttlMax ?? ttl, ttl)
      if (ts >= known.last) known.ttlLast = ttl
    }
    add(known, ts)
    return false
  }
}

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

export class PassiveBatch {
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

  get names(): Iterable<NameSeen> {
    return this.#names.values()
  }

  /** Counts a question by its first line, whichever that is. */
  ask(event: Event): void {
    const client = clientFieldsAs(this.#record, { origHost: event.origHost }).origHost
    this.#name(event.query).ask(client, this.#time(event))
  }

  /** Counts how a question ended, by the first line that says so. */
  end(event: Event): void {
    const kind = kindBy(event)
    if (kind === undefined) return
    const { responses } = this.#name(event.query)
    responses.set(kind, (responses.get(kind) ?? 0) + 1)
  }

  /** Counts the records of a response. */
  answer(event: Event, sensor: string | undefined): void {
    const ts = this.#time(event)
    for (const record of event.records ?? [])
      if (this.#name(record.rrname).answer(record, ts, sensor)) this.size += 1
  }

  #time({ ts }: Event): number {
    return isPlausible(ts, this.#now) ? ts : this.#now
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
