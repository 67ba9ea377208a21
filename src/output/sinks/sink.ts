/**
 * One sink beside the log: reads the segments from its cursor on, hands the records over, and tries again where the far
 * side does not take them. Each record is handed over at least once: whoever receives it tells a repeated one by its
 * `record_id`.
 *
 * A record that was handed over may still be lost with the connection that it is under way on. So the cursor in the store
 * follows a second later, and a connection that breaks begins again at the cursor.
 */
import {
  restMsMax,
  sinkBatchBytes,
  sinkCursorMs,
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

/** A record as a sink gets it. */
export interface SinkRecord {
  /** The line of domainstats.log in JSON, without its newline. */
  readonly line: string
  /** Its fields, as they stand in the line. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Somebody outside who takes records. To add one: this, its settings, and its place in daemon/sinks.ts. */
export interface Sink {
  /**
   * Hands records over, in their order. Resolves when the far side has them, as far as its protocol lets anybody know,
   * with how many of them cannot be handed over at all. Where it rejects, all of them come again.
   */
  readonly send: (records: readonly SinkRecord[], signal: AbortSignal) => Promise<number>
  /** Hands over what is under way, until the signal aborts, and ends the connection. */
  readonly close: (signal: AbortSignal) => Promise<void>
}

/** Opens a sink. Nothing is connected yet. @param onLost the connection broke: what was handed over last may be lost */
export type OpenSink = (onLost: (error: unknown) => void) => Sink

export interface SinkState {
  readonly name: string
  /** What it has not taken yet. */
  readonly waitingBytes: number
  /** Since when (epoch ms) it takes nothing, and why; undefined where it does. */
  readonly down: { readonly since: number; readonly error: string } | undefined
}

export interface SinkWorkerOptions {
  readonly name: string
  readonly open: OpenSink
  /** What may wait for it; of more, the oldest is dropped. */
  readonly backlogBytes: number
  readonly segments: Segments
  readonly cursor: SegmentPosition
  /** Stores the cursor. May throw: the store is locked or full, and the next time will do. */
  readonly store: (cursor: SegmentPosition) => void
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly telemetry: Telemetry
}

/** The records in some lines, and how many lines are none: a disk lost a part of them. */
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

export class SinkWorker {
  readonly #options: SinkWorkerOptions
  readonly #sink: Sink
  readonly #wake = createWake()
  /** In the store: what is before it will not be sent again. */
  #cursor: SegmentPosition
  /** What was handed over when the cursor was looked at last; and what is by now. */
  #marked: SegmentPosition
  #sent: SegmentPosition
  #markedAt = -Infinity
  #failures = 0
  #down: SinkState['down']
  /** The connection broke while nobody waited for it. */
  #lost: { readonly error: unknown } | undefined
  #isSending = false
  #isFinishing = false
  readonly #life = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(options: SinkWorkerOptions) {
    this.#options = options
    this.#cursor = this.#marked = this.#sent = options.cursor
    this.#sink = options.open(error => {
      // A receiver may close a connection on which nothing is under way.
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

  /** The cursor is not where it should be. */
  get #isBehind(): boolean {
    return isBefore(this.#cursor, this.#sent)
  }

  start(): void {
    this.#running = this.#run(this.#life.signal)
  }

  /** There may be something to send. */
  call(): void {
    this.#wake.call()
  }

  /** What is before that position is dropped. */
  skipTo(position: SegmentPosition): void {
    this.#cursor = later(this.#cursor, position)
    this.#marked = later(this.#marked, position)
    this.#sent = later(this.#sent, position)
  }

  /** Sends what is there still, until the signal aborts; a sink that is down is not waited for. */
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
        await clock.sleep(backoffMs(sinkRetryMs, sinkRetryMsMax, this.#failures, random()), signal)
      }
    }
  }

  /** False if there was nothing to send. */
  async #sendSome(signal: AbortSignal): Promise<boolean> {
    const { segments, telemetry, name } = this.#options
    if (this.#lost) throw this.#lost.error
    const piece = await segments.read(this.#sent, sinkBatchBytes)
    if (!piece) return false
    const { records, damaged } = recordsIn(piece.lines)
    const unsendable = await this.#send(records, signal)
    this.#sent = later(this.#sent, piece.next)
    telemetry({ kind: 'sink-sent', sink: name, records: records.length - unsendable })
    if (damaged + unsendable > 0)
      telemetry({ kind: 'sink-skipped', sink: name, tooLong: unsendable, damaged })
    return true
  }

  /** How many of them cannot be sent at all. */
  async #send(records: readonly SinkRecord[], signal: AbortSignal): Promise<number> {
    if (records.length === 0) return 0
    this.#isSending = true
    try {
      const send = (until: AbortSignal) => this.#sink.send(records, until)
      const unsendable = await within(sinkTimeoutMs, this.#options.clock, signal, send)
      if (this.#lost) throw this.#lost.error
      if (unsendable !== undefined) return unsendable
      throw new Error(`${records.length} records were not taken in ${sinkTimeoutMs} ms`)
    } finally {
      this.#isSending = false
    }
  }

  /** What was under way is sent again. */
  #fail(error: unknown): void {
    const { clock, telemetry, name } = this.#options
    this.#lost = undefined
    this.#sent = this.#marked = this.#cursor
    this.#failures += 1
    // Told when it begins. At the end of the program it is nothing to tell.
    if (this.#down || this.#life.signal.aborted) return
    this.#down = { since: clock.now(), error: String(error) }
    telemetry({ kind: 'sink-down', sink: name, error: String(error) })
  }

  /** What was sent a second ago, over a connection that still stands, has arrived. */
  #keepCursorAfterAWhile(): void {
    const now = this.#options.clock.now()
    // The clock may have been set back meanwhile.
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
      // The store is locked or full, which its committer tells. The next time will do; a crash before repeats records.
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
