/** Answers questions of passive DNS: sorted or as they are found, up to a limit, a page of the store at a time. */
import { pdnsPageMax } from '../limits.js'
import type { StoredTuple } from '../model/passive.js'
import type { PdnsFilter, PdnsQuestion } from '../store/pdns-search.js'

export const tupleOrders = ['first', 'last', 'count', 'name'] as const
export type TupleOrder = (typeof tupleOrders)[number]

export interface AnswerOptions {
  readonly filter: PdnsFilter
  /** `first`, `last`, `count`: the highest first; `name`: by rrname, type and data. Undefined: as they are found. */
  readonly sort: TupleOrder | undefined
  readonly limit: number
}

/** Keeps the first so many values of an order, whatever number is added, in at most twice their room. */
export class Best<T> {
  readonly #values: T[] = []
  readonly #limit: number
  readonly #order: (a: T, b: T) => number
  /** How many were added. */
  count = 0

  constructor(limit: number, order: (a: T, b: T) => number) {
    this.#limit = limit
    this.#order = order
  }

  add(value: T): void {
    this.count += 1
    this.#values.push(value)
    if (this.#values.length >= 2 * this.#limit + pdnsPageMax) this.#cut()
  }

  sorted(): readonly T[] {
    this.#cut()
    return this.#values
  }

  #cut(): void {
    this.#values.sort(this.#order)
    this.#values.length = Math.min(this.#values.length, this.#limit)
  }
}

/** By code units. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const byName = (a: StoredTuple, b: StoredTuple): number =>
  compareText(a.rrname, b.rrname) || compareText(a.rrtype, b.rrtype) || compareText(a.rdata, b.rdata)

const orders: Readonly<Record<TupleOrder, (a: StoredTuple, b: StoredTuple) => number>> = {
  first: (a, b) => b.first - a.first || byName(a, b),
  last: (a, b) => b.last - a.last || byName(a, b),
  count: (a, b) => b.count - a.count || byName(a, b),
  name: byName,
}

/**
 * Yields the rows in pages. A page may be empty: then a step of a search has found nothing, and the caller may do something
 * else before the next one.
 *
 * @returns true if there are more rows than the limit
 */
export function* answerTo<Row extends StoredTuple>(
  question: PdnsQuestion,
  { filter, sort, limit }: AnswerOptions,
  store: {
    readonly tuples: (question: PdnsQuestion, filter: PdnsFilter) => Iterable<readonly Row[]>
  },
): Generator<readonly Row[], boolean> {
  const pages = store.tuples(question, filter)
  if (sort === undefined) return yield* upTo(limit, pages)
  const best = new Best<Row>(limit, orders[sort])
  for (const page of pages) {
    for (const row of page) best.add(row)
    yield []
  }
  const rows = best.sorted()
  for (let at = 0; at < rows.length; at += pdnsPageMax) yield rows.slice(at, at + pdnsPageMax)
  return best.count > limit
}

function* upTo<Row>(limit: number, pages: Iterable<readonly Row[]>): Generator<readonly Row[], boolean> {
  let left = limit
  for (const page of pages) {
    yield page.slice(0, left)
    if (page.length > left) return true
    left -= page.length
  }
  return false
}
