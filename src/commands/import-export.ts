/** `domainstats import`, `export` and `backup`. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, resolve, parse } from 'node:path'
import { loadConfig } from '../config/load.js'
import { excerpt } from '../config/problem.js'
import { replaceFile } from '../files/replace.js'
import { loadFreqTable } from '../freq/load.js'
import { score } from '../freq/score.js'
import { sourceCharsMax } from '../limits.js'
import { IgnoreList } from '../names/ignore-list.js'
import { jsonEscaped } from '../output/json.js'
import { backupDatabase } from '../store/maintenance.js'
import { openStore } from '../store/store.js'
import { systemClock } from '../time/clock.js'
import { readDomainStats } from '../transfer/domain-stats-1x.js'
import { exported } from '../transfer/export.js'
import { importPieces, type Imported } from '../transfer/import.js'
import type { ListFormat } from '../transfer/formats.js'
import { openList } from '../transfer/lists.js'
import { type Piece, sourceFrom, isSource } from '../transfer/row.js'
import { openBar } from './fix.js'
import { demandFolder, demandState, openStateToRead, makeFolder } from './data-folder.js'
import { UsageError, type Io, writeAll, endOf } from './io.js'
import { sayEnd } from './terminal.js'

/* backup */

export interface BackupFlags {
  readonly file: string
  readonly data: string
}

/** @throws UsageError if the folder has no state; Error if the file exists, or cannot be written */
export const backupData = async ({ file, data }: BackupFlags, io: Io): Promise<void> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const database = join(dir, 'domainstats.sqlite')
  demandState(dir)
  let bar: ReturnType<typeof openBar>
  let pages = 0
  try {
    await backupDatabase(database, resolve(file), {
      onPages: (copied, total) => {
        bar ??= openBar(io, total, '{bar} {percentage}% | {eta_formatted} left')
        bar?.update(copied)
        pages = total
      },
      signal: io.signal,
    })
  } finally {
    bar?.stop()
  }
  io.stderr.write(`${pages} pages copied\n`)
}

/* export */

export interface ExportFlags {
  /** `-` for stdout. */
  readonly file: string
  readonly data: string
}

/** @throws UsageError if the folder has no state; Error if the file cannot be written; then it is unchanged */
export const exportData = async ({ file, data }: ExportFlags, io: Io): Promise<void> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const store = await openStateToRead(dir, io.signal)
  try {
    // Lists of domain_stats always have scores, even if they are off here.
    const table = await loadFreqTable(config.freq_table, dir)
    let count = 0
    const zones = IgnoreList.of(config.internal_zones)
    const list = exported(
      store,
      domain => {
        count += 1
        return score(table, domain)
      },
      domain => zones.covers(domain),
    )
    if (file === '-') await writeAll(io.stdout, list, io.signal)
    else await replaceFile(file, list, io.signal)
    if (endOf(io) === undefined) io.stderr.write(`${count} domains exported\n`)
    else sayEnd(io)
  } finally {
    store.close()
  }
}

/* import */

/** The source of an import: a file, stdin, or the data folder of a domain_stats 1.x. */
export interface ImportSource {
  readonly pieces: AsyncIterable<Piece>
  readonly format: ListFormat | 'domain_stats'
  /** The names of its columns, if it has any. */
  readonly header: readonly string[] | undefined
  /** The name that the user gave. */
  readonly name: string
  /** The word for one entry in messages. */
  readonly unit: 'line' | 'element' | 'row'
  /** The default source of its dates. */
  readonly origin: string
  /** Removes the progress bar, and closes the file. */
  readonly stop: () => void
}

/** What is wrong with a file. */
export const why = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'is not there (ENOENT)'
  return code === 'EACCES' ? 'may not be read (EACCES)' : error.message
}

/** The size of a file in bytes; undefined for a pipe. */
const sizeOf = async (file: string, instead: string): Promise<number | undefined> => {
  if (file === '-') return undefined
  const stats = await stat(file)
  if (stats.isDirectory()) throw new Error(`is a folder. Give a file${instead}`)
  return stats.isFile() ? stats.size : undefined
}

/** A file, or stdin, with a progress bar on a terminal. */
export interface OpenInput {
  readonly chunks: AsyncIterable<Buffer>
  /** Its name in messages. */
  readonly called: string
  /** Removes the progress bar, and closes the file. */
  readonly stop: () => void
}

/**
 * Opens a file for an import.
 *
 * @param file `-` for stdin
 * @param instead what else than a file can be given
 * @throws Error that names the file, and why it cannot be read
 */
export const openInput = async (file: string, io: Io, instead = ''): Promise<OpenInput> => {
  const called = file === '-' ? 'stdin' : jsonEscaped(file)
  const total = await sizeOf(file, instead).catch((error: unknown) => {
    throw new Error(`${called} ${why(error)}`, { cause: error })
  })
  const bar = openBar(io, total, '{bar} {percentage}% | {eta_formatted} left')
  const stream = file === '-' ? io.stdin : createReadStream(file)
  const stop = () => {
    bar?.stop()
    stream.destroy()
  }
  const counted = async function* () {
    for await (const chunk of stream as AsyncIterable<unknown>) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
      bar?.increment(bytes.length)
      yield bytes
    }
  }
  return { chunks: counted(), called, stop }
}

const cacheInstead = ', or --from-domain-stats for the data folder of a domain_stats 1.x'

/**
 * Opens a list.
 *
 * @throws Error that names the file, and why it cannot be read or what it is instead of a list
 */
export const listFrom = async (
  file: string,
  stated: ListFormat | undefined,
  io: Io,
): Promise<ImportSource> => {
  const { chunks, called, stop } = await openInput(file, io, cacheInstead)
  try {
    const list = await openList(chunks, { stated, name: file })
    const origin = sourceFrom(file === '-' ? 'import' : parse(file.replace(/\.gz$/i, '')).name)
    const unit = list.format === 'json' ? 'element' : 'line'
    return { ...list, pieces: withErrors(list.pieces, called), name: file, unit, origin, stop }
  } catch (error) {
    stop()
    throw new Error(`${called} ${why(error)}`, { cause: error })
  }
}

/** Adds the name of the list to an error in the middle of it, and that the entries before are imported. */
async function* withErrors(pieces: AsyncIterable<Piece>, called: string): AsyncGenerator<Piece, void> {
  try {
    yield* pieces
  } catch (error) {
    throw new Error(`${called}: ${why(error)}; what came before that is imported`, { cause: error })
  }
}

/**
 * Opens the cache of a domain_stats 1.x.
 *
 * @param now epoch ms
 * @throws Error if the settings in the folder cannot be read
 */
export const cacheFrom = async (dir: string, now: number): Promise<ImportSource> => {
  const { config } = await loadConfig(resolve(dir))
  return {
    pieces: readDomainStats(dir, config.timezone_offset, now),
    ...{
      format: 'domain_stats',
      header: undefined,
      name: dir,
      unit: 'row',
      origin: 'domain_stats',
      stop: () => undefined,
    },
  }
}

export interface ImportFlags {
  /** `-` for stdin. */
  readonly file: string | undefined
  readonly data: string
  /** The data folder of a domain_stats 1.x, instead of a file. */
  readonly fromDomainStats: string | undefined
  readonly format: ListFormat | undefined
  readonly source: string | undefined
  readonly seen: boolean
  readonly neverExpire: boolean
}

/** @throws UsageError for contradictory flags; Error if the list cannot be read to its end, or has no usable entry */
export const importData = async (flags: ImportFlags, io: Io): Promise<void> =>
  importFrom(await open(flags, io), flags, io)

/**
 * Imports what is open, says what was done, and closes it.
 *
 * @throws Error if the list cannot be read to its end, or has no usable entry
 */
export const importFrom = async (
  source: ImportSource,
  flags: Pick<ImportFlags, 'data' | 'source' | 'seen' | 'neverExpire'>,
  io: Io,
): Promise<void> => {
  try {
    const done = await load(source, flags, io)
    source.stop()
    for (const line of report(done, source, flags)) io.stderr.write(`${line}\n`)
    const { name, unit } = source
    if (done.broken !== undefined)
      throw new Error(`${name}: ${done.broken}; what came before that is imported`)
    if (done.taken + done.outdated === 0 && done.refused > 0)
      throw new Error(`${name}: none of the ${unit}s could be used`)
  } finally {
    source.stop()
  }
}

const open = async (
  { file, fromDomainStats, format, source: called, seen }: ImportFlags,
  io: Io,
): Promise<ImportSource> => {
  if (called !== undefined && !isSource(called))
    throw new UsageError(`--source takes 1 to ${sourceCharsMax} printable characters without a comma.`)
  if (fromDomainStats !== undefined) {
    if (file === undefined && format === undefined) return cacheFrom(fromDomainStats, systemClock.now())
    throw new UsageError('--from-domain-stats stands instead of a file and its format.')
  }
  if (file === undefined) throw new UsageError('Import what? Give a file, or --from-domain-stats.')
  const source = await listFrom(file, format, io)
  if (source.format !== 'names' || seen) return source
  source.stop()
  const columns = source.header ? ` (its columns: ${excerpt(source.header.join(', '))})` : ''
  throw new UsageError(
    `${jsonEscaped(file)} is a list of names without dates${columns}: there is nothing to remember of them, ` +
      'unless they count as contacted before. If so, give --seen.',
  )
}

const load = async (
  source: ImportSource,
  flags: Pick<ImportFlags, 'data' | 'source' | 'seen' | 'neverExpire'>,
  { stderr, signal }: Io,
): Promise<Imported> => {
  const dir = resolve(flags.data)
  await makeFolder(dir, () => stderr.write(`${jsonEscaped(dir)}: made\n`))
  const store = openStore(join(dir, 'domainstats.sqlite'))
  try {
    const options = { ...flags, origin: source.origin }
    return await importPieces(source.pieces, { store, clock: systemClock, options, signal })
  } finally {
    store.close()
  }
}

/** The summary of an import: entries, refusals, and whether first contacts will still raise alerts. */
const report = (
  done: Imported,
  { name, unit, format }: ImportSource,
  { seen }: Pick<ImportFlags, 'seen'>,
): string[] => {
  const { taken, refused, outdated, hosted, contacts, removals } = done
  const some = (count: number, text: string) => (count > 0 ? [`${count} ${text}`] : [])
  return [
    ...done.refusals.map(({ at, why }) => `${name}:${at}: ${why}`),
    `${taken} ${format === 'names' ? 'names' : 'registrations'} imported, ${refused} ${unit}s refused`,
    ...some(outdated, 'were registered anew since: their later date stays'),
    ...some(hosted, 'of them lie below a private suffix: their dates are kept, and judge nothing'),
    ...some(removals, 'lines ask to forget a name: they change nothing'),
    ...some(contacts, 'first contacts are known from it'),
    seen
      ? 'The names count as contacted before: their first contact raises no alert.'
      : `The first contact with each ${contacts > 0 ? 'other ' : ''}name still raises its alert; with --seen it would not.`,
  ]
}
