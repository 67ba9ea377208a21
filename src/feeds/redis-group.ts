/**
 * Entries of a Redis stream that several daemons share: a consumer group delivers each entry to one of them.
 *
 * A delivered entry stays pending in the group until it is acknowledged, which is done after its commit; those of a consumer
 * that is gone are claimed by the others. The transaction that counts an entry also stores its id, and nothing is read
 * before all ids in the store are acknowledged. So an entry that is delivered to this daemon was never committed by it: it
 * counts once here, whatever was killed in between. Of two daemons, the second may have claimed what the first was only slow
 * with: then both count it, with the same ids of records.
 *
 * @see https://redis.io/docs/latest/commands/xautoclaim/
 */
import { feedBytesMax, feedEntriesMax, feedEntriesPerReply } from '../limits.js'
import { listIn, RedisError, type Redis, type RedisCommand, type RedisReply } from '../redis/client.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Entry, EntryReader } from './redis-feed.js'
import { isEntryId, streamEntryIn, type StreamOptions } from './redis-stream.js'

export interface GroupOptions extends StreamOptions {
  readonly group: string
  /** The name of this daemon in the group, the same after a restart; no other daemon has it. */
  readonly consumer: string
  /** Entries that were not acknowledged for so long are claimed from their consumer. */
  readonly claimMs: number
  /** The cursor in the store of a time when this stream was read without a group. */
  readonly former: string | undefined
  /** The name of the input, for reports. */
  readonly path: string
  readonly telemetry: Telemetry
}

/** What a reply brought. */
interface Taken {
  readonly entries: { readonly id: string; readonly line: Buffer }[]
  /** Ids of entries that were delivered, and are not in the stream any more. */
  readonly gone: string[]
  /** The id of the last one. */
  last: string
}

/** Before all entries. */
const beginning = '0-0'

export class GroupReader implements EntryReader {
  readonly #redis: Pick<Redis, 'name' | 'send'>
  readonly #options: GroupOptions
  /** The id behind which a group begins if there is none: the highest one that was committed. */
  #place: string | undefined
  /** The group was there once. */
  #wasThere: boolean
  /** Ids that are committed, and maybe not acknowledged. */
  #unacknowledged: readonly string[]
  /** There may be pending entries of ours that were not returned yet. */
  #hasLeft = true
  /** Where the search for entries to claim goes on. */
  #claimFrom = beginning

  constructor(redis: Pick<Redis, 'name' | 'send'>, options: GroupOptions) {
    this.#redis = redis
    this.#options = options
    const { place, committed } = readCursor(options.cursor ?? options.former)
    this.#place = place
    this.#wasThere = options.cursor !== undefined
    this.#unacknowledged = committed
  }

  committed(at: string): void {
    const { place, committed } = readCursor(at)
    this.#place = place
    this.#unacknowledged = committed
  }

  async next(signal: AbortSignal): Promise<readonly Entry[]> {
    try {
      return await this.#next(signal)
    } catch (error) {
      // Entries may have been delivered although nothing was returned.
      this.#hasLeft = true
      if (!isRefusal(error, 'NOGROUP')) throw error
      await this.#create(signal)
      return []
    }
  }

  async end(signal: AbortSignal): Promise<void> {
    await this.#acknowledge(this.#unacknowledged, signal)
    this.#unacknowledged = []
  }

  async #next(signal: AbortSignal): Promise<readonly Entry[]> {
    await this.end(signal)
    if (this.#hasLeft) {
      const left = await this.#left(signal)
      // They would stay pending for ever.
      await this.#acknowledge(left.gone, signal)
      this.#report('entries-trimmed', left.gone.length)
      if (left.entries.length > 0) return this.#numbered(left)
      this.#hasLeft = false
    }
    this.#wasThere = true
    const claimed = await this.#claim(signal)
    this.#report('entries-claimed', claimed.entries.length)
    this.#report('entries-trimmed', claimed.gone.length)
    return this.#numbered(claimed.entries.length > 0 ? claimed : await this.#delivered(signal))
  }

  async #acknowledge(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const { key, group } = this.#options
    if (ids.length > 0) await this.#send(['XACK', key, group, ...ids], signal)
  }

  /** What was delivered and not committed: before a crash, or before the connection broke. */
  #left(signal: AbortSignal): Promise<Taken> {
    return this.#read(({ last }) => last, signal)
  }

  /** What no consumer has had. */
  #delivered(signal: AbortSignal): Promise<Taken> {
    return this.#read(() => '>', signal)
  }

  /** @param behind the id that XREADGROUP is given, by what it has brought so far */
  async #read(behind: (taken: Taken) => string, signal: AbortSignal): Promise<Taken> {
    const { key, group, consumer } = this.#options
    const found = emptyTaken()
    while (mayGrow(found)) {
      const options = ['GROUP', group, consumer, 'COUNT', String(feedEntriesPerReply)]
      const reply = await this.#send(['XREADGROUP', ...options, 'STREAMS', key, behind(found)], signal)
      const [, entries] = listIn(listIn(reply)[0])
      if (this.#add(found, entries) < feedEntriesPerReply) break
    }
    return found
  }

  /** Searches on for entries of dead consumers, as far as one turn goes. */
  async #claim(signal: AbortSignal): Promise<Taken> {
    const { key, group, consumer, claimMs } = this.#options
    const found = emptyTaken()
    while (mayGrow(found)) {
      const from = [this.#claimFrom, 'COUNT', String(feedEntriesPerReply)]
      const reply = await this.#send(['XAUTOCLAIM', key, group, consumer, String(claimMs), ...from], signal)
      const [next, entries, gone] = listIn(reply)
      const id = next?.toString()
      this.#claimFrom = id !== undefined && isEntryId(id) ? id : beginning
      // The group has forgotten them already.
      for (const trimmed of listIn(gone)) found.gone.push(String(trimmed))
      const count = this.#add(found, entries) + listIn(gone).length
      if (count < feedEntriesPerReply || this.#claimFrom === beginning) break
    }
    return found
  }

  /** @returns how many the reply has */
  #add(taken: Taken, replies: RedisReply | undefined): number {
    const { field } = this.#options
    const some = listIn(replies)
    for (const reply of some) {
      // Redis 6 has claimed an entry that is not in the stream any more: only our pending ones have its id.
      if (reply === null) {
        this.#hasLeft = true
        continue
      }
      const { id, line } = streamEntryIn(reply, field, this.#redis.name)
      if (line === undefined) taken.gone.push(id)
      else taken.entries.push({ id, line })
      taken.last = id
    }
    return some.length
  }

  /**
   * The cursor of an entry: the highest id that was committed before, and the ids from the first of these entries to this one.
   *
   * Each is the one before and a bit more. V8 keeps such strings as references to their parts, so thousands of them take no
   * room until one is stored.
   */
  #numbered({ entries }: Taken): Entry[] {
    let at = this.#place ?? beginning
    return entries.map(({ id, line }) => {
      at += ` ${id}`
      return { line, id, at }
    })
  }

  /** Makes the group where it ended for us, or where the settings say. Another daemon may have been faster. */
  async #create(signal: AbortSignal): Promise<void> {
    const { key, group, start, path, telemetry } = this.#options
    // A stream that is not there has only entries to come, and their ids may be lower than those of an older one.
    const isThere = (await this.#send(['EXISTS', key], signal)) === 1
    const begin = start === 'end' ? '$' : beginning
    const behind = isThere ? (this.#place ?? begin) : beginning
    try {
      await this.#send(['XGROUP', 'CREATE', key, group, behind, 'MKSTREAM'], signal)
    } catch (error) {
      if (isRefusal(error, 'BUSYGROUP')) return
      throw error
    }
    telemetry({ kind: this.#wasThere ? 'group-lost' : 'group-created', path, behind })
  }

  async #send(command: RedisCommand, signal: AbortSignal): Promise<RedisReply> {
    const [reply = null] = await this.#redis.send(this.#options.key, [command], signal)
    return reply
  }

  #report(kind: 'entries-claimed' | 'entries-trimmed', count: number): void {
    const { path, telemetry } = this.#options
    if (count > 0) telemetry({ kind, path, count })
  }
}

const emptyTaken = (): Taken => ({ entries: [], gone: [], last: beginning })

const mayGrow = ({ entries, gone }: Taken): boolean =>
  entries.length + gone.length < feedEntriesMax &&
  entries.reduce((sum, { line }) => sum + line.length, 0) < feedBytesMax

/** By the first word of the server's error, which stands behind the address. */
const isRefusal = (error: unknown, code: string): boolean =>
  error instanceof RedisError && error.isRefusal && error.message.includes(`: ${code} `)

/** Also reads a cursor of a stream without a group, which is one id. */
const readCursor = (
  text: string | undefined,
): { readonly place: string | undefined; readonly committed: readonly string[] } => {
  const ids = (text ?? '').split(' ').filter(isEntryId)
  return { place: highest(ids), committed: ids.slice(1) }
}

/** Claimed entries are older than others, so the last id need not be the highest. */
const highest = (ids: readonly string[]): string | undefined =>
  ids.length === 0 ? undefined : ids.reduce((most, id) => (isHigher(id, most) ? id : most))

const isHigher = (id: string, than: string): boolean => {
  const [ms = 0n, sequence = 0n] = id.split('-').map(BigInt)
  const [thanMs = 0n, thanSequence = 0n] = than.split('-').map(BigInt)
  return ms === thanMs ? sequence > thanSequence : ms > thanMs
}
