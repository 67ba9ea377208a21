/** Counts skimmed lines and suppressed names until JavaScript collects them. */
import { counters, touched } from './layout'

/** Indexes of counters. From `Names` on they are the reasons to skip a name, in the order of nameSkips. */
export const enum Counter {
  Lines,
  Questions,
  /** A flag: 1 if any line was a response. */
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

export function begin(number: u32, ms: f64): void {
  batch = number
  now = ms
}

/** Counts a line of a suppressed name. The first one of a batch puts its entry on the list for JavaScript. */
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

/** Called when JavaScript has collected the names: their next lines count from 0 again, even in the same batch. */
export function forgetTouched(): void {
  for (let i: u32 = 0; i < touchedCount; i++) store<u32>(<usize>load<u32>(touched + (i << 2)), 0, 52)
  touchedCount = 0
}
