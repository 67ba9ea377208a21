/** Skims Zeek TSV: finds the tabs up to the last column that it reads, then reads those fields. */
import { bits64, fits, newlineFrom } from './blocks'
import { areCounted, sayClient } from './clients'
import { countName, isLocalResolution, Line } from './count'
import { Counter, countOne } from './counters'
import { countIn } from './digits'
import { fieldEnds } from './layout'
import { asked } from './ring'
import { isKept } from './statements'
import { epochIn } from './time'
import { sayAnswers, sayQuestion, sayTtls } from './zeek-passive'

const tab: u8 = 0x09
const newline: u8 = 0x0a
const carriageReturn: u8 = 0x0d
const dot: u8 = 0x2e
/** `-`: Zeek's mark for a field without a value. */
const unset: u8 = 0x2d

/** Numbers of the columns; -1 if the log lacks one. */
let timeAt: i32 = -1
let clientAt: i32 = -1
let queryAt: i32 = -1
let origAt: i32 = -1
let respAt: i32 = -1
let opcodeAt: i32 = -1
let qclassAt: i32 = -1
/** Those that passive DNS needs besides. */
let qtypeAt: i32 = -1
let rcodeAt: i32 = -1
let answersAt: i32 = -1
let ttlsAt: i32 = -1
/** How many tabs to find in a line. */
let tabs: u32 = 0

/** @param all the count of columns */
export function useColumns(
  time: i32,
  client: i32,
  query: i32,
  orig: i32,
  resp: i32,
  opcode: i32,
  qclass: i32,
  all: i32,
): void {
  timeAt = time
  clientAt = client
  queryAt = query
  origAt = orig
  respAt = resp
  opcodeAt = opcode
  qclassAt = qclass
  const last = max(max(max(time, query), max(orig, resp)), max(max(opcode, qclass), client))
  tabs = min(last + 1, all - 1)
}

/** Called behind useColumns where passive DNS is kept. @param all the count of columns */
export function usePassiveColumns(qtype: i32, rcode: i32, answers: i32, ttls: i32, all: i32): void {
  qtypeAt = qtype
  rcodeAt = rcode
  answersAt = answers
  ttlsAt = ttls
  const last = max(qtype, max(max(rcode, answers), ttls))
  tabs = max(tabs, <u32>min(last + 1, all - 1))
}

/** Counts the line at `at`. @returns the start of the next line; 0 if it needs a full parse */
@inline
export function skimTsv(at: usize): usize {
  // A record begins with its time. Anything else is a header line, JSON or an empty line.
  if (<u32>load<u8>(at) - 0x30 > 9) return 0
  const isTab = i8x16.splat(tab)
  const isNewline = i8x16.splat(newline)
  const last = fieldEnds + (tabs << 2)
  let base = at
  let place = fieldEnds
  let newlines: u64
  while (true) {
    const a = v128.load(base)
    const b = v128.load(base, 16)
    const c = v128.load(base, 32)
    const d = v128.load(base, 48)
    newlines = bits64(
      i8x16.eq(a, isNewline),
      i8x16.eq(b, isNewline),
      i8x16.eq(c, isNewline),
      i8x16.eq(d, isNewline),
    )
    let bits = bits64(i8x16.eq(a, isTab), i8x16.eq(b, isTab), i8x16.eq(c, isTab), i8x16.eq(d, isTab))
    bits &= newlines ^ (newlines - 1)
    while (bits != 0 && place < last) {
      store<u32>(place, <u32>base + <u32>ctz(bits))
      bits &= bits - 1
      place += 4
    }
    if (place == last) break
    if (newlines != 0) return 0
    base += 64
  }
  const end = newlines != 0 ? base + <usize>ctz(newlines) : newlineFrom(base + 64)
  // The last column of the line ends at the newline, not at a tab.
  store<u32>(place, <u32>end)
  store<u32>(fieldEnds - 4, <u32>at - 1)
  const final = load<u8>(end - 1)
  if (final == carriageReturn || final == tab || !fits(at, end)) return 0
  return countFields() ? end + 1 : 0
}

@inline
function countFields(): bool {
  const ts = epochIn(beginOf(timeAt), endOf(timeAt))
  const opcode = countAt(opcodeAt)
  const origPort = countAt(origAt)
  const respPort = countAt(respAt)
  const qclass = countAt(qclassAt)
  if (min(min(opcode, origPort), min(respPort, qclass)) == noCount || isNaN(ts)) return false
  const nameAt = beginOf(queryAt)
  const nameEnd = endOf(queryAt)
  const isRoot = nameEnd - nameAt == 1 && load<u8>(nameAt) == dot
  if (isNoName(nameAt, nameEnd - nameAt)) countOne(Counter.NoQuery)
  else if (load<u8>(nameAt) == dot && !isRoot) return false
  else if (opcode > 0) countOne(Counter.Opcode)
  else if (isLocalResolution(origPort, respPort)) countOne(Counter.NotUnicastDns)
  else if (qclass != 1 && qclass != -1) countOne(Counter.Class)
  else if (isRoot) countOne(Counter.NoQuery)
  else {
    if (areCounted) sayClient(fromOf(clientAt), toOf(clientAt))
    return (!isKept || sayFields()) && countName(nameAt, nameEnd, ts, -1, -1, asked, Line.Question)
  }
  return true
}

/** Notes what the line says for passive DNS. @returns false if that needs a full parse */
@inline
function sayFields(): bool {
  const from = fromOf(answersAt)
  const to = toOf(answersAt)
  const hasAnswers = !isNoName(from, to - from)
  sayQuestion(fromOf(clientAt), toOf(clientAt), fromOf(rcodeAt), toOf(rcodeAt), hasAnswers)
  if (!hasAnswers) return true
  sayAnswers(fromOf(qtypeAt), toOf(qtypeAt), from, to)
  const ttlsFrom = fromOf(ttlsAt)
  const ttlsTo = toOf(ttlsAt)
  return isNoName(ttlsFrom, ttlsTo - ttlsFrom) || sayTtls(ttlsFrom, ttlsTo, false)
}

@inline
function fromOf(field: i32): usize {
  return field < 0 ? 0 : beginOf(field)
}

@inline
function toOf(field: i32): usize {
  return field < 0 ? 0 : endOf(field)
}

/** Empty, `-` or `(empty)`. */
@inline
function isNoName(at: usize, length: usize): bool {
  const byte = load<u8>(at)
  if (length <= 1) return length == 0 || byte == unset
  return length == 7 && (load<u64>(at) & 0x00ffffffffffffff) == word('(empty)')
}

@inline
function beginOf(field: i32): usize {
  return <usize>load<u32>(fieldEnds + (field << 2) - 4) + 1
}

@inline
function endOf(field: i32): usize {
  return <usize>load<u32>(fieldEnds + (field << 2))
}

const noCount = -2

/** The number in a field; -1 if the field is unset or the log lacks it, noCount if it is no number. */
@inline
function countAt(field: i32): i32 {
  if (field < 0) return -1
  const from = beginOf(field)
  const to = endOf(field)
  const count = countIn(from, to)
  return count >= 0 ? count : to - from == 1 && load<u8>(from) == unset ? -1 : noCount
}
