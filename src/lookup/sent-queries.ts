/** Keeps a record of the queries that left the machine, until they are stored, and counts them by host. */
import { askedHostsMax, askedMax } from '../limits.js'
import type { OnSent, SentQuery } from '../model/sent-query.js'
import type { Clock } from '../time/clock.js'

export class SentQueries {
  readonly #clock: Clock
  #rows: SentQuery[] = []
  readonly #hosts = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  readonly add: OnSent = query => {
    // The store keeps no more of them either.
    if (this.#rows.length >= askedMax) this.#rows.shift()
    this.#rows.push({ ...query, at: this.#clock.now() })
    if (query.name === '') return
    // A redirect may name any host: without a bound a hostile server could fill the memory.
    const host = this.#hosts.has(query.host) || this.#hosts.size < askedHostsMax ? query.host : 'other hosts'
    this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + 1)
  }

  /** Removes and returns the queries since the last call. */
  drain(): readonly SentQuery[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  /** How many names each host was sent since the start, repeats counted; the largest first. */
  hosts(): [host: string, names: number][] {
    return [...this.#hosts].sort(([, a], [, b]) => b - a)
  }
}
