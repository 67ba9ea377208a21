/** A data folder that has to be there: a mistyped one must not become a new, empty one. */
import { stat } from 'node:fs/promises'
import { codeOf, whyRefused } from '../files/rights.js'
import { printable } from '../output/json.js'
import { UsageError } from './io.js'

/** @throws UsageError if there is none */
export const demandFolder = async (dir: string): Promise<void> => {
  const found = await stat(dir).catch(codeOf)
  if (found === 'ENOENT') throw new UsageError(`${printable(dir)} is not there.`)
  if (typeof found === 'string')
    throw new Error(`${printable(whyRefused(dir, 'enter') ?? `${dir}: ${found}`)}.`)
  if (!found.isDirectory()) throw new UsageError(`${printable(dir)} is no folder.`)
}
