/** `domainstats list`: what is known, as a table on a terminal and as JSON lines elsewhere. */
import { resolve } from 'node:path'
import { systemClock } from '../clock.js'
import { loadConfig } from '../config/load.js'
import { listDomains, type Listed, type ListOptions } from '../data/list.js'
import { loadFreqTable } from '../freq/load.js'
import { score } from '../freq/score.js'
import { suffixesBy } from '../judging.js'
import { globCharsMax } from '../limits.js'
import { demandFolder } from './demand-folder.js'
import { thresholdsOf } from '../pipeline/rules.js'
import { createReducer } from '../reduce/reducer.js'
import { openState } from './state.js'
import { UsageError, type Io } from './io.js'
import { jsonRow, listTable } from './list-formats.js'
import { timeOf } from './since.js'
import { writeAll } from './write-all.js'

export interface ListFlags {
  readonly data: string
  readonly onlyNew: boolean
  readonly since: string | undefined
  readonly match: string | undefined
  readonly top: number | undefined
}

/** @throws UsageError for flags that make no sense, or if the folder has no state */
export const list = async (flags: ListFlags, io: Io): Promise<void> => {
  const now = systemClock.now()
  const options = optionsOf(flags, now)
  const dir = resolve(flags.data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const table = config.enable_freq_scores ? await loadFreqTable(config.freq_table, dir) : undefined
  const store = await openState(dir, io.signal)
  try {
    const rows = listDomains(options, {
      store,
      freq: domain => table && score(table, domain),
      ...createReducer([], [], await suffixesBy(config, dir)),
      thresholds: thresholdsOf(config),
      lookups: config.mode !== 'off',
      now,
    })
    await writeAll(
      io.stdout,
      io.stdout.isTTY === true ? tableLines(rows, io.stdout) : jsonLines(rows),
      io.signal,
    )
  } finally {
    store.close()
  }
}

const optionsOf = ({ onlyNew, since, match, top }: ListFlags, now: number): ListOptions => {
  if (top !== undefined && !(Number.isSafeInteger(top) && top > 0))
    throw new UsageError('--top takes a whole number of names.')
  if (match !== undefined && match.length > globCharsMax)
    throw new UsageError(`--match takes at most ${globCharsMax} characters.`)
  return {
    onlyNew,
    since: since === undefined ? undefined : timeOf(since, now),
    match: match?.toLowerCase(),
    top,
  }
}

function* tableLines(rows: Iterable<Listed>, stdout: Io['stdout']): Generator<string, void> {
  const table = listTable(() => stdout.columns)
  yield table.header()
  for (const row of rows) yield table.row(row)
}

function* jsonLines(rows: Iterable<Listed>): Generator<string, void> {
  for (const row of rows) yield jsonRow(row)
}
