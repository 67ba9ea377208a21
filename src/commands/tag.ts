/** `domainstats tag add`, `remove`, `list`, `import` and `export`. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, parse, resolve } from 'node:path'
import { excerpt } from '../config/problem.js'
import { replaceFile } from '../files/replace.js'
import { sourceCharsMax, tagsMax } from '../limits.js'
import type { Tag, TagName, TagTarget } from '../model/tag.js'
import { readTagValue, tagValueText } from '../names/tag-value.js'
import { jsonEscaped } from '../output/json.js'
import { minuteText, type TableColumn } from '../output/table.js'
import { openStore, type Store } from '../store/store.js'
import type { PutTags } from '../store/tags.js'
import { systemClock } from '../time/clock.js'
import type { TagFormat } from '../transfer/formats.js'
import { isSource, sourceFrom } from '../transfer/row.js'
import { exportedTags } from '../transfer/tag-export.js'
import { tagLine, tagPages } from '../transfer/tag-lines.js'
import { importTags, type TagsImported } from '../transfer/tag-import.js'
import { openTagList, type OpenTagList } from '../transfer/tag-lists.js'
import { noteFrom } from '../transfer/tag-row.js'
import { demandFolder, makeFolder, withStateToRead } from './data-folder.js'
import { openBar } from './fix.js'
import { endOf, UsageError, writeAll, type Io } from './io.js'
import { show } from './pdns.js'
import { sayEnd } from './terminal.js'

export interface TagFlags {
  readonly data: string
}

/** @throws UsageError if a value cannot be tagged */
const targetsOf = (values: readonly (string | number)[]): TagTarget[] =>
  values.map(value => {
    const target = readTagValue(String(value))
    if (typeof target !== 'string') return target
    throw new UsageError(`"${excerpt(String(value))}" cannot be tagged: ${jsonEscaped(target)}`)
  })

const demandSource = (source: string | undefined): void => {
  if (source !== undefined && !isSource(source))
    throw new UsageError(`--source takes 1 to ${sourceCharsMax} printable characters without a comma.`)
}

/** Opens the store of a data folder to write to it. The folder is made if it is not there. */
const withFolder = async <T>(data: string, io: Io, use: (store: Store) => T | Promise<T>): Promise<T> => {
  const dir = resolve(data)
  await makeFolder(dir, () => io.stderr.write(`${jsonEscaped(dir)}: made\n`))
  const store = openStore(join(dir, 'domainstats.sqlite'))
  try {
    return await use(store)
  } finally {
    store.close()
  }
}

const changesText = ({ added, changed, unchanged }: PutTags): string =>
  `${added} new, ${changed} changed, ${unchanged} as they were`
const demandSpace = ({ refused }: PutTags): void => {
  if (refused > 0)
    throw new Error(
      `${refused} not stored: there are ${tagsMax} tags already, which is the most. Remove some first.`,
    )
}

/** `tag add`. @throws UsageError for a value that cannot be tagged; Error if there are too many tags */
export const addTags = async (
  flags: TagFlags & {
    readonly tag: TagName
    readonly values: readonly (string | number)[]
    readonly note: string | undefined
    readonly source: string | undefined
  },
  io: Io,
): Promise<void> => {
  demandSource(flags.source)
  const said = {
    tag: flags.tag,
    source: flags.source ?? 'tag add',
    note: noteFrom(flags.note),
    at: systemClock.now(),
  }
  const tags = targetsOf(flags.values).map(target => ({ target, ...said }))
  const put = await withFolder(flags.data, io, store => store.putTags(tags))
  io.stderr.write(`${changesText(put)}\n`)
  demandSpace(put)
}

/** `tag remove`. @throws UsageError for a value that cannot be tagged, or if the folder has no state; Error if none had one */
export const removeTags = async (
  flags: TagFlags & { readonly values: readonly (string | number)[]; readonly tag: TagName | undefined },
  io: Io,
): Promise<void> => {
  const targets = targetsOf(flags.values)
  await demandFolder(resolve(flags.data))
  const counts = await withFolder(flags.data, io, store => store.removeTags(targets, flags.tag))
  for (const [at, count] of counts.entries()) {
    const target = targets[at]
    if (target && count === 0)
      io.stderr.write(
        `${tagValueText(target)} has no ${flags.tag === undefined ? 'tag' : `tag ${flags.tag}`}\n`,
      )
  }
  const removed = counts.reduce((sum, count) => sum + count, 0)
  io.stderr.write(`${removed} removed\n`)
  if (removed === 0) throw new Error('no tag was removed')
}

const columns: readonly TableColumn<Tag>[] = [
  { title: 'VALUE', width: 36, place: 'name', text: ({ target }) => tagValueText(target) },
  { title: 'TAG', width: 8, place: 5, text: ({ tag }) => tag },
  { title: 'TIME', width: 16, place: 3, text: ({ at }) => minuteText(at) },
  { title: 'SOURCE', width: 20, place: 4, text: ({ source }) => source },
  { title: 'NOTE', width: 36, place: 'last', text: ({ note = '' }) => note },
]

/** `tag list`. @throws UsageError if the folder has no state */
export const listTags = async (
  flags: TagFlags & { readonly tag: TagName | undefined },
  io: Io,
): Promise<void> => {
  await withStateToRead(flags.data, io.signal, store =>
    show(io, false, columns, tagLine, () => tagPages(store, flags.tag)),
  )
}

export interface TagFileFlags extends TagFlags {
  /** `-` for stdin or stdout. */
  readonly file: string
  readonly tag: TagName | undefined
}

/** `tag export`. @throws UsageError if the folder has no state; Error if the file cannot be written; then it is unchanged */
export const exportTags = async (
  flags: TagFileFlags & { readonly format: TagFormat },
  io: Io,
): Promise<void> => {
  await withStateToRead(flags.data, io.signal, async store => {
    let count = 0
    const counted = function* () {
      for (const page of tagPages(store, flags.tag)) {
        count += page.length
        yield page
      }
    }
    const text = exportedTags(counted(), flags.format, systemClock.now())
    if (flags.file === '-') await writeAll(io.stdout, text, io.signal)
    else await replaceFile(flags.file, text, io.signal)
    if (endOf(io) === undefined) io.stderr.write(`${count} tags exported\n`)
    else sayEnd(io)
  })
}

/**
 * `tag import`.
 *
 * @throws UsageError if the list says no tags and none is given; Error if it cannot be read to its end, or nothing of it can
 * be used
 */
export const importTagList = async (
  flags: TagFileFlags & { readonly source: string | undefined },
  io: Io,
): Promise<void> => {
  demandSource(flags.source)
  const called = flags.file === '-' ? 'stdin' : jsonEscaped(flags.file)
  const fail = (error: unknown): never => {
    throw new Error(`${called} ${reasonOf(error)}`, { cause: error })
  }
  const size = flags.file === '-' ? undefined : await sizeOf(flags.file).catch(fail)
  const bar = openBar(io, size, '{bar} {percentage}% | {eta_formatted} left')
  const stream = flags.file === '-' ? io.stdin : createReadStream(flags.file)
  const counted = async function* () {
    for await (const chunk of stream as AsyncIterable<unknown>) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
      bar?.increment(bytes.length)
      yield bytes
    }
  }
  try {
    const list = await openTagList(counted(), { name: flags.file, now: systemClock.now() }).catch(fail)
    demandTag(list, flags.tag, called)
    const origin = sourceFrom(
      flags.file === '-' ? 'tag import' : parse(flags.file.replace(/\.gz$/i, '')).name,
    )
    const options = { tag: flags.tag, source: flags.source, origin }
    const done = await withFolder(flags.data, io, store =>
      importTags(list.pieces, { store, clock: systemClock, options, signal: io.signal }),
    )
    bar?.stop()
    tell(done, called, io)
  } finally {
    bar?.stop()
    stream.destroy()
  }
}

const demandTag = ({ hasTags, header }: OpenTagList, tag: TagName | undefined, called: string): void => {
  if (hasTags || tag !== undefined) return
  const columns = header ? ` (its columns: ${excerpt(header.join(', '))})` : ''
  throw new UsageError(
    `${called} does not say which tag its values have${columns}: give --tag trust, interest or threat.`,
  )
}

/** Tells what became of the list. @throws Error if it was not read to its end, or nothing of it could be used */
const tell = (done: TagsImported, called: string, { stderr }: Io): void => {
  for (const { at, why } of done.refusals)
    stderr.write(`${called}:${at}: ${jsonEscaped(why).replaceAll('\\"', '"')}\n`)
  const { refusedRows, refusals } = done
  if (refusedRows > refusals.length) stderr.write(`and ${refusedRows - refusals.length} more like these\n`)
  stderr.write(`${changesText(done)}; ${refusedRows} skipped\n`)
  if (done.broken !== undefined)
    throw new Error(`${called}: ${done.broken}; what came before that is imported`)
  demandSpace(done)
  if (done.added + done.changed + done.unchanged === 0)
    throw new Error(`${called}: nothing in it can be tagged`)
}

const sizeOf = async (file: string): Promise<number | undefined> => {
  const stats = await stat(file)
  if (stats.isDirectory()) throw new Error('is a folder. Give a file.')
  return stats.isFile() ? stats.size : undefined
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'is not there (ENOENT)'
  return code === 'EACCES' ? 'may not be read (EACCES)' : error.message
}
