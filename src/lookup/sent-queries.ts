/** The queries that left the machine and stand in no store yet, and how many went to whom. */
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
    // The store would forget them, too.
    if (this.#rows.length >= askedMax) this.#rows.shift()
    this.#rows.push({ ...query, at: this.#clock.now() })
    if (query.name === '') return
    // Redirects name hosts, and a stranger may name any number of them.
    const host = this.#hosts.has(query.host) || this.#hosts.size < askedHostsMax ? query.host : 'other hosts'
    this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + 1)
  }

  /** Those that were not taken yet. */
  drain(): readonly SentQuery[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  /** By host: names sent to it since the start; a name that was sent again counts again. The most first. */
  hosts(): [host: string, names: number][] {
    return [...this.#hosts].sort(([, a], [, b]) => b - a)
  }
}
