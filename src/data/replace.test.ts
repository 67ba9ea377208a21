import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { replaceFile } from './replace.js'

const { signal } = new AbortController()

void t.test('a file is replaced whole, for the eyes of the site, and a link stays one', async t => {
  const dir = t.testdir({ 'old.json': 'old' })
  symlinkSync('old.json', join(dir, 'link.json'))
  await replaceFile(join(dir, 'link.json'), ['n', 'ew'], signal)
  await replaceFile(join(dir, 'new.json'), [], signal)
  t.equal(readFileSync(join(dir, 'old.json'), 'utf8'), 'new')
  t.equal(statSync(join(dir, 'old.json')).mode & 0o777 & ~0o640, 0)
  t.strictSame(readdirSync(dir).sort(), ['link.json', 'new.json', 'old.json'])
})

void t.test('what fails in the middle leaves the old file, and nothing beside it', async t => {
  const dir = t.testdir({ 'old.json': 'old' })
  const fails = function* () {
    yield 'half'
    throw new Error('in the middle')
  }
  await t.rejects(replaceFile(join(dir, 'old.json'), fails(), signal), /in the middle/)
  await t.rejects(replaceFile(join(dir, 'old.json'), ['new'], AbortSignal.abort()), /abort/i)
  t.equal(readFileSync(join(dir, 'old.json'), 'utf8'), 'old')
  t.strictSame(readdirSync(dir), ['old.json'])
})

void t.test('a device or a folder is not replaced', async t => {
  const dir = t.testdir()
  mkdirSync(join(dir, 'folder'))
  for (const path of [join(dir, 'folder'), '/dev/null'])
    await t.rejects(replaceFile(path, ['new'], signal), /is no regular file/)
  await t.rejects(replaceFile(join(dir, 'no', 'folder.json'), ['new'], signal), /ENOENT/)
})
