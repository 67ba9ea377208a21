/** Names from a stream, one a line. */
import { linesOf } from '../files/lines.js'
import { importLineBytesMax } from '../limits.js'

/** To the end of the line; the `#` of a URL has no blank before it. */
const comment = /(?:^|\s)#.*$/

/**
 * The names in a text, one a line; empty lines and comments (`#`) are none.
 *
 * @throws Error for a line that is too long to be a name
 */
export async function* namesIn(chunks: AsyncIterable<unknown>): AsyncGenerator<string, void> {
  const bytes = async function* () {
    for await (const chunk of chunks) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
  }
  for await (const { number, text } of linesOf(bytes(), importLineBytesMax)) {
    if (text === undefined)
      throw new Error(`line ${number} is no name: longer than ${importLineBytesMax} bytes`)
    const name = text.replace(comment, '').trim()
    if (name !== '') yield name
  }
}
