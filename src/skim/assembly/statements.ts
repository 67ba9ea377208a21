/**
 * What lines say for passive DNS, apart from their times and TTLs. A line makes up to two statements: who asked for a name
 * and how that ended, and the records of the answer. On a real network nearly all lines repeat statements: these are
 * counted here, and JavaScript learns only what is new, from a full parse.
 *
 * A statement is known by a hash of 64 bits over all bytes of the log that its parse depends on. It has 64 bytes:
 *
 *     0 hash u64 | 8 first f64 | 16 last f64 | 24 count u32 | 28 batch u32 | 32 address of its TTLs u32 | 36 how many u32
 *
 * Each TTL has 12 bytes: lowest, highest, and that of the last line, u32 each.
 */
import { statementsMax, statementTtlsMax, suppressedTriesMax, ttlsPerLineMax } from '../../limits'
import { batch } from './counters'
import { hashField, mixHalves } from './hash'
import {
  lineTtls,
  statementBytes,
  statementPlaces,
  statements,
  statementShift,
  touchedStatements,
  ttlRowBytes,
  ttlRows,
} from './layout'

/** Whether passive DNS is kept. */
export let isKept: bool = false
/** The number of the reason `reverse-zone`: such names are skipped, but passive DNS keeps them. */
export let reverseZone: u32 = 0
/** Hashed with each statement: the sensor whose log is read. */
let sensor: u64 = 0

/** What the present line says; 0: nothing of that kind. */
let asker: u64 = 0
let ending: u64 = 0
let answer: u64 = 0
let ttlsCount: u32 = 0

/** Where the statements of the line are; 0 for none. Set by knowsLine. */
let exchangeAt: usize = 0
let recordsAt: usize = 0

/** Bits of `missing`. The line does not fit its own name: it says who asked, and how it ended. */
const enum Missing {
  Exchange = 1,
  Records = 2,
  /** The exchange that is missing says who asked. */
  Asker = 4,
  /** The exchange that is missing says how it ended. */
  Ending = 8,
}

let missing: u32 = 0
let missedExchange: u64 = 0
let missedRecords: u64 = 0

let count: u32 = 0
let ttlsFilled: u32 = 0
let touchedCount: u32 = 0

export function keepPassive(reverse: u32): void {
  isKept = true
  reverseZone = reverse
}

export function useSensor(number: u32): void {
  sensor = <u64>number * 0x9e3779b97f4a7c15
}

@inline
export function sayNothing(): void {
  asker = 0
  ending = 0
  answer = 0
  ttlsCount = 0
}

/** The line says which client asked. */
@inline
export function sayAsker(from: usize, to: usize): void {
  asker = hashField(1, from, to) | 1
}

/** The line says how the question ended. @param shape whether there are answers: part of the statement */
@inline
export function sayEnding(from: usize, to: usize, shape: u64): void {
  ending = hashField(2 + shape, from, to) | 1
}

/** The line has records. @param before what they depend on besides these bytes */
@inline
export function sayRecords(before: u64, from: usize, to: usize): void {
  answer = hashField(before, from, to) | 1
}

/** The line has records, with this hash. */
@inline
export function sayRecordsOf(hash: u64): void {
  answer = hash | 1
}

/** Notes a TTL of the line. @returns false if it is none (RFC 2181 8), or one too many */
@inline
export function sayTtl(ttl: u64): bool {
  if (ttl > 0x7fffffff || ttlsCount >= <u32>ttlsPerLineMax) return false
  store<u32>(lineTtls + (<usize>ttlsCount << 2), <u32>ttl)
  ttlsCount++
  return true
}

/** Whether the line says how its question ended. */
@inline
export function saysEnding(): bool {
  return ending != 0
}

/**
 * Whether all that the line says was said before. If not, JavaScript has to parse it, and may learn what it says.
 *
 * @param name hash of the name asked
 * @param isFirst false: the question was counted with another line of its transaction
 */
@inline
export function knowsLine(name: u64, isFirst: bool): bool {
  const who = isFirst ? asker : 0
  const exchange = keyOf(name, who, ending)
  exchangeAt = find(exchange)
  const records = answer == 0 ? 0 : keyOf(name, answer, <u64>ttlsCount + 3)
  recordsAt = records == 0 ? 0 : find(records)
  if (exchangeAt != 0 && (records == 0 || recordsAt != 0)) return true
  missing = 0
  if (exchangeAt == 0) {
    missing = Missing.Exchange | (who != 0 ? Missing.Asker : 0) | (ending != 0 ? Missing.Ending : 0)
    missedExchange = exchange
  }
  if (records != 0 && recordsAt == 0) {
    missing |= Missing.Records
    missedRecords = records
  }
  return false
}

/** Counts what the line says. */
@inline
export function countLine(ts: f64): void {
  touch(exchangeAt, ts)
  if (recordsAt == 0) return
  // Before the times change: the TTL of the last line is kept.
  if (ttlsCount != 0) countTtls(recordsAt, ts)
  touch(recordsAt, ts)
}

@inline
function keyOf(name: u64, one: u64, other: u64): u64 {
  return mixHalves(name ^ sensor, one, other) | 1
}

@inline
function find(hash: u64): usize {
  let place = <usize>(hash >> statementShift)
  while (true) {
    const entry = statements + place * statementBytes
    const known = load<u64>(entry)
    if (known == hash) return entry
    if (known == 0) return 0
    place = (place + 1) & (statementPlaces - 1)
  }
}

@inline
function touch(entry: usize, ts: f64): void {
  if (load<u32>(entry, 28) == batch) {
    store<u32>(entry, load<u32>(entry, 24) + 1, 24)
    if (ts < load<f64>(entry, 8)) store<f64>(entry, ts, 8)
    if (ts > load<f64>(entry, 16)) store<f64>(entry, ts, 16)
    return
  }
  store<u32>(entry, batch, 28)
  store<u32>(entry, 1, 24)
  store<f64>(entry, ts, 8)
  store<f64>(entry, ts, 16)
  store<u32>(touchedStatements + (<usize>touchedCount << 2), <u32>entry)
  touchedCount++
}

/** Of lines with the same time the highest TTL counts as the last one, whatever their order. */
@inline
function countTtls(entry: usize, ts: f64): void {
  const rows = <usize>load<u32>(entry, 32)
  const isNew = load<u32>(entry, 28) != batch
  const last = load<f64>(entry, 16)
  for (let i: u32 = 0; i < ttlsCount; i++) {
    const ttl = load<u32>(lineTtls + (<usize>i << 2))
    const row = rows + <usize>i * ttlRowBytes
    if (isNew || ttl < load<u32>(row)) store<u32>(row, ttl)
    if (isNew || ttl > load<u32>(row, 4)) store<u32>(row, ttl, 4)
    if (isNew || ts > last || (ts == last && ttl > load<u32>(row, 8))) store<u32>(row, ttl, 8)
  }
}

/** What was missing where `next` stopped last: bits of Missing. Forgets it. */
export function takeMissing(): u32 {
  const was = missing
  missing = 0
  return was
}

@inline
export function forgetMissing(): void {
  missing = 0
}

/** Enters what was missing. @returns its number, for JavaScript @param isRecords the records, else the exchange */
export function learn(isRecords: bool): u32 {
  const hash = isRecords ? missedRecords : missedExchange
  let place = <usize>(hash >> statementShift)
  while (load<u64>(statements + place * statementBytes) != 0) place = (place + 1) & (statementPlaces - 1)
  const entry = statements + place * statementBytes
  store<u64>(entry, hash)
  store<u32>(entry, 0, 28)
  if (isRecords) {
    store<u32>(entry, <u32>(ttlRows + <usize>ttlsFilled * ttlRowBytes), 32)
    store<u32>(entry, ttlsCount, 36)
    ttlsFilled += ttlsCount
  } else store<u32>(entry, 0, 36)
  count++
  return <u32>place
}

/** Whether there may be no room for two more statements. */
export function areStatementsFull(): bool {
  return count + 2 > <u32>statementsMax || ttlsFilled + <u32>ttlsPerLineMax > <u32>statementTtlsMax
}

/** Called when JavaScript has collected the counts. */
export function clearStatements(): void {
  if (count != 0) memory.fill(statements, 0, <usize>statementPlaces * statementBytes)
  count = 0
  ttlsFilled = 0
  touchedCount = 0
}

/** How many statements the batch has. */
export function statementsTouched(): u32 {
  return touchedCount
}

/** Called at the end of a batch, when JavaScript has collected the counts. */
export function forgetStatements(): void {
  touchedCount = 0
}
