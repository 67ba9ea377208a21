/** What the lines came to that were skimmed, until JavaScript collects it: counters, and the names that were counted. */
import { counters, touched } from './layout'

/** Numbers of counters. From `Names` on: why a name is no candidate, in the order of nameSkips. */
export const enum Counter {
  Lines,
  Questions,
  /** 1: a response was among them. */
  Responses,
  NoQuery,
  Opcode,
  NotUnicastDns,
  Class,
  NotDns,
  Duplicate,
  Names = 16,
}

@inline
export function countOne(which: u32): void {
  const at = counters + (which << 2)
  store<u32>(at, load<u32>(at) + 1)
}

export let batch: u32 = 0
/** Epoch ms. */
export let now: f64 = 0
export let touchedCount: u32 = 0

/** What follows belongs to a batch. */
export function begin(number: u32, ms: f64): void {
  batch = number
  now = ms
}

/** A suppressed name was asked for. */
@inline
export function countEntry(entry: usize, ts: f64): void {
  if (load<u32>(entry, 52) == batch) {
    store<u32>(entry, load<u32>(entry, 48) + 1, 48)
    if (ts > load<f64>(entry, 40)) store<f64>(entry, ts, 40)
  } else {
    store<u32>(entry, batch, 52)
    store<u32>(entry, 1, 48)
    store<f64>(entry, ts, 40)
    store<u32>(touched + (touchedCount << 2), <u32>entry)
    touchedCount++
  }
}

/** The names that were counted have been collected. */
export function forgetTouched(): void {
  for (let i: u32 = 0; i < touchedCount; i++) store<u32>(<usize>load<u32>(touched + (i << 2)), 0, 52)
  touchedCount = 0
}
