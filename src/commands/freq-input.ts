/** The bytes of a text that the freq commands read, from a file or standard input. */
import { createReadStream } from 'node:fs'
import { addAbortSignal } from 'node:stream'
import type { Io } from './io.js'

/**
 * @param path `-` for standard input
 * @throws Error where the file cannot be read; AbortError when the program shall stop
 */
export async function* bytesOf(path: string, { stdin, signal }: Io): AsyncGenerator<Buffer, void> {
  for await (const bytes of addAbortSignal(signal, path === '-' ? stdin : createReadStream(path))) {
    if (!Buffer.isBuffer(bytes)) throw new TypeError('not a stream of bytes')
    yield bytes
  }
}
