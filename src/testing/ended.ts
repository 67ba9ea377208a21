/** Waits for a run that ends by itself. */
import type { Run } from './process.js'

/** The exit code, or the signal that ended it, and the whole output. */
export const ended = async ({ ended, says }: Run) => ({ code: await ended, said: await says('') })
