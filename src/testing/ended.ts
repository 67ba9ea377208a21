/** A process that ends by itself. */
import { once } from 'node:events'
import type { Started } from './process.js'

/** Its exit code (or the signal that ended it) and all that it said. */
export const ended = async ({ child, says }: Started) => {
  // Not `exit`: what it said last may still be on its way then.
  await once(child, 'close')
  return { code: child.exitCode ?? child.signalCode, said: await says('') }
}
