/** A log that grows under a reader. */
import { advance, emptyFootprint } from '../model/checkpoint.js'
import type { Chunk } from '../tail/tail.js'

const input = { path: '/logs', format: 'auto', sensor: undefined, start: 'beginning' } as const
/** One file that grows. */
export const growing = (file: number) => {
  let after = emptyFootprint
  const chunks: Chunk[] = []
  let looks = 0
  return {
    write: (text: string) => {
      const [bytes, { offset }] = [Buffer.from(text), after]
      after = advance(after, bytes)
      const position = {
        ...after,
        file,
        inode: '1:2',
        path: '/logs',
        input: '/logs',
        seal: '',
        changed: 5,
        size: 0,
        finished: 0 as const,
        header: '',
      }
      chunks.push({ bytes, offset, after, tooLong: 0, input, position, before: Buffer.alloc(0) })
    },
    looks: () => looks,
    source: {
      look: () => Promise.resolve(void (looks += 1)),
      read: () => Promise.resolve(chunks.splice(0)),
      mayWait: false,
    },
  }
}
