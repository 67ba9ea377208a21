import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execPath, pid } from 'node:process'
import t from 'tap'
import { replaceFile, replaceIfChanged, targetOf } from './replace.js'

const { signal } = new AbortController()

void t.test('a file is replaced whole, and nothing stays beside it', async t => {
  const dir = t.testdir({ 'old.json': 'old' })
  const path = join(dir, 'old.json')
  // Of a process that was killed and had our number.
  writeFileSync(`${path}.${pid}.part`, 'of another time')
  const pieces = function* () {
    t.equal(readFileSync(path, 'utf8'), 'old', 'until all is written the old one is there')
    yield 'n'
    t.equal(readFileSync(path, 'utf8'), 'old')
    yield 'ew'
  }
  await replaceFile(path, pieces(), signal)
  t.equal(readFileSync(path, 'utf8'), 'new')
  await replaceFile(path, [], signal)
  t.equal(readFileSync(path, 'utf8'), '')
  t.strictSame(readdirSync(dir), ['old.json'])
})

void t.test('a link stays a link, and its target is replaced', async t => {
  const dir = t.testdir({ to: { 'old.json': 'old' }, from: {} })
  const links: readonly (readonly [link: string, to: string])[] = [
    ['link.json', 'to/old.json'],
    ['second.json', 'link.json'],
    ['first.json', 'to/new.json'],
    ['from/far.json', '../to/other.json'],
    ['folder', 'from'],
  ]
  for (const [link, to] of links) symlinkSync(to, join(dir, link))
  for (const [link, to] of [
    ['second.json', 'to/old.json'],
    ['first.json', 'to/new.json'],
    // By way of a folder that is a link itself.
    ['folder/far.json', 'to/other.json'],
  ] as const) {
    t.equal(await targetOf(join(dir, link)), join(dir, to))
    await replaceFile(join(dir, link), [link], signal)
    t.ok(lstatSync(join(dir, link)).isSymbolicLink(), link)
    t.equal(readFileSync(join(dir, to), 'utf8'), link)
  }
  t.strictSame(readdirSync(join(dir, 'to')).sort(), ['new.json', 'old.json', 'other.json'])
  symlinkSync('ring', join(dir, 'ring'))
  await t.rejects(replaceFile(join(dir, 'ring'), ['new'], signal), /ELOOP/)
  symlinkSync('nowhere/new.json', join(dir, 'lost'))
  await t.rejects(replaceFile(join(dir, 'lost'), ['new'], signal), /ENOENT/)
})

void t.test('a failure in the middle leaves the old file, and nothing beside it', async t => {
  const dir = t.testdir({ 'old.json': 'old' })
  const fails = function* () {
    yield 'half'
    throw new Error('in the middle')
  }
  const stopped = function* (life: AbortController) {
    yield 'half'
    life.abort()
    yield 'more'
    t.fail('nobody asks for more')
  }
  const late = function* (life: AbortController) {
    yield 'all'
    life.abort()
  }
  const failing: readonly (readonly [
    pieces: (life: AbortController) => Iterable<string>,
    message: RegExp,
  ])[] = [
    [fails, /in the middle/],
    [stopped, /abort/i],
    [late, /abort/i],
  ]
  for (const name of ['old.json', 'new.json']) {
    for (const [pieces, message] of failing) {
      const life = new AbortController()
      await t.rejects(replaceFile(join(dir, name), pieces(life), life.signal), message)
    }
    await t.rejects(replaceFile(join(dir, name), ['new'], AbortSignal.abort()), /abort/i)
  }
  t.equal(readFileSync(join(dir, 'old.json'), 'utf8'), 'old')
  t.strictSame(readdirSync(dir), ['old.json'])
})

void t.test('a device, a folder, and a file in a missing folder are refused', async t => {
  const dir = t.testdir({ file: '' })
  mkdirSync(join(dir, 'folder'))
  symlinkSync('folder', join(dir, 'link'))
  for (const path of [join(dir, 'folder'), join(dir, 'link'), '/dev/null'])
    await t.rejects(replaceFile(path, ['new'], signal), /is no regular file/)
  await t.rejects(replaceFile(join(dir, 'no', 'folder.json'), ['new'], signal), /ENOENT/)
  await t.rejects(replaceFile(join(dir, 'file', 'x.json'), ['new'], signal), /ENOTDIR/)
  t.strictSame(readdirSync(dir).sort(), ['file', 'folder', 'link'])
})

void t.test('a full disk leaves the file unchanged, and nothing beside it', t => {
  const dir = t.testdir({ 'old.json': 'old' })
  // The real error of a write: the shell allows files of 8 blocks of 512 bytes, and then it is EFBIG.
  // Node ignores the signal that comes with it; tap, which looks into each process, does so where another listens.
  const script = `process.on('SIGXFSZ', () => undefined)
    import('${resolve('build/src/files/replace.js')}')
    .then(({ replaceFile }) => {
      const pieces = Array.from({ length: 100 }, () => 'x'.repeat(1000))
      return replaceFile('old.json', pieces, new AbortController().signal)
    })
    .catch(error => console.log(error.code))`
  const shell = ['-c', 'ulimit -f 8 && exec "$0" -e "$1"', execPath, script]
  const { stdout, stderr } = spawnSync('sh', shell, { cwd: dir, encoding: 'utf8' })
  t.equal(stdout, 'EFBIG\n', stderr)
  t.equal(readFileSync(join(dir, 'old.json'), 'utf8'), 'old')
  t.strictSame(readdirSync(dir), ['old.json'])
  t.end()
})

void t.test('a file with the same text stays as it is', async t => {
  const dir = t.testdir({ 'old.txt': 'a'.repeat(200_000) })
  const path = join(dir, 'old.txt')
  const { ino } = lstatSync(path)
  t.equal(await replaceIfChanged(path, ['a'.repeat(100_000), 'a'.repeat(100_000)], signal), false)
  t.equal(lstatSync(path).ino, ino)
  t.strictSame(readdirSync(dir), ['old.txt'])
  for (const text of [`${'a'.repeat(199_999)}b`, 'a'.repeat(199_999), '']) {
    t.equal(await replaceIfChanged(path, [text], signal), true)
    t.equal(readFileSync(path, 'utf8'), text)
  }
  t.equal(await replaceIfChanged(join(dir, 'new.txt'), [''], signal), true, 'an empty file is new, too')
})
