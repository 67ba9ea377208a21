import { appendFileSync, copyFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import type { Checkpoint } from '../model/checkpoint.js'
import { createCheckpointIndex } from './checkpoints.js'
import { Scan } from './scan.js'
import { Follower, inputOf } from './testing/follower.js'

void t.test('the unread rest of an archive is read, then its stat signature is stored', async t => {
  const dir = t.testdir({ 'dns.log': 'a1\na2\n' })
  const log = join(dir, 'dns.log')
  const follower = new Follower(dir)
  await follower.lookAndRead()
  writeFileSync(`${log}.1.gz`, Buffer.concat([gzipSync('a1\na2\n'), gzipSync('a3\n')]))
  unlinkSync(log)
  await follower.restart()
  t.same(await follower.lookAndRead(), ['a3'])
  await follower.restart()
  t.same(await follower.lookAndRead(), [])
  t.equal(follower.count('input-opened'), 2, 'sealed: not unpacked again')
  renameSync(`${log}.1.gz`, `${log}.2.gz`)
  copyFileSync(`${log}.2.gz`, `${log}.3.gz`)
  await follower.restart()
  t.same(await follower.lookAndRead(), [])
  await follower.stop()
})

void t.test(
  'an archive that is still being packed is read as far as it goes, and on when it has come to rest',
  async t => {
    const dir = t.testdir({})
    const archive = join(dir, 'dns.log.1.gz')
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i}:${Math.imul(i, 2654435761)}`)
    const packed = gzipSync(`${lines.join('\n')}\n`)
    writeFileSync(archive, packed.subarray(0, packed.length / 2))
    const follower = new Follower(dir)
    const read = await follower.lookAndRead()
    t.equal(follower.count('input-unreadable'), 1)
    appendFileSync(archive, packed.subarray(packed.length / 2))
    t.same(await follower.lookAndRead(), [], 'it changed since the last look')
    read.push(...(await follower.lookAndRead()))
    t.same(read, lines)
    await follower.stop()
  },
)

void t.test(
  'of new archives only the beginning is unpacked to know them, however many are known',
  async t => {
    const dir = t.testdir({})
    const archive = gzipSync(
      Array.from({ length: 20_000 }, (_, i) => `new ${Math.imul(i, 2654435761)}\n`).join(''),
    )
    writeFileSync(join(dir, 'dns.1.gz'), archive.subarray(0, archive.length - 1000))
    const checkpoints = Array.from({ length: 10_000 }, (_, file): Checkpoint => {
      const head = Buffer.from(`${file}:line\n`)
      const place = {
        inode: `0:${file}`,
        path: join(dir, `gone.${file}`),
        input: dir,
        statSignature: '1:1',
        header: '',
        changed: 0,
        size: 0,
        finished: 1 as const,
      }
      return { file, offset: head.length, head, tail: head, ...place }
    })
    const index = createCheckpointIndex(checkpoints)
    let reads = 0
    const read = () => Promise.resolve(Buffer.from(`x${++reads}`))
    for (let i = 0; i < 100; i++) t.equal(await index.find(read, () => undefined), 'unknown')
    t.equal(reads, 100)
  },
)

void t.test('an empty archive gives no lines, and a damaged one is reported', async t => {
  const dir = t.testdir({ 'dns.1.log.gz': gzipSync(''), 'dns.2.log.gz': 'no archive', 'dns.3.log': 'a1\n' })
  const follower = new Follower(dir)
  t.same(await follower.lookAndRead(), ['a1'])
  t.same(await follower.lookAndRead(), [])
  t.equal(follower.count('input-unreadable'), 1)
  await follower.stop()
})

void t.test('a scan reads an archive, a log and standard input, each with its last line', async t => {
  const dir = t.testdir({ 'a.gz': gzipSync('a1\na2'), 'b.log': 'b1\nb2' })
  let files = 0
  const scan = new Scan({
    inputs: [join(dir, 'a.gz'), join(dir, 'b.log'), join(dir, 'none'), '-'].map(path => inputOf(path)),
    stdin: Readable.from([Buffer.from('c1\nc'), Buffer.from('2')]),
    ...{ checkpoints: [], newFile: () => ++files, isOurs: () => false, telemetry: () => undefined },
  })
  const texts: string[] = []
  for (let chunks = await scan.read(); chunks.length > 0; chunks = await scan.read())
    texts.push(...chunks.map(({ bytes }) => bytes.toString()))
  t.same(texts, ['a1\n', 'a2', 'b1\n', 'b2', 'c1\n', 'c2'])
  await scan.close()
})
