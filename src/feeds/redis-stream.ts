/**
 * Entries of a Redis stream. They stay in it: the id of the last one is stored in the transaction of its line, so each
 * counts once, and several readers do not disturb each other.
 */
import { feedBytesMax, feedEntriesMax, feedEntriesPerReply } from '../limits.js'
import { listIn, type Redis, type RedisReply } from '../redis/client.js'
import type { Entry, EntryReader } from './redis-feed.js'

export interface StreamOptions {
  readonly key: string
  /** The field with the line; undefined: the first one. */
  readonly field: string | undefined
  readonly start: 'beginning' | 'end'
  /** The cursor in the store. */
  readonly cursor: string | undefined
}

/** Before all entries. */
const beginning = '0-0'

export class StreamReader implements EntryReader {
  readonly #redis: Redis
  readonly #options: StreamOptions
  /** The id of the last entry that was committed; undefined before the first look. */
  #last: string | undefined

  constructor(redis: Redis, options: StreamOptions) {
    this.#redis = redis
    this.#options = options
    this.#last = isEntryId(options.cursor) ? options.cursor : undefined
  }

  committed(at: string): void {
    this.#last = at
  }

  async next(signal: AbortSignal): Promise<readonly Entry[]> {
    if (this.#last === undefined && this.#options.start === 'end') return this.#fromEnd(signal)
    const from = (this.#last ??= beginning)
    const { key } = this.#options
    const entries: Entry[] = []
    let bytes = 0
    while (entries.length < feedEntriesMax && bytes < feedBytesMax) {
      const after = entries.at(-1)?.at ?? from
      const command = ['XRANGE', key, `(${after}`, '+', 'COUNT', String(feedEntriesPerReply)]
      const [reply] = await this.#redis.send(key, [command], signal)
      const some = listIn(reply).map(entry => this.#entryOf(entry))
      for (const { line } of some) bytes += line?.length ?? 0
      entries.push(...some)
      if (some.length < feedEntriesPerReply) break
    }
    return entries
  }

  /** Only the id of the last entry there is, so that a restart begins behind it. */
  async #fromEnd(signal: AbortSignal): Promise<readonly Entry[]> {
    const { key } = this.#options
    const [reply] = await this.#redis.send(key, [['XREVRANGE', key, '+', '-', 'COUNT', '1']], signal)
    const [last] = listIn(reply)
    const at = last === undefined ? beginning : this.#entryOf(last).at
    return [{ line: undefined, id: at, at }]
  }

  #entryOf(reply: RedisReply): Entry {
    const { id, line = nothing } = streamEntryIn(reply, this.#options.field, this.#redis.name)
    return { line, id, at: id }
  }
}

/**
 * An entry of a stream, as XRANGE, XREADGROUP and XAUTOCLAIM give it.
 *
 * @param field the field with the line; undefined: the first one
 * @param name of the Redis, for the error
 * @returns its line; undefined if the entry was removed from the stream, and only its id is known still
 * @throws Error for a reply that is no entry
 */
export const streamEntryIn = (
  reply: RedisReply,
  field: string | undefined,
  name: string,
): { readonly id: string; readonly line: Buffer | undefined } => {
  const [first, content] = listIn(reply)
  const id = first?.toString() ?? ''
  if (!isEntryId(id)) throw new Error(`${name}: a reply that is no entry`)
  if (content === null) return { id, line: undefined }
  const pairs = listIn(content)
  const place =
    field === undefined ? 0 : pairs.findIndex((key, i) => i % 2 === 0 && key?.toString() === field)
  const line = place < 0 ? undefined : pairs[place + 1]
  // An entry without the field is an empty line: it is counted as one.
  return { id, line: Buffer.isBuffer(line) ? line : nothing }
}

/** Two numbers of 64 bits. */
export const isEntryId = (text: string | undefined): boolean => /^\d{1,20}-\d{1,20}$/.test(text ?? '')

const nothing = Buffer.alloc(0)
