/** An output that nobody else may write to: two programs would cut each other's lines, and tell each other's for lost. */
import type { Output } from './output/output.js'
import { lockOutput } from './store/lock.js'

/** Takes the lock when the output is opened first: a folder that cannot be written is waited for as before. */
export const lockedOutput = (output: Output): Output => {
  let unlock: (() => void) | undefined
  return {
    ...output,
    place: async () => {
      const place = await output.place()
      unlock ??= lockOutput(output.path)
      return place
    },
    close: async () => {
      await output.close()
      unlock?.()
    },
  }
}
