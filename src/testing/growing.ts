/** Fakes what the tail returns: a chunk, or a log that grows while it is read. */
import { advance, emptyFingerprint, type Fingerprint } from '../model/checkpoint.js'
import type { Chunk } from '../tail/tail.js'

const input = { path: '/logs', format: 'auto', sensor: undefined, start: 'beginning' } as const

interface ChunkOf {
  readonly file?: number
  readonly header?: string
  readonly tooLong?: number
  readonly sensor?: string
  /** Lines that an earlier process committed. */
  readonly before?: string
}

/** A chunk with the next bytes of a log. */
export const chunkOf = (
  bytes: Buffer,
  from: Fingerprint,
  { file = 1, header = '', tooLong = 0, sensor, before = '' }: ChunkOf = {},
): Chunk => {
  const after = advance(from, bytes)
  const place = {
    file,
    inode: '1:2',
    path: '/logs',
    input: '/logs',
    statSignature: '',
    changed: 5,
    size: 0,
    header,
  }
  const checkpoint = { ...after, ...place, finished: 0 as const }
  return {
    bytes,
    offset: from.offset,
    after,
    tooLong,
    input: { ...input, sensor },
    checkpoint,
    before: Buffer.from(before),
  }
}

/** A log that grows: `write` adds lines, and `source` returns them. */
export const growing = (file: number) => {
  let after: Fingerprint = emptyFingerprint
  const chunks: Chunk[] = []
  let looks = 0
  return {
    write: (text: string) => {
      const chunk = chunkOf(Buffer.from(text), after, { file })
      after = chunk.after
      chunks.push(chunk)
    },
    looks: () => looks,
    source: {
      look: () => Promise.resolve(void (looks += 1)),
      read: () => Promise.resolve(chunks.splice(0)),
      mayWait: false,
    },
  }
}
