/**
 * What is familiar: lines that only count. A name that was written in this window, whose registration is known; a name
 * of a domain that has had all its names for this window (a tunnel); a name that is no candidate.
 *
 * One batch after the other: names are counted in it (`take`), a name that is parsed in full says nothing more in this
 * batch (`meet`), the batch is committed with the counts, and what the transaction made silent is learned (`learn`)
 * before the next batch is read. All is forgotten whenever the store may say otherwise by now: another process has
 * changed it, the ignore list was read again, an alert is owed about a registration, domains were evicted.
 */
import { isInWindow, isPlausible } from '../detect/suppression.js'
import { queryCharsMax } from '../limits.js'
import type { NameSkip } from '../model/event.js'
import { canonicalIn, isPlain } from '../names/canonical.js'
import type { Reduced } from '../names/psl.js'
import type { SkimResult } from '../parse/skim/skim.js'
import type { SuppressedQuestion } from '../sightings/sightings.js'
import type { Batch, Beginning } from './batch.js'
import type { Dedup } from './dedup.js'
import { SuppressedTable } from './suppressed-table.js'

export class SuppressedNames {
  readonly #names = new SuppressedTable()
  /** By domain: those whose further names are all silent. */
  readonly #capped = new SuppressedTable()
  readonly #dedup: Dedup
  readonly #reduce: (query: string) => Reduced | NameSkip
  readonly isOn: boolean
  /** How often all was forgotten. */
  #generation = 0
  #batches = 0

  constructor(dedup: Dedup, reduce: (query: string) => Reduced | NameSkip, isOn: boolean) {
    this.#dedup = dedup
    this.#reduce = reduce
    this.isOn = isOn
  }

  /** Counts a line, if it is familiar. @param bytes where the glimpse was taken @param now epoch ms */
  countIfSuppressed(bytes: Buffer, result: SkimResult, batch: Batch, now: number): boolean {
    // It is no hostname, and nothing of its length is kept.
    if (result.nameEnd - result.nameAt > queryCharsMax) return false
    const entry = this.#names.find(bytes, result.nameAt, result.nameEnd)
    if (entry === 0) return this.#countIfCapped(bytes, result, batch, now)
    const skip = this.#names.skipOf(entry)
    if (skip === undefined) return this.#count(this.#names, entry, bytes, result, batch, now)
    batch.skip(this.#isFirst(bytes, result) ? skip : 'duplicate')
    return true
  }

  /** A name is no candidate. */
  putSkip(query: string, skip: NameSkip): void {
    this.#names.putSkip(query, skip)
  }

  /** A line with this name is parsed in full: what it says is not known before the next transaction. */
  invalidate(name: string, domain: string): void {
    this.#names.expire(this.#names.get(name))
    this.#capped.expire(this.#capped.get(domain))
  }

  /** A batch begins. */
  begin(): Beginning {
    this.#batches += 1
    return { generation: this.#generation, number: this.#batches }
  }

  /** Learns what a transaction has made silent, unless all was forgotten since its batch began. */
  add(suppressions: Iterable<SuppressedQuestion>, { generation }: Beginning): void {
    if (generation !== this.#generation) return
    for (const suppressed of suppressions) {
      const { domain, name, event } = suppressed.question
      if (suppressed.isCapped) this.#capped.putSuppressed(domain, domain, suppressed)
      else if (isPlain(event.query)) this.#names.putSuppressed(name, domain, suppressed)
    }
  }

  /** What was known may not be true any more: see above. */
  clear(): void {
    this.#generation += 1
    this.#names.clear()
    this.#capped.clear()
  }

  /** The cap is looked at before the full parse: a tunnel has a new name in each line. */
  #countIfCapped(bytes: Buffer, result: SkimResult, batch: Batch, now: number): boolean {
    if (this.#capped.isEmpty) return false
    const query = canonicalIn(bytes, result.nameAt, result.nameEnd)
    const reduced = isPlain(query) ? this.#reduce(query) : 'not-a-hostname'
    const entry = typeof reduced === 'string' ? 0 : this.#capped.get(reduced.domain)
    return entry !== 0 && this.#count(this.#capped, entry, bytes, result, batch, now)
  }

  #count(
    table: SuppressedTable,
    entry: number,
    bytes: Buffer,
    result: SkimResult,
    batch: Batch,
    now: number,
  ): boolean {
    const { ts } = result
    if (now >= table.untilOf(entry) || ts < table.sinceOf(entry)) return false
    if (!isInWindow(ts, table.aroundOf(entry)) || !isPlausible(ts, now)) return false
    if (!this.#isFirst(bytes, result)) {
      // Its response says what the record waits for.
      if (this.#dedup.awaiting) return false
      batch.skip('duplicate')
      return true
    }
    const { number } = batch.beginning
    const slot = table.slotOf(entry, number)
    const counted = slot === -1 ? undefined : batch.suppressed[slot]
    if (counted) {
      counted.count += 1
      if (ts > counted.last) counted.last = ts
    } else {
      table.setSlot(entry, number, batch.suppressed.length)
      batch.suppressed.push({ domain: table.domainOf(entry), count: 1, last: ts })
    }
    batch.tally.questions += 1
    return true
  }

  /** Whether it is no copy of a transaction that was counted. */
  #isFirst(bytes: Buffer, result: SkimResult): boolean {
    return result.flow === -1 || result.id === -1 || this.#dedup.isNewIn(bytes, result)
  }
}
