/** Logs come packed, under any name; what cannot be unpacked here is named, with the command that does. */
import { appendFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { Report } from '../telemetry/report.js'
import { isCertain, kindOf, refusalOf } from './packing.js'
import { Scan } from './scan.js'
import { Follower, inputOf } from './testing/follower.js'

const bytes = (latin1: string): Buffer => Buffer.from(latin1, 'latin1')

/** A tar of one file, whose header names its format or is of the time before that. */
const tarOf = (content: string, format = 'ustar\0'): Buffer => {
  const header = Buffer.alloc(512)
  header.write('dns.log', 0)
  header.write('0000644\0', 100)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write(' '.repeat(8), 148)
  header.write(format, 257)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, Buffer.from(content.padEnd(512, '\0')), Buffer.alloc(1024)])
}
const utf16 = (text: string, order: 'LE' | 'BE', mark = true): Buffer => {
  const le = Buffer.from((mark ? '\ufeff' : '') + text, 'utf16le')
  return order === 'LE' ? le : le.swap16()
}

const log = '#separator \\x09\n#fields\tts\tquery\n1795600000.5\ta.com\n'
const foreign: readonly (readonly [name: string, start: Buffer, what: string, command: string])[] = [
  ['zstd', bytes('\x28\xb5\x2f\xfd\x04\x00'), 'is packed with zstd', 'zstdcat LOG'],
  [
    'zstd behind a skippable frame',
    bytes('\x5e\x2a\x4d\x18\x04\0\0\0'),
    'is packed with zstd',
    'zstdcat LOG',
  ],
  ['xz', bytes('\xfd7zXZ\0\0\x04'), 'is packed with xz', 'xzcat LOG'],
  ['lzma', bytes(']\0\0\x80\0\xff\xff'), 'is packed with lzma', 'xzcat LOG'],
  ['bzip2', bytes('BZh91AY&SY\x01'), 'is packed with bzip2', 'bzcat LOG'],
  ['bzip2 of nothing', bytes('BZh1\x17rE8P\x90\0\0'), 'is packed with bzip2', 'bzcat LOG'],
  ['lz4', bytes('\x04\x22\x4d\x18\x64'), 'is packed with lz4', 'lz4cat LOG'],
  ['compress', bytes('\x1f\x9d\x90'), 'is packed with compress', 'zcat LOG'],
  ['zip', bytes('PK\x03\x04\x14\0'), 'is packed with zip', 'unzip -p LOG'],
  ['7-Zip', bytes('7z\xbc\xaf\x27\x1c\0\x04'), 'is packed with 7-Zip', '7z x -so LOG'],
  ['tar', tarOf(log), 'is a tar archive', 'tar -xOf LOG'],
  ['tar of GNU', tarOf(log, 'ustar  \0'), 'is a tar archive', 'tar -xOf LOG'],
  ['tar of the seventies', tarOf(log, ''), 'is a tar archive', 'tar -xOf LOG'],
  ['UTF-16, as Windows writes it', utf16(log, 'LE'), 'is UTF-16', 'iconv -f UTF-16 -t UTF-8 LOG'],
  ['UTF-16, the other way round', utf16(log, 'BE'), 'is UTF-16', 'iconv -f UTF-16 -t UTF-8 LOG'],
  ['UTF-16 without a mark', utf16('{"ts":1}\n', 'LE', false), 'is UTF-16', 'iconv -f UTF-16LE -t UTF-8 LOG'],
  [
    'UTF-16 without one, turned',
    utf16('{"ts":1}\n', 'BE', false),
    'is UTF-16',
    'iconv -f UTF-16BE -t UTF-8 LOG',
  ],
  ['UTF-32', bytes('\xff\xfe\0\0{\0\0\0'), 'is UTF-32', 'iconv -f UTF-32 -t UTF-8 LOG'],
]

void t.test('a file that is not a log is recognised by its first bytes', t => {
  for (const [name, start, what, command] of foreign) {
    const kind = kindOf(start)
    if (typeof kind !== 'object') t.fail(name)
    else {
      const { message, remedy } = refusalOf(kind, '/logs/x', false)
      t.same([message, remedy], [what, `${command.replace('LOG', '/logs/x')} | domainstats scan -`], name)
    }
    t.ok(isCertain(start), name)
  }
  t.end()
})

const logs: readonly (readonly [name: string, start: string])[] = [
  ['Zeek TSV', log],
  ['JSON', '{"ts":1795600000.5,"query":"a.com"}\n'],
  ['nothing yet', ''],
  ['a hole that a truncation left', '\0'.repeat(600)],
  ['the same, and a line', `${'\0'.repeat(300)}{"ts":1}\n`],
  ['letters that begin like bzip2', 'BZh is a word\n'],
  ['a byte order mark', `\xef\xbb\xbf${log}`],
  ['one character', '{'],
]

void t.test('a log is recognised as plain', t => {
  for (const [name, start] of logs) t.equal(kindOf(bytes(start)), 'plain', name)
  t.equal(kindOf(gzipSync(log)), 'gzip')
  t.end()
})

void t.test('the remedy is a command that can be copied', t => {
  const remedy = (start: Buffer, path: string, inGzip = false) => {
    const kind = kindOf(start)
    return kind === 'plain' ? kind : refusalOf(kind, path, inGzip).remedy
  }
  const [zstd, zip, tar] = [bytes('\x28\xb5\x2f\xfd'), bytes('PK\x03\x04'), tarOf(log)]
  const end = ' | domainstats scan -'
  t.equal(remedy(zstd, "/my logs/it's.zst"), `zstdcat '/my logs/it'\\''s.zst'${end}`)
  t.equal(remedy(zstd, '/l/dns.10:00:00-11:00:00.log.zst'), `zstdcat /l/dns.10:00:00-11:00:00.log.zst${end}`)
  t.equal(remedy(bytes('\xfd7zXZ\0'), '/l/logs.tar.xz'), `tar -xOf /l/logs.tar.xz${end}`)
  t.equal(remedy(zstd, '/l/logs.tzst'), `tar -xOf /l/logs.tzst${end}`)
  t.equal(remedy(tar, '/l/dns.tgz', true), `tar -xOf /l/dns.tgz${end}`)
  t.equal(remedy(zstd, '/l/x.gz', true), `zcat /l/x.gz | zstdcat${end}`)
  t.equal(remedy(gzipSync('x'), '/l/x.gz', true), `zcat /l/x.gz | zcat${end}`)
  t.equal(remedy(utf16('{"a', 'LE'), '/l/x.gz', true), `zcat /l/x.gz | iconv -f UTF-16 -t UTF-8${end}`)
  t.equal(remedy(zstd, '-'), `… | zstdcat${end}`)
  t.equal(remedy(zip, '-'), `… | funzip${end}`)
  t.equal(remedy(tar, '-', true), `… | zcat | tar -xOf -${end}`)
  t.end()
})

const zstd = bytes('\x28\xb5\x2f\xfd\x04\x00 no line \n of any log')
const refusals = ({ reports }: { readonly reports: readonly Report[] }) =>
  reports.flatMap(report => (report.kind === 'input-refused' ? [report.reason] : []))

const followed = (t: Test, files: Record<string, string | Buffer>, only = '') => {
  const dir = t.testdir({})
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content)
  const follower = new Follower(only === '' ? dir : join(dir, only))
  t.teardown(() => follower.stop())
  return { follower, path: (name: string) => join(dir, name) }
}

void t.test('a gzip under any name is unpacked, once, also over a restart', async t => {
  const files = { 'dns.packed.log': gzipSync('a1\na2\n'), 'eve.json': gzipSync('b1\n') }
  const { follower } = followed(t, files)
  t.same((await follower.lookAndRead()).sort(), ['a1', 'a2', 'b1'])
  t.same([await follower.lookAndRead(1_000), follower.open()], [[], 0])
  await follower.restart()
  t.same(await follower.lookAndRead(2_000), [])
  t.same(
    follower.reports.filter(({ kind }) => kind === 'input-unreadable'),
    [],
  )
})

void t.test('in a folder a file that is not a log is reported once, and the others are read', async t => {
  const { follower, path } = followed(t, {
    'dns.1.log.zst': zstd,
    'dns.2.log.tgz': gzipSync(tarOf(log)),
    'dns.3.log': utf16(log, 'LE'),
    'dns.log': 'a1\n',
  })
  t.same(await follower.lookAndRead(), ['a1'])
  const told = ['is packed with zstd', 'is a tar archive', 'is UTF-16']
  t.same(refusals(follower).sort(), told.sort())
  appendFileSync(path('dns.3.log'), utf16('more\n', 'LE', false))
  appendFileSync(path('dns.log'), 'a2\n')
  t.same(await follower.lookAndRead(1_000), ['a2'])
  t.same(await follower.lookAndRead(60_000), [])
  t.equal(refusals(follower).length, 3)
  t.same([...follower.refused()].map(({ path }) => path.replace(/.*\//, '')).sort(), ['dns.1.log.zst', 'dns.2.log.tgz', 'dns.3.log']) // prettier-ignore
  rmSync(path('dns.1.log.zst'))
  renameSync(path('dns.2.log.tgz'), path('other.tgz'))
  writeFileSync(path('dns.3.log'), 'c1\n')
  t.same(await follower.lookAndRead(61_000), ['c1'])
  t.same([...follower.refused()], [], 'gone, or a log by now')
})

void t.test('a log that was read to its end and then packed with zstd is not reported', async t => {
  const { follower, path } = followed(t, { 'dns.log': 'a1\n' }, 'dns.log')
  t.same(await follower.lookAndRead(), ['a1'])
  renameSync(path('dns.log'), path('dns.log.1'))
  writeFileSync(path('dns.log'), 'b1\n')
  t.same(await follower.lookAndRead(1_000), ['b1'])
  writeFileSync(path('dns.log.1.zst'), zstd)
  // As packers do: it keeps the time of what it was made of.
  const { atime, mtime } = statSync(path('dns.log.1'))
  utimesSync(path('dns.log.1.zst'), atime, mtime)
  rmSync(path('dns.log.1'))
  renameSync(path('dns.log'), path('dns.log.1'))
  writeFileSync(path('dns.log'), 'c1\n')
  t.same(await follower.lookAndRead(2_000), ['c1'])
  t.same(refusals(follower), [])
})

void t.test('a log that was packed with zstd before it was read is reported, with its name', async t => {
  const { follower, path } = followed(t, { 'dns.log': 'a1\n' }, 'dns.log')
  t.same(await follower.lookAndRead(), ['a1'])
  await follower.stop()
  writeFileSync(path('dns.log.1.zst'), zstd)
  writeFileSync(path('dns.log'), 'c1\n')
  // Times of files have the resolution of the kernel's tick: without this, all that the test writes may have the same.
  const later = Date.now() / 1000 + 1
  utimesSync(path('dns.log.1.zst'), later, later)
  utimesSync(path('dns.log'), later + 1, later + 1)
  await follower.restart()
  t.same(await follower.lookAndRead(60_000), ['c1'])
  t.same(refusals(follower), ['is packed with zstd'])
})

const scanned = async (stream: PassThrough) => {
  const reports: Report[] = []
  const telemetry = (report: Report) => void reports.push(report)
  const options = { checkpoints: [], newFile: () => 1, isOurs: () => false, telemetry, stdin: stream }
  const scan = new Scan({ inputs: [inputOf('-')], ...options })
  await scan.look(0)
  const read = async () => (await scan.read()).map(({ bytes }) => bytes.toString()).join('')
  return { reports, read, close: () => scan.close() }
}
const piped = async (content: Buffer, pieces = 7) => {
  const stream = new PassThrough()
  const { reports, read } = await scanned(stream)
  for (let at = 0; at < content.length; at += pieces) stream.write(content.subarray(at, at + pieces))
  stream.end()
  let text = ''
  for (let more = await read(); more !== ''; more = await read()) text += more
  return [text, ...reports.map(report => (report.kind === 'input-refused' ? report.reason : report.kind))]
}

void t.test('standard input is unpacked by its first bytes, in pieces of any size', async t => {
  for (const size of [1, 7, 100_000]) {
    t.same(await piped(gzipSync(log), size), [log])
    t.same(await piped(Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]), size), ['a\nb\n'], 'two in a row')
    t.same(await piped(bytes(log), size), [log])
    t.same(await piped(bytes('x'), size), ['x'], 'one character')
    t.same(await piped(bytes(''), size), [''])
    for (const [name, start, what] of foreign) t.same(await piped(start, size), ['', what], name)
    t.same(await piped(gzipSync(tarOf(log)), size), ['', 'is a tar archive'])
    t.same(await piped(gzipSync(utf16(log, 'BE')), size), ['', 'is UTF-16'])
    t.same(await piped(gzipSync(gzipSync(log)), size), ['', 'is packed with gzip twice'])
    t.equal((await piped(gzipSync(log).subarray(0, 30), size)).at(-1), 'input-unreadable', 'cut off')
  }
})

void t.test('the first line in a pipe is read without waiting for more', async t => {
  const stream = new PassThrough()
  const { read, close } = await scanned(stream)
  stream.write('{"ts":1}\n')
  t.equal(await read(), '{"ts":1}\n')
  stream.write('{"ts":2}\n')
  t.equal(await read(), '{"ts":2}\n')
  stream.end()
  t.equal(await read(), '')
  await close()
})
