/**
 * The data folder of a command. It has to be there for most: a mistyped one must not become a new, empty one. Some make
 * it, and nobody makes the folder around it.
 */
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf, whyRefused } from '../files/rights.js'
import { printable } from '../output/json.js'
import { UsageError } from './io.js'

/** @throws UsageError if there is none; Error if this user may not enter it */
export const demandFolder = async (dir: string): Promise<void> => {
  const found = await stat(dir).catch(codeOf)
  if (found === 'ENOENT') throw new UsageError(`${printable(dir)} is not there.`)
  if (typeof found === 'string')
    throw new Error(`${printable(whyRefused(dir, 'enter') ?? `${dir}: ${found}`)}.`)
  if (!found.isDirectory()) throw new UsageError(`${printable(dir)} is no folder.`)
  const why = whyRefused(dir, 'enter')
  if (why !== undefined) throw new Error(`${printable(why)}.`)
}

/**
 * Makes the folder if it is not there.
 *
 * @param onMade called then: the user has to see it
 * @throws UsageError where the folder around it is not there; Error where it cannot be made
 */
export const makeFolder = async (dir: string, onMade: () => void): Promise<void> => {
  const code = await mkdir(dir, { mode: 0o750 }).then(() => undefined, codeOf)
  if (code === undefined) {
    onMade()
    return
  }
  if (code === 'EEXIST') return demandFolder(dir)
  const above = dirname(dir)
  if (code === 'ENOENT')
    throw new UsageError(
      `${printable(dir)} is not there, and neither is ${printable(above)}, in which it would be made.`,
    )
  const why = whyRefused(above, 'write') ?? code
  throw new Error(`${printable(dir)} is not there, and cannot be made: ${printable(why)}.`)
}
