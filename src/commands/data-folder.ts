/** The data folder of a command: there already, made, or opened for reading. */
import { existsSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { codeOf, whyRefused } from '../files/rights.js'
import { jsonEscaped } from '../output/json.js'
import { openReader, type Reader } from '../store/reader.js'
import { openStore, type Store } from '../store/store.js'
import { UsageError } from './io.js'

/** @throws UsageError if there is no such folder; Error if this user may not enter it */
export const demandFolder = async (dir: string): Promise<void> => {
  const found = await stat(dir).catch(codeOf)
  if (found === 'ENOENT') throw new UsageError(`${jsonEscaped(dir)} is not there.`)
  if (typeof found === 'string')
    throw new Error(`${jsonEscaped(whyRefused(dir, 'enter') ?? `${dir}: ${found}`)}.`)
  if (!found.isDirectory()) throw new UsageError(`${jsonEscaped(dir)} is no folder.`)
  const why = whyRefused(dir, 'enter')
  if (why !== undefined) throw new Error(`${jsonEscaped(why)}.`)
}

/**
 * Creates the folder if it does not exist.
 *
 * @param onMade called if it was created, to tell the user
 * @throws UsageError if its parent does not exist; Error if it cannot be created
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
      `${jsonEscaped(dir)} is not there, and neither is ${jsonEscaped(above)}, in which it would be made.`,
    )
  const why = whyRefused(above, 'write') ?? code
  throw new Error(`${jsonEscaped(dir)} is not there, and cannot be made: ${jsonEscaped(why)}.`)
}

const file = 'domainstats.sqlite'

/** @throws UsageError if the folder has no state: a mistyped --data must not become a new, empty one */
export const demandState = (dir: string): void => {
  if (!existsSync(join(dir, file))) throw new UsageError(`${jsonEscaped(dir)} holds no ${file}.`)
}

/**
 * Opens the state of a data folder for reading.
 *
 * @throws UsageError if there is none
 * @throws Error if it cannot be opened
 */
export const openStateToRead = (dir: string, signal: AbortSignal): ReturnType<typeof openReader> => {
  demandState(dir)
  return openReader(join(dir, file), signal)
}

/**
 * Reads the state of a data folder that is there, and closes it.
 *
 * @throws UsageError if there is no such folder, or it has no state; Error if it cannot be opened
 */
export const withStateToRead = async <T>(
  data: string,
  signal: AbortSignal,
  use: (store: Reader) => Promise<T>,
): Promise<T> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const store = await openStateToRead(dir, signal)
  try {
    return await use(store)
  } finally {
    store.close()
  }
}

/**
 * Opens the store of a data folder that is there, to write to it beside a live `run`. The store is made if there is none.
 *
 * @throws UsageError if there is no such folder; Error if it cannot be opened
 */
export const withStateOf = async <T>(data: string, use: (store: Store) => T): Promise<T> => {
  const dir = resolve(data)
  await demandFolder(dir)
  const store = openStore(join(dir, file))
  try {
    return use(store)
  } finally {
    store.close()
  }
}
