/**
 * Answers that need no look at the store: given a moment ago, and with nothing to write but a count. Whoever asks for
 * such a name again within the moment gets the same answer; the store learns of it a little later.
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.js'
import { countLateMs, warmAnswersMax, warmMs } from '../limits.js'
import type { KnownAnswer } from '../name-answer.js'
import type { Commits } from './committer.js'

export interface WarmOptions {
  readonly committer: Commits
  readonly clock: Clock
  /** The life of the program. */
  readonly signal: AbortSignal
}

/** How often a domain was asked for, and when the last time (epoch ms). */
interface Asked {
  count: number
  last: number
}

export class WarmAnswers {
  readonly #options: WarmOptions
  readonly #answers = new LRUCache<string, { readonly answer: KnownAnswer; readonly until: number }>({
    max: warmAnswersMax,
  })
  #asked = new Map<string, Asked>()
  #counting = false

  constructor(options: WarmOptions) {
    this.#options = options
  }

  /** The answer, if it is warm. Counts the question. @param query in canonical text */
  get(query: string): KnownAnswer | undefined {
    const now = this.#options.clock.now()
    const warm = this.#answers.get(query)
    if (!warm || warm.until <= now) return undefined
    const { domain } = warm.answer
    const asked = this.#asked.get(domain) ?? { count: 0, last: now }
    asked.count += 1
    asked.last = now
    this.#asked.set(domain, asked)
    if (!this.#counting) void this.#countSoon()
    return warm.answer
  }

  set(query: string, answer: KnownAnswer): void {
    this.#answers.set(query, { answer, until: this.#options.clock.now() + warmMs })
  }

  /** The ignore list has changed: what was answered may not be said any more. */
  clear(): void {
    this.#answers.clear()
  }

  async #countSoon(): Promise<void> {
    this.#counting = true
    await this.#options.clock.sleep(countLateMs, this.#options.signal)
    this.#counting = false
    // A store that does not work tells it to the next question.
    if (!this.#options.signal.aborted) await this.count().catch(() => undefined)
  }

  /** Adds what was asked to the counts of the domains. To be called once more at the end. */
  async count(): Promise<void> {
    const asked = this.#asked
    if (asked.size === 0) return
    this.#asked = new Map()
    const counts = [...asked].map(([domain, { count, last }]) => ({ domain, count, last }))
    await this.#options.committer.commit({}, () => ({ records: [], counts }), this.#options.signal)
  }
}
