/** Reads logs from a pipe: once, from its start. */
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { packedBytesAtOnce } from '../limits.js'
import { emptyFingerprint } from '../model/checkpoint.js'
import { isCertain, kindOf, refusalOf } from './packing.js'
import { createLineCutter, type LogSource } from './source.js'

/**
 * The bytes of a log from a pipe, unpacked if they are a gzip. Waits for the first bytes only.
 *
 * @throws NoLog if another program has to unpack it
 */
export const openStream = async (stream: Readable, inGzip = false): Promise<Readable> => {
  const chunks = bytesOf(stream)
  let start = nothing
  for (let isOver = false; !isOver && !isCertain(start);) {
    const next = await chunks.next()
    if (next.done === true) isOver = true
    else start = Buffer.concat([start, next.value])
  }
  const kind = kindOf(start)
  if (typeof kind === 'object' || (kind === 'gzip' && inGzip)) throw refusalOf(kind, '-', inGzip)
  const all = Readable.from(startingWith(start, chunks))
  if (kind === 'plain') return all
  const unpacked = createGunzip({ chunkSize: packedBytesAtOnce })
  pipeline(all, unpacked, () => undefined)
  return openStream(unpacked, true)
}

const bytesOf = async function* (stream: Readable): AsyncGenerator<Buffer, void> {
  for await (const bytes of stream) {
    if (!Buffer.isBuffer(bytes)) throw new TypeError('a log is read as bytes')
    yield bytes
  }
}

const startingWith = async function* (
  start: Buffer,
  rest: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start
  yield* rest
}

/** Reads a stream of bytes once, from its start: standard input, or another pipe. */
export const readStream = (stream: Readable): LogSource => {
  const cutter = createLineCutter(emptyFingerprint)
  const chunks = bytesOf(stream)
  return {
    rest: cutter.rest,
    before: () => Promise.resolve(nothing),
    piece: () => Promise.resolve(nothing),
    size: () => 0,
    behind: () => 0,
    endSignature: () => '',
    changed: () => 0,
    statSignature: () => Promise.resolve(''),
    close: () => {
      stream.destroy()
      return Promise.resolve()
    },
    read: async () => {
      for (;;) {
        const next = await chunks.next()
        if (next.done === true) return 'end'
        const lines = cutter.push(next.value)
        if (lines) return lines
      }
    },
  }
}

const nothing = Buffer.alloc(0)
