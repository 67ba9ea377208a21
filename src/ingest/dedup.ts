/**
 * What Suricata logs of one transaction in several lines: its request, response and alert, and in version 1 of EVE a
 * line for each answer. The first line counts.
 *
 * The last so many are kept in a ring, and those that fall to one place of a table are chained through it, the latest
 * first. This is asked for each line of an eve.json: no key is made for it, and nothing has to be swept.
 */
import { dedupTransactionsMax } from '../limits.js'
import type { Event } from '../model/event.js'
import { foldedIn, withoutDots } from '../names/canonical.js'
import type { SkimResult } from '../parse/skim/skim.js'

/** A flow as a number where all its digits fit, or else as its text. */
type Flow = number | string

/** @param uid as Event.uid */
const flowOf = (uid: string): Flow => {
  const number = Number(uid)
  return Number.isSafeInteger(number) && number.toString() === uid ? number : uid
}

/** A power of two, and more than the ring holds. */
const places = 2 ** Math.ceil(Math.log2(2 * dedupTransactionsMax))

/** In place of the time of an answer: the line is none, or its name is that of the question by its format. */
const asked = -Infinity

/** Finds the transactions by flow and id alone, whatever the name. */
class ByMessage {
  /** As `#latest` and `#earlier` of Transactions. */
  readonly latest = new Float64Array(places)
  readonly earlier = new Float64Array(dedupTransactionsMax)
  /** Epoch ms of the answer that each transaction is known by; `asked` where it is known by its question. */
  readonly answered = new Float64Array(dedupTransactionsMax)

  put(number: number, flow: Flow, id: number, answered: number): void {
    const at = number % dedupTransactionsMax
    const place = placeOf(flow, id, 0)
    this.answered[at] = answered
    this.earlier[at] = this.latest[place] ?? 0
    this.latest[place] = number
  }
}

/** A record in the store whose response may still be read. */
export interface Awaiting {
  /** The store's number. */
  readonly pendingId: number
  /** Its own: the store gives a number again when the row is gone. */
  readonly id: string
}

export class Dedup {
  readonly #flows = new Array<Flow>(dedupTransactionsMax).fill('')
  /** A name is known by two hashes of it: whoever does not know the seeds makes no two names of one. */
  readonly #names = new Int32Array(dedupTransactionsMax)
  readonly #alsoNames = new Int32Array(dedupTransactionsMax)
  readonly #ids = new Float64Array(dedupTransactionsMax)
  /** The number of the transaction before each one in its chain. */
  readonly #earlier = new Float64Array(dedupTransactionsMax)
  /** The number of the latest transaction of each place; they are numbered from 1 on. */
  readonly #latest = new Float64Array(places)
  /** Made when the first answer of version 1 comes: Suricata writes none since 7.0. */
  #byMessage: ByMessage | undefined
  /** The record of each that waits for its response. */
  readonly #awaiting = new Array<Awaiting | undefined>(dedupTransactionsMax).fill(undefined)
  #found = 0
  #count = 0
  readonly #seed: number
  readonly #otherSeed: number

  /** @param random 0 to 1 */
  constructor(random: () => number = () => 0) {
    this.#seed = Math.floor(random() * 2 ** 32) | 0
    this.#otherSeed = Math.floor(random() * 2 ** 32) | 0
  }

  /** The number of the transaction that the last line belonged to; 0: to none. */
  get found(): number {
    return this.#found
  }

  /** The record of a transaction waits for its response. Nothing, if the transaction is forgotten by now. */
  await(number: number, record: Awaiting): void {
    if (number > this.#count - dedupTransactionsMax) this.#awaiting[number % dedupTransactionsMax] = record
  }

  /** The record that waits for the response of the transaction that the last line belonged to. */
  get awaiting(): Awaiting | undefined {
    return this.#found === 0 ? undefined : this.#awaiting[this.#found % dedupTransactionsMax]
  }

  /** All records that wait for a response, each once: whoever takes them gives them up, or knows that nothing will come. */
  takeAwaiting(): Awaiting[] {
    const all = this.#awaiting.filter(record => record !== undefined)
    this.#awaiting.fill(undefined)
    return all
  }

  /** True for the first line of a transaction, and for one that belongs to none. */
  isNewOf({ uid, transaction, query, isAnswer, ts }: Event): boolean {
    this.#found = 0
    if (uid === undefined || transaction === undefined) return true
    let name = this.#seed
    let alsoName = this.#otherSeed
    for (let i = 0; i < query.length; i++) {
      const character = query.charCodeAt(i)
      name = mixed(name, character)
      alsoName = alsoMixed(alsoName, character)
    }
    return this.#isNew(flowOf(uid), transaction, name, alsoName, isAnswer === true ? ts : asked)
  }

  /** As isNewOf, of a line that was skimmed. @param bytes which the skim read; its name is plain */
  isNewIn(bytes: Buffer, { nameAt, nameEnd, flow, id, isAnswer, ts }: SkimResult): boolean {
    const last = withoutDots(bytes, nameAt, nameEnd)
    let name = this.#seed
    let alsoName = this.#otherSeed
    for (let i = nameAt; i < last; i++) {
      const character = foldedIn(bytes, i)
      name = mixed(name, character)
      alsoName = alsoMixed(alsoName, character)
    }
    return this.#isNew(flow, id, name, alsoName, isAnswer ? ts : asked)
  }

  /** @param answered epoch ms, of an answer of version 1; else `asked` */
  #isNew(flow: Flow, id: number, name: number, alsoName: number, answered: number): boolean {
    const place = placeOf(flow, id, name)
    const oldest = Math.max(0, this.#count - dedupTransactionsMax)
    for (let number = this.#latest[place] ?? 0; number > oldest;) {
      const at = number % dedupTransactionsMax
      const isSameName = this.#names[at] === name && this.#alsoNames[at] === alsoName
      if (isSameName && this.#ids[at] === id && this.#flows[at] === flow) {
        if (this.#byMessage) this.#meetAgain(this.#byMessage, at, answered)
        this.#found = number
        return false
      }
      number = this.#earlier[at] ?? 0
    }
    if (answered !== asked && this.#isFurtherAnswer(flow, id, answered)) return false
    this.#count += 1
    const at = this.#count % dedupTransactionsMax
    this.#flows[at] = flow
    this.#names[at] = name
    this.#alsoNames[at] = alsoName
    this.#ids[at] = id
    this.#earlier[at] = this.#latest[place] ?? 0
    this.#latest[place] = this.#count
    this.#awaiting[at] = undefined
    this.#found = this.#count
    this.#byMessage?.put(this.#count, flow, id, answered)
    return true
  }

  /** What is known by an answer is answered once more, or its question comes behind its answer. */
  #meetAgain({ answered }: ByMessage, at: number, again: number): void {
    if (answered[at] !== asked) answered[at] = again
  }

  /**
   * True for an answer of version 1 under another name than its question: the target of a CNAME, the zone of an
   * authority. The question is what was asked last with its flow and id; or, where only answers are logged, the first
   * answer of the same message, since all of them have its time. A client may use one flow and one id for ever.
   */
  #isFurtherAnswer(flow: Flow, id: number, answered: number): boolean {
    const { latest, earlier, answered: times } = (this.#byMessage ??= this.#sorted())
    const oldest = Math.max(0, this.#count - dedupTransactionsMax)
    for (let number = latest[placeOf(flow, id, 0)] ?? 0; number > oldest;) {
      const at = number % dedupTransactionsMax
      // A time that nobody could read is that of any message.
      if (this.#ids[at] === id && this.#flows[at] === flow) {
        const isOne = times[at] === asked || Object.is(times[at], answered)
        if (isOne) this.#found = number
        return isOne
      }
      number = earlier[at] ?? 0
    }
    return false
  }

  #sorted(): ByMessage {
    const byMessage = new ByMessage()
    for (let number = Math.max(1, this.#count - dedupTransactionsMax + 1); number <= this.#count; number++) {
      const at = number % dedupTransactionsMax
      byMessage.put(number, this.#flows[at] ?? '', this.#ids[at] ?? 0, asked)
    }
    return byMessage
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
