/** A feed from a Redis: takes some entries of a list or a stream, waits until they are committed, and takes the next ones. */
import { feedEndMs, lineBytesMax } from '../limits.js'
import { RedisError, type Redis } from '../redis/client.js'
import type { Chunk } from '../tail/tail.js'
import type { InputStatus } from '../telemetry/status.js'
import { createWake, within } from '../time/wake.js'
import { FeedLines, type Feed, type FeedOptions } from './feed.js'

/** An entry of a list or a stream. */
export interface Entry {
  /** One line, mostly; undefined: only its place is to be stored. */
  readonly line: Buffer | undefined
  /** Its place in the ids of records. */
  readonly id: string
  /** The cursor that says that it was read. */
  readonly at: string
}

/** How entries are taken, in order. It is told when they are committed. */
export interface EntryReader {
  /**
   * The next entries behind those that were returned before, which are all committed; none at the present end.
   *
   * @throws RedisError; the next call begins at what is committed
   */
  readonly next: (signal: AbortSignal) => Promise<readonly Entry[]>
  /** Entries up to this cursor are committed. */
  readonly committed: (at: string) => void
  /**
   * Tells Redis what was committed last, at a clean stop.
   *
   * @throws RedisError; after the next start it is told again
   */
  readonly end?: (signal: AbortSignal) => Promise<void>
}

export class RedisFeed implements Feed {
  readonly #options: FeedOptions
  readonly #redis: Redis
  readonly #reader: EntryReader
  readonly #waiting: FeedLines
  readonly #wake = createWake()
  /** The cursor of the last entry that was handed on; undefined if all are committed. */
  #last: string | undefined

  constructor(options: FeedOptions, redis: Redis, reader: EntryReader) {
    this.#options = options
    this.#redis = redis
    this.#reader = reader
    this.#waiting = new FeedLines(options)
  }

  get name(): string {
    return this.#options.input.path
  }

  take(): readonly Chunk[] {
    return this.#waiting.take()
  }

  committed(at: string): void {
    this.#reader.committed(at)
    if (at === this.#last) this.#last = undefined
    this.#wake.call()
  }

  status(now: number): InputStatus {
    return this.#waiting.status(now)
  }

  away(): string | undefined {
    return this.#waiting.away
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, pollMs } = this.#options
    while (!signal.aborted) {
      const count = await this.#takeSome(signal)
      if (count === 0) await clock.sleep(pollMs, signal)
      await this.#settled(signal)
    }
  }

  async close(): Promise<void> {
    const { clock } = this.#options
    const tell = async (until: AbortSignal) => this.#reader.end?.(until)
    // A Redis that is away now is told after the next start.
    await within(feedEndMs, clock, new AbortController().signal, tell).catch(() => undefined)
    this.#redis.close()
  }

  /** Resolves when all entries that were handed on are committed, or the signal aborts. */
  async #settled(signal: AbortSignal): Promise<void> {
    while (this.#last !== undefined && !signal.aborted) await this.#wake.wait(signal)
  }

  /** @returns how many entries were taken */
  async #takeSome(signal: AbortSignal): Promise<number> {
    try {
      const entries = await this.#reader.next(signal)
      this.#waiting.isThere()
      this.#hand(entries)
      return entries.length
    } catch (error) {
      if (signal.aborted) return 0
      const isRefusal = error instanceof RedisError && error.isRefusal
      this.#waiting.isAway(error instanceof Error ? error.message : String(error), isRefusal)
      return 0
    }
  }

  /** Each entry is a chunk of its own, so that a transaction may end behind each. */
  #hand(entries: readonly Entry[]): void {
    const { input, telemetry } = this.#options
    if (entries.length === 0) this.#waiting.reachEnd()
    let tooLong = 0
    for (const { line, id, at } of entries) {
      const isTooLong = line !== undefined && line.length > lineBytesMax
      if (isTooLong) tooLong += 1
      const feed = { id, cursor: { input: input.path, at } }
      this.#waiting.add(line === undefined || isTooLong ? nothing : asLine(line), feed, isTooLong ? 1 : 0)
      this.#last = at
    }
    if (tooLong > 0) telemetry({ kind: 'limit-reached', limit: 'lineBytesMax', count: tooLong })
    this.#waiting.call()
  }
}

const nothing = Buffer.alloc(0)
const newline = 0x0a
const end = Buffer.from([newline])

/** With a newline behind it. An empty entry is an empty line, which is counted as such. */
const asLine = (line: Buffer): Buffer => (line.at(-1) === newline ? line : Buffer.concat([line, end]))
