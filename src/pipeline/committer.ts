/**
 * The one committer: a batch becomes true in the store together with the bytes that it writes, and only then are
 * these appended to the output. A crash between the two is mended at the next start from the outbox row, so that
 * nothing is lost and nothing is written twice.
 */
import { appendFile } from 'node:fs/promises'
import type { Clock } from '../clock.js'
import { retryMs } from '../limits.js'
import type { Format } from '../output/format.js'
import type { Output, Place } from '../output/output.js'
import { inspect } from '../output/recover.js'
import type { DomainRecord } from '../record.js'
import type { Asked, Effects, Known, Store } from '../store/store.js'
import type { Telemetry } from '../telemetry.js'

/** Effects that write records. */
export interface Written extends Effects {
  readonly records: readonly DomainRecord[]
}

/** Turns what is known into what shall be. Pure: it may run again. `now`: epoch ms, one for the whole batch. */
export type Decide<W extends Written> = (known: Known, now: number) => W

export interface CommitterOptions {
  readonly store: Store
  readonly output: Output
  readonly format: Format
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Told of records once they are in the output. */
  readonly onRecords?: (records: readonly DomainRecord[]) => void
}

export class Committer {
  readonly #options: CommitterOptions
  #last: Promise<unknown> = Promise.resolve()
  /** The outbox row holds bytes: the next commit must clear it. */
  #outboxFull = false

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /** Writes what a crash cut off. Before inputs or port open. */
  async recover(signal: AbortSignal): Promise<void> {
    const { store, output, telemetry } = this.#options
    const unfinished = store.outbox(output.path)
    if (!unfinished) return
    const found = await inspect(unfinished)
    const bytes = found === 'complete' ? nothing : found === 'gone' ? unfinished.bytes : found.bytes
    if (bytes.length > 0) telemetry({ kind: 'output-recovered', path: output.path, bytes: bytes.length })
    if (typeof found === 'object') await appendFile(found.path, found.bytes)
    await this.#write(found === 'gone' ? bytes : nothing, signal)
  }

  /**
   * Commits one batch after the other. `decide` must be pure. Where the disk is full or the database is locked
   * it reports and tries again: reading stops meanwhile, nothing is dropped. Resolves undefined if the signal
   * aborted while that went on; then nothing has changed.
   */
  commit<W extends Written>(asked: Asked, decide: Decide<W>, signal: AbortSignal): Promise<W | undefined> {
    const done = this.#last.then(() => this.#commit(asked, decide, signal))
    this.#last = done.catch(() => undefined)
    return done
  }

  async #commit<W extends Written>(asked: Asked, decide: Decide<W>, signal: AbortSignal) {
    const { store, output, clock, telemetry, onRecords } = this.#options
    do {
      try {
        const place = await output.place()
        const now = clock.now()
        const written = store.commit(asked, known => this.#withOutbox(decide(known, now), place, now), now)
        const bytes = written.outbox?.bytes ?? nothing
        this.#outboxFull = bytes.length > 0
        await output.append(bytes, signal)
        if (written.records.length > 0) onRecords?.(written.records)
        return written
      } catch (error) {
        if (!isPassing(error)) throw error
        telemetry({ kind: 'store-stalled', error: String(error) })
        await clock.sleep(retryMs, signal)
      }
    } while (!signal.aborted)
    return undefined
  }

  #withOutbox<W extends Written>(effects: W, place: Place, now: number): W {
    const { format } = this.#options
    const lines = effects.records.map(record => format.line(record)).join('')
    if (lines === '' && !this.#outboxFull) return effects
    const bytes = Buffer.from(lines !== '' && place.begins ? format.header(now) + lines : lines)
    const { path, inode, size, tail } = place
    return { ...effects, outbox: { path, inode, size, tail, bytes } }
  }

  /** Ends the output in good order: a footer, and an empty outbox. */
  async close(signal: AbortSignal): Promise<void> {
    await this.#last
    const { begins } = await this.#options.output.place()
    const footer = begins ? '' : this.#options.format.footer(this.#options.clock.now())
    if (this.#outboxFull || footer !== '') await this.#write(Buffer.from(footer), signal)
  }

  /** Writes bytes that belong to no batch, by way of the outbox like all others. */
  async #write(bytes: Buffer, signal: AbortSignal): Promise<void> {
    const { store, output, clock } = this.#options
    const { path, inode, size, tail } = await output.place()
    store.commit({}, () => ({ outbox: { path, inode, size, tail, bytes } }), clock.now())
    await output.append(bytes, signal)
  }
}

const nothing = Buffer.alloc(0)

/** Errors of a disk or a lock that may be gone in a while. */
const passing = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'SQLITE_FULL', 'SQLITE_BUSY'])

const isPassing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  (passing.has(error.code) || error.code.startsWith('SQLITE_IOERR'))
