import fc from 'fast-check'
import t from 'tap'
import { pieceBytes, tailBytesMax } from '../limits.js'
import { advance, emptyFingerprint, type Fingerprint } from '../model/checkpoint.js'
import type { Chunk } from '../tail/tail.js'
import { piecesOf } from './pieces.js'

const input = { path: '/logs', format: 'auto', sensor: undefined, start: 'beginning' } as const

const chunkOf = (bytes: Buffer, before: Fingerprint, more: Partial<Chunk> = {}): Chunk => {
  const after = advance(before, bytes)
  const place = {
    file: 1,
    inode: '1:2',
    path: '/logs',
    input: '/logs',
    statSignature: '',
    changed: 5,
    size: 0,
    finished: 0 as const,
    header: '#x',
  }
  return {
    ...{ bytes, offset: before.offset, after, tooLong: 0, input },
    ...{ checkpoint: { ...after, ...place }, before: Buffer.from('seen\n'), ...more },
  }
}

const log = fc
  .array(fc.oneof(fc.nat(200), fc.nat(3 * pieceBytes)), { minLength: 1, maxLength: 60 })
  .map(lengths => Buffer.from(lengths.map((length, i) => `${String(i).padEnd(length, 'x')}\n`).join('')))

void t.test(
  'pieces are whole lines; together they are the chunk, and each ends where its position says',
  t => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.boolean(), log, fc.boolean(), (length, isHole, bytes, isTorn) => {
        const already = advance(emptyFingerprint, Buffer.alloc(length, isHole ? 0 : 'y'))
        const chunk = chunkOf(isTorn ? bytes.subarray(0, -1) : bytes, already)
        const pieces = piecesOf(chunk)
        let reached = already
        for (const [i, piece] of pieces.entries()) {
          reached = advance(reached, piece.bytes)
          const isLast = i === pieces.length - 1
          t.equal(piece.bytes.at(-1) === 0x0a || isLast, true)
          t.equal(piece.checkpoint.offset, reached.offset)
          t.ok(piece.checkpoint.head.equals(chunk.after.head))
          // Of the first piece what lies before the chunk is not at hand: its own end is long enough.
          t.ok(reached.tail.subarray(-piece.checkpoint.tail.length).equals(piece.checkpoint.tail))
          t.ok(isLast || piece.checkpoint.tail.length === tailBytesMax)
          t.same([piece.checkpoint.header, piece.before.length > 0], ['#x', i === 0])
        }
        t.ok(Buffer.concat(pieces.map(piece => piece.bytes)).equals(chunk.bytes))
        t.same(pieces.at(-1)?.checkpoint, chunk.checkpoint)
      }),
      { numRuns: 60 },
    )
    t.end()
  },
)

void t.test('a line longer than a piece is one; a chunk in which lines were passed over stays whole', t => {
  const lines = Buffer.from(`a\n${'b'.repeat(pieceBytes)}\n${'c\n'.repeat(pieceBytes)}`)
  t.same(
    piecesOf(chunkOf(lines, emptyFingerprint)).map(({ bytes }) => bytes.length),
    [pieceBytes + 3, pieceBytes, pieceBytes],
  )
  const passed = chunkOf(lines, emptyFingerprint)
  const longer = { ...passed, after: { ...passed.after, offset: 10_000_000 }, tooLong: 1 }
  t.equal(piecesOf(longer)[0], longer)
  t.end()
})
