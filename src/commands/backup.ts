/** `domainstats backup`: a copy of the database beside a live `run`. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { printable } from '../output/json.js'
import { backupDatabase } from '../store/backup.js'
import { openBar } from './bar.js'
import { demandFolder } from './demand-folder.js'
import { UsageError, type Io } from './io.js'

export interface BackupFlags {
  readonly file: string
  readonly data: string
}

/** @throws UsageError if the folder has no state; Error if the file is there already, or cannot be written */
export const backupData = async ({ file, data }: BackupFlags, io: Io): Promise<void> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const database = join(dir, 'domainstats.sqlite')
  if (!existsSync(database)) throw new UsageError(`${printable(dir)} holds no domainstats.sqlite.`)
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
