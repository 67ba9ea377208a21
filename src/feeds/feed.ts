/**
 * A feed: an input that is no file. It takes lines in the background, keeps at most feedBytesMax of them for ingest, and
 * takes more only when these are committed (a list, a stream) or read (a socket). So whatever happens to the far side, the
 * log files are read on; and while ingest stands still, nothing is taken.
 */
import { headBytesMax } from '../limits.js'
import { emptyFingerprint, type Checkpoint } from '../model/checkpoint.js'
import type { Chunk, FeedPlace } from '../tail/tail.js'
import type { Input } from '../tail/source.js'
import type { Telemetry } from '../telemetry/report.js'
import type { InputStatus } from '../telemetry/status.js'
import type { Clock } from '../time/clock.js'

export interface FeedOptions {
  /** Its path is the name of the feed. */
  readonly input: Input
  /** The number of its parser, and of what was understood. */
  readonly file: number
  readonly pollMs: number
  /** Called when there are lines. */
  readonly onLines: () => void
  readonly clock: Clock
  readonly telemetry: Telemetry
}

export interface Feed {
  readonly name: string
  /** Takes lines until the signal aborts. Never rejects. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** The lines that have come since the last call. */
  readonly take: () => readonly Chunk[]
  /** Called with its cursor after each commit that stored one. */
  readonly committed: (at: string) => void
  /** Called when `run` has ended and nothing more is committed. Never rejects. */
  readonly close: () => Promise<void>
  /** @param now epoch ms */
  readonly status: (now: number) => InputStatus
  /** Why no lines come, for a warning; undefined while they may. */
  readonly away: () => string | undefined
}

/** What feeds have in common: the lines that wait for ingest, and whether the far side is there. */
export class FeedLines {
  readonly #options: FeedOptions
  #chunks: Chunk[] = []
  #bytes = 0
  /** The first bytes that came: they tell what it looks like if it is not understood. */
  #head = emptyFingerprint.head
  /** Epoch ms since when there was always something that ingest has not read. */
  #behindSince: number | undefined
  #away: string | undefined
  #isTold = false

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Bytes that ingest has not taken yet. */
  get bytes(): number {
    return this.#bytes
  }

  get away(): string | undefined {
    return this.#away
  }

  /** @param tooLong lines over lineBytesMax that were left out before these */
  add(bytes: Buffer, feed: FeedPlace, tooLong = 0): void {
    const { input, file, clock } = this.#options
    if (this.#head.length === 0) this.#head = Buffer.from(bytes.subarray(0, headBytesMax))
    const { path } = input
    const checkpoint: Checkpoint = {
      ...{ ...emptyFingerprint, head: this.#head, file, inode: '', path, input: path },
      ...{ changed: 0, statSignature: '', size: 0, finished: 0, header: '' },
    }
    const lines = { bytes, offset: 0, after: emptyFingerprint, tooLong }
    this.#chunks.push({ ...lines, input, checkpoint, before: nothing, feed })
    this.#bytes += bytes.length
    this.#behindSince ??= clock.now()
  }

  /** Tells ingest that there is something. */
  call(): void {
    if (this.#chunks.length > 0) this.#options.onLines()
  }

  take(): readonly Chunk[] {
    const taken = this.#chunks
    this.#chunks = []
    this.#bytes = 0
    return taken
  }

  /** The far side has no more at present. */
  reachEnd(): void {
    if (this.#chunks.length === 0) this.#behindSince = undefined
  }

  status(now: number): InputStatus {
    const since = this.#behindSince
    const lagSeconds = since === undefined ? 0 : Math.max(0, (now - since) / 1000)
    return { path: this.#options.input.path, lagBytes: this.#bytes, lagSeconds }
  }

  /** Lines can be had. Reported the first time, and after it was away. */
  isThere(): void {
    if (this.#isTold && this.#away === undefined) return
    this.#away = undefined
    this.#isTold = true
    this.#options.telemetry({ kind: 'input-opened', path: this.#options.input.path, offset: 0 })
  }

  /**
   * No lines can be had. Reported once, until they can.
   *
   * @param isUnreadable it is there, and refuses: a wrong password, a key of another type
   */
  isAway(why: string, isUnreadable: boolean): void {
    const { telemetry, input } = this.#options
    const wasAway = this.#away !== undefined
    this.#away = why
    this.#behindSince = undefined
    if (wasAway) return
    const { path } = input
    if (isUnreadable) telemetry({ kind: 'input-unreadable', path, error: why })
    else telemetry({ kind: 'input-missing', path, reason: why })
  }
}

const nothing = Buffer.alloc(0)
