/** Begins to read some content: where it was left, at its start, or at its end. */
import { changedAt } from '../files/files.js'
import { emptyFootprint } from '../position.js'
import { atEnd, readToEnd } from './at-end.js'
import type { Content } from './content.js'
import type { Start } from './library.js'
import type { Source } from './source.js'

/** The source, and where it starts. `skip`: content that is not known starts at its end. */
export const begin = async (
  content: Content,
  known: Start | undefined,
  skip: boolean,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<Start & { readonly source: Source }> => {
  const fresh = { ...emptyFootprint, file: undefined, header: '', changed: changedAt(content.stats) }
  if (!known && skip && (content.isPacked || (await content.piece(0, 1))[0] === 0)) {
    // The end of an archive is found by unpacking it, and then it is read; so is what lies behind a hole.
    const source = content.source(fresh, onBytes)
    return { ...fresh, ...(await readToEnd(source)), source }
  }
  const end = !known && skip ? await atEnd(content.piece, Number(content.stats.size)) : undefined
  const start = known ?? { ...fresh, ...end }
  return { ...start, source: content.source(start, onBytes) }
}
