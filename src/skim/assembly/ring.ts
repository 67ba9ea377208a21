/**
 * What Suricata logs of one transaction in several lines: its request, response and alert, and in version 1 of EVE a line
 * for each answer. The first line counts.
 *
 * The last so many transactions stand in a ring, numbered from 1 on; those that fall to one place are chained through it,
 * the latest first. Nothing has to be swept. A transaction has 64 bytes:
 *
 *     0 flow u64 | 8 hash of the name u64 | 16 the number before it u64 | 24 the same by flow and id alone u64
 *     32 time of the answer that it is known by f64 | 40 id u32 | 44 the batch in which it was parsed u32 | 48 marks u8
 */
import { dedupTransactionsMax } from '../../limits'
import { batch } from './counters'
import { hashOfCanonical } from './hash'
import { latest, latestByMessage, ring, placeShift, ringPlaces, scratch, transactionBytes } from './layout'

/** In place of the time of an answer: the line is none, or its name is that of the question by its format. */
export const asked: f64 = -Infinity

const enum Mark {
  /** Its question is counted. */
  Question = 1,
  /** Its answers are counted (passive DNS). */
  Answers = 2,
  /** A record in the store waits for its response. */
  Awaited = 4,
}

let count: u64 = 0
/** Set when the first answer of version 1 comes: Suricata writes none since 7.0. */
let isByMessage: bool = false
/** The number of the transaction that the last line belonged to; 0: to none. */
export let found: u64 = 0

@inline
function at(number: u64): usize {
  return ring + <usize>(number % <u64>dedupTransactionsMax) * transactionBytes
}

@inline
function oldest(): u64 {
  return count > <u64>dedupTransactionsMax ? count - <u64>dedupTransactionsMax : 0
}

/** By the name too: a tunnel may use one flow and one id for all of its names. */
@inline
function placeOf(flow: u64, id: u32, hash: u32): usize {
  const mixed = ((<u32>flow ^ <u32>(flow >> 32) ^ id) * 0x9e3779b1) ^ hash
  return <usize>(mixed >> placeShift) << 3
}

/** Whether the line is a copy of one that was counted; `found` is the transaction then. */
@inline
export function isCopy(flow: u64, id: u32, hash: u64): bool {
  const oldestNumber = oldest()
  let number = load<u64>(latest + placeOf(flow, id, <u32>(hash >> 32)))
  while (number > oldestNumber) {
    const one = at(number)
    if (load<u64>(one) == flow && load<u64>(one, 8) == hash && load<u32>(one, 40) == id) {
      found = number
      return true
    }
    number = load<u64>(one, 16)
  }
  return false
}

/** Whether somebody must read the copies of the transaction that was found: its question is in this batch, or waits. */
@inline
export function isWatched(): bool {
  const one = at(found)
  return load<u32>(one, 44) == batch || (load<u8>(one, 48) & Mark.Awaited) != 0
}

/** What is known by an answer is answered once more, or its question comes behind its answer. */
export function meetAgain(answered: f64): void {
  if (isByMessage && load<f64>(at(found), 32) != asked) store<f64>(at(found), answered, 32)
}

/**
 * True for an answer of version 1 under another name than its question: the target of a CNAME, the zone of an authority.
 * The question is what was asked last with its flow and id; or, where only answers are logged, the first answer of the
 * same message, since all of them have its time. A client may use one flow and one id for ever.
 */
export function isFurtherAnswer(flow: u64, id: u32, answered: f64): bool {
  if (!isByMessage) sortByMessage()
  const oldestNumber = oldest()
  let number = load<u64>(latestByMessage + placeOf(flow, id, 0))
  while (number > oldestNumber) {
    const one = at(number)
    if (load<u64>(one) == flow && load<u32>(one, 40) == id) {
      const time = load<f64>(one, 32)
      // A time that nobody could read is that of any message.
      const isOne = time == asked || time == answered || (isNaN(time) && isNaN(answered))
      if (isOne) found = number
      return isOne
    }
    number = load<u64>(one, 24)
  }
  return false
}

function sortByMessage(): void {
  isByMessage = true
  for (let number = oldest() + 1; number <= count; number++) chainByMessage(number)
}

function chainByMessage(number: u64): void {
  const one = at(number)
  const place = latestByMessage + placeOf(load<u64>(one), load<u32>(one, 40), 0)
  store<u64>(one, load<u64>(place), 24)
  store<u64>(place, number)
}

/** @param inBatch the batch whose lines are parsed in full; 0 where it was skimmed */
@inline
export function addTransaction(flow: u64, id: u32, hash: u64, answered: f64, inBatch: u32): void {
  count++
  const place = latest + placeOf(flow, id, <u32>(hash >> 32))
  const one = at(count)
  store<u64>(one, flow)
  store<u64>(one, hash, 8)
  store<u64>(one, load<u64>(place), 16)
  store<f64>(one, answered, 32)
  store<u32>(one, id, 40)
  store<u32>(one, inBatch, 44)
  store<u8>(one, Mark.Question, 48)
  store<u64>(place, count)
  if (isByMessage) chainByMessage(count)
}

/** True for the first line of a transaction; of what is parsed in full. @param length of its name, at `scratch` */
export function isNewTransaction(length: usize, flow: u64, id: u32, answered: f64): bool {
  const hash = hashOfCanonical(scratch, length)
  if (isCopy(flow, id, hash)) {
    meetAgain(answered)
    return false
  }
  if (answered != asked && isFurtherAnswer(flow, id, answered)) return false
  addTransaction(flow, id, hash, answered, batch)
  found = count
  return true
}

/** A record waits for the response of a transaction. Nothing, if the transaction is forgotten by now. */
export function awaitResponse(number: u64): void {
  if (number > oldest() && number <= count) {
    const one = at(number)
    store<u8>(one, load<u8>(one, 48) | Mark.Awaited, 48)
  }
}

/** Nothing will come any more. */
export function giveUpResponses(): void {
  for (let number = oldest() + 1; number <= count; number++)
    store<u8>(at(number), load<u8>(at(number), 48) & ~Mark.Awaited, 48)
}

/** Nothing is known of any transaction. */
export function clearTransactions(): void {
  if (count != 0) memory.fill(latest, 0, <usize>ringPlaces << 4)
  count = 0
  isByMessage = false
}
