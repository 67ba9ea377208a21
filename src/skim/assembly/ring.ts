/**
 * Detects copies: Suricata logs a transaction as request, response and alert, and EVE version 1 logs each answer in a
 * line of its own. Only the first line counts.
 *
 * A ring holds the last dedupTransactionsMax transactions, numbered from 1 on. Those of a hash bucket are chained, the
 * latest first; a chain ends at a number that was overwritten, so no sweep is needed. A transaction has 64 bytes:
 *
 *     0 flow u64 | 8 hash of the name u64 | 16 next older in its chain u64 | 24 next older by flow and id alone u64
 *     32 time of its last answer, or `asked` f64 | 40 id u32 | 44 batch in which it was parsed u32 | 48 marks u8
 *     56 time of the last response f64
 */
import { dedupTransactionsMax } from '../../limits'
import { batch } from './counters'
import { hashOfCanonical } from './hash'
import { latest, latestByMessage, ring, placeShift, ringPlaces, scratch, transactionBytes } from './layout'

/** Instead of an answer's time: the line is no answer of version 1, so its name is the question's. */
export const asked: f64 = -Infinity

const enum Mark {
  /** Its question was counted. */
  Question = 1,
  /** For passive DNS: a response to it was counted. */
  Response = 2,
  /** A record in the store waits for its response. */
  Awaited = 4,
}

let count: u64 = 0
/** Set when the first answer of version 1 comes: Suricata writes none since 7.0. */
let isByMessage: bool = false
/** The transaction of the line: set by isCopy, isFurtherAnswer and addTransaction. */
export let found: u64 = 0

@inline
function at(number: u64): usize {
  return ring + <usize>(number % <u64>dedupTransactionsMax) * transactionBytes
}

@inline
function oldest(): u64 {
  return count > <u64>dedupTransactionsMax ? count - <u64>dedupTransactionsMax : 0
}

/** Hashes the name, too: a tunnel may use one flow and one id for all its names, which would make one chain. */
@inline
function placeOf(flow: u64, id: u32, hash: u32): usize {
  const mixed = ((<u32>flow ^ <u32>(flow >> 32) ^ id) * 0x9e3779b1) ^ hash
  return <usize>(mixed >> placeShift) << 3
}

/** Whether a line of this transaction was counted before. Sets `found` if so. */
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

/** Whether a copy needs a full parse: a question of this batch or a pending record may need its response. */
@inline
export function isWatched(): bool {
  const one = at(found)
  return load<u32>(one, 44) == batch || (load<u8>(one, 48) & Mark.Awaited) != 0
}

/** A transaction that began with an answer has another line: further answers are compared with its time from now on. */
export function meetAgain(answered: f64): void {
  if (isByMessage && load<f64>(at(found), 32) != asked) store<f64>(at(found), answered, 32)
}

/**
 * True for an answer of version 1 under another name than its question: the target of a CNAME, the zone of an authority.
 * It belongs to the latest transaction of its flow and id, if that began with a question, or with an answer of the same
 * time: Suricata gives all answers of a message one time. Flow and id do not suffice: a client may always use the same.
 */
export function isFurtherAnswer(flow: u64, id: u32, answered: f64): bool {
  if (!isByMessage) sortByMessage()
  const oldestNumber = oldest()
  let number = load<u64>(latestByMessage + placeOf(flow, id, 0))
  while (number > oldestNumber) {
    const one = at(number)
    if (load<u64>(one) == flow && load<u32>(one, 40) == id) {
      const time = load<f64>(one, 32)
      // Two times that could not be parsed count as equal.
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

/** @param inBatch the batch, if the line was parsed in full; 0 if it was skimmed */
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
  found = count
  if (isByMessage) chainByMessage(count)
}

/** For lines parsed in full: true for the first line of a transaction. @param length of its name, at `scratch` */
export function isNewTransaction(length: usize, flow: u64, id: u32, answered: f64): bool {
  const hash = hashOfCanonical(scratch, length)
  if (isCopy(flow, id, hash)) {
    meetAgain(answered)
    return false
  }
  if (answered != asked && isFurtherAnswer(flow, id, answered)) return false
  addTransaction(flow, id, hash, answered, batch)
  return true
}

/**
 * Whether this response to the transaction found last was noted before. All copies of a response have one time, that of its
 * packet; a server that answers twice has two.
 */
export function metResponse(ts: f64): bool {
  const one = at(found)
  const before = load<f64>(one, 56)
  return (load<u8>(one, 48) & Mark.Response) != 0 && (before == ts || (isNaN(before) && isNaN(ts)))
}

/** Notes a response to the transaction found last. @returns false for a copy of the response noted before */
export function meetResponse(ts: f64): bool {
  if (metResponse(ts)) return false
  const one = at(found)
  store<u8>(one, load<u8>(one, 48) | Mark.Response, 48)
  store<f64>(one, ts, 56)
  return true
}

/** A pending record waits for the response of a transaction. No effect if the ring has overwritten the transaction. */
export function awaitResponse(number: u64): void {
  if (number > oldest() && number <= count) {
    const one = at(number)
    store<u8>(one, load<u8>(one, 48) | Mark.Awaited, 48)
  }
}

/** A scan ends: its pending records are released, and copies need no full parse any more. */
export function giveUpResponses(): void {
  for (let number = oldest() + 1; number <= count; number++)
    store<u8>(at(number), load<u8>(at(number), 48) & ~Mark.Awaited, 48)
}

export function clearTransactions(): void {
  if (count != 0) memory.fill(latest, 0, <usize>ringPlaces << 4)
  count = 0
  isByMessage = false
}
