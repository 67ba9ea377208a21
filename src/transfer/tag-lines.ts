/** Tags as JSON lines, the same on the command line and over HTTP. */
import type { Tag, TagName } from '../model/tag.js'
import { tagValueText } from '../names/tag-value.js'
import { isoTime, toJsonLine } from '../output/json.js'
import type { Reader } from '../store/reader.js'

export const tagLine = ({ target, tag, source, at, note }: Tag): string =>
  `${toJsonLine({ value: tagValueText(target), tag, source, time: isoTime(at), note })}\n`

/** All tags, or those of one kind. A page may be empty. */
export function* tagPages(
  store: Pick<Reader, 'tags'>,
  tag: TagName | undefined,
): Generator<readonly Tag[], void> {
  for (const page of store.tags.pages()) yield tag === undefined ? page : page.filter(one => one.tag === tag)
}
