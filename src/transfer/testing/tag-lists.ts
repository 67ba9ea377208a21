/** The kit for tests of lists of tags. */
import { tagValueText } from '../../names/tag-value.js'
import { openTagList } from '../tag-lists.js'

/** The bytes in chunks of a size. */
export async function* chunked(text: string | Buffer, size = Infinity): AsyncGenerator<Buffer, void> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}

export const now = Date.UTC(2026, 10, 21)

/** The tags in a list, one line each: tag, value, source and note as far as the list says them; `!` before a refusal. */
export const tagsIn = async (text: string | Buffer | object, size = Infinity): Promise<string[]> => {
  const bytes = typeof text === 'string' || Buffer.isBuffer(text) ? text : JSON.stringify(text)
  const { pieces } = await openTagList(chunked(bytes, size), { name: 'list', now })
  const lines: string[] = []
  for await (const piece of pieces)
    if ('refused' in piece) lines.push(`! ${piece.refused}${piece.broken ? ' (broken)' : ''}`)
    else {
      const { tag, target, source, note } = piece.row
      lines.push(
        [tag ?? '?', tagValueText(target), source, note].filter(one => one !== undefined).join(' | '),
      )
    }
  return lines
}
