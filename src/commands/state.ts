/** The state of a data folder that was in use before, to be read: a mistyped --data must not become a new, empty one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openReader } from '../store/reader.js'
import { UsageError } from './io.js'

const file = 'domainstats.sqlite'

/** @throws UsageError if there is none, Error if it cannot be opened */
export const openState = (dir: string, signal: AbortSignal): ReturnType<typeof openReader> => {
  if (!existsSync(join(dir, file))) throw new UsageError(`${dir} holds no ${file}.`)
  return openReader(join(dir, file), signal)
}
