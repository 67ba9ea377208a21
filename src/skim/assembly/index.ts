/** What JavaScript may call. Lines go in by address; the first one that must be parsed in full comes back. */
import { begin as beginBatch, Counter, countOne, forgetTouched, touchedCount } from './counters'
import { skimEve, useSources } from './eve'
import { flowOfText, seed } from './hash'
import {
  counters,
  countersCount,
  end,
  flowText,
  flowTextBytes,
  roomBytes,
  rooms,
  scratch,
  scratchBytes,
  slack,
  stage,
  touched,
} from './layout'
import { clearNames, expire, expireBelow, isFull, namesCount, putSkip, putSuppressed, turn } from './names'
import { behindPrefix } from './prefix'
import {
  asked,
  awaitResponse,
  clearTransactions,
  found,
  giveUpResponses,
  isNewTransaction,
} from './ring'
import { skimZeekJson } from './zeek-json'
import { skimTsv, useColumns } from './zeek-tsv'

export { clearNames, expire, expireBelow, forgetTouched, isFull, putSkip, putSuppressed, turn, useColumns, useSources }
export { clearTransactions, giveUpResponses }

/** Before JavaScript looks at memory for the first time. The four numbers come by chance. */
export function open(a: u32, b: u32, c: u32, d: u32): void {
  memory.grow(<i32>((end + 0xffff) >> 16) - memory.size())
  seed(((<u64>a) << 32) | b, ((<u64>c) << 32) | d)
}

/** Where things are that JavaScript reads and writes: one number each. */
export function place(which: u32): usize {
  switch (which) {
    case 0:
      return counters
    case 1:
      return countersCount
    case 2:
      return scratch
    case 3:
      return scratchBytes
    case 4:
      return flowText
    case 5:
      return flowTextBytes
    case 6:
      return touched
    case 7:
      return rooms
    case 8:
      return rooms + roomBytes
    case 9:
      return stage
    default:
      return roomBytes - slack
  }
}

export function begin(batch: u32, now: f64): void {
  beginBatch(batch, now)
}

export function touchedNames(): u32 {
  return touchedCount
}

export function names(): u32 {
  return namesCount
}

/** What the files are that lines come from. */
const enum Format {
  None,
  ZeekTsv,
  ZeekJson,
  Eve,
}

let format: u32 = Format.None
let hasPrefixes: bool = false

export function use(which: u32, prefixes: bool): void {
  format = which
  hasPrefixes = prefixes
}

/** Where the first line begins that is to be parsed in full; `to` where none is. The last byte before `to` is a newline. */
export function next(from: usize, to: usize): usize {
  if (format == Format.ZeekTsv) return nextTsv(from, to)
  if (format == Format.ZeekJson) return nextZeekJson(from, to)
  return format == Format.Eve ? nextEve(from, to) : from
}

function nextTsv(from: usize, to: usize): usize {
  let at = from
  while (at < to) {
    const behind = skimTsv(at)
    if (behind == 0) return at
    countOne(Counter.Lines)
    at = behind
  }
  return to
}

function nextZeekJson(from: usize, to: usize): usize {
  let at = from
  while (at < to) {
    const start = startOf(at)
    const behind = start == 0 ? <usize>0 : skimZeekJson(at, start)
    if (behind == 0) return at
    countOne(Counter.Lines)
    at = behind
  }
  return to
}

function nextEve(from: usize, to: usize): usize {
  let at = from
  while (at < to) {
    const start = startOf(at)
    const behind = start == 0 ? <usize>0 : skimEve(at, start)
    if (behind == 0) return at
    countOne(Counter.Lines)
    at = behind
  }
  return to
}

/** Where the record of a line begins. */
@inline
function startOf(at: usize): usize {
  return load<u8>(at) == 0x7b ? at : hasPrefixes ? behindPrefix(at) : 0
}

/**
 * True for the first line of a transaction; of what is parsed in full.
 *
 * @param length of its name, at `scratch`
 * @param flow below 0: it is the text at `flowText`, of so many bytes
 * @param answered epoch ms, of an answer of version 1, where hasAnswer says so
 */
export function isNew(length: u32, flow: f64, id: f64, hasAnswer: bool, answered: f64): bool {
  const number = flow < 0 ? flowOfText(<usize>-flow) : <u64>flow
  return isNewTransaction(length, number, <u32>id, hasAnswer ? answered : asked)
}

/** The number of the transaction that isNew was asked for. */
export function transaction(): f64 {
  return <f64>found
}

export function awaitAnswer(number: f64): void {
  awaitResponse(<u64>number)
}
