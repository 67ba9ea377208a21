/** Much text to a stream, no faster than it is read. */
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * Writes the pieces and leaves the stream open. When the signal aborts it ends in silence: a reader who leaves is no
 * error.
 */
export const writeAll = async (
  stream: Writable,
  pieces: Iterable<string>,
  signal: AbortSignal,
): Promise<void> => {
  try {
    await pipeline(Readable.from(pieces), stream, { end: false, signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
