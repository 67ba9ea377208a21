/**
 * Caches answers for a moment, where asking again changes only a count: a repeated question gets the same answer without
 * a read of the store, and the counts are written a little later.
 */
import { LRUCache } from 'lru-cache'
import type { Commits } from '../commit/committer.js'
import { countLateMs, releaseMax, staleAnswerMs, cachedAnswersMax, cachedAnswerMs } from '../limits.js'
import { growingTo } from '../model/lru.js'
import type { KnownAnswer } from '../model/record.js'
import type { Store } from '../store/store.js'
import type { Clock } from '../time/clock.js'

export interface AnswerCacheOptions {
  readonly store: Pick<Store, 'watchOthers'>
  readonly committer: Commits
  readonly clock: Clock
  /** The life of the program. */
  readonly signal: AbortSignal
}

interface CachedAnswer {
  readonly answer: KnownAnswer
  /** Epoch ms. */
  readonly until: number
  /** Questions since the last commit, and when the last one came (epoch ms). */
  count: number
  last: number
}

export class AnswerCache {
  readonly #options: AnswerCacheOptions
  readonly #answers = new LRUCache<string, CachedAnswer>(growingTo(cachedAnswersMax))
  readonly #isChangedByOthers: () => boolean
  /** Epoch ms of the next check whether another process has written to the store. */
  #lookAt = 0
  #asked: CachedAnswer[] = []
  #counting = false

  constructor(options: AnswerCacheOptions) {
    this.#options = options
    this.#isChangedByOthers = options.store.watchOthers()
  }

  /** The answer, if it is cached. Counts the question. @param query in canonical text */
  get(query: string): KnownAnswer | undefined {
    const now = this.#options.clock.now()
    if (now >= this.#lookAt) this.#look(now)
    const cached = this.#answers.get(query)
    if (!cached || cached.until <= now) return undefined
    if (cached.count === 0) this.#asked.push(cached)
    cached.count += 1
    cached.last = now
    if (!this.#counting) void this.#countSoon()
    return cached.answer
  }

  /** @param freshUntil epoch ms at which the registration has to be looked up again */
  set(query: string, answer: KnownAnswer, freshUntil: number): void {
    const now = this.#options.clock.now()
    // Out of date already: a look-up is under way, so the answer is cached for a shorter time.
    const until = Math.min(now + cachedAnswerMs, freshUntil > now ? freshUntil : now + staleAnswerMs)
    this.#answers.set(query, { answer, until, count: 0, last: now })
  }

  clear(): void {
    this.#answers.clear()
  }

  #look(now: number): void {
    this.#lookAt = now + countLateMs
    if (this.#isChangedByOthers()) this.clear()
  }

  async #countSoon(): Promise<void> {
    this.#counting = true
    await this.#options.clock.sleep(countLateMs, this.#options.signal)
    this.#counting = false
    // The error of a store that does not work reaches the next question.
    if (!this.#options.signal.aborted) await this.count().catch(() => undefined)
  }

  /** Adds the questions to the counts of their domains. To be called once more at the end. */
  async count(): Promise<void> {
    const asked = this.#asked
    if (asked.length === 0) return
    this.#asked = []
    const counts = asked.map(({ answer: { domain }, count, last }) => ({ domain, count, last }))
    for (const cached of asked) cached.count = 0
    for (let from = 0; from < counts.length; from += releaseMax) {
      const some = counts.slice(from, from + releaseMax)
      await this.#options.committer.commit({}, () => ({ records: [], counts: some }), this.#options.signal)
    }
  }
}
