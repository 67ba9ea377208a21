/**
 * Copies of one transaction that a sensor logs (Suricata's request, response and alert): the first of them counts.
 *
 * The last so many are kept in a ring, and those that fall to one place of a table are chained through it, the latest
 * first. This is asked for each line of an eve.json: no key is made for it, and nothing has to be swept.
 */
import type { Event } from '../event.js'
import { transactionsMax } from '../limits.js'
import { hashOf } from './name-table.js'

/** A flow as a number where all its digits fit, or else as its text. */
type Flow = number | string

/** @param uid as Event.uid */
const flowOf = (uid: string): Flow => {
  const number = Number(uid)
  return Number.isSafeInteger(number) && number.toString() === uid ? number : uid
}

/** A power of two, and more than the ring holds. */
const places = 2 ** Math.ceil(Math.log2(2 * transactionsMax))

export class Transactions {
  readonly #flows = new Array<Flow>(transactionsMax).fill('')
  readonly #queries = new Array<string>(transactionsMax).fill('')
  readonly #ids = new Float64Array(transactionsMax)
  /** The number of the transaction before each one in its chain. */
  readonly #earlier = new Float64Array(transactionsMax)
  /** The number of the latest transaction of each place; they are numbered from 1 on. */
  readonly #latest = new Float64Array(places)
  #count = 0
  readonly #seed: number

  /** @param random 0 to 1 */
  constructor(random: () => number = () => 0) {
    this.#seed = Math.floor(random() * 2 ** 31)
  }

  /** True for the first copy of an event, and for one of which there are no copies. */
  isNewOf({ uid, transaction, query }: Event): boolean {
    return uid === undefined || transaction === undefined || this.isNew(flowOf(uid), transaction, query)
  }

  /**
   * True for the first copy.
   *
   * @param id of the DNS message
   * @param query in canonical text
   */
  isNew(flow: Flow, id: number, query: string): boolean {
    const place = placeOf(flow, id, hashOf(query, this.#seed))
    const oldest = Math.max(0, this.#count - transactionsMax)
    for (let number = this.#latest[place] ?? 0; number > oldest;) {
      const at = number % transactionsMax
      if (this.#ids[at] === id && this.#flows[at] === flow && this.#queries[at] === query) return false
      number = this.#earlier[at] ?? 0
    }
    this.#count += 1
    const at = this.#count % transactionsMax
    this.#flows[at] = flow
    this.#queries[at] = query
    this.#ids[at] = id
    this.#earlier[at] = this.#latest[place] ?? 0
    this.#latest[place] = this.#count
    return true
  }
}

/** By the name too: a tunnel may use one flow and one id for all of its names. */
const placeOf = (flow: Flow, id: number, hash: number): number => {
  const low = typeof flow === 'number' ? flow | 0 : flow.length
  return ((Math.imul(low ^ id, 0x9e3779b1) ^ hash) >>> 8) & (places - 1)
}
