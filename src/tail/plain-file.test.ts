/** What becomes of a log whose reads fail, or that is read while it is parsed. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { chunkBytes, lineBytesMax } from '../limits.js'
import { emptyFingerprint } from '../model/checkpoint.js'
import { readLogFile } from './plain-file.js'

const line = (n: number): string => `${String(n).padStart(12, '0')} ${'x'.repeat(n % 300)}\n`
const lines = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, n) => line(from + n)).join('')

/** A log of many chunks; the nth read of it fails. */
const setUp = async (t: Test, text: string, failing: readonly number[] = []) => {
  const path = join(t.testdir(), 'dns.log')
  writeFileSync(path, text)
  const handle = await open(path)
  const read = handle.read.bind(handle)
  let reads = 0
  const faulty = Object.assign(handle, {
    read: (buffer: Buffer, offset: number, length: number, checkpoint: number) =>
      failing.includes(++reads) ? Promise.reject(new Error('EIO')) : read(buffer, offset, length, checkpoint),
  })
  return { path, source: readLogFile(faulty, emptyFingerprint) }
}

/** All that is there, each chunk taken before the next one is asked for. */
const readAll = async (source: ReturnType<typeof readLogFile>) => {
  let [text, errors] = ['', 0]
  for (;;) {
    const read = await source.read().catch(() => 'failed' as const)
    if (read === 'end' || read === 'replaced') return { text, errors, end: read }
    if (read === 'failed') errors += 1
    else text += read.bytes.toString()
  }
}

const count = Math.ceil((5 * chunkBytes) / 160)

void t.test('each line comes once, whichever read fails, and the reads after it work', async t => {
  const text = lines(count)
  for (const failing of [[], [1], [2], [3], [2, 3], [4, 6]]) {
    const { source } = await setUp(t, text, failing)
    const { text: found, errors, end } = await readAll(source)
    t.equal(found === text, true, `reads ${failing.join(' and ')} fail`)
    t.strictSame([errors, end], [failing.length, 'end'])
    await source.close()
  }
})

void t.test(
  'what is written while it is read comes too, and half lines come when they are whole',
  async t => {
    const { path, source } = await setUp(t, `${lines(count)}half`)
    const first = await source.read()
    appendFileSync(path, ` a line\n${lines(count, count)}`)
    const rest = await readAll(source)
    const found = (typeof first === 'object' ? first.bytes.length : 0) + rest.text.length
    t.equal(found, Buffer.byteLength(`${lines(count)}half a line\n${lines(count, count)}`))
    t.ok(rest.text.includes('\nhalf a line\n'))
    await source.close()
  },
)

void t.test('lines as long as one read are returned whole', async t => {
  const long = (n: number) => `${'y'.repeat(n)}\n`
  const text = [70_000, 10, 300_000, lineBytesMax, 5, 66_000, lineBytesMax, lineBytesMax, 7]
    .map(long)
    .join('')
  const { source } = await setUp(t, text)
  t.equal((await readAll(source)).text === text, true)
  await source.close()
})
