/** Stores the rows of a list of tags, importRowsMax a transaction. The same list once more changes nothing. */
import { importRowsMax, refusalsMax } from '../limits.js'
import type { Tag, TagName } from '../model/tag.js'
import type { Store } from '../store/store.js'
import type { PutTags } from '../store/tags.js'
import type { Clock } from '../time/clock.js'
import type { TagPiece, TagRow } from './tag-row.js'

export interface TagImportOptions {
  /** The tag of all values, whatever the list says. */
  readonly tag: TagName | undefined
  /** The source of all tags, whatever the list says. */
  readonly source: string | undefined
  /** The source where the list names none. */
  readonly origin: string
}

export interface TagsImported extends PutTags {
  readonly refusedRows: number
  /** The first refusalsMax of them. */
  readonly refusals: readonly { readonly at: string; readonly why: string }[]
  /** Why the rest of the list could not be read. */
  readonly broken: string | undefined
}

export interface TagImportTools {
  readonly store: Pick<Store, 'putTags'>
  readonly clock: Clock
  readonly options: TagImportOptions
  readonly signal: AbortSignal
}

export const importTags = async (
  pieces: AsyncIterable<TagPiece>,
  { store, clock, options, signal }: TagImportTools,
): Promise<TagsImported> => {
  const sums = { added: 0, changed: 0, unchanged: 0, refused: 0, refusedRows: 0 }
  const refusals: { at: string; why: string }[] = []
  let broken: string | undefined
  let tags: Tag[] = []
  const refuse = (at: string, why: string) => {
    if ((sums.refusedRows += 1) <= refusalsMax) refusals.push({ at, why })
  }
  const flush = () => {
    if (tags.length === 0) return
    const put = store.putTags(tags)
    for (const key of ['added', 'changed', 'unchanged', 'refused'] as const) sums[key] += put[key]
    tags = []
  }
  try {
    for await (const piece of pieces) {
      if ('refused' in piece) {
        refuse(piece.at, piece.refused)
        if ('broken' in piece) broken = piece.refused
      } else {
        const tag = tagBy(piece.row, options, clock.now())
        if (tag) tags.push(tag)
        else refuse(piece.at, 'it says no tag: give one with --tag')
      }
      if (tags.length >= importRowsMax) flush()
      if (signal.aborted) broken = 'stopped before its end'
      if (broken !== undefined) break
    }
  } finally {
    flush()
  }
  return { ...sums, refusals, broken }
}

/** @param now epoch ms */
const tagBy = (
  { target, tag, source, at, note }: TagRow,
  options: TagImportOptions,
  now: number,
): Tag | undefined => {
  const name = options.tag ?? tag
  if (name === undefined) return undefined
  return {
    ...{ target, tag: name, source: options.source ?? source ?? options.origin, note },
    // A list may be wrong about the time, or ahead of our clock.
    at: at === undefined || at > now ? now : at,
  }
}
