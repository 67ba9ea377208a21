/**
 * What is familiar: lines that only count. A name that was written in this window, whose registration is known; a name
 * of a domain that has had all its names for this window (a tunnel); a name that is no candidate.
 *
 * One batch after the other: names are counted in it (`take`), a name that is parsed in full says nothing more in this
 * batch (`meet`), the batch is committed with the counts, and what the transaction made silent is learned (`learn`)
 * before the next batch is read. All is forgotten whenever the store may say otherwise by now: another process has
 * changed it, the ignore list was read again, an alert is owed about a registration, domains were evicted.
 */
import type { NameSkip } from '../event.js'
import { queryCharsMax } from '../limits.js'
import type { Glimpse } from '../parse/skim/skim.js'
import type { Reduced } from '../reduce/reducer.js'
import type { Batch } from './batch.js'
import { Memo, type Silent } from './memo.js'
import { canonicalIn, isPlain } from './name-table.js'
import type { Question } from './question.js'
import type { Transactions } from './transactions.js'
import { isInWindow, isPlausible } from './turn.js'

/** A question of which nothing is to be said any more for a while. */
export interface Silence {
  readonly question: Question
  /** All names of its domain are silent. */
  readonly isCapped: boolean
  /** As in Silent. */
  readonly since: number
  readonly around: number
  readonly until: number
}

export class Familiar {
  readonly #names = new Memo()
  /** By domain: those whose further names are all silent. */
  readonly #capped = new Memo()
  readonly #transactions: Transactions
  readonly #reduce: (query: string) => Reduced | NameSkip
  readonly isOn: boolean
  /** How often all was forgotten. */
  #generation = 0

  constructor(transactions: Transactions, reduce: (query: string) => Reduced | NameSkip, isOn: boolean) {
    this.#transactions = transactions
    this.#reduce = reduce
    this.isOn = isOn
  }

  /** Counts a line, if it is familiar. @param bytes where the glimpse was taken @param now epoch ms */
  take(bytes: Buffer, glimpse: Glimpse, batch: Batch, now: number): boolean {
    // It is no hostname, and nothing of its length is kept.
    if (glimpse.nameEnd - glimpse.nameAt > queryCharsMax) return false
    const known = this.#names.find(bytes, glimpse.nameAt, glimpse.nameEnd)
    if (known === undefined) return this.#takeCapped(bytes, glimpse, batch, now)
    if (!('skip' in known)) return this.#count(known, known.query, glimpse, batch, now)
    if (this.#isNew(glimpse, known.query, batch)) batch.skip(known.skip)
    return true
  }

  /** A name is no candidate. */
  putSkip(query: string, skip: NameSkip): void {
    if (query.length <= queryCharsMax && isPlain(query)) this.#names.set(query, { query, skip })
  }

  /** A line with this name is parsed in full: what it says is not known before the next transaction. */
  meet(name: string, domain: string): void {
    for (const known of [this.#names.get(name), this.#capped.get(domain)])
      if (known !== undefined && !('skip' in known)) known.until = -Infinity
  }

  /** To be asked before a batch is read. */
  get generation(): number {
    return this.#generation
  }

  /** Learns what a transaction has made silent, unless all was forgotten since its batch began. */
  learn(silences: Iterable<Silence>, generation: number): void {
    if (generation !== this.#generation) return
    for (const { question, isCapped, since, around, until } of silences) {
      const { domain, name } = question
      const silent: Silent = { query: name, domain, around, until, since, count: 0, last: 0 }
      if (isCapped) this.#capped.set(domain, silent)
      else if (isPlain(question.event.query)) this.#names.set(name, silent)
    }
  }

  /** What was known may not be true any more: see above. */
  forget(): void {
    this.#generation += 1
    this.#names.clear()
    this.#capped.clear()
  }

  /** The cap is looked at before the full parse: a tunnel has a new name in each line. */
  #takeCapped(bytes: Buffer, glimpse: Glimpse, batch: Batch, now: number): boolean {
    if (this.#capped.isEmpty) return false
    const query = canonicalIn(bytes, glimpse.nameAt, glimpse.nameEnd)
    const reduced = isPlain(query) ? this.#reduce(query) : 'not-a-hostname'
    const capped = typeof reduced === 'string' ? undefined : this.#capped.get(reduced.domain)
    return capped !== undefined && !('skip' in capped) && this.#count(capped, query, glimpse, batch, now)
  }

  #count(silent: Silent, query: string, glimpse: Glimpse, batch: Batch, now: number): boolean {
    const { ts } = glimpse
    if (now >= silent.until || ts < silent.since) return false
    if (!isInWindow(ts, silent.around) || !isPlausible(ts, now)) return false
    if (!this.#isNew(glimpse, query, batch)) return true
    if (silent.count === 0) {
      batch.silent.push(silent)
      silent.last = ts
    } else if (ts > silent.last) silent.last = ts
    silent.count += 1
    batch.tally.questions += 1
    return true
  }

  /** Whether it is no copy of a transaction that was counted. */
  #isNew({ flow, id }: Glimpse, query: string, batch: Batch): boolean {
    if (flow === -1 || id === -1 || this.#transactions.isNew(flow, id, query)) return true
    batch.skip('duplicate')
    return false
  }
}
