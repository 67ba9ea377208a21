/** `scan`: reads files once, from beginning to end and one after the other: archives, plain logs, standard input. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { emptyFingerprint, type Checkpoint } from '../model/checkpoint.js'
import type { Chunk, Followed, OpenerOptions } from './followed.js'
import { Opener } from './open-files.js'
import { NoLog } from './packing.js'
import { openStream, readStream } from './pipe.js'
import type { Input } from './source.js'
import { UnpackAhead } from './unpack-ahead.js'

export interface ScanOptions extends OpenerOptions {
  /** `-` is standard input. */
  readonly inputs: readonly Input[]
  readonly stdin: Readable
}

export class Scan {
  readonly #chunks: AsyncGenerator<Chunk, void>
  readonly #inputs: readonly Input[]
  /** An input is a pipe: `read` may wait for its writer. */
  mayWait = false
  #now = 0

  constructor(options: ScanOptions) {
    this.#inputs = options.inputs
    this.#chunks = this.#readAll(options)
  }

  /** Only looks for pipes: a scan does not look for new files. */
  async look(now: number): Promise<void> {
    this.#now = now
    this.mayWait ||= (await Promise.all(this.#inputs.map(({ path }) => isPipe(path)))).some(Boolean)
  }

  /** The next whole lines; empty when all files are read. */
  async read(): Promise<Chunk[]> {
    const next = await this.#chunks.next()
    return next.done === true ? [] : [next.value]
  }

  async close(): Promise<void> {
    await this.#chunks.return()
  }

  async *#readAll({ inputs, stdin, ...options }: ScanOptions): AsyncGenerator<Chunk, void> {
    const ahead: UnpackAhead = new UnpackAhead(stats => opener.isReadToEnd(stats))
    const opener = new Opener({ ...options, ahead })
    const paths = inputs.map(({ path }) => path)
    try {
      for (const [at, input] of inputs.entries()) {
        ahead.begin(paths.slice(at))
        const stream = await streamOf(input.path, stdin)
        const file = stream
          ? await fromStream(input, stream, options)
          : await opener.open(input.path, input, this.#now)
        await ahead.drop(input.path)
        if (typeof file !== 'object') continue
        try {
          yield* chunksOf(file)
        } catch (error) {
          options.telemetry({ kind: 'input-unreadable', path: file.path, error: String(error) })
        } finally {
          await opener.close(file)
        }
      }
    } finally {
      await ahead.close()
    }
  }
}

/** The stream of an input that can be read only once: standard input, or a pipe such as `<(zcat …)`. */
const streamOf = async (path: string, stdin: Readable): Promise<Readable | undefined> => {
  if (path === '-') return stdin
  return (await isPipe(path)) ? createReadStream(path) : undefined
}

const isPipe = async (path: string): Promise<boolean> => {
  if (path === '-') return true
  const stats = await stat(path).catch(() => undefined)
  return stats !== undefined && !stats.isFile() && !stats.isDirectory()
}

/** Opens a stream. Undefined if it is not a log, which is reported. */
const fromStream = async (
  input: Input,
  stream: Readable,
  { newFile, telemetry }: OpenerOptions,
): Promise<Followed | undefined> => {
  const bytes = await openStream(stream).catch((error: unknown) => {
    stream.destroy()
    const { path } = input
    telemetry(
      error instanceof NoLog
        ? { kind: 'input-refused', path, reason: error.message, remedy: error.remedy }
        : { kind: 'input-unreadable', path, error: String(error) },
    )
  })
  if (!bytes) return undefined
  const close = () => {
    bytes.destroy()
    stream.destroy()
    return Promise.resolve()
  }
  const source = { ...readStream(bytes), close }
  const place = {
    inode: '',
    path: input.path,
    input: input.path,
    header: '',
    statSignature: '',
    changed: 0,
    size: 0,
  }
  const checkpoint: Checkpoint = { ...emptyFingerprint, ...place, finished: 0, file: newFile() }
  return {
    source,
    input,
    inode: '',
    isPacked: false,
    path: input.path,
    checkpoint,
    isFresh: true,
    start: nothing,
    atEnd: false,
    grewAt: 0,
    gone: false,
    isLeft: false,
  }
}

const chunksOf = async function* (file: Followed): AsyncGenerator<Chunk, void> {
  const { input, source } = file
  let { checkpoint } = file
  let before: Buffer | undefined
  for (let lines = await source.read(); typeof lines === 'object'; lines = await source.read()) {
    checkpoint = { ...checkpoint, ...lines.after }
    yield { ...lines, input, checkpoint, before: before ?? (await source.before()) }
    before = nothing
  }
  // Behind the last newline there may be a whole line or a half one: the parser decides.
  const rest = source.rest()
  if (!rest) return
  before ??= await source.before()
  yield { ...rest, input, before, checkpoint: { ...checkpoint, ...rest.after } }
}

const nothing = Buffer.alloc(0)
