/** Bytes to lines, with their numbers; a line that is too long is named, where a stream of lines would drop it. */
import { importLineBytesMax } from '../limits.js'

export interface Line {
  /** Counted from 1. */
  readonly number: number
  /** Without its end; undefined where it is longer than importLineBytesMax. */
  readonly text: string | undefined
}

const newline = 0x0a

/** The lines of a list. Memory stays flat, however long one of them is. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line, void> {
  let number = 1
  let parts: Buffer[] = []
  let size = 0
  const add = (part: Buffer) => {
    size += part.length
    if (size <= importLineBytesMax) parts.push(part)
    else parts = []
  }
  const line = (): Line => {
    const whole = size <= importLineBytesMax
    const text = whole ? Buffer.concat(parts).toString().replace(/\r$/, '') : undefined
    ;[parts, size] = [[], 0]
    return { number: number++, text }
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      add(chunk.subarray(from, end))
      yield line()
      from = end + 1
    }
    add(chunk.subarray(from))
  }
  if (size > 0) yield line()
}
