/** The database of a data folder, for `domainstats check`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { printable } from '../output/json.js'
import { mayWrite, openUnwritable } from '../store/reader.js'
import { verifyDatabase } from '../store/verify.js'

/**
 * One line about it.
 *
 * @throws Error with what is wrong, a line each, and what to do about it
 */
export const checkDatabase = async (dir: string, signal: AbortSignal): Promise<string> => {
  const path = join(dir, 'domainstats.sqlite')
  if (!existsSync(path)) return 'database: none yet'
  const opened = mayWrite(path) ? undefined : await openUnwritable(path, signal)
  const { faults, domains, held, queued } = verifyDatabase(path, opened)
  if (faults.length === 0) return `database: ok, ${domains} domains, ${held} held, ${queued} in the queue`
  const told = faults.map(fault => `\n    ${printable(fault)}`)
  throw new Error(
    `${printable(path)} is damaged:${told.join('')}\nStop domainstats and restore it from a backup, or move it away to begin ` +
      'anew: all first contacts are then new again.',
  )
}
