/** All sinks beside the log: takes the records of each commit, and drops the oldest when a sink does not keep up. */
import { codeOf } from '../../files/rights.js'
import type { Telemetry } from '../../telemetry/report.js'
import type { SegmentPosition, SinkOutbox } from '../../model/segment.js'
import { countLines, type Segments } from './segments.js'
import type { SinkState, SinkWorker } from './sink-worker.js'

/** The committer's interface to the sinks. */
export interface SinkFeed {
  /** The position for the lines of the next commit. */
  readonly place: () => SegmentPosition
  /** Writes them there. Never rejects: on a full disk records for the sinks are dropped, and the log goes on. */
  readonly write: (outbox: SinkOutbox) => Promise<void>
}

export class Sinks implements SinkFeed {
  readonly #segments: Segments
  readonly #workers: readonly SinkWorker[]
  readonly #telemetry: Telemetry
  #tidying: Promise<void> = Promise.resolve()

  constructor(segments: Segments, workers: readonly SinkWorker[], telemetry: Telemetry) {
    this.#segments = segments
    this.#workers = workers
    this.#telemetry = telemetry
  }

  get states(): SinkState[] {
    return this.#workers.map(({ state }) => state)
  }

  start(): void {
    for (const worker of this.#workers) worker.start()
  }

  place(): SegmentPosition {
    return this.#segments.place()
  }

  async write(outbox: SinkOutbox): Promise<void> {
    if (outbox.lines.length === 0) return
    try {
      await this.#segments.write(outbox).catch(async (error: unknown) => {
        if (!/^(?:ENOSPC|EDQUOT)$/.test(codeOf(error))) throw error
        await this.giveWay()
        await this.#segments.write(outbox)
      })
    } catch (error) {
      const [records, bytes] = [countLines(outbox.lines), outbox.lines.length]
      for (const { name } of this.#workers)
        this.#telemetry({ kind: 'sink-dropped', sink: name, records, bytes, reason: String(error) })
      return
    }
    for (const worker of this.#workers) worker.call()
    this.tidy()
  }

  /** Drops what exceeds a sink's backlog, and removes the segments that all sinks have read. */
  tidy(): void {
    void this.#inTurn(async () => {
      const waits = ({ cursor, backlogBytes }: SinkWorker) =>
        cursor.segment < this.#segments.end.segment && this.#segments.bytesFrom(cursor) > backlogBytes
      for (const worker of this.#workers)
        while (waits(worker)) await this.#drop(worker, 'more than backlog_bytes')
      await this.#removePassed()
    })
  }

  /** On a full disk: drops the oldest segment, so that the log can go on. */
  giveWay(): Promise<void> {
    return this.#inTurn(async () => {
      const { first, end } = this.#segments
      if (first >= end.segment) return
      for (const worker of this.#workers)
        while (worker.cursor.segment <= first) await this.#drop(worker, 'the disk is full')
      await this.#removePassed()
    })
  }

  /** Drops the rest of the segment that a sink is reading. */
  async #drop(worker: SinkWorker, reason: string): Promise<void> {
    const { cursor, name } = worker
    const next = { segment: cursor.segment + 1, offset: 0 }
    const records = await this.#segments.countRest(cursor)
    const bytes = this.#segments.bytesFrom(cursor) - this.#segments.bytesFrom(next)
    worker.skipTo(next)
    if (bytes > 0) this.#telemetry({ kind: 'sink-dropped', sink: name, records, bytes, reason })
  }

  #removePassed(): Promise<void> {
    return this.#segments.removeBefore(Math.min(...this.#workers.map(({ cursor }) => cursor.segment)))
  }

  /** Runs one task at a time; one that fails is repeated by the next call. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#tidying = this.#tidying.then(work).catch(() => undefined)
    return this.#tidying
  }

  /** Sends the remaining records, until the signal aborts. */
  async close(until: AbortSignal): Promise<void> {
    await Promise.all(this.#workers.map(worker => worker.finish(until)))
    await this.#inTurn(() => this.#removePassed())
    await this.#segments.close()
  }
}
