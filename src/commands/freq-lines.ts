/** The lines of a text that may come from anywhere and be of any length. */
import { createReadStream } from 'node:fs'
import { addAbortSignal } from 'node:stream'
import type { Io } from './io.js'

/**
 * The lines of a file, as UTF-8, without their ends (`\n` or `\r\n`). What is no UTF-8 becomes U+FFFD.
 *
 * @param path `-` for standard input
 * @param charsMax of a line; one that is longer is not kept, and comes as undefined
 * @throws Error where the file cannot be read; AbortError when the program shall stop
 */
export async function* linesOf(path: string, charsMax: number, io: Io): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder()
  let half = ''
  let passing = false
  const whole = (piece: string): string | undefined => {
    const line = passing ? undefined : (half + piece).replace(/\r$/, '')
    half = ''
    passing = false
    return line === undefined || line.length > charsMax ? undefined : line
  }
  for await (const bytes of addAbortSignal(io.signal, path === '-' ? io.stdin : createReadStream(path))) {
    if (!Buffer.isBuffer(bytes)) throw new TypeError('not a stream of bytes')
    const pieces = decoder.decode(bytes, { stream: true }).split('\n')
    const rest = pieces.pop() ?? ''
    for (const piece of pieces) yield whole(piece)
    if (!passing) half += rest
    // One more may be the `\r` of its end.
    if (half.length > charsMax + 1) [half, passing] = ['', true]
  }
  half += decoder.decode()
  if (passing || half !== '') yield whole('')
}
