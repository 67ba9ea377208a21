/**
 * Fast path: names whose next record would be suppressed. A line with such a name is counted without parsing. These are
 * names that were written in this window and whose registration is known, all names of a domain that has used up its
 * names for this window (a tunnel), and names that are no candidates.
 *
 * For each batch: `countIfSuppressed` counts lines; `invalidate` drops a name whose line is parsed in full, until the next
 * transaction has decided on it; `add` takes what that transaction suppressed. The tables are cleared when another process
 * writes to the store, the ignore list reloads, an alert becomes pending, or domains are evicted.
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
  /** Domains that have used up their names for this window: all further names are suppressed. */
  readonly #capped = new SuppressedTable()
  readonly #dedup: Dedup
  readonly #reduce: (query: string) => Reduced | NameSkip
  readonly isOn: boolean
  /** How often the tables were cleared. */
  #generation = 0
  #batches = 0

  constructor(dedup: Dedup, reduce: (query: string) => Reduced | NameSkip, isOn: boolean) {
    this.#dedup = dedup
    this.#reduce = reduce
    this.isOn = isOn
  }

  /** Counts a line if its name is suppressed; false: it must be parsed. @param bytes that were skimmed @param now epoch ms */
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

  /** A line with this name is parsed in full: only the next transaction knows whether the name is suppressed again. */
  invalidate(name: string, domain: string): void {
    this.#names.expire(this.#names.get(name))
    this.#capped.expire(this.#capped.get(domain))
  }

  /** A batch begins. */
  begin(): Beginning {
    this.#batches += 1
    return { generation: this.#generation, number: this.#batches }
  }

  /** Adds what a transaction has suppressed, unless the tables were cleared since its batch began. */
  add(suppressions: Iterable<SuppressedQuestion>, { generation }: Beginning): void {
    if (generation !== this.#generation) return
    for (const suppressed of suppressions) {
      const { domain, name, event } = suppressed.question
      if (suppressed.isCapped) this.#capped.putSuppressed(domain, domain, suppressed)
      else if (isPlain(event.query)) this.#names.putSuppressed(name, domain, suppressed)
    }
  }

  /** Suppressed names may have changed: see above. */
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
