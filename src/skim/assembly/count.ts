/** Decides what a line with a name is: a copy, a skipped name, a suppressed name, or a case for the full parse. */
import { domainLabelsMax, nameCharsMax, queryCharsMax, suppressionWindowMs } from '../../limits'
import { isClientKnown } from './clients'
import { Counter, countEntry, countOne, now } from './counters'
import { domainsCount, find, hashOfLast } from './names'
import { addTransaction, isCopy, isFurtherAnswer, isWatched, asked, meetAgain, meetResponse, metResponse } from './ring'
import { countLine, isKept, knowsLine, reverseZone } from './statements'

const dot: u8 = 0x2e
/** Event times that detect/suppression.ts accepts: from 1 January 2000 to a day ahead of the clock. */
const earliestTime: f64 = 946_684_800_000
const dayMs: f64 = 86_400_000

/** What a line is: bits of `kind` of countName. */
export const enum Line {
  /** Zeek's line, or a request of Suricata. */
  Question = 0,
  Response = 1,
  Alert = 2,
}

@inline
function isPlausible(ts: f64): bool {
  return ts >= earliestTime && ts <= now + dayMs
}

/**
 * Counts a line that yields no record, and what it says for passive DNS; false if it needs a full parse.
 *
 * @param ts epoch ms
 * @param flow below 0 if there is none
 * @param id below 0 if there is none
 * @param answered the time of an answer of EVE version 1; else `asked`
 * @param kind bits of Line
 */
@inline
export function countName(
  nameAt: usize,
  nameEnd: usize,
  ts: f64,
  flow: i64,
  id: i32,
  answered: f64,
  kind: u32,
): bool {
  let last = nameEnd
  while (last > nameAt && load<u8>(last - 1) == dot) last--
  const length = last - nameAt
  if (length - 1 >= <usize>queryCharsMax) return false
  let entry = find(nameAt, length, false)
  const hash = hashOfLast
  if (entry == 0) {
    entry = cappedDomainOf(nameAt, length)
    if (entry == 0) return false
  }
  const why = <u32>load<u8>(entry, 56)
  const isPassive = isKept && (why == 0 || why == reverseZone)
  const hasTransaction = flow >= 0 && id >= 0
  // Before the times are checked: a copy is one whatever its time.
  if (hasTransaction && (isCopy(flow, id, hash) || (answered != asked && isFurtherAnswer(flow, id, answered)))) {
    if (isWatched()) return false
    if (isPassive && (kind & Line.Response) != 0 && !metResponse(ts)) {
      if ((kind & Line.Alert) != 0 || !isPlausible(ts) || !knowsLine(hash, false)) return false
      meetResponse(ts)
      countLine(ts)
    }
    if (answered != asked) meetAgain(answered)
    countOne(Counter.Duplicate)
    return true
  }
  if (why == 0) {
    if (now >= load<f64>(entry, 24) || ts < load<f64>(entry, 32)) return false
    if (!(abs(ts - load<f64>(entry, 16)) < <f64>suppressionWindowMs)) return false
    if (!isPlausible(ts) || !isClientKnown(entry)) return false
  }
  if (isPassive) {
    if ((kind & Line.Alert) != 0 || !isPlausible(ts) || !knowsLine(hash, true)) return false
    countLine(ts)
  }
  if (hasTransaction) {
    addTransaction(flow, id, hash, answered, 0)
    if ((kind & Line.Response) != 0) meetResponse(ts)
  }
  if (why != 0) countOne(Counter.Names + why - 1)
  else {
    countEntry(entry, ts)
    countOne(Counter.Questions)
  }
  return true
}

/**
 * The entry of a domain above this name whose names are all suppressed in this window: a tunnel asks for a new name in
 * each line. JavaScript enters only domains below which no name is registered by others, ignored or internal.
 */
function cappedDomainOf(at: usize, length: usize): usize {
  if (domainsCount == 0 || length > <usize>nameCharsMax || !isHost(at, length)) return 0
  let dots: u32 = 0
  for (let i = at + length - 1; i > at; i--) {
    if (load<u8>(i) != dot) continue
    dots++
    if (dots == 1) continue
    const entry = find(i + 1, at + length - i - 1, true)
    if (entry != 0 || dots > <u32>domainLabelsMax) return entry
  }
  return dots == 0 ? 0 : find(at, length, true)
}

/** Only letters, digits, hyphens and underscores, in labels that are not empty: the full parse may skip anything else. */
function isHost(at: usize, length: usize): bool {
  if (load<u8>(at) == dot) return false
  for (let i: usize = 0; i < length; i += 16) {
    const x = v128.load(at + i)
    const isDot = i8x16.eq(x, i8x16.splat(dot))
    const isLetter = i8x16.lt_u(
      i8x16.sub(v128.or(x, i8x16.splat(0x20)), i8x16.splat(0x61)),
      i8x16.splat(26),
    )
    const isDigit = i8x16.lt_u(i8x16.sub(x, i8x16.splat(0x30)), i8x16.splat(10))
    const isOther = v128.or(i8x16.eq(x, i8x16.splat(0x2d)), i8x16.eq(x, i8x16.splat(0x5f)))
    const isPart = v128.or(v128.or(isLetter, isDigit), v128.or(isOther, isDot))
    const left = length - i
    const wanted: u32 = left >= 16 ? 0xffff : (1 << <u32>left) - 1
    if ((<u32>i8x16.bitmask(isPart) & wanted) != wanted) return false
    const isTwice = v128.and(isDot, i8x16.eq(v128.load(at + i, 1), i8x16.splat(dot)))
    if ((<u32>i8x16.bitmask(isTwice) & wanted) != 0) return false
  }
  return true
}

/** Must agree with isLocalResolution in parse/dns-rules.ts. */
@inline
export function isLocalResolution(origPort: i32, respPort: i32): bool {
  return isLocalPort(respPort) || (origPort == 5353 && respPort != 53)
}

/** NetBIOS, mDNS, LLMNR. */
@inline
export function isLocalPort(port: i32): bool {
  return port == 137 || port == 5353 || port == 5355
}
