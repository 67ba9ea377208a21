import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { SegmentPosition, SinkOutbox } from '../../model/segment.js'
import { isBefore, removeSegments, Segments } from './segments.js'

const bytesMax = 20

const open = async (t: Test, dir: string, outbox?: SinkOutbox): Promise<Segments> => {
  const segments = await Segments.open({ dir, durable: true, bytesMax }, outbox)
  t.teardown(() => segments.close())
  return segments
}

/** Commits one batch: gives what the store would have of it. */
const write = async (segments: Segments, ...lines: readonly string[]): Promise<SinkOutbox> => {
  const outbox = { ...segments.place(), lines: Buffer.from(lines.map(line => `${line}\n`).join('')) }
  await segments.write(outbox)
  return outbox
}

/** All lines from a position on. */
const readAll = async (segments: Segments, from: SegmentPosition, bytes = 8): Promise<string[]> => {
  const found: string[] = []
  for (let at = from; ;) {
    const piece = await segments.read(at, bytes)
    if (!piece) return found
    if (!isBefore(at, piece.next)) throw new Error('it stands still')
    found.push(
      ...piece.lines
        .toString()
        .split('\n')
        .filter(line => line !== ''),
    )
    at = piece.next
  }
}

const start: SegmentPosition = { segment: 1, offset: 0 }

void t.test(
  'lines go into numbered files, not readable by others; a new one begins from a size on',
  async t => {
    const dir = join(t.testdir(), 'sinks')
    const segments = await open(t, dir)
    t.same([segments.end, segments.place()], [start, start])
    await write(segments, 'one', 'two')
    await write(segments, 'three is longer than all')
    await write(segments, 'four')
    t.same(readdirSync(dir), ['0000000001.jsonl', '0000000002.jsonl'])
    t.equal(readFileSync(join(dir, '0000000001.jsonl'), 'utf8'), 'one\ntwo\nthree is longer than all\n')
    t.equal(statSync(dir).mode & 0o777 & ~0o750, 0)
    t.equal(statSync(join(dir, '0000000001.jsonl')).mode & 0o777 & ~0o640, 0)
    t.same(await readAll(segments, start), ['one', 'two', 'three is longer than all', 'four'])
    t.same(await readAll(segments, { segment: 1, offset: 4 }), ['two', 'three is longer than all', 'four'])
    t.same(await readAll(segments, segments.end), [])
    t.equal(segments.bytesFrom({ segment: 1, offset: 4 }), 4 + 25 + 5)
    t.equal(segments.bytesFrom({ segment: 9, offset: 4 }), 0)
    t.equal(await segments.countRest({ segment: 1, offset: 4 }), 2)
  },
)

void t.test('the last commit is written to its place, whatever part of it was there', async t => {
  for (let bytes = 0; bytes <= 11; bytes++) {
    const dir = join(t.testdir({ [String(bytes)]: {} }), String(bytes))
    const first = await open(t, dir)
    await write(first, 'one', 'two')
    const outbox = { ...first.place(), lines: Buffer.from('three\nfour\n') }
    // Killed after so many bytes.
    appendFileSync(join(dir, '0000000001.jsonl'), outbox.lines.subarray(0, bytes))
    const second = await open(t, dir, outbox)
    await write(second, 'five')
    t.same(await readAll(second, start), ['one', 'two', 'three', 'four', 'five'], `${bytes} bytes`)
  }
})

void t.test('a crash between two segments loses nothing', async t => {
  const dir = t.testdir()
  const first = await open(t, dir)
  await write(first, 'this one fills the segment')
  const outbox = { ...first.place(), lines: Buffer.from('next\n') }
  t.same([outbox.segment, outbox.offset], [2, 0])
  const second = await open(t, dir, outbox)
  t.same(second.end, { segment: 2, offset: 5 })
  t.same(await readAll(second, start), ['this one fills the segment', 'next'])
})

void t.test('after a commit without records, bytes behind its place are dropped', async t => {
  const dir = t.testdir()
  const first = await open(t, dir)
  await write(first, 'one')
  const outbox = { ...first.place(), lines: Buffer.alloc(0) }
  appendFileSync(join(dir, '0000000001.jsonl'), 'half a li')
  const second = await open(t, dir, outbox)
  await write(second, 'two')
  t.same(await readAll(second, start), ['one', 'two'])
})

void t.test(
  'after the disk lost a part, the rest is read, and later lines are not mixed with it',
  async t => {
    const harms: Readonly<Record<string, (dir: string) => void>> = {
      'all of it': dir => rmSync(dir, { recursive: true }),
      'a segment': dir => rmSync(join(dir, '0000000001.jsonl')),
      'the end of a segment': dir => truncateSync(join(dir, '0000000001.jsonl'), 6),
      'the end of the last segment': dir => truncateSync(join(dir, '0000000002.jsonl'), 2),
    }
    const expected: Readonly<Record<string, readonly string[]>> = {
      'all of it': ['three', 'four'],
      'a segment': ['two', 'three', 'four'],
      'the end of a segment': ['one fi', 'two', 'three', 'four'],
      'the end of the last segment': ['one fills the segment', 'tw', 'three', 'four'],
    }
    for (const [harm, harmTo] of Object.entries(harms)) {
      const dir = join(t.testdir({ [harm]: {} }), harm)
      const first = await open(t, dir)
      await write(first, 'one fills the segment')
      await write(first, 'two')
      const outbox = await write(first, 'three')
      harmTo(dir)
      const second = await open(t, dir, outbox)
      await write(second, 'four')
      t.same(await readAll(second, start), expected[harm], harm)
    }
    const dir = t.testdir({ live: {} })
    const live = await open(t, join(dir, 'live'))
    await write(live, 'one fills the segment')
    await write(live, 'two')
    rmSync(join(dir, 'live', '0000000001.jsonl'))
    t.same(await readAll(live, start), ['two'], 'removed while it runs')
  },
)

void t.test(
  'segments newer than the database stay, and those that all sinks have read are removed',
  async t => {
    const dir = t.testdir({ '0000000007.jsonl': 'of later\n', 'notes.txt': 'not ours' })
    const segments = await open(t, dir, { ...start, lines: Buffer.from('one\n') })
    t.same(segments.end, { segment: 8, offset: 4 })
    t.same(await readAll(segments, start), ['of later', 'one'])
    t.equal(segments.first, 7)
    await segments.removeBefore(99)
    t.same(readdirSync(dir).sort(), ['0000000008.jsonl', 'notes.txt'], 'but never the one that is written')
    await removeSegments(dir)
    t.same(readdirSync(dir), ['notes.txt'])
    await removeSegments(join(dir, 'nowhere'))
  },
)

void t.test(
  'an unterminated line ends with its segment, and a line longer than a read is read whole',
  async t => {
    const dir = t.testdir()
    mkdirSync(join(dir, 'a'))
    writeFileSync(join(dir, 'a', '0000000001.jsonl'), `${'x'.repeat(100)}\nno end`)
    const segments = await open(t, join(dir, 'a'))
    await write(segments, 'next')
    t.same(await readAll(segments, start, 3), ['x'.repeat(100), 'no end', 'next'])
  },
)
