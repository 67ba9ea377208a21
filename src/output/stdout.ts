/** Standard output as output. It has no place to come back to: after a crash the last batch may repeat. */
import type { Writable } from 'node:stream'
import type { Output } from './output.js'

/** @param path what the store knows it by: two processes that write to their standard output must not share it */
export const openStdout = (stream: Writable, path: string): Output => {
  let begins = true

  /** Waits for a slow reader (a pipe) instead of piling up what he has not taken yet. */
  const append = (bytes: Buffer, signal: AbortSignal): Promise<boolean> =>
    new Promise((resolve, reject) => {
      begins &&= bytes.length === 0
      // A reader who is there has taken the bytes by the next turn; for one who has stopped reading nobody waits.
      const giveUp = () => setImmediate(() => resolve(false))
      signal.addEventListener('abort', giveUp, { once: true })
      // A stream may keep what it was given; the bytes are good until this is over.
      stream.write(Buffer.from(bytes), error => {
        signal.removeEventListener('abort', giveUp)
        // A reader who left (head, less) ends the program in good order; any other error is one.
        if (error && !('code' in error && error.code === 'EPIPE')) reject(error)
        else resolve(!error)
      })
      if (signal.aborted) giveUp()
    })

  return {
    path,
    place: () => Promise.resolve({ path, inode: '', size: 0, tail: Buffer.alloc(0), begins }),
    append,
    reopen: () => undefined,
    isOurs: () => false,
    close: () => Promise.resolve(),
  }
}
