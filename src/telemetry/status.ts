/** The state of the daemon, for `/metrics`, `/readyz` and `/stats`. Sums count from its start. */
export interface InputStatus {
  readonly path: string
  /** Bytes that are not read yet, and the age of the oldest of them in seconds. */
  readonly lagBytes: number
  readonly lagSeconds: number
}

export interface SinkStatus {
  readonly name: string
  /** Bytes of records that wait for it. */
  readonly waitingBytes: number
  /** It takes no records. */
  readonly isDown: boolean
}

export interface DaemonStatus {
  readonly lines: number
  readonly questions: number
  readonly skips: Readonly<Record<string, number>>
  /** Lines, and those that were not understood, by input. */
  readonly inputLines: Readonly<Record<string, number>>
  readonly notUnderstood: Readonly<Record<string, number>>
  readonly records: Readonly<Record<string, number>>
  readonly alerts: Readonly<Record<string, number>>
  /** Records from which mutes took alerts. */
  readonly muted: number
  /** How many records had each risk, from 0 on. */
  readonly risks: readonly number[]
  /** By `server outcome`. */
  readonly lookups: Readonly<Record<string, number>>
  /** Commands to our ISC server, by `command result`. */
  readonly iscCommands: Readonly<Record<string, number>>
  /** How often each limit was reached. */
  readonly limits: Readonly<Record<string, number>>
  /** Records handed to sinks, dropped and skipped, by `sink result`. */
  readonly sinks: Readonly<Record<string, number>>
  /** What the shared store was asked for, by `what result`. */
  readonly shared: Readonly<Record<string, number>>
  /** Questions of `enrich`, by `entry result`. */
  readonly enriched: Readonly<Record<string, number>>
  /** Questions by what answered them: see Efficiency in counters.ts. */
  readonly efficiency: {
    readonly silent: number
    readonly known: number
    readonly expired: number
    readonly unknown: number
  }
  /** Spans of time for which the logs of an input were gone after a stop, and their total length. */
  readonly missed: { readonly spans: number; readonly seconds: number }
  /** Logs that disappeared before they were read to their end, and their bytes known to be unread. */
  readonly lost: { readonly logs: number; readonly bytes: number }
  /** Names that wait for a look-up; records that wait for one; follow-ups that are due when it is answered. */
  readonly lookupsQueued: number
  readonly recordsPending: number
  readonly followupsDue: number
  /** The store that sensors share cannot be used at the moment. */
  readonly sharedAway: boolean
  /** First contacts whose claim the shared store has not answered. */
  readonly claimsOpen: number
  /** Records about which commands are still to be asked. */
  readonly enrichmentsOpen: number
  /** Domains whose counts are to be pushed to the shared store, as far as they are known. */
  readonly countsWaiting: number
  /** For how long the oldest of them has waited. */
  readonly countsWaitingSeconds: number
  /** Names whose facts of passive DNS are to be pushed there, as far as they are known. */
  readonly factsWaiting: number
  /** For how long the oldest of them has waited. */
  readonly factsWaitingSeconds: number
  /** Rows of the store's table of domains. */
  readonly domains: number
  /** The number of rows from which on domains are evicted, and how many were. */
  readonly domainsMax: number
  readonly evicted: number
  readonly commits: { readonly count: number; readonly seconds: number; readonly longestSeconds: number }
  readonly inputs: readonly InputStatus[]
  readonly sinkStates: readonly SinkStatus[]
  /** What could not be written a moment ago: the database, or the log. */
  readonly stalled: { readonly store: boolean; readonly output: boolean }
  /** Why it is not ready, in words; empty when it is. */
  readonly problems: readonly string[]
  /** Problems that do not stop it yet. */
  readonly warnings: readonly string[]
}
