/**
 * One sink beside the log: reads the segments from its cursor on, sends the records, and retries when the receiver does
 * not take them. Delivery is at least once: a receiver recognises repeated records by `record_id`.
 *
 * A record that was sent may still be lost with its connection. So the cursor in the store is advanced a second later, and
 * after a broken connection sending begins again at the cursor.
 */
import {
  restMsMax,
  sinkCursorMs,
  sinkRetryAfterMsMax,
  sinkRetryMs,
  sinkRetryMsMax,
  sinkTimeoutMs,
} from '../../limits.js'
import type { SegmentPosition } from '../../model/segment.js'
import { isObject } from '../../parse/json.js'
import type { Telemetry } from '../../telemetry/report.js'
import { backoffMs } from '../../time/backoff.js'
import type { Clock } from '../../time/clock.js'
import { createWake, waitAtMost, within } from '../../time/wake.js'
import { isBefore, type Segments } from './segments.js'
import { RetryLater, type OpenSink, type Sink, type SinkRecord, type SkippedRecords } from './sink.js'

export interface SinkState {
  readonly name: string
  /** Bytes that are not sent yet. */
  readonly waitingBytes: number
  /** Since when (epoch ms) it has failed, and why; undefined while it works. */
  readonly down: { readonly since: number; readonly error: string } | undefined
}

export interface SinkWorkerOptions {
  readonly name: string
  readonly open: OpenSink
  /** The most that may wait for it; beyond that the oldest records are dropped. */
  readonly backlogBytes: number
  readonly segments: Segments
  readonly cursor: SegmentPosition
  /** Stores the cursor. May throw when the store is locked or full: it is called again later. */
  readonly store: (cursor: SegmentPosition) => void
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly telemetry: Telemetry
}

/** Parses lines to records; `damaged` counts the lines that are not JSON, because the disk lost a part of them. */
export const recordsIn = (
  lines: Buffer,
): { readonly records: readonly SinkRecord[]; readonly damaged: number } => {
  const texts = lines
    .toString()
    .split('\n')
    .filter(text => text !== '')
  const records = texts.flatMap(line => {
    try {
      const fields: unknown = JSON.parse(line)
      return isObject(fields) ? [{ line, fields }] : []
    } catch {
      return []
    }
  })
  return { records, damaged: texts.length - records.length }
}

const later = (a: SegmentPosition, b: SegmentPosition): SegmentPosition => (isBefore(a, b) ? b : a)

/** Sends the records of the segments to one sink, in the background. */
export class SinkWorker {
  readonly #options: SinkWorkerOptions
  readonly #sink: Sink
  readonly #wake = createWake()
  /** The position in the store: a restart sends from here. */
  #cursor: SegmentPosition
  /** The value of `#sent` at the last check: it becomes the cursor at the next one. */
  #marked: SegmentPosition
  /** Sent up to here. */
  #sent: SegmentPosition
  #markedAt = -Infinity
  #failures = 0
  #down: SinkState['down']
  /** The connection broke between two sends: the next one fails with this error. */
  #lost: { readonly error: unknown } | undefined
  #isSending = false
  #isFinishing = false
  readonly #life = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(options: SinkWorkerOptions) {
    this.#options = options
    this.#cursor = this.#marked = this.#sent = options.cursor
    this.#sink = options.open(error => {
      // A receiver may close an idle connection: nothing is lost.
      if (!this.#isBehind && !this.#isSending) return
      this.#lost = { error }
      this.#wake.call()
    })
  }

  get cursor(): SegmentPosition {
    return this.#cursor
  }

  get name(): string {
    return this.#options.name
  }

  get backlogBytes(): number {
    return this.#options.backlogBytes
  }

  get state(): SinkState {
    const { name, segments } = this.#options
    return { name, waitingBytes: segments.bytesFrom(this.#sent), down: this.#down }
  }

  /** Records were sent that the stored cursor does not cover yet. */
  get #isBehind(): boolean {
    return isBefore(this.#cursor, this.#sent)
  }

  start(): void {
    this.#running = this.#run(this.#life.signal)
  }

  /** Wakes the worker: there may be something to send. */
  call(): void {
    this.#wake.call()
  }

  /** Drops the records before that position. */
  skipTo(position: SegmentPosition): void {
    this.#cursor = later(this.#cursor, position)
    this.#marked = later(this.#marked, position)
    this.#sent = later(this.#sent, position)
  }

  /** Sends the remaining records until the signal aborts, then closes the sink; does not wait for a sink that is down. */
  async finish(until: AbortSignal): Promise<void> {
    this.#isFinishing = true
    this.#wake.call()
    const end = () => this.#life.abort()
    until.addEventListener('abort', end, { once: true })
    if (until.aborted || this.#down) end()
    await this.#running
    until.removeEventListener('abort', end)
    await this.#sink.close(until)
    if (this.#lost) return
    this.#marked = this.#sent
    this.#keepCursor()
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options
    while (!signal.aborted) {
      try {
        const more = await this.#sendSome(signal)
        this.#keepCursorAfterAWhile()
        if (!more && this.#isFinishing) return
        if (!more) await waitAtMost(this.#wake, this.#isBehind ? sinkCursorMs : restMsMax, clock, signal)
      } catch (error) {
        this.#fail(error)
        if (this.#isFinishing) return
        const asked = error instanceof RetryLater ? Math.min(error.afterMs, sinkRetryAfterMsMax) : 0
        const backoff = backoffMs(sinkRetryMs, sinkRetryMsMax, this.#failures, random())
        await clock.sleep(Math.max(asked, backoff), signal)
      }
    }
  }

  /** False if there was nothing to send. */
  async #sendSome(signal: AbortSignal): Promise<boolean> {
    const { segments, telemetry, name } = this.#options
    if (this.#lost) throw this.#lost.error
    const piece = await segments.read(this.#sent, this.#sink.batchBytes)
    if (!piece) return false
    const { records, damaged } = recordsIn(piece.lines)
    const skipped = await this.#send(records, signal)
    this.#sent = later(this.#sent, piece.next)
    const taken = skipped.reduce((rest, { records }) => rest - records, records.length)
    telemetry({ kind: 'sink-sent', sink: name, records: taken })
    for (const skip of [...skipped, { records: damaged, reason: 'damaged on our disk' }])
      if (skip.records > 0) telemetry({ kind: 'sink-skipped', sink: name, ...skip })
    return true
  }

  /** Gives those that cannot be sent at all. */
  async #send(records: readonly SinkRecord[], signal: AbortSignal): Promise<readonly SkippedRecords[]> {
    if (records.length === 0) return []
    this.#isSending = true
    try {
      const send = (until: AbortSignal) => this.#sink.send(records, until)
      const skipped = await within(sinkTimeoutMs, this.#options.clock, signal, send)
      if (this.#lost) throw this.#lost.error
      if (skipped) return skipped
      throw new Error(`${records.length} records were not taken in ${sinkTimeoutMs} ms`)
    } finally {
      this.#isSending = false
    }
  }

  /** Goes back to the cursor, so that records in flight are sent again, and reports the failure once. */
  #fail(error: unknown): void {
    const { clock, telemetry, name } = this.#options
    this.#lost = undefined
    this.#sent = this.#marked = this.#cursor
    this.#failures += 1
    if (this.#down || this.#life.signal.aborted) return
    this.#down = { since: clock.now(), error: String(error) }
    telemetry({ kind: 'sink-down', sink: name, error: String(error) })
  }

  /** Records sent a second ago over a connection that still stands count as received. */
  #keepCursorAfterAWhile(): void {
    const now = this.#options.clock.now()
    // Math.abs: the clock may have been set back meanwhile.
    if (Math.abs(now - this.#markedAt) < sinkCursorMs) return
    this.#markedAt = now
    this.#keepCursor()
    this.#marked = this.#sent
  }

  #keepCursor(): void {
    if (!isBefore(this.#cursor, this.#marked)) return
    try {
      this.#options.store(this.#marked)
    } catch {
      // The store is locked or full, which the committer reports. The next try is a second later; a crash before that only
      // repeats records.
      return
    }
    this.#cursor = this.#marked
    this.#arrived()
  }

  #arrived(): void {
    const { clock, telemetry, name } = this.#options
    this.#failures = 0
    if (!this.#down) return
    telemetry({ kind: 'sink-up', sink: name, seconds: Math.round((clock.now() - this.#down.since) / 1000) })
    this.#down = undefined
  }
}
