/** `domainstats scan`: one pass over logs, archives and standard input. */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { SingleBar } from 'cli-progress'
import { loadConfig } from '../config/load.js'
import { Counters } from '../counters.js'
import { openDaemon } from '../daemon.js'
import type { DomainRecord } from '../record.js'
import { UsageError, type Io } from './io.js'
import { outputFrom } from './run.js'
import { openLog } from './log.js'
import { formatFor, summary } from './show.js'
import { openWorld } from './world.js'

export interface ScanFlags {
  readonly files: readonly string[]
  readonly data: string | undefined
  readonly output: string | undefined
  readonly baseline: boolean
  readonly lookup: boolean
}

/** Bytes on disk, for the progress bar; undefined where standard input is among them. */
const sizeOf = async (files: readonly string[]): Promise<number | undefined> => {
  if (files.includes('-')) return undefined
  const sizes = await Promise.all(
    files.map(async file => {
      const stats = await stat(file).catch(() => undefined)
      if (!stats) throw new UsageError(`${file}: no such file.`)
      return stats.size
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

const openBar = (io: Io, total: number | undefined): SingleBar | undefined => {
  if (io.stderr.isTTY !== true || total === undefined) return undefined
  const bar = new SingleBar({
    stream: io.stderr,
    format: '{bar} {percentage}% | {eta_formatted} left | {lines} lines',
    hideCursor: true,
    clearOnComplete: true,
  })
  bar.start(total, 0, { lines: 0 })
  return bar
}

/** @throws UsageError where a file is missing */
export const scan = async (flags: ScanFlags, io: Io): Promise<void> => {
  const total = await sizeOf(flags.files)
  const dir = flags.data === undefined ? undefined : resolve(flags.data)
  const output = outputFrom(flags.output) ?? '-'
  const { config } = await loadConfig(dir, { output, mode: flags.lookup ? undefined : 'off' })
  const counters = new Counters()
  // A bar and a table on one terminal would write into each other.
  const bar = output === '-' && io.stdout.isTTY === true ? undefined : openBar(io, total)
  const daemon = await openDaemon(
    {
      ...{ config, dir, format: formatFor(config, io.stdout), exclusive: false, baseline: flags.baseline },
      onRecords: (records: readonly DomainRecord[]) => counters.countRecords(records),
    },
    openWorld(io, config, openLog(io.stderr, 'warn'), counters),
    io.signal,
  )
  const inputs = flags.files.map(file => ({
    ...{ path: file === '-' ? file : resolve(file), format: 'auto' as const },
    ...{ sensor: undefined, start: 'beginning' as const },
  }))
  try {
    await daemon.scan(inputs, bytes => bar?.increment(bytes, { lines: counters.lines }))
  } finally {
    bar?.stop()
    await daemon.close()
  }
  io.stderr.write(summary(counters))
}
