import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { ignoreLineBytesMax, ignoreRefusalsMax } from '../limits.js'
import { isLarge } from '../testing/large.js'
import { loadIgnored } from './ignore-list.js'

void t.test('the setting and the file are one list, whatever ends its lines', async t => {
  const dir = t.testdir({ 'list.txt': '\ufeff# ours\r\na.com\r\n0.0.0.0 b.com c.com\r\n\r\n||d.com^' })
  const { list, refused } = await loadIgnored(['e.com'], join(dir, 'list.txt'))
  t.equal(refused, 0)
  t.strictSame(
    ['a.com', 'x.b.com', 'c.com', 'd.com', 'e.com', 'f.com'].map(name => list.covers(name)),
    [true, true, true, true, true, false],
  )
  t.equal((await loadIgnored(['e.com'], undefined)).list.size, 1)
})

void t.test(
  'all lines that are refused are counted, and the first of them kept with their numbers',
  async t => {
    const long = `0.0.0.0 ${'a.com '.repeat(ignoreLineBytesMax / 6)}`
    const lines = ['a.com', long, ...Array.from({ length: ignoreRefusalsMax }, (_, i) => `@@||x${i}.com^`)]
    const dir = t.testdir({ 'list.txt': lines.join('\n') })
    const { list, refused, refusals } = await loadIgnored([], join(dir, 'list.txt'))
    t.equal(list.size, 1)
    t.equal(refused, ignoreRefusalsMax + 1)
    t.equal(refusals.length, ignoreRefusalsMax)
    t.match(refusals, [
      { line: 2, text: '', why: 'longer than 4096 bytes' },
      { line: 3, text: '@@||x0.com^', why: /^an exception/ },
    ])
  },
)

void t.test('a file that is no text is refused by name, with the command that makes it text', async t => {
  const dir = t.testdir({
    'list.gz': gzipSync('a.com\n'),
    'list.txt': Buffer.from('\ufeffa.com\r\n', 'utf16le'),
    folder: {},
  })
  const loading = (name: string) => loadIgnored([], join(dir, name))
  await t.rejects(
    loading('list.gz'),
    /list\.gz is gzip, not a list of names\. Unpack it: zcat \/.*list\.gz >/,
  )
  await t.rejects(loading('list.txt'), /list\.txt is UTF-16, .*: iconv -f UTF-16 -t UTF-8/)
  await t.rejects(loading('folder'), /folder is no file/)
  await t.rejects(loading('nowhere'), /nowhere cannot be read\. Create it, or take the key out\./)
})

void t.test('a long list loads in bounded time, without blocking the event loop', async t => {
  const thousands = isLarge ? 1_000 : 100
  const file = join(t.testdir(), 'list.txt')
  const lines = function* () {
    for (let i = 0; i < thousands; i += 1)
      yield Array.from({ length: 1_000 }, (_, k) => `0.0.0.0 x${i * 1_000 + k}.example.com\n`).join('')
  }
  await pipeline(lines, createWriteStream(file))
  let [turns, isOver] = [0, false]
  const take = () => {
    turns += 1
    if (!isOver) setImmediate(take)
  }
  take()
  const before = process.cpuUsage()
  const { list, refused } = await loadIgnored([], file)
  const { user, system } = process.cpuUsage(before)
  isOver = true
  t.strictSame([list.size, refused], [thousands * 1_000, 0])
  t.ok(turns > thousands / 10, `${turns} turns`)
  // In microseconds: 3 each, ten times as many on a slow machine.
  t.ok(user + system < thousands * 30_000, `${user + system}`)
})
