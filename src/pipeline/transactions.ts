/**
 * Copies of one transaction that a sensor logs (Suricata's request, response and alert): the first of them counts.
 *
 * The last so many are kept in a ring, and those that fall to one place of a table are chained through it, the latest
 * first. This is asked for each line of an eve.json: no key is made for it, and nothing has to be swept.
 */
import type { Event } from '../event.js'
import { transactionsMax } from '../limits.js'
import { foldedIn, withoutDots } from './name-bytes.js'

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
  /** A name is known by two hashes of it: whoever does not know the seeds makes no two names of one. */
  readonly #names = new Int32Array(transactionsMax)
  readonly #alsoNames = new Int32Array(transactionsMax)
  readonly #ids = new Float64Array(transactionsMax)
  /** The number of the transaction before each one in its chain. */
  readonly #earlier = new Float64Array(transactionsMax)
  /** The number of the latest transaction of each place; they are numbered from 1 on. */
  readonly #latest = new Float64Array(places)
  #count = 0
  readonly #seed: number
  readonly #otherSeed: number

  /** @param random 0 to 1 */
  constructor(random: () => number = () => 0) {
    this.#seed = Math.floor(random() * 2 ** 32) | 0
    this.#otherSeed = Math.floor(random() * 2 ** 32) | 0
  }

  /** True for the first copy of an event, and for one of which there are no copies. */
  isNewOf({ uid, transaction, query }: Event): boolean {
    if (uid === undefined || transaction === undefined) return true
    let name = this.#seed
    let alsoName = this.#otherSeed
    for (let i = 0; i < query.length; i++) {
      const character = query.charCodeAt(i)
      name = mixed(name, character)
      alsoName = alsoMixed(alsoName, character)
    }
    return this.#isNew(flowOf(uid), transaction, name, alsoName)
  }

  /**
   * True for the first copy.
   *
   * @param at where in bytes the query begins, which is plain
   * @param id of the DNS message
   */
  isNewIn(bytes: Buffer, at: number, end: number, flow: Flow, id: number): boolean {
    const last = withoutDots(bytes, at, end)
    let name = this.#seed
    let alsoName = this.#otherSeed
    for (let i = at; i < last; i++) {
      const character = foldedIn(bytes, i)
      name = mixed(name, character)
      alsoName = alsoMixed(alsoName, character)
    }
    return this.#isNew(flow, id, name, alsoName)
  }

  #isNew(flow: Flow, id: number, name: number, alsoName: number): boolean {
    const place = placeOf(flow, id, name)
    const oldest = Math.max(0, this.#count - transactionsMax)
    for (let number = this.#latest[place] ?? 0; number > oldest;) {
      const at = number % transactionsMax
      const isSameName = this.#names[at] === name && this.#alsoNames[at] === alsoName
      if (isSameName && this.#ids[at] === id && this.#flows[at] === flow) return false
      number = this.#earlier[at] ?? 0
    }
    this.#count += 1
    const at = this.#count % transactionsMax
    this.#flows[at] = flow
    this.#names[at] = name
    this.#alsoNames[at] = alsoName
    this.#ids[at] = id
    this.#earlier[at] = this.#latest[place] ?? 0
    this.#latest[place] = this.#count
    return true
  }
}

// Two multiplicative hashes that have nothing in common.
const mixed = (hash: number, character: number): number => Math.imul(hash ^ character, 0x01000193)
const alsoMixed = (hash: number, character: number): number => {
  const product = Math.imul(hash + character, 0x5f356495)
  return (product << 15) | (product >>> 17)
}

/** By the name too: a tunnel may use one flow and one id for all of its names. */
const placeOf = (flow: Flow, id: number, hash: number): number => {
  const low = typeof flow === 'number' ? flow | 0 : flow.length
  return ((Math.imul(low ^ id, 0x9e3779b1) ^ hash) >>> 8) & (places - 1)
}
