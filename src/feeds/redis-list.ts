/**
 * Entries of a Redis list, as Suricata writes it (`filetype: redis`, LPUSH or RPUSH).
 *
 * An entry that was only popped would be lost in a crash. So LMOVE takes it into a list of our own, `KEY:taken:SENSOR`, and
 * it is removed there when it is committed. The store counts in the same transaction how many were ever committed, and Redis
 * counts in the same MULTI how many were ever removed (`KEY:taken:SENSOR:done`). So after a crash between the two it is
 * known which entries of the taken list count already: each counts once. Where a Redis forgets what it had confirmed
 * (`appendfsync everysec`), entries may come twice, with the same ids.
 */
import { feedBytesMax, feedEntriesMax, feedEntriesPerReply } from '../limits.js'
import { listIn, type Redis, type RedisReply } from '../redis/client.js'
import type { Entry, EntryReader } from './redis-feed.js'

export interface ListOptions {
  readonly key: string
  /** With which command the sensor writes. */
  readonly mode: 'lpush' | 'rpush'
  /** Tells the readers of one list apart. */
  readonly sensor: string
  /** The cursor in the store. */
  readonly cursor: string | undefined
}

/** In a Cluster both lists must be on one node: the part of a key in braces decides. */
const takenKey = ({ key, sensor }: ListOptions, isCluster: boolean): string => {
  const hasTag = /\{[^}]+\}/.test(key)
  return `${isCluster && !hasTag ? `{${key}}` : key}:taken:${sensor}`
}

const countIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

export class ListReader implements EntryReader {
  readonly #redis: Redis
  readonly #options: ListOptions
  readonly #taken: string
  readonly #done: string
  /** How many entries were ever committed. */
  #committed: number
  /** How many were removed from the taken list, as Redis knows it; undefined if that must be asked. */
  #removed: number | undefined
  /** The taken list may hold entries that were not returned yet. */
  #hasLeft = true

  constructor(redis: Redis, options: ListOptions) {
    this.#redis = redis
    this.#options = options
    this.#taken = takenKey(options, redis.isCluster)
    this.#done = `${this.#taken}:done`
    this.#committed = countIn(options.cursor) ?? 0
  }

  committed(at: string): void {
    this.#committed = countIn(at) ?? this.#committed
  }

  async next(signal: AbortSignal): Promise<readonly Entry[]> {
    try {
      await this.#removeCommitted(signal)
      const left = this.#hasLeft ? await this.#left(signal) : []
      this.#hasLeft = left.length > 0
      const lines = this.#hasLeft ? left : await this.#move(signal)
      return lines.map((line, at) => ({ line, id: '0', at: String(this.#committed + at + 1) }))
    } catch (error) {
      // A command may have been done although its reply was lost.
      this.#removed = undefined
      this.#hasLeft = true
      throw error
    }
  }

  async #removeCommitted(signal: AbortSignal): Promise<void> {
    this.#removed ??= await this.#askRemoved(signal)
    const count = this.#committed - this.#removed
    if (count === 0) return
    const remove = [
      ['LTRIM', this.#taken, String(count), '-1'],
      ['SET', this.#done, String(this.#committed)],
    ]
    await this.#redis.transact(this.#taken, remove, signal)
    this.#removed = this.#committed
  }

  async #askRemoved(signal: AbortSignal): Promise<number> {
    const [reply] = await this.#redis.send(this.#taken, [['GET', this.#done]], signal)
    const removed = countIn(reply?.toString())
    // The store is older than the list: it was restored, or begun anew.
    if (removed !== undefined && removed > this.#committed) this.#committed = removed
    // Without the count it is unknown what counts already: nothing is removed.
    if (removed === undefined)
      await this.#redis.send(this.#taken, [['SET', this.#done, String(this.#committed)]], signal)
    return removed ?? this.#committed
  }

  /** What was taken and not committed: before a crash, or before the connection broke. */
  async #left(signal: AbortSignal): Promise<Buffer[]> {
    const found: Buffer[] = []
    while (mayGrow(found)) {
      const [from, to] = [found.length, found.length + feedEntriesPerReply - 1]
      const [reply] = await this.#redis.send(
        this.#taken,
        [['LRANGE', this.#taken, String(from), String(to)]],
        signal,
      )
      const some = listIn(reply).filter(isBytes)
      found.push(...some)
      if (some.length < feedEntriesPerReply) break
    }
    return found
  }

  async #move(signal: AbortSignal): Promise<Buffer[]> {
    const { key, mode } = this.#options
    const [length] = await this.#redis.send(key, [['LLEN', key]], signal)
    const there = Math.min(Number(length), feedEntriesMax)
    // The oldest one is on the other side of where the sensor writes.
    const move = ['LMOVE', key, this.#taken, mode === 'lpush' ? 'RIGHT' : 'LEFT', 'RIGHT']
    const found: Buffer[] = []
    while (found.length < there && mayGrow(found)) {
      const count = Math.min(there - found.length, feedEntriesPerReply)
      const replies = await this.#redis.send(key, new Array<string[]>(count).fill(move), signal)
      const some = replies.filter(isBytes)
      found.push(...some)
      if (some.length < count) break
    }
    return found
  }
}

const isBytes = (reply: RedisReply): reply is Buffer => Buffer.isBuffer(reply)

const mayGrow = (found: readonly Buffer[]): boolean =>
  found.length < feedEntriesMax && found.reduce((sum, { length }) => sum + length, 0) < feedBytesMax
