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
import { openBar } from './bar.js'
import type { Io } from './io.js'

export interface Source {
  readonly pieces: AsyncIterable<Piece>
  readonly format: ListFormat | 'domain_stats'
  /** As the user named it. */
  readonly name: string
  /** What it consists of. */
  readonly unit: 'line' | 'element' | 'row'
  /** The tag of what has no other. */
  readonly origin: string
  /** Takes the progress bar away. */
  readonly stop: () => void
}

/** @throws Error if there is no such file */
export const listFrom = async (file: string, stated: ListFormat | undefined, io: Io): Promise<Source> => {
  const stats = file === '-' ? undefined : await stat(file)
  const total = stats?.isFile() === true ? stats.size : undefined
  const bar = openBar(io, total, '{bar} {percentage}% | {eta_formatted} left')
  const stop = () => bar?.stop()
  const counted = async function* () {
    for await (const chunk of (file === '-' ? io.stdin : createReadStream(file)) as AsyncIterable<unknown>) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
      bar?.increment(bytes.length)
      yield bytes
    }
  }
  try {
    const { format, pieces } = await openList(counted(), stated)
    const origin = tagFrom(file === '-' ? 'import' : parse(file).name)
    return { pieces, format, name: file, unit: format === 'json' ? 'element' : 'line', origin, stop }
  } catch (error) {
    stop()
    throw error
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
    ...{ format: 'domain_stats', name: dir, unit: 'row', origin: 'domain_stats', stop: () => undefined },
  }
}
