/** How a server is asked without being hammered: what a request has to wait for, and what it has to tell. */

/** The most that a server is asked. */
export interface Pace {
  /** Requests a second, in the long run. */
  readonly perSecond: number
  /** Requests at once after a pause. */
  readonly burst: number
  /** Requests under way at the same time. */
  readonly atOnce: number
}

/** What came of a request, as far as it says something of the server. */
export type Heard =
  /** It answered, whatever it said. */
  | { readonly kind: 'well' }
  /** It answered that it does not serve us: a pause would not change that. */
  | { readonly kind: 'refused' }
  /** It asked for less (429, 503 with Retry-After, a notice of quota). */
  | { readonly kind: 'busy'; readonly retryAfterMs: number | undefined }
  /** It did not answer, or broke down. */
  | {
      readonly kind: 'down'
      /** It said so itself (5xx): perhaps only this question was too much for it. */
      readonly answered?: true
    }

export interface Server {
  /**
   * Resolves when a request may be sent, with what to call, once, when the request is over. First come, first
   * served. Rejects only when the signal aborts.
   */
  readonly turn: (signal: AbortSignal) => Promise<() => void>
  /** Told of every request, when its outcome is understood. */
  readonly heard: (outcome: Heard) => void
}

export interface Politeness {
  /** @param host a host name, with its port where that is not the usual one (as URL.host) */
  readonly server: (host: string) => Server
  /**
   * How long the server is left alone from now on, in ms, as far as known: because it asked for that, or because it
   * is down. 0 when it is not, or nobody knows it. Its pace and whoever else waits there come on top of that.
   */
  readonly readyIn: (host: string) => number
}
