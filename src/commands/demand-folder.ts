/** A data folder that has to be there: a mistyped one must not become a new, empty one. */
import { stat } from 'node:fs/promises'
import { printable } from '../output/json.js'
import { UsageError } from './io.js'

/** @throws UsageError if there is none */
export const demandFolder = async (dir: string): Promise<void> => {
  const stats = await stat(dir).catch(() => undefined)
  if (stats?.isDirectory() !== true) throw new UsageError(`${printable(dir)} is no folder.`)
}
