/** `domainstats import`: registrations that are known already, so that nobody has to be asked. */
import { createReadStream } from 'node:fs'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream'
import split2 from 'split2'
import { systemClock } from '../clock.js'
import { importLines } from '../pipeline/import.js'
import { openStore } from '../store/store.js'
import type { Io } from './io.js'

// skipOverflow (a line that is too long is no error) is missing in the types of split2.
const limits = { maxLength: 4096, skipOverflow: true }

export interface ImportFlags {
  readonly file: string
  readonly data: string
}

/** @throws Error if the file or the store cannot be opened, or if no line of the file could be read */
export const importFile = async ({ file, data }: ImportFlags, io: Io): Promise<void> => {
  const store = openStore(join(resolve(data), 'domainstats.sqlite'))
  try {
    // An error of the file ends the lines too: whoever reads them gets it.
    const lines = pipeline(createReadStream(file), split2(/\r?\n/, limits), () => undefined)
    const { taken, refused, refusals } = await importLines(lines, store, systemClock)
    for (const { line, why } of refusals) io.stderr.write(`${file}:${line}: ${why}\n`)
    io.stderr.write(`${taken} registrations imported, ${refused} lines refused\n`)
    if (taken === 0 && refused > 0) throw new Error(`${file}: no line is of the form domain,created,expires`)
  } finally {
    store.close()
  }
}
