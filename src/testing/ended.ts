/** A run that ends by itself. */
import type { Run } from './process.js'

/** Its exit code (or the signal that ended it) and all that it said. */
export const ended = async ({ ended, says }: Run) => ({ code: await ended, said: await says('') })
