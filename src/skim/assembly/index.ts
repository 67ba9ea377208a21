/** What JavaScript calls in skim.wasm: `next` counts lines and returns the first one that needs a full parse. */
import { clientFrom, clientTo, countClients, forgetMissedClient, learnClient, missedClient } from './clients'
import { begin as beginBatch, Counter, countOne, forgetTouched, touchedCount } from './counters'
import { skimEve, useSources } from './eve'
import { seed } from './hash'
import { end } from './layout'
import { clearNames, endClients, expire, expireBelow, isFull, namesCount, putSkip, putSuppressed, turn } from './names'
import { behindPrefix } from './prefix'
import { place } from './places'
import { clearTransactions, giveUpResponses } from './ring'
import {
  areStatementsFull,
  clearStatements,
  forgetMissing,
  forgetStatements,
  keepPassive,
  learn,
  statementsTouched,
  takeMissing,
  useSensor,
} from './statements'
import { awaitAnswer, isNew, meetResponse, transaction } from './transactions'
import { skimZeekJson } from './zeek-json'
import { skimTsv, useColumns, usePassiveColumns } from './zeek-tsv'

export { clearNames, expire, expireBelow, forgetTouched, isFull, putSkip, putSuppressed, turn, useColumns, useSources }
export { awaitAnswer, clearTransactions, giveUpResponses, isNew, meetResponse, place, transaction }
export { areStatementsFull, clearStatements, forgetStatements, keepPassive, learn, statementsTouched, takeMissing }
export { usePassiveColumns, useSensor }
export { countClients, endClients, learnClient, missedClient }

/** Called once, before JavaScript has views of memory, which growing would detach. Takes random hash seeds. */
export function open(a: u32, b: u32, c: u32, d: u32): void {
  memory.grow(<i32>((end + 0xffff) >> 16) - memory.size())
  seed(((<u64>a) << 32) | b, ((<u64>c) << 32) | d)
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

/** Where the client stands that `missedClient` tells of. */
export function missedFrom(): usize {
  return clientFrom
}
export function missedTo(): usize {
  return clientTo
}

/** The start of the first line that needs a full parse; `to` if none does. The last byte before `to` is a newline. */
export function next(from: usize, to: usize): usize {
  forgetMissing()
  forgetMissedClient()
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

/** Where the JSON record of a line begins; 0 if what stands before it may not be skipped. */
@inline
function startOf(at: usize): usize {
  return load<u8>(at) == 0x7b ? at : hasPrefixes ? behindPrefix(at) : 0
}
