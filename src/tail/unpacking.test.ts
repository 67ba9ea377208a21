/** Archives are unpacked ahead, within bounds, and what is damaged, changed or given up does no harm. */
import { readdirSync, readlinkSync, renameSync, writeFileSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { chunkBytes, readAheadBytesMax, smallBytesAtOnce, unpackedAheadBytesMax } from '../limits.js'
import { emptyFingerprint, type Checkpoint } from '../model/checkpoint.js'
import type { Report } from '../telemetry/report.js'
import { Archive } from './archive.js'
import { Scan } from './scan.js'
import { inputOf } from './testing/follower.js'
import { UnpackAhead } from './unpack-ahead.js'
import { Allowance, Unpacking } from './unpacking.js'

const nextTurn = () => new Promise<void>(resolve => setImmediate(resolve))

/** Lines that hardly shrink. */
const lines = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, n) => `${from + n}:${Math.imul(from + n, 2654435761)}\n`).join('')

/** Counts the packed bytes that are read through a handle. */
const counting = async (t: Test, path: string) => {
  const handle = await open(path)
  t.teardown(() => handle.close())
  const read = handle.read.bind(handle)
  const counted = { bytes: 0 }
  const spy: FileHandle = Object.assign(handle, {
    read: async (buffer: Buffer, offset: number, length: number, at: number) => {
      const done = await read(buffer, offset, length, at)
      counted.bytes += done.bytesRead
      return done
    },
  })
  return { handle: spy, counted }
}

/** All lines of a scan, and its reports. */
const scanned = async (paths: readonly string[], checkpoints: readonly Checkpoint[] = []) => {
  const reports: Report[] = []
  let files = checkpoints.length
  const scan = new Scan({
    ...{ inputs: paths.map(path => inputOf(path)), stdin: Readable.from([]), checkpoints },
    ...{ newFile: () => ++files, isOurs: () => false, telemetry: report => reports.push(report) },
  })
  const reached = new Map<number, Checkpoint>()
  let text = ''
  for (let chunks = await scan.read(); chunks.length > 0; chunks = await scan.read())
    for (const { bytes, checkpoint } of chunks) {
      text += bytes.toString()
      reached.set(checkpoint.file, checkpoint)
    }
  await scan.close()
  return { text, reports, checkpoints: [...reached.values()] }
}

void t.test(
  'archives that are not read yet hold no more bytes than the limit, and then all come',
  async t => {
    const size = 40 * 1024 * 1024
    const dir = t.testdir({
      'a.gz': gzipSync(Buffer.alloc(size, 'a\n')),
      'b.gz': gzipSync(Buffer.alloc(size, 'b\n')),
    })
    let [now, most] = [0, 0]
    class Watched extends Allowance {
      override count(bytes: number): void {
        now += bytes
        most = Math.max(most, now)
        super.count(bytes)
      }
    }
    const allowance = new Watched()
    for (const name of ['a.gz', 'b.gz']) {
      const handle = await open(join(dir, name))
      t.teardown(() => handle.close())
    }
    const unpackings = await Promise.all(
      ['a.gz', 'b.gz'].map(async name => {
        const handle = await open(join(dir, name))
        t.teardown(() => handle.close())
        return new Unpacking(handle, { allowance })
      }),
    )
    while (!allowance.isSpent) await nextTurn()
    for (const unpacking of unpackings) {
      let length = 0
      for (let piece = await unpacking.next(); piece; piece = await unpacking.next()) length += piece.length
      t.equal(length, size)
      unpacking.close()
    }
    t.equal(now, 0)
    t.ok(most <= unpackedAheadBytesMax + readAheadBytesMax + 2 * chunkBytes, `at most ${most} bytes`)
  },
)

void t.test('a damaged archive gives its lines up to the damage, and the next one is read', async t => {
  const text = lines(300_000)
  const packed = gzipSync(text)
  const damaged = Buffer.from(packed)
  // Of a stored block that is longer than all data.
  damaged.fill(0xff, packed.length - 20_000, packed.length - 19_000)
  const dir = t.testdir({ 'a.gz': damaged, 'b.gz': gzipSync('b1\n') })
  const { text: read, reports } = await scanned([join(dir, 'a.gz'), join(dir, 'b.gz')])
  t.equal(reports.filter(({ kind }) => kind === 'input-unreadable').length, 1)
  t.ok(read.endsWith('b1\n'))
  const before = read.slice(0, -3)
  const isSame = text.startsWith(before.slice(0, text.length - 200_000))
  t.ok(isSame, 'the lines before the damage are right')
  t.ok(before.length > text.length - 200_000 - smallBytesAtOnce, `${before.length} of ${text.length} bytes`)
})

void t.test('an archive whose checkpoint lies at its end is unpacked once', async t => {
  const path = join(t.testdir(), 'a.gz')
  const text = lines(300_000)
  writeFileSync(path, gzipSync(text))
  const { handle, counted } = await counting(t, path)
  const size = (await handle.stat()).size
  const archive = new Archive(handle, new Unpacking(handle))
  t.equal((await archive.piece(0, 512)).toString(), text.slice(0, 512))
  t.equal((await archive.piece(text.length - 256, 256)).toString(), text.slice(-256))
  const tail = Buffer.from(text.slice(-256))
  const stats = await handle.stat({ bigint: true })
  const source = archive.source(stats, { ...emptyFingerprint, offset: text.length, tail })
  t.equal(await source.read(), 'end')
  t.ok(text.endsWith((await source.before()).toString()))
  t.equal(counted.bytes, size)
  await source.close()
})

void t.test('of an archive that is looked at only the first bytes are unpacked', async t => {
  const path = join(t.testdir(), 'a.gz')
  writeFileSync(path, gzipSync(lines(300_000)))
  const { handle, counted } = await counting(t, path)
  const archive = new Archive(handle)
  await archive.piece(0, 512)
  await archive.piece(0, 1024, true)
  const source = archive.source(await handle.stat({ bigint: true }), emptyFingerprint)
  const before = counted.bytes
  t.ok(before <= 3 * smallBytesAtOnce, `${before} bytes`)
  await nextTurn()
  t.equal(counted.bytes, before, 'and no more until it is read')
  await source.close()
})

void t.test('a scan that is repeated reads nothing again, and goes on behind what it knows', async t => {
  const dir = t.testdir({ 'a.gz': gzipSync(lines(100_000)), 'b.gz': gzipSync(lines(100_000, 500_000)) })
  const paths = [join(dir, 'a.gz'), join(dir, 'b.gz')]
  const first = await scanned(paths)
  t.equal(first.text, lines(100_000) + lines(100_000, 500_000))
  t.equal((await scanned(paths, first.checkpoints)).text, '')
  writeFileSync(join(dir, 'a.gz'), gzipSync(lines(100_003)))
  t.equal((await scanned(paths, first.checkpoints)).text, lines(3, 100_000))
})

void t.test('an archive that changes after it was begun is not taken', async t => {
  const dir = t.testdir({ 'a.gz': gzipSync('a1\n'), 'b.gz': gzipSync('b1\n') })
  const [path, other] = [join(dir, 'a.gz'), join(dir, 'b.gz')]
  const ahead = new UnpackAhead(() => false)
  ahead.begin([path])
  const begun = await ahead.take(path)
  t.ok(begun)
  begun?.unpacking.close()
  await begun?.handle.close()
  ahead.begin([path])
  await nextTurn()
  renameSync(other, path)
  writeFileSync(path, gzipSync('another one\n'))
  const taken = await ahead.take(path)
  t.equal(taken?.stats.size, taken && BigInt(gzipSync('another one\n').length), 'only what is there now')
  taken?.unpacking.close()
  await taken?.handle.close()
  await ahead.close()
})

void t.test(
  'a scan that is given up closes all files at once',
  { skip: process.platform !== 'linux' },
  async t => {
    const names = ['a.gz', 'b.gz', 'c.gz', 'd.gz']
    const dir = t.testdir(Object.fromEntries(names.map((name, n) => [name, gzipSync(lines(100_000, n))])))
    const scan = new Scan({
      ...{ inputs: names.map(name => inputOf(join(dir, name))), stdin: Readable.from([]), checkpoints: [] },
      ...{ newFile: () => 1, isOurs: () => false, telemetry: () => undefined },
    })
    t.equal((await scan.read()).length, 1)
    await scan.close()
    const openFiles = readdirSync('/proc/self/fd').map(fd => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        return ''
      }
    })
    t.same(
      openFiles.filter(path => path.startsWith(dir)),
      [],
    )
  },
)
