/** Bytes to lines, with their numbers; a line that is too long is named, where a stream of lines would drop it. */

export interface Line {
  /** Counted from 1. */
  readonly number: number
  /** As UTF-8, without its end; undefined where it is too long. What is no UTF-8 becomes U+FFFD. */
  readonly text: string | undefined
}

const [newline, carriageReturn] = [0x0a, 0x0d]

/**
 * The lines of a text that may come from anywhere, each ended by `\n` or `\r\n`, the last one perhaps by nothing. A
 * byte order mark before the first is none of it. Memory stays flat, however long a line is.
 *
 * @param bytesMax of a line, without its end
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>, bytesMax: number): AsyncGenerator<Line, void> {
  let number = 0
  let parts: Buffer[] = []
  let size = 0
  const add = (part: Buffer) => {
    size += part.length
    // One more may be the `\r` of its end.
    if (size <= bytesMax + 1) parts.push(part)
    else parts = []
  }
  const line = (): Line => {
    const bytes = Buffer.concat(parts)
    const end = bytes.at(-1) === carriageReturn ? 1 : 0
    const whole = size - end <= bytesMax
    ;[parts, size, number] = [[], 0, number + 1]
    const text = whole ? bytes.toString('utf8', 0, bytes.length - end) : undefined
    return { number, text: number === 1 ? text?.replace(/^\ufeff/, '') : text }
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
