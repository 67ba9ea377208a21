/** Names that came at about the same time, and what is known of them: in columns, by their numbers. See memo.ts. */
import { memoNamesMax } from '../limits.js'
import { NameTable } from './name-table.js'

const rows = memoNamesMax + 1

export class Generation {
  readonly names = new NameTable()
  readonly around = new Float64Array(rows)
  readonly until = new Float64Array(rows)
  readonly since = new Float64Array(rows)
  /** Where its domain begins in the name. */
  readonly domainAt = new Uint16Array(rows)
  /** From 1 on, why it is no candidate. */
  readonly skips = new Uint8Array(rows)
  /** In which batch it was counted last, and as which of its silent names. */
  readonly batches = new Float64Array(rows)
  readonly slots = new Uint32Array(rows)

  copy(from: Generation, number: number, to: number): void {
    this.around[to] = from.around[number] ?? 0
    this.until[to] = from.until[number] ?? 0
    this.since[to] = from.since[number] ?? 0
    this.domainAt[to] = from.domainAt[number] ?? 0
    this.skips[to] = from.skips[number] ?? 0
    this.batches[to] = from.batches[number] ?? 0
    this.slots[to] = from.slots[number] ?? 0
  }
}
