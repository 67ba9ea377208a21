/** `domainstats export`: all that is known, to be imported elsewhere. */
import { resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import { exported } from '../data/export.js'
import { replaceFile } from '../files/replace.js'
import { loadFreqTable } from '../freq/load.js'
import { score } from '../freq/score.js'
import { IgnoreList } from '../reduce/ignore-list.js'
import { writeAll } from './write-all.js'
import { demandFolder } from './demand-folder.js'
import type { Io } from './io.js'
import { endOf, sayEnd } from './show.js'
import { openState } from './state.js'

export interface ExportFlags {
  /** `-` for stdout. */
  readonly file: string
  readonly data: string
}

/** @throws UsageError if the folder has no state; Error if the file cannot be written, which is as it was then */
export const exportData = async ({ file, data }: ExportFlags, io: Io): Promise<void> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const { config } = await loadConfig(dir)
  const store = await openState(dir, io.signal)
  try {
    // Lists of domain_stats always have scores, whatever is switched off here.
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
