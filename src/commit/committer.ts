/**
 * The committer: commits a batch to the store together with the bytes that it writes (the outbox), and then appends these
 * to the output. After a crash between the two the next start completes the output from the outbox, so that no record is
 * lost or written twice.
 */
import { appendFile } from 'node:fs/promises'
import { lockRetryMs, retryMs } from '../limits.js'
import type { DomainRecord } from '../model/record.js'
import { jsonFormat } from '../output/json.js'
import { inspect } from '../output/log-file.js'
import { type OutputFormat, RecordLines, headAt, type Output, type OutputEnd } from '../output/output.js'
import type { SinkOutbox } from '../model/segment.js'
import type { SinkFeed } from '../output/sinks/sinks.js'
import type { Store } from '../store/store.js'
import type { Asked, Committed, Effects, Known } from '../store/transaction.js'
import type { Report, Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'

/** Effects that write records. */
export interface Written extends Effects {
  readonly records: readonly DomainRecord[]
  /** How often each limit was reached. */
  readonly limits?: ReadonlyMap<string, number>
}

/** The effects that were committed, and their results. */
export type Done<W extends Written> = W &
  Committed & {
    /** How long the transaction took and blocked the event loop. */
    readonly ms: number
  }

/** Decides the effects. Must be pure: it may run again. `now`: epoch ms, the same for the whole batch. */
export type Decide<W extends Written> = (known: Known, now: number) => W

export interface Commits {
  /**
   * Commits a batch. Resolves to undefined if the signal aborted before anything had changed.
   *
   * @param asked called when the transaction begins, and again if it is tried again
   */
  commit<W extends Written>(
    asked: Asked | (() => Asked),
    decide: Decide<W>,
    signal: AbortSignal,
  ): Promise<Done<W> | undefined>
}

export interface RetryOptions {
  /** The output that the work writes to. */
  readonly path: string
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/**
 * Repeats `work` until it succeeds, while the disk is full or the database is locked, and reports the failures. `work` must
 * change nothing when it throws.
 *
 * @returns undefined if the signal aborted meanwhile
 * @throws Error that is not transient, at once
 */
export const retryTransient = async <T>(
  work: () => Promise<T>,
  { path, clock, telemetry }: RetryOptions,
  signal: AbortSignal,
): Promise<T | undefined> => {
  let reportedAt = clock.now()
  for (;;)
    try {
      return await work()
    } catch (thrown) {
      const code = transientCode(thrown)
      if (code === undefined) throw thrown
      // Other processes write, too: only a long lock is reported.
      const isLocked = code.startsWith('SQLITE_BUSY')
      const now = clock.now()
      // abs: the clock may have been set back meanwhile.
      if (!isLocked || Math.abs(now - reportedAt) >= retryMs) {
        telemetry(stalledBy(code, path, String(thrown)))
        reportedAt = now
      }
      if (signal.aborted) return undefined
      await clock.sleep(isLocked ? lockRetryMs : retryMs, signal)
    }
}

const stalledBy = (code: string, path: string, error: string): Report =>
  code.startsWith('SQLITE_') ? { kind: 'store-stalled', error } : { kind: 'output-stalled', path, error }

/** Errors of a disk or a lock that may go away. */
const transient = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EMFILE', 'ENFILE', 'SQLITE_FULL'])

const transientCode = (error: unknown): string | undefined => {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  return transient.has(code) || /^SQLITE_(BUSY|IOERR)/.test(code) ? code : undefined
}

export interface CommitterOptions {
  readonly store: Store
  readonly output: Output
  readonly format: OutputFormat
  /** Undefined: there are no sinks beside the log. */
  readonly sinks?: SinkFeed | undefined
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Changes effects before they are written: see enrich/. Pure, as a decision. */
  readonly enrich?: <W extends Written>(written: W, known: Known, now: number) => W
  /** Called with records once they are in the output. */
  readonly onRecords?: (records: readonly DomainRecord[]) => void
}

export class Committer implements Commits {
  readonly #options: CommitterOptions
  /** For the commit under way; there is only one at a time. */
  readonly #lines = new RecordLines()
  readonly #sinkLines = new RecordLines()
  #last: Promise<unknown> = Promise.resolve()
  /** The outbox row holds bytes: the next commit must clear it. */
  #outboxFull = false
  /** The last append was not completed: the outbox row must stay for `recover` of the next start. */
  #cutOff = false

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /** Opens the output and writes the bytes that a crash cut off. Call it before inputs and port are opened. */
  async recover(signal: AbortSignal): Promise<void> {
    const bytes = await this.#retryTransient(() => this.#completeOutput(), signal)
    if (bytes) await this.#append(bytes, signal)
  }

  /** Completes the file of the last commit. If that file is gone, returns the bytes to append to a new one. */
  async #completeOutput(): Promise<Buffer> {
    const { store, output, telemetry } = this.#options
    // First, before any write: another process may have locked the output.
    await output.place()
    const unfinished = store.outbox(output.path)
    const { bytes, path } = unfinished ? await inspect(unfinished) : { bytes: nothing }
    if (path !== undefined) await appendFile(path, bytes, { flush: true })
    const recorded = await this.#record(path === undefined ? bytes : nothing)
    if (bytes.length > 0) telemetry({ kind: 'output-recovered', path: output.path, bytes: bytes.length })
    return recorded
  }

  /**
   * Commits one batch after the other. While the disk is full or the database is locked, it reports and tries again; the
   * caller stops reading meanwhile, so nothing is dropped.
   */
  commit<W extends Written>(
    asked: Asked | (() => Asked),
    decide: Decide<W>,
    signal: AbortSignal,
  ): Promise<Done<W> | undefined> {
    const done = this.#last.then(() => this.#commit(asked, decide, signal))
    this.#last = done.catch(() => undefined)
    return done
  }

  async #commit<W extends Written>(asked: Asked | (() => Asked), decide: Decide<W>, signal: AbortSignal) {
    if (this.#cutOff) return undefined
    const { store, output, sinks, clock, telemetry, enrich, onRecords } = this.#options
    const written = await this.#retryTransient(async () => {
      const place = await output.place()
      const now = clock.now()
      const committed = store.commit(
        typeof asked === 'function' ? asked() : asked,
        known => {
          const decided = decide(known, now)
          return this.#withOutbox(enrich?.(decided, known, now) ?? decided, place, now)
        },
        now,
      )
      const ms = clock.now() - now
      telemetry({ kind: 'committed', ms })
      return { ...committed, ms }
    }, signal)
    if (!written) return undefined
    this.#report(written)
    const done = await this.#append(written.outbox?.bytes ?? nothing, signal)
    if (done && written.sinkOutbox) await sinks?.write(written.sinkOutbox)
    if (done && written.records.length > 0) onRecords?.(written.records)
    return written
  }

  #report({ limits, fellOut, unclaimed, pdnsDropped, pdnsTaggedDropped, muted }: Written & Committed): void {
    if (muted && muted.size > 0) {
      const records = [...muted.values()].reduce((sum, count) => sum + count, 0)
      this.#options.telemetry({ kind: 'alerts-muted', records })
    }
    const reached = [
      ...(limits ?? []),
      ['queue_max', fellOut] as const,
      ['claimsMax', unclaimed] as const,
      ['pdns.rows_max', pdnsDropped] as const,
      ['pdns.rows_max tagged', pdnsTaggedDropped] as const,
    ]
    for (const [limit, count] of reached)
      if (count > 0) this.#options.telemetry({ kind: 'limit-reached', limit, count })
  }

  #withOutbox<W extends Written>(effects: W, place: OutputEnd, now: number): W {
    const { format } = this.#options
    const { records } = effects
    const bytes = this.#lines.of(records, place, format, now)
    if (bytes.length === 0 && !this.#outboxFull) return effects
    return { ...effects, outbox: { ...place, bytes }, sinkOutbox: this.#sinkOutbox(records) }
  }

  /** Sinks get JSON, whatever the format of the log is. */
  #sinkOutbox(records: readonly DomainRecord[]): SinkOutbox | undefined {
    const { sinks } = this.#options
    return sinks && { ...sinks.place(), lines: this.#sinkLines.of(records, lineStart, jsonFormat, 0) }
  }

  /** Ends the output: writes a footer, and leaves the outbox empty. */
  async close(signal: AbortSignal): Promise<void> {
    await this.#last
    if (this.#cutOff) return
    const { output, format, clock } = this.#options
    const bytes = await this.#retryTransient(async () => {
      const { begins } = await output.place()
      const footer = begins ? '' : format.footer(clock.now())
      return this.#outboxFull || footer !== '' ? this.#record(Buffer.from(footer)) : undefined
    }, signal)
    // With an empty outbox the next start need not search for the footer, in a file that may be packed by then.
    if (bytes && (await this.#append(bytes, signal)) && bytes.length > 0)
      await this.#retryTransient(() => this.#record(nothing), signal)
  }

  /** Stores bytes that belong to no batch in the outbox. Returns them, with a header if due; the caller appends them. */
  async #record(bytes: Buffer): Promise<Buffer> {
    const { store, output, format, clock } = this.#options
    const place = await output.place()
    const now = clock.now()
    const head = bytes.length > 0 ? headAt(place, format, now) : ''
    const outbox = { ...place, bytes: Buffer.concat([Buffer.from(head), bytes]) }
    store.commit({}, () => ({ outbox, sinkOutbox: this.#sinkOutbox([]) }), now)
    return outbox.bytes
  }

  /** False if the signal aborted before all was written. */
  async #append(bytes: Buffer, signal: AbortSignal): Promise<boolean> {
    this.#outboxFull = bytes.length > 0
    this.#cutOff = true
    const done = await this.#options.output.append(bytes, signal)
    this.#cutOff = !done
    return done
  }

  #retryTransient<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    const { output, clock, telemetry } = this.#options
    return retryTransient(work, { path: output.path, clock, telemetry }, signal)
  }
}

const nothing = Buffer.alloc(0)
/** A place where lines need no header before them. */
const lineStart: OutputEnd = { path: '', inode: '', size: 0, tail: nothing, begins: false }
