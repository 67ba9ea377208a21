/** All inputs of a `run` as one source of lines: the files, and the feeds, which never make the files wait. */
import type { Cursor } from '../model/checkpoint.js'
import type { Chunk, Tail } from '../tail/tail.js'
import type { InputStatus } from '../telemetry/status.js'
import type { Feed } from './feed.js'

export class Sources {
  readonly #files: Pick<Tail, 'look' | 'read'>
  readonly #feeds: ReadonlyMap<string, Feed>
  /** `read` never waits. */
  readonly mayWait = false

  constructor(files: Pick<Tail, 'look' | 'read'>, feeds: readonly Feed[]) {
    this.#files = files
    this.#feeds = new Map(feeds.map(feed => [feed.name, feed]))
  }

  look(now: number): Promise<void> {
    return this.#files.look(now)
  }

  async read(): Promise<Chunk[]> {
    const lines = await this.#files.read()
    for (const feed of this.#feeds.values()) lines.push(...feed.take())
    return lines
  }

  /** Called after a commit, with the cursors that it stored. */
  committed(cursors: readonly Cursor[]): void {
    for (const { input, at } of cursors) this.#feeds.get(input)?.committed(at)
  }

  /** Takes lines from the feeds until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from(this.#feeds.values(), feed => feed.run(signal)))
  }

  /** Called when `run` has ended and nothing more is committed. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#feeds.values(), feed => feed.close()))
  }

  has(name: string): boolean {
    return this.#feeds.has(name)
  }

  /** @param now epoch ms */
  status(now: number): InputStatus[] {
    return Array.from(this.#feeds.values(), feed => feed.status(now))
  }

  /** Warnings about feeds from which no lines come. */
  *warnings(): Generator<string> {
    for (const feed of this.#feeds.values()) {
      const why = feed.away()
      if (why !== undefined) yield `${feed.name}: no lines can be had (${why})`
    }
  }
}
