/** `domainstats import --ranks`: takes the places of domains from a list of the most asked ones. */
import { join, resolve } from 'node:path'
import { jsonEscaped } from '../output/json.js'
import { openStore } from '../store/store.js'
import type { ListFormat } from '../transfer/formats.js'
import { importRanks } from '../transfer/ranks.js'
import { makeFolder } from './data-folder.js'
import { listFrom } from './import-export.js'
import { UsageError, type Io } from './io.js'

export interface RanksFlags {
  /** `-` for stdin. */
  readonly file: string | undefined
  readonly data: string
  readonly format: ListFormat | undefined
}

/** @throws UsageError without a file; Error if the list cannot be read to its end, or has no usable entry */
export const importRanksData = async ({ file, data, format }: RanksFlags, io: Io): Promise<void> => {
  if (file === undefined) throw new UsageError('Import which ranks? Give a file, or - for stdin.')
  const source = await listFrom(file, format, io)
  try {
    const dir = resolve(data)
    await makeFolder(dir, () => io.stderr.write(`${jsonEscaped(dir)}: made\n`))
    const store = openStore(join(dir, 'domainstats.sqlite'))
    try {
      const done = await importRanks(source.pieces, store.rankWriter(), io.signal)
      source.stop()
      const name = jsonEscaped(source.name)
      for (const { at, why } of done.refusals) io.stderr.write(`${name}:${at}: ${jsonEscaped(why)}\n`)
      io.stderr.write(`${done.taken} places taken, ${done.refused} ${source.unit}s refused\n`)
      if (done.broken !== undefined)
        throw new Error(`${name}: ${done.broken}; the former list stays beside it`)
      if (done.taken === 0) throw new Error(`${name}: none of the ${source.unit}s could be used`)
    } finally {
      store.close()
    }
  } finally {
    source.stop()
  }
}
