/** Where an import comes from: a file, stdin, or the data folder of a domain_stats 1.x. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { parse, resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import { readDomainStats } from '../data/domain-stats.js'
import type { ListFormat } from '../data/formats.js'
import type { Piece } from '../data/row.js'
import { openList } from '../data/sniff.js'
import { tagFrom } from '../data/tag.js'
import { printable } from '../output/json.js'
import { openBar } from './bar.js'
import type { Io } from './io.js'

export interface Source {
  readonly pieces: AsyncIterable<Piece>
  readonly format: ListFormat | 'domain_stats'
  /** The names of its columns, where it has them. */
  readonly header: readonly string[] | undefined
  /** As the user named it. */
  readonly name: string
  /** What it consists of. */
  readonly unit: 'line' | 'element' | 'row'
  /** The tag of what has no other. */
  readonly origin: string
  /** Takes the progress bar away. */
  readonly stop: () => void
}

const why = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'is not there (ENOENT)'
  return code === 'EACCES' ? 'may not be read (EACCES)' : error.message
}

/** The size of a file; undefined where nobody knows it. */
const sizeOf = async (file: string): Promise<number | undefined> => {
  if (file === '-') return undefined
  const stats = await stat(file)
  if (stats.isDirectory())
    throw new Error(
      'is a folder. Give a file, or --from-domain-stats for the data folder of a domain_stats 1.x',
    )
  return stats.isFile() ? stats.size : undefined
}

/** @throws Error that names the file and says why it cannot be read, or what it is instead of a list */
export const listFrom = async (file: string, stated: ListFormat | undefined, io: Io): Promise<Source> => {
  const called = file === '-' ? 'stdin' : printable(file)
  const fail = (error: unknown): never => {
    throw new Error(`${called} ${why(error)}`, { cause: error })
  }
  const total = await sizeOf(file).catch(fail)
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
  try {
    const list = await openList(counted(), { stated, name: file })
    const origin = tagFrom(file === '-' ? 'import' : parse(file.replace(/\.gz$/i, '')).name)
    const unit = list.format === 'json' ? 'element' : 'line'
    return { ...list, pieces: told(list.pieces, called), name: file, unit, origin, stop }
  } catch (error) {
    stop()
    return fail(error)
  }
}

/** What ends the reading of a list before its end, with its name and what became of the rest. */
async function* told(pieces: AsyncIterable<Piece>, called: string): AsyncGenerator<Piece, void> {
  try {
    yield* pieces
  } catch (error) {
    throw new Error(`${called}: ${why(error)}; what came before that is imported`, { cause: error })
  }
}

/**
 * @param now epoch ms
 * @throws Error if the settings in the folder cannot be read
 */
export const cacheFrom = async (dir: string, now: number): Promise<Source> => {
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
