/** Decompresses a list, drops its byte order mark, and refuses what is no text. */
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { packingOf } from '../files/packed.js'
import { packingHeadBytes } from '../limits.js'

/** The first bytes of a stream, and the whole stream. */
export interface Peeked {
  /** As many as requested, or all that there are. */
  readonly head: Buffer
  readonly chunks: AsyncIterable<Buffer>
}

/** Reads the first bytes; the rest is read only through `chunks`. */
export const peek = async (chunks: AsyncIterable<Buffer>, bytes: number): Promise<Peeked> => {
  const iterator = chunks[Symbol.asyncIterator]()
  const parts: Buffer[] = []
  for (let size = 0; size < bytes; size += parts.at(-1)?.length ?? 0) {
    const next = await iterator.next()
    if (next.done === true) break
    parts.push(next.value)
  }
  const read = Buffer.concat(parts)
  return { head: read.subarray(0, bytes), chunks: joined(read, iterator) }
}

async function* joined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield head
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

async function* gunzipped(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const unpacked = createGunzip()
  // Errors of the file and of the archive are thrown by the loop below.
  pipeline(Readable.from(chunks), unpacked, () => undefined)
  try {
    for await (const bytes of unpacked as AsyncIterable<Buffer>) yield bytes
  } catch (cause) {
    throw new Error(`the gzip file is damaged (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    })
  }
}

const byteOrderMark = Buffer.from('\ufeff')

async function* withoutMark({ head, chunks }: Peeked): AsyncGenerator<Buffer, void> {
  let passed = head.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? byteOrderMark.length : 0
  for await (const chunk of chunks) {
    yield chunk.subarray(passed)
    passed = Math.max(0, passed - chunk.length)
  }
}

/**
 * The text of a list, decompressed if it is gzip.
 *
 * @param file the file's name, quoted for a shell command
 * @param importing the command that reads it
 * @throws Error for other compressions (it names the command to use), and for bytes that are no text
 */
export const unpacked = async (
  packed: AsyncIterable<Buffer>,
  file: string,
  importing = 'import',
): Promise<AsyncIterable<Buffer>> => {
  const outer = await peek(packed, packingHeadBytes)
  const isPacked = packingOf(outer.head)?.name === 'gzip'
  const inner = isPacked ? await peek(gunzipped(outer.chunks), packingHeadBytes) : outer
  const packing = packingOf(inner.head)
  if (!packing && !inner.head.includes(0)) return withoutMark(inner)
  if (!packing) throw new Error('holds bytes that are no text')
  const command = isPacked ? `zcat ${file} | ${packing.command} -` : `${packing.command} ${file}`
  throw new Error(
    `is ${packing.name}${isPacked ? ' packed with gzip' : ''}. Say: ${command} | domainstats ${importing} -`,
  )
}
