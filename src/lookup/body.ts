/** The body of an answer: counted as it comes, unpacked, and counted again. */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import { responseBytesMax } from '../limits.js'

/** The text, or why there is none. */
export type Body = string | { readonly reason: 'answer-too-large' | 'malformed-answer' }

type Unpack = (packed: Uint8Array, limit: { maxOutputLength: number }) => Promise<Uint8Array>

const asGzip: Unpack = promisify(gunzip)
const asBrotli: Unpack = promisify(brotliDecompress)
const asZlib: Unpack = promisify(inflate)
const asDeflate: Unpack = promisify(inflateRaw)
/** RFC 9110 8.4.1.2: "deflate" is the zlib format, but some servers send what is in it without its frame. */
const eitherDeflate: Unpack = (packed, limit) =>
  ((packed[0] ?? 0) & 0x0f) === 8 ? asZlib(packed, limit) : asDeflate(packed, limit)

const unpackers: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['', packed => Promise.resolve(packed)],
  ['identity', packed => Promise.resolve(packed)],
  ['gzip', asGzip],
  ['x-gzip', asGzip],
  ['deflate', eitherDeflate],
  ['br', asBrotli],
])

/** Undefined when there are too many bytes; Content-Length is only a claim. */
const collect = async (body: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > responseBytesMax) return undefined // leaving the loop destroys the stream
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'

/**
 * Reads a body. Rejects only as the stream does.
 *
 * @param encoding the Content-Encoding. We ask for none, but not every server cares. A pile of several is refused:
 *   each one may blow up the next.
 */
export const readBody = async (
  body: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
): Promise<Body> => {
  const packed = await collect(body)
  if (!packed) return { reason: 'answer-too-large' }
  if (packed.length === 0) return ''
  const unpack = unpackers.get(encoding?.trim().toLowerCase() ?? '')
  if (!unpack) return { reason: 'malformed-answer' }
  try {
    const bytes = await unpack(packed, { maxOutputLength: responseBytesMax }) // stops there: no bomb goes off
    return new TextDecoder().decode(bytes) // drops a byte order mark
  } catch (error) {
    return { reason: isTooLarge(error) ? 'answer-too-large' : 'malformed-answer' }
  }
}
