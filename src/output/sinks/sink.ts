/** What a sink is: a receiver outside that takes records. `sink-worker.ts` gives them, again and again where need be. */

/** A record as a sink gets it. */
export interface SinkRecord {
  /** The line of domainstats.log in JSON, without its newline. */
  readonly line: string
  /** The fields of the line, parsed. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Records that cannot be sent at all: longer than the protocol allows, or refused by the receiver for what is in them. */
export interface SkippedRecords {
  readonly records: number
  /** In one line; it may quote the receiver. */
  readonly reason: string
}

/** The receiver asks to be left alone for a while. */
export class RetryLater extends Error {
  override readonly name = 'RetryLater'
  readonly afterMs: number

  /** @param afterMs not bounded: the worker does that */
  constructor(message: string, afterMs: number) {
    super(message)
    this.afterMs = afterMs
  }
}

/** A receiver of records. To add one: implement this, add its settings, and open it in daemon/sinks.ts. */
export interface Sink {
  /** How many bytes of records it is given at a time, about. */
  readonly batchBytes: number
  /**
   * Sends records in order. Resolves when the receiver has them, as far as its protocol tells, with those that cannot be
   * sent at all. If it rejects, all of them are sent again; not soon, if it rejects with RetryLater.
   */
  readonly send: (records: readonly SinkRecord[], signal: AbortSignal) => Promise<readonly SkippedRecords[]>
  /** Flushes until the signal aborts, and closes the connection. */
  readonly close: (signal: AbortSignal) => Promise<void>
}

/** Opens a sink without connecting. @param onLost called when the connection breaks: the last records may be lost */
export type OpenSink = (onLost: (error: unknown) => void) => Sink
