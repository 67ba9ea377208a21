/** The sinks beside the log: what a commit hands them, and what is dropped when they do not keep up. */
import { codeOf } from '../../files/rights.js'
import type { Telemetry } from '../../telemetry/report.js'
import type { SegmentPosition, SinkOutbox } from '../../model/segment.js'
import { countLines, type Segments } from './segments.js'
import type { SinkState, SinkWorker } from './sink.js'

/** What the committer needs to know of them. */
export interface SinkFeed {
  /** Where the lines of the next commit belong. */
  readonly place: () => SegmentPosition
  /** Writes them there. Never rejects: a disk without room drops records of the sinks, and does not hold up the log. */
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

  /** Drops what waits for longer than may be, and removes the segments that all have passed. */
  tidy(): void {
    void this.#inTurn(async () => {
      const waits = ({ cursor, backlogBytes }: SinkWorker) =>
        cursor.segment < this.#segments.end.segment && this.#segments.bytesFrom(cursor) > backlogBytes
      for (const worker of this.#workers)
        while (waits(worker)) await this.#drop(worker, 'more than backlog_bytes')
      await this.#removePassed()
    })
  }

  /** The disk is full: the oldest segment goes, so that the log can go on. */
  giveWay(): Promise<void> {
    return this.#inTurn(async () => {
      const { first, end } = this.#segments
      if (first >= end.segment) return
      for (const worker of this.#workers)
        while (worker.cursor.segment <= first) await this.#drop(worker, 'the disk is full')
      await this.#removePassed()
    })
  }

  /** The rest of the segment that a sink is at. */
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

  /** One after the other; what could not be read or removed is tried again the next time. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#tidying = this.#tidying.then(work).catch(() => undefined)
    return this.#tidying
  }

  /** Sends what is there still, until the signal aborts. */
  async close(until: AbortSignal): Promise<void> {
    await Promise.all(this.#workers.map(worker => worker.finish(until)))
    await this.#inTurn(() => this.#removePassed())
    await this.#segments.close()
  }
}
