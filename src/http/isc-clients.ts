/** Who may use the ISC server, how often, and what is noted of it: tokens, rates, sums. */
import { iscSumsMs } from '../limits.js'
import type { IscClient } from '../model/isc-client.js'
import type { IscClientSums } from '../store/isc-clients.js'
import { minuteMs } from '../time/clock.js'
import type { IscStore } from './isc-commands.js'

/**
 * A token bucket for each client: so many commands a minute in the long run, and at once after a pause of a minute. Time is
 * an argument.
 */
export class CommandRates {
  readonly #buckets = new Map<number, { left: number; at: number }>()

  /**
   * Takes a command from the rate of a client.
   *
   * @param client its number
   * @param now epoch ms
   * @returns 0 if it may be answered, else the ms until one may be
   */
  take(client: number, perMinute: number, now: number): number {
    const bucket = this.#buckets.get(client) ?? { left: perMinute, at: now }
    this.#buckets.set(client, bucket)
    const refilled = bucket.left + (Math.max(0, now - bucket.at) * perMinute) / minuteMs
    bucket.left = Math.min(refilled, perMinute)
    bucket.at = now
    if (bucket.left < 1) return Math.ceil(((1 - bucket.left) * minuteMs) / perMinute)
    bucket.left -= 1
    return 0
  }
}

/** What clients did since it was written last: a transaction for each command would cost more than its answer. */
export class ClientSums {
  readonly #store: IscStore
  readonly #sums = new Map<number, IscClientSums>()
  readonly #onFailed: (error: unknown) => void
  #written: number

  /**
   * @param now epoch ms
   * @param onFailed called when they cannot be written: they stay, and an answer is not lost for them
   */
  constructor(store: IscStore, now: number, onFailed: (error: unknown) => void) {
    this.#store = store
    this.#written = now
    this.#onFailed = onFailed
  }

  /** @param now epoch ms */
  add({ number }: IscClient, what: 'queries' | 'refused' | 'other', now: number): void {
    const { queries, refused } = this.#sums.get(number) ?? { queries: 0, refused: 0 }
    this.#sums.set(number, {
      queries: queries + (what === 'queries' ? 1 : 0),
      refused: refused + (what === 'refused' ? 1 : 0),
      seen: now,
    })
    if (Math.abs(now - this.#written) >= iscSumsMs) this.write(now)
  }

  /** @param now epoch ms */
  write(now: number): void {
    this.#written = now
    if (this.#sums.size === 0) return
    try {
      this.#store.iscChanges.noteClients(this.#sums)
      this.#sums.clear()
    } catch (error) {
      this.#onFailed(error)
    }
  }
}
