/** `domainstats scan`: one pass over logs, archives and standard input. */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import { openDaemon, type LeftOver } from '../daemon/daemon.js'
import { codeOf, whyRefused } from '../files/rights.js'
import { whyNothing, find } from '../tail/inputs.js'
import type { Input } from '../tail/source.js'
import { mayAskOutside, mayBeAsked, notAsked, wentTo } from './outside.js'
import { outputFrom } from './run.js'
import { demandFolder } from './data-folder.js'
import { UsageError, type Io } from './io.js'
import { openLog } from './log.js'
import { formatFor, sayDone, sayEnd } from './terminal.js'
import { openWorld } from './world.js'
import { leftOverText, showWaiting } from './waiting.js'

export interface ScanFlags {
  readonly files: readonly string[]
  readonly data: string | undefined
  readonly output: string | undefined
  readonly baseline: boolean
  /** Undefined if neither `--lookup` nor `--no-lookup` is given. */
  readonly lookup: boolean | undefined
  /** Waits until the registries have answered, not only for the hold time. */
  readonly wait: boolean
  readonly skim: boolean
}

/** An input for each file; a folder means the logs in it. */
const inputsOf = async (files: readonly string[]): Promise<Input[]> => {
  const input = (path: string): Input => ({ path, format: 'auto', sensor: undefined, start: 'beginning' })
  const found = files.map(async file => {
    if (file === '-') return [input(file)]
    const stats = await stat(file).catch(codeOf)
    if (stats === 'ENOENT') throw new UsageError(`${file}: no such file.`)
    if (typeof stats === 'string')
      throw new Error(`${whyRefused(resolve(file), 'read') ?? `${file}: ${stats}`}.`)
    if (!stats.isDirectory()) return [input(resolve(file))]
    return logsIn(input(resolve(file)))
  })
  return (await Promise.all(found)).flat()
}

/** The logs in a folder. Unreadable ones are inputs, too: they are reported, and the others are read. */
const logsIn = async (folder: Input): Promise<Input[]> => {
  const { files: places, closed } = await find(folder)
  const paths = [...places.keys(), ...closed.keys()]
  if (paths.length === 0) throw new Error(`${folder.path}: ${await whyNothing(folder)}`)
  return paths.map(path => ({ ...folder, path }))
}

/** Bytes on disk, for the progress bar; undefined if an input is a stream. */
const sizeOf = async (inputs: readonly Input[]): Promise<number | undefined> => {
  const sizes = await Promise.all(
    inputs.map(async ({ path }) => {
      const stats = path === '-' ? undefined : await stat(path).catch(() => undefined)
      return stats?.isFile() === true ? stats.size : NaN
    }),
  )
  const sum = sizes.reduce((all, size) => all + size, 0)
  return Number.isNaN(sum) ? undefined : sum
}

const barFormat = '{bar} {percentage}% | {eta_formatted} left | {lines} lines'

/** @throws UsageError if a file is missing; Error if one could not be read to its end */
export const scan = async (flags: ScanFlags, io: Io): Promise<void> => {
  const inputs = await inputsOf(flags.files)
  const total = await sizeOf(inputs)
  const dir = flags.data === undefined ? undefined : resolve(flags.data)
  if (dir !== undefined) await demandFolder(dir)
  const output = outputFrom(flags.output) ?? '-'
  const { config } = await loadConfig(dir, { output, mode: mayAskOutside(flags) ? undefined : 'off' })
  const world = openWorld(io, openLog(io.stderr, 'warn'))
  const daemon = await openDaemon(
    {
      ...{ config, dir, format: formatFor(config, io.stdout), exclusive: false },
      ...{ baseline: flags.baseline, skims: flags.skim },
    },
    world,
    io.signal,
  )
  if (!daemon) {
    sayEnd(io)
    return
  }
  const asks = config.mode !== 'off'
  if (asks) io.stderr.write(mayBeAsked(daemon.hostsCount(), config))
  // A progress bar and a table on one terminal would overwrite each other.
  const hasTable = output === '-' && io.stdout.isTTY === true
  const bar =
    hasTable || io.stderr.isTTY !== true
      ? undefined
      : (await import('./fix.js')).openBar(io, total, barFormat, { lines: 0 })
  const waiting = await showWaiting(io, hasTable, world.clock)
  const onLeft = (count: number) => {
    bar?.stop()
    waiting.onLeft(count)
  }
  const { counters } = daemon
  let left: LeftOver
  try {
    left = await daemon.scan(inputs, { drains: flags.wait, onLeft }, bytes =>
      bar?.increment(bytes, { lines: counters.lines }),
    )
  } finally {
    bar?.stop()
    waiting.stop()
    await daemon.close()
  }
  sayDone(counters, io)
  if (asks) io.stderr.write(wentTo(daemon.sent.hosts()))
  else if (flags.lookup === undefined && dir === undefined) io.stderr.write(notAsked)
  // Pending records in a folder are left to its next `run`, with their follow-ups. If all records were written, the
  // follow-ups were dropped.
  io.stderr.write(leftOverText(left, dir !== undefined && left.held > 0))
  if (counters.unreadable > 0) throw new Error(`${counters.unreadable} inputs could not be read to their end`)
}
