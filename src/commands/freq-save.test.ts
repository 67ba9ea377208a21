import { chmodSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { replaceFile } from './freq-save.js'

void t.test('a disk that is full leaves the file as it was, and nothing beside it', async t => {
  const dir = t.testdir({ table: 'old' })
  const path = join(dir, 'table')
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' })
  const saved = replaceFile(
    path,
    () => Promise.resolve('new text'),
    async (handle, text) => {
      await handle.writeFile(text.slice(0, 3))
      throw full
    },
  )
  await t.rejects(saved, full)
  t.equal(readFileSync(path, 'utf8'), 'old')
  t.same(readdirSync(dir), ['table'])
})

void t.test('until the new text is on the disk the old one is there, and no second one can come', async t => {
  const dir = t.testdir({ table: 'old' })
  const path = join(dir, 'table')
  chmodSync(path, 0o600)
  await replaceFile(
    path,
    async () => {
      t.equal(readFileSync(path, 'utf8'), 'old')
      const second = replaceFile(path, () => Promise.resolve('second'))
      await t.rejects(second, { message: /table\.new is there/ })
      return 'new'
    },
    async (handle, text) => {
      t.equal(statSync(`${path}.new`).mode & 0o777, 0o600, 'nobody else may read it, from the first byte')
      await handle.writeFile(text)
      t.equal(readFileSync(path, 'utf8'), 'old')
    },
  )
  t.equal(readFileSync(path, 'utf8'), 'new')
  t.notOk(existsSync(`${path}.new`))
})
