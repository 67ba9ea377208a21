/** Standard output as output. It has no place to come back to: after a crash the last batch may repeat. */
import type { Writable } from 'node:stream'
import type { Output } from './output.js'

export const openStdout = (stream: Writable): Output => {
  let begins = true
  return {
    path: '-',
    place: () => Promise.resolve({ path: '-', inode: '', size: 0, tail: Buffer.alloc(0), begins }),
    append: async bytes => {
      begins &&= bytes.length === 0
      // Waits for a slow reader (a pipe) instead of piling up what he has not taken yet.
      await new Promise<void>((resolve, reject) => stream.write(bytes, error => (error ? reject(error) : resolve())))
      return true
    },
    reopen: () => undefined,
    isOurs: () => false,
    close: () => Promise.resolve(),
  }
}
