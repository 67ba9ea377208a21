/** What a sink is: a receiver outside that takes records. `sink-worker.ts` gives them, again and again where need be. */

/** A record as a sink gets it. */
export interface SinkRecord {
  /** The line of domainstats.log in JSON, without its newline. */
  readonly line: string
  /** The fields of the line, parsed. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** A receiver of records. To add one: implement this, add its settings, and open it in daemon/sinks.ts. */
export interface Sink {
  /**
   * Sends records in order. Resolves when the receiver has them, as far as its protocol tells, with the number of records
   * that cannot be sent at all. If it rejects, all of them are sent again.
   */
  readonly send: (records: readonly SinkRecord[], signal: AbortSignal) => Promise<number>
  /** Flushes until the signal aborts, and closes the connection. */
  readonly close: (signal: AbortSignal) => Promise<void>
}

/** Opens a sink without connecting. @param onLost called when the connection breaks: the last records may be lost */
export type OpenSink = (onLost: (error: unknown) => void) => Sink
