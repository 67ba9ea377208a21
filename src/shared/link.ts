/**
 * The connection of a sensor to the shared store. It gives up quickly, so that nothing waits while the store is away: of
 * those that ask then, one tries again every sharedRetryMs, and the others are told at once that there is no answer.
 */
import { sharedConnectMs, sharedReplyMs, sharedRetryMs } from '../limits.js'
import { RedisError, type Redis } from '../redis/client.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { orAborted, within } from '../time/wake.js'

/** The store can be reached, and must not be used. The message says why, and what to do. */
export class UnfitStore extends Error {
  override get name(): string {
    return 'UnfitStore'
  }
}

export interface LinkOptions {
  readonly redis: Redis
  /**
   * Checks the store after each connecting, before it is used.
   *
   * @throws UnfitStore
   */
  readonly admit: (redis: Redis, signal: AbortSignal) => Promise<void>
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** The life of the program. */
  readonly signal: AbortSignal
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Of a command within a function Redis 7.0 says neither which one it is, nor NOPERM. */
const lacksRight = ({ message }: RedisError): boolean => /NOPERM|can't (run|access) /.test(message)

/** One sensor's link. It is down until the first `use` or `connect`. */
export class Link {
  readonly #options: LinkOptions
  readonly #name: string
  /** How often what was refused; the first time was reported. */
  readonly #refused = new Map<string, number>()
  #isUp = false
  #isTrying = false
  #triedAt = -Infinity
  /** When the outage was reported, epoch ms. */
  #downSince: number | undefined

  constructor(options: LinkOptions) {
    this.#options = options
    this.#name = options.redis.name
  }

  /** True while the store is away and is not tried yet: `use` would do nothing. */
  isAway(): boolean {
    return !this.#isUp && (this.#isTrying || !this.#isDue())
  }

  isUp(): boolean {
    return this.#isUp
  }

  /**
   * Connects and checks the store; if it cannot be reached that is reported, and tried again.
   *
   * @throws UnfitStore
   */
  async connect(): Promise<void> {
    await this.#try(error => {
      if (error instanceof UnfitStore) throw error
    })
  }

  /**
   * Does work with the store, in sharedReplyMs at most.
   *
   * @param what names the kind of work, for refusals: each is reported once, until work of its kind is done
   * @returns undefined while the store is away, or if it refused; both are reported
   */
  async use<T>(
    what: string,
    work: (redis: Redis, signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    if (this.isAway() || (!this.#isUp && !(await this.#try(() => undefined)))) return undefined
    const refusals = this.#refused.get(what)
    try {
      const done = await this.#inTime(sharedReplyMs, work)
      // Of many commands the work reports those that are refused by itself.
      if (this.#refused.get(what) === refusals) this.#refused.delete(what)
      return done
    } catch (error) {
      if (error instanceof RedisError && error.isRefusal) this.refuse(what, error)
      else this.#fail(error)
      return undefined
    }
  }

  /** Reports a refusal, if it is the first of its kind. */
  refuse(what: string, error: RedisError): void {
    const refusals = this.#refused.get(what) ?? 0
    this.#refused.set(what, refusals + 1)
    if (refusals > 0) return
    const remedy = lacksRight(error) ? ' A right is missing: docs/fleet.md names those that are needed.' : ''
    this.#options.telemetry({ kind: 'shared-refused', store: this.#name, error: `${error.message}${remedy}` })
  }

  /** Also if the clock was set back behind the last try. */
  #isDue(): boolean {
    const since = this.#options.clock.now() - this.#triedAt
    return since < 0 || since >= sharedRetryMs
  }

  /** @param onError called before the failure is reported; may throw. @returns whether the store can be used */
  async #try(onError: (error: unknown) => void): Promise<boolean> {
    const { admit, clock, telemetry } = this.#options
    this.#isTrying = true
    try {
      await this.#inTime(sharedConnectMs, admit)
      this.#isUp = true
      if (this.#downSince === undefined) return true
      const seconds = Math.max(0, Math.round((clock.now() - this.#downSince) / 1000))
      this.#downSince = undefined
      telemetry({ kind: 'shared-up', store: this.#name, seconds })
      return true
    } catch (error) {
      onError(error)
      this.#fail(error)
      return false
    } finally {
      this.#isTrying = false
    }
  }

  /** @throws Error if it takes longer, or the connection breaks */
  async #inTime<T>(ms: number, work: (redis: Redis, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { redis, clock, signal } = this.#options
    const done = await within(ms, clock, signal, async until => ({
      value: await orAborted(work(redis, until), until),
    }))
    if (done) return done.value
    throw new Error(`${this.#name}: no answer in ${ms} ms`)
  }

  #fail(error: unknown): void {
    const { clock, signal, telemetry } = this.#options
    this.#isUp = false
    this.#triedAt = clock.now()
    if (signal.aborted || this.#downSince !== undefined) return
    this.#downSince = clock.now()
    telemetry({ kind: 'shared-down', store: this.#name, error: textOf(error) })
  }
}
