/**
 * Builds ring.wasm for machines without SIMD: TypeScript parses each line in full there, but still asks the ring which
 * lines are copies. Memory has the layout of skim.wasm; the pages that only the skim uses are never touched.
 */
import { begin as beginBatch } from './counters'
import { seed } from './hash'
import { end } from './layout'
import { clearTransactions, giveUpResponses } from './ring'
import { awaitAnswer, isNew, meetResponse, transaction } from './transactions'
import { place } from './places'

export { awaitAnswer, clearTransactions, giveUpResponses, isNew, meetResponse, place, transaction }

/** As in index.ts. */
export function open(a: u32, b: u32, c: u32, d: u32): void {
  memory.grow(<i32>((end + 0xffff) >> 16) - memory.size())
  seed(((<u64>a) << 32) | b, ((<u64>c) << 32) | d)
}

export function begin(batch: u32, now: f64): void {
  beginBatch(batch, now)
}

/* Stubs for the exports of the skim, so that JavaScript calls both modules alike. They skim and remember nothing. */

export function next(from: usize, to: usize): usize {
  return from
}
export function use(which: u32, prefixes: bool): void {}
export function useColumns(time: i32, client: i32, query: i32, orig: i32, resp: i32, opcode: i32, qclass: i32, all: i32): void {}
export function usePassiveColumns(qtype: i32, rcode: i32, answers: i32, ttls: i32, all: i32): void {}
export function useSources(a: u64, b: u64, c: u64, d: u64): void {}
export function putSuppressed(length: usize, isDomain: bool, domainAt: u32, around: f64, until: f64, since: f64, counts: bool): void {}
export function putSkip(length: usize, why: u32): void {}
export function expire(length: usize, isDomain: bool): void {}
export function expireBelow(length: usize): void {}
export function isFull(): bool {
  return false
}
export function turn(): void {}
export function names(): u32 {
  return 0
}
export function clearNames(): void {}
export function touchedNames(): u32 {
  return 0
}
export function forgetTouched(): void {}
export function keepPassive(reverse: u32): void {}
export function useSensor(number: u32): void {}
export function takeMissing(): u32 {
  return 0
}
export function learn(isRecords: bool): u32 {
  return 0
}
export function areStatementsFull(): bool {
  return false
}
export function clearStatements(): void {}
export function statementsTouched(): u32 {
  return 0
}
export function forgetStatements(): void {}
export function countClients(): void {}
export function endClients(length: usize, isDomain: bool): void {}
export function missedClient(): usize {
  return 0
}
export function missedFrom(): usize {
  return 0
}
export function missedTo(): usize {
  return 0
}
export function learnClient(): void {}
