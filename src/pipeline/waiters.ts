/** Who waits for the registration of a name that he asked for. */
import type { DomainRecord } from '../record.js'
import { createWake, type Wake } from '../wake.js'

export interface Waiter {
  /** The id of the question; undefined for one that is no event. */
  readonly id: string | undefined
  readonly registrable: string
  /** The record that was written for the question when its registry had answered. */
  record: DomainRecord | undefined
  readonly wake: Wake
}

export class Waiters {
  readonly #byRegistrable = new Map<string, Set<Waiter>>()

  /** To be called before anything is asked, so that no answer comes too early; and `leave` at the end. */
  join(registrable: string, id: string | undefined): Waiter {
    const waiter: Waiter = { id, registrable, record: undefined, wake: createWake() }
    const others = this.#byRegistrable.get(registrable) ?? new Set()
    this.#byRegistrable.set(registrable, others.add(waiter))
    return waiter
  }

  leave(waiter: Waiter): void {
    const others = this.#byRegistrable.get(waiter.registrable)
    others?.delete(waiter)
    if (others?.size === 0) this.#byRegistrable.delete(waiter.registrable)
  }

  /** Records were written. */
  written(records: readonly DomainRecord[]): void {
    if (this.#byRegistrable.size === 0) return
    for (const record of records)
      for (const waiter of this.#byRegistrable.get(record.facts.registrable) ?? [])
        if (waiter.id === record.facts.id && record.verdict.category !== 'PENDING') waiter.record = record
  }

  /** The registries of these names have answered. */
  settled(registrables: Iterable<string>): void {
    for (const registrable of registrables)
      for (const waiter of this.#byRegistrable.get(registrable) ?? []) waiter.wake.call()
  }
}
