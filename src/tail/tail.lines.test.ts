import { appendFileSync, closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { memoryUsage } from 'node:process'
import fc from 'fast-check'
import t from 'tap'
import { batchBytesMax, lineBytesMax, fileSliceBytesMax } from '../limits.js'
import { behindHole, emptyFingerprint } from '../model/checkpoint.js'
import { createLineCutter } from './source.js'
import { Follower } from './testing/follower.js'

void t.test(
  'any chunking of any bytes gives the same lines at the same offsets, and no hole before one',
  t => {
    const bytes = fc.array(fc.constantFrom(0x0a, 0x0d, 0x00, 0xff, 0x61), { maxLength: 4000 })
    const property = fc.property(
      bytes,
      fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1 }),
      (array, sizes) => {
        const content = Buffer.from(array)
        const cutter = createLineCutter(emptyFingerprint)
        let expectedOffset = 0
        for (let at = 0, i = 0; at < content.length; i++) {
          const size = sizes[i % sizes.length] ?? 1
          const lines = cutter.push(content.subarray(at, at + size))
          at += size
          if (!lines) continue
          const { bytes, offset, after } = lines
          if (content.subarray(expectedOffset, offset).some(byte => byte !== 0)) throw new Error('a gap')
          if (after.offset !== offset + bytes.length || bytes[0] === 0) throw new Error('a hole')
          if (!bytes.equals(content.subarray(offset, after.offset)) || bytes.at(-1) !== 0x0a)
            throw new Error('bytes')
          const begin = behindHole(content)
          if (!after.head.equals(content.subarray(begin, Math.min(begin + 1024, after.offset))))
            throw new Error('head')
          if (!after.tail.equals(content.subarray(Math.max(0, after.offset - 256), after.offset)))
            throw new Error('tail')
          expectedOffset = after.offset
        }
        const rest = cutter.rest()
        const end = behindHole(content, expectedOffset)
        if (!(rest?.bytes ?? Buffer.alloc(0)).equals(content.subarray(end))) throw new Error('rest')
        if (rest && (rest.offset !== end || rest.after.offset !== content.length))
          throw new Error('its place')
      },
    )
    fc.assert(property, { numRuns: 300 })
    t.end()
  },
)

void t.test('a half line is kept until it is complete, also across a restart', async t => {
  const log = join(t.testdir({ 'dns.log': 'a1\r\nhalf' }), 'dns.log')
  const follower = new Follower(log)
  t.same(await follower.lookAndRead(), ['a1\r'])
  await follower.restart()
  t.same(await follower.lookAndRead(), [])
  appendFileSync(log, ' done\n\xff\x00\n')
  t.same((await follower.lookAndRead()).slice(0, 1), ['half done'])
  await follower.stop()
})

void t.test('the lines before the checkpoint are returned once after a restart', async t => {
  const log = join(t.testdir({ 'dns.log': 'a1\na2\n' }), 'dns.log')
  const follower = new Follower(log)
  await follower.lookAndRead()
  await follower.restart()
  appendFileSync(log, 'a3\n')
  await follower.lookAndRead()
  appendFileSync(log, 'a4\n')
  await follower.lookAndRead()
  t.same(
    follower.chunks.map(({ before }) => before.toString()),
    ['a1\na2\n', ''],
  )
  await follower.stop()
})

void t.test('a line that is too long is skipped and counted, and the checkpoint is right', async t => {
  for (const length of [lineBytesMax + 1, 3 * lineBytesMax]) {
    const log = join(t.testdir({}), 'dns.log')
    writeFileSync(log, Buffer.concat([Buffer.from('a1\n'), Buffer.alloc(length, 'x'), Buffer.from('\na2\n')]))
    const follower = new Follower(log)
    const lines = await follower.lookAndRead()
    t.same(
      lines.filter(line => line.length < 10),
      ['a1', 'a2'],
    )
    // One that ends within the bytes at hand is handed on, and counted by the reader.
    const given = lines.filter(line => line.length > lineBytesMax).length
    const long = given + follower.chunks.reduce((sum, chunk) => sum + chunk.tooLong, 0)
    t.equal(long, 1)
    t.equal(follower.chunks.at(-1)?.checkpoint.offset, length + 7)
    await follower.restart()
    t.same(await follower.lookAndRead(), [])
    await follower.stop()
  }
})

void t.test('100 MB without a newline, in bounded memory', async t => {
  const log = join(t.testdir({}), 'dns.log')
  const descriptor = openSync(log, 'w')
  writeSync(descriptor, 'x')
  ftruncateSync(descriptor, 100 * 1024 * 1024)
  const follower = new Follower(log)
  const before = memoryUsage().rss
  t.same(await follower.lookAndRead(), [])
  t.ok(memoryUsage().rss - before < 64 * 1024 * 1024, `${memoryUsage().rss - before} bytes`)
  closeSync(descriptor)
  appendFileSync(log, '\na1\n')
  t.same(await follower.lookAndRead(), ['a1'])
  await follower.stop()
})

void t.test('several files are read alternately', async t => {
  const dir = t.testdir({})
  const descriptor = openSync(join(dir, 'dns.1.log'), 'w')
  const block = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(1024))
  const blocks = fileSliceBytesMax / block.length + 16
  for (let i = 0; i < blocks; i++) writeSync(descriptor, block)
  closeSync(descriptor)
  writeFileSync(join(dir, 'dns.2.log'), 'b1\n')
  const follower = new Follower(dir)
  await follower.look()
  const order: number[] = []
  for (let chunks = await follower.readOnce(); chunks.length > 0; chunks = await follower.readOnce()) {
    t.ok(chunks.reduce((sum, { bytes }) => sum + bytes.length, 0) <= batchBytesMax + 2 * lineBytesMax)
    for (const { checkpoint } of chunks) if (order.at(-1) !== checkpoint.file) order.push(checkpoint.file)
    follower.chunks = []
  }
  t.same(order, [1, 2, 1])
  await follower.stop()
})
