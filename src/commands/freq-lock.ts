/** One training of a table at a time: a second one would undo what the first one counts. */
import { open, rm } from 'node:fs/promises'
import { targetOf } from '../files/replace.js'
import { printable } from '../output/json.js'

/**
 * Does the work while a file `TABLE.new` beside the table keeps others away. It is there for people to see, and is
 * removed at the end.
 *
 * @param path of the table; links lead to the same table
 * @throws Error if the file is there or cannot be made, and what the work throws
 */
export const whileLocked = async (path: string, work: () => Promise<void>): Promise<void> => {
  const lock = `${await targetOf(path)}.new`
  const handle = await open(lock, 'wx', 0o640).catch((cause: unknown) => {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    throw new Error(
      `${printable(lock)} is there: the table is being trained, or a training was killed. Then remove it.`,
      { cause },
    )
  })
  try {
    await handle.close()
    await work()
  } finally {
    await rm(lock, { force: true })
  }
}
