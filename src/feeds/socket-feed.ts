/**
 * A feed from a Unix stream socket: we listen, and each client, such as Suricata with `filetype: unix_stream`, writes lines.
 *
 * A socket keeps nothing: what the system and this process hold of it is lost with the process. While ingest stands still
 * nothing is read from it, and Suricata drops by itself what it cannot write.
 */
import { once } from 'node:events'
import { chmod, lstat, rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { codeOf } from '../files/rights.js'
import { inodeAt } from '../files/files.js'
import { feedBytesMax, socketConnectionsMax } from '../limits.js'
import { emptyFingerprint } from '../model/checkpoint.js'
import { whyAbsent } from '../tail/inputs.js'
import { createLineCutter, type WholeLines } from '../tail/source.js'
import type { Chunk } from '../tail/tail.js'
import type { InputStatus } from '../telemetry/status.js'
import { FeedLines, type Feed, type FeedOptions } from './feed.js'

/** The lines of a socket have no place. */
const place = { id: '0', cursor: undefined }

export class SocketFeed implements Feed {
  readonly #options: FeedOptions
  readonly #mode: number
  readonly #waiting: FeedLines
  readonly #clients = new Set<Socket>()
  #server: Server | undefined
  /** The inode of our socket. */
  #inode: string | undefined

  /** @param mode of the socket, as in chmod(2) */
  constructor(options: FeedOptions, mode: number) {
    this.#options = options
    this.#mode = mode
    this.#waiting = new FeedLines(options)
  }

  get name(): string {
    return this.#options.input.path
  }

  take(): readonly Chunk[] {
    const taken = this.#waiting.take()
    for (const client of this.#clients) client.resume()
    this.#waiting.reachEnd()
    return taken
  }

  committed(): void {
    // A socket has no cursor.
  }

  close(): Promise<void> {
    // All was closed when `run` ended.
    return Promise.resolve()
  }

  status(now: number): InputStatus {
    return this.#waiting.status(now)
  }

  away(): string | undefined {
    return this.#waiting.away
  }

  /** Listens, and again when somebody has removed the socket. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, pollMs } = this.#options
    while (!signal.aborted) {
      if (this.#server && (await inodeAt(this.name)) !== this.#inode) this.#close()
      if (!this.#server) await this.#listen().catch((error: unknown) => this.#fail(error))
      await clock.sleep(pollMs, signal)
    }
    this.#close()
    for (const client of this.#clients) client.destroy()
  }

  async #listen(): Promise<void> {
    await removeStale(this.name)
    const server = createServer(client => this.#serve(client))
    server.listen(this.name)
    await once(server, 'listening')
    this.#server = server
    await chmod(this.name, this.#mode)
    this.#inode = await inodeAt(this.name)
    this.#waiting.isThere()
  }

  async #fail(error: unknown): Promise<void> {
    this.#close()
    // The sensor may make the folder. Node says EACCES where it is not there (libuv, uv_pipe_bind2).
    const isAbsent = (await inodeAt(dirname(this.name))) === undefined
    const why = isAbsent ? await whyAbsent(this.name) : error instanceof Error ? error.message : String(error)
    this.#waiting.isAway(why, !isAbsent)
  }

  /** Node removes the socket, too. */
  #close(): void {
    this.#server?.close()
    this.#server = undefined
  }

  #serve(client: Socket): void {
    client.on('error', () => undefined)
    if (this.#clients.size >= socketConnectionsMax) {
      this.#options.telemetry({ kind: 'limit-reached', limit: 'socketConnectionsMax', count: 1 })
      client.destroy()
      return
    }
    this.#clients.add(client)
    const cutter = createLineCutter(emptyFingerprint)
    const add = (lines: WholeLines | undefined) => {
      if (!lines) return
      this.#waiting.add(lines.bytes, place, lines.tooLong)
      this.#waiting.call()
      if (this.#waiting.bytes >= feedBytesMax) for (const other of this.#clients) other.pause()
    }
    client.on('data', bytes => add(cutter.push(bytes)))
    client.once('close', () => {
      this.#clients.delete(client)
      // Whole or half, as where a file ends: the parser decides.
      add(cutter.rest())
    })
  }
}

/**
 * Removes the socket of a process that is gone.
 *
 * @throws Error if another process listens there, or something else than a socket is there
 */
const removeStale = async (path: string): Promise<void> => {
  const stats = await lstat(path).catch(() => undefined)
  if (!stats) return
  if (!stats.isSocket())
    throw new Error(`${path} is there and is no socket: move it away, or give another path`)
  if (await isListening(path)) throw new Error(`another process listens at ${path}: give another path`)
  await rm(path, { force: true })
}

/** Whether a process listens at a socket. */
export const isListening = async (path: string): Promise<boolean> => {
  const socket = connect({ path })
  try {
    await once(socket, 'connect')
    return true
  } catch (error) {
    // EAGAIN: somebody is there and has too much to do.
    return codeOf(error) !== 'ECONNREFUSED' && codeOf(error) !== 'ENOENT'
  } finally {
    socket.destroy()
  }
}
