/**
 * The table of tags. A change gives a tag a new number, so that a process that knows the tags up to a number reads only
 * what came later, and which were removed. Only if too many were removed meanwhile it reads all of them again.
 */
import { TagTable } from '../detect/tags.js'
import { tagPageMax, tagRemovalsKept } from '../limits.js'
import type { Tag, TagContent, TagName, TagTarget } from '../model/tag.js'
import type { Db } from './database.js'
import { rowCountIn } from './meta.js'
import { rangeBelow, reversed } from './rdata-keys.js'

/** Key in meta: how many tags there are. */
export const tagCountKey = 'tags'

/** Names by their last labels; networks by family and number, which are one range of the index. */
type TagKey = string | Buffer

/** A network as bytes: 4 or 6, its first address, the length of its prefix. */
const keyOf = (target: TagTarget): TagKey =>
  target.kind === 'name'
    ? reversed(target.name)
    : Buffer.from([target.from.length === 4 ? 4 : 6, ...target.from, target.bits])

const targetOf = (key: TagKey): TagTarget =>
  typeof key === 'string'
    ? { kind: 'name', name: reversed(key) }
    : { kind: 'network', from: key.subarray(1, -1), bits: key.at(-1) ?? 0 }

type Row = readonly [value: TagKey, tag: TagName, source: string, at: number, note: string | null]

const tagOf = ([value, tag, source, at, note]: Row): Tag => ({
  ...{ target: targetOf(value), tag, source, at, note: note ?? undefined },
})

/** What became of tags that were to be stored. */
export interface PutTags {
  readonly added: number
  /** The same value had the tag, from another source or with another note. */
  readonly changed: number
  readonly unchanged: number
  /** There were as many tags already as there may be. */
  readonly refused: number
}

export const tagsReaderIn = (db: Db) => {
  const columns = 'value, tag, source, at, note'
  const first = db.prepare<[number], Row>(`SELECT ${columns} FROM tags ORDER BY value, tag LIMIT ?`).raw()
  const page = db
    .prepare<[TagKey, string, number], Row>(
      `SELECT ${columns} FROM tags WHERE (value, tag) > (?, ?) ORDER BY value, tag LIMIT ?`,
    )
    .raw()
  const ofValue = db.prepare<[TagKey], Row>(`SELECT ${columns} FROM tags WHERE value = ? ORDER BY tag`).raw()
  return {
    count: rowCountIn(db, tagCountKey).get,
    of: (target: TagTarget): readonly Tag[] => ofValue.all(keyOf(target)).map(tagOf),
    /** All tags, in pages: names by their last labels, then networks by their number. */
    pages: function* (): Generator<readonly Tag[], void> {
      for (let rows = first.all(tagPageMax); ;) {
        const end = rows.at(-1)
        if (!end) return
        yield rows.map(tagOf)
        rows = page.all(end[0], end[1], tagPageMax)
      }
    },
  }
}

/** Adds and removes tags. Call it inside a transaction. @param most how many tags there may be */
export const tagWriterIn = (db: Db, most: number) => {
  const known = db.prepare<[TagKey, string], Pick<TagContent, 'source'> & { readonly note: string | null }>(
    'SELECT source, note FROM tags WHERE value = ? AND tag = ?',
  )
  const drop = db.prepare<[TagKey, string]>('DELETE FROM tags WHERE value = ? AND tag = ?')
  const add = db.prepare<[TagKey, string, string, number, string | null]>(
    'INSERT INTO tags (value, tag, source, at, note) VALUES (?, ?, ?, ?, ?)',
  )
  const count = rowCountIn(db, tagCountKey)
  const note = db.prepare<[TagKey, string]>('INSERT INTO tags_removed (value, tag) VALUES (?, ?)')
  const forget = db.prepare<[number]>(
    'DELETE FROM tags_removed WHERE seq <= (SELECT max(seq) FROM tags_removed) - ?',
  )
  const of = db.prepare<[TagKey], string>('SELECT tag FROM tags WHERE value = ?').pluck()
  return {
    put: (tags: Iterable<Tag>): PutTags => {
      const sums = { added: 0, changed: 0, unchanged: 0, refused: 0 }
      const before = count.get()
      for (const { target, tag, source, at, note = null } of tags) {
        const key = keyOf(target)
        const is = known.get(key, tag)
        if (is?.source === source && is.note === note) sums.unchanged += 1
        else if (!is && before + sums.added >= most) sums.refused += 1
        else {
          // Not an update: the new row gets a new number.
          if (is) drop.run(key, tag)
          add.run(key, tag, source, Math.floor(at), note)
          sums[is ? 'changed' : 'added'] += 1
        }
      }
      if (sums.added > 0) count.add(sums.added)
      return sums
    },
    /** Removes all tags of each value, or the one named. Returns for each how many there were. */
    remove: (targets: readonly TagTarget[], tag: TagName | undefined): number[] => {
      const counts = targets.map(target => {
        const key = keyOf(target)
        const removed = of.all(key).filter(one => tag === undefined || one === tag)
        for (const one of removed) {
          drop.run(key, one)
          note.run(key, one)
        }
        return removed.length
      })
      const removed = counts.reduce((sum, some) => sum + some, 0)
      if (removed > 0) {
        count.add(-removed)
        forget.run(tagRemovalsKept)
      }
      return counts
    },
  }
}

/** The tags in memory, as of now. */
export const tagTableOf = (tags: Pick<ReturnType<typeof tagsReaderIn>, 'pages'>): TagTable => {
  const table = new TagTable()
  for (const page of tags.pages()) for (const { target, tag } of page) table.add(target, tag)
  return table
}

/** The tags in memory, as this connection sees them. */
export const tagTableIn = (db: Db) => {
  const last = db.prepare<[string], number>('SELECT seq FROM sqlite_sequence WHERE name = ?').pluck()
  const removals = db
    .prepare<[number], readonly [seq: number, value: TagKey, tag: TagName]>(
      'SELECT seq, value, tag FROM tags_removed WHERE seq > ? ORDER BY seq',
    )
    .raw()
  const has = db.prepare<[TagKey, string], number>('SELECT 1 FROM tags WHERE value = ? AND tag = ?').pluck()
  const later = db
    .prepare<[number], readonly [value: TagKey, tag: TagName]>(
      'SELECT value, tag FROM tags WHERE seq > ? ORDER BY seq',
    )
    .raw()
  const below = db
    .prepare<[string, string], number>('SELECT EXISTS (SELECT 1 FROM tags WHERE value > ? AND value < ?)')
    .pluck()
  let table = new TagTable()
  let [read, gone] = [0, last.get('tags_removed') ?? 0]

  /** Removes from memory what was removed. False if not all of it is known any more. */
  const removeGone = (to: number): boolean => {
    const rows = removals.all(gone)
    if (rows.length < to - gone) return false
    for (const [, value, tag] of rows)
      // It may have been tagged again since.
      if (has.get(value, tag) === undefined) table.remove(targetOf(value), tag)
    return true
  }

  return {
    /** The tags, up to date: inside a transaction those that it sees. Costs two reads of a row if nothing has changed. */
    table: (): TagTable => {
      const [to, goneTo] = [last.get('tags') ?? 0, last.get('tags_removed') ?? 0]
      const isWhole = to >= read && goneTo >= gone && (goneTo === gone || removeGone(goneTo))
      if (!isWhole) {
        table = new TagTable()
        read = 0
      }
      if (to > read) for (const [value, tag] of later.iterate(read)) table.add(targetOf(value), tag)
      ;[read, gone] = [to, goneTo]
      return table
    },
    /** Whether a name below this one is tagged. */
    hasBelow: (name: string): boolean => {
      const { from, to } = rangeBelow(reversed(name))
      return below.get(from, to) === 1
    },
  }
}
