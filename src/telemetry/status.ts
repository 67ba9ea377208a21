/** How the daemon is, for metrics and health. Sums count from its start. */
export interface InputStatus {
  readonly path: string
  /** Bytes that are not read yet, and for how long the oldest of them has been there, in seconds. */
  readonly lagBytes: number
  readonly lagSeconds: number
}

export interface DaemonStatus {
  readonly lines: number
  readonly questions: number
  readonly skips: Readonly<Record<string, number>>
  /** Lines that were not understood, by input. */
  readonly notUnderstood: Readonly<Record<string, number>>
  readonly records: Readonly<Record<string, number>>
  readonly alerts: Readonly<Record<string, number>>
  /** By `server outcome`. */
  readonly lookups: Readonly<Record<string, number>>
  /** How often each limit bit. */
  readonly limits: Readonly<Record<string, number>>
  /** Records handed to sinks, dropped and skipped, by `sink result`. */
  readonly sinks: Readonly<Record<string, number>>
  /** Questions by what answered them: see Efficiency in counters.ts. */
  readonly efficiency: {
    readonly silent: number
    readonly known: number
    readonly expired: number
    readonly unknown: number
  }
  /** Spans of time of which an input was not to be found any more after a stop, and how long they are together. */
  readonly missed: { readonly spans: number; readonly seconds: number }
  /** Logs that were read in part and were not to be found any more, and how much of them was known to be unread. */
  readonly lost: { readonly logs: number; readonly bytes: number }
  /** Names that wait for a look-up; records that wait for it; follow-ups that are owed. */
  readonly lookupsQueued: number
  readonly recordsPending: number
  readonly followupsDue: number
  /** Rows of the store's table of domains. */
  readonly domains: number
  /** So many of them may be there before those that are absent make room; and how many did so far. */
  readonly domainsMax: number
  readonly evicted: number
  readonly commits: { readonly count: number; readonly seconds: number; readonly longestSeconds: number }
  readonly inputs: readonly InputStatus[]
  /** What keeps it from its work, in words; empty when it is ready. */
  readonly problems: readonly string[]
  /** What does not, but may some day. */
  readonly warnings: readonly string[]
}
