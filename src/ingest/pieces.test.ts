import fc from 'fast-check'
import t from 'tap'
import { tailBytesMax } from '../limits.js'
import { advance, emptyFingerprint, type Fingerprint } from '../model/checkpoint.js'
import type { Chunk } from '../tail/tail.js'
import { mayPart, partOf } from './pieces.js'

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
  .array(fc.oneof(fc.nat(200), fc.nat(10_000)), { minLength: 1, maxLength: 60 })
  .map(lengths => Buffer.from(lengths.map((length, i) => `${String(i).padEnd(length, 'x')}\n`).join('')))

void t.test('parts are whole lines, together they are the chunk, and each ends at its checkpoint', t => {
  fc.assert(
    fc.property(
      fc.nat(5_000),
      fc.boolean(),
      log,
      fc.boolean(),
      fc.array(fc.nat(300_000)),
      (length, isHole, bytes, isTorn, cuts) => {
        const already = advance(emptyFingerprint, Buffer.alloc(length, isHole ? 0 : 'y'))
        const chunk = chunkOf(isTorn ? bytes.subarray(0, -1) : bytes, already)
        t.ok(mayPart(chunk))
        const size = chunk.bytes.length
        const ends = cuts.map(cut => chunk.bytes.indexOf(0x0a, cut % size) + 1)
        const places = [...new Set([0, ...ends.filter(end => end >= tailBytesMax), size])].sort(
          (a, b) => a - b,
        )
        const parts = places.slice(1).map((to, i) => partOf(chunk, places[i] ?? 0, to))
        let reached = already
        for (const [i, part] of parts.entries()) {
          reached = advance(reached, part.bytes)
          const isLast = i === parts.length - 1
          t.equal(part.checkpoint.offset, reached.offset)
          t.ok(part.checkpoint.head.equals(chunk.after.head))
          t.ok(reached.tail.equals(part.checkpoint.tail))
          t.ok(isLast || part.checkpoint.tail.length === tailBytesMax)
          t.same([part.checkpoint.header, part.before.length > 0], ['#x', i === 0])
        }
        t.ok(Buffer.concat(parts.map(part => part.bytes)).equals(chunk.bytes))
        t.same(parts.at(-1)?.checkpoint, chunk.checkpoint)
      },
    ),
    { numRuns: 60 },
  )
  t.end()
})

void t.test('a chunk in which lines were passed over cannot be split; the first part counts them', t => {
  const lines = Buffer.from(`a\n${'b'.repeat(300)}\nc\n`)
  const passed = chunkOf(lines, emptyFingerprint)
  const longer = { ...passed, after: { ...passed.after, offset: 10_000_000 }, tooLong: 1 }
  t.notOk(mayPart(longer))
  t.equal(partOf(longer, 0, lines.length), longer)
  const told = { ...passed, tooLong: 1 }
  t.same([partOf(told, 0, 303).tooLong, partOf(told, 303, 305).tooLong], [1, 0])
  t.end()
})
