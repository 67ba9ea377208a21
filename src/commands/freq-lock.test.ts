import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { whileLocked } from './freq-train.js'

void t.test('no second training can begin before the first one ends, by whatever name', async t => {
  const dir = t.testdir({ table: 'old' })
  const [path, link] = [join(dir, 'table'), join(dir, 'link')]
  symlinkSync('table', link)
  let worked = 0
  const work = () => Promise.resolve(void (worked += 1))
  await whileLocked(link, async () => {
    for (const name of [path, link])
      await t.rejects(whileLocked(name, work), { message: /table\.new is there: the table is being trained/ })
    t.ok(existsSync(`${path}.new`), 'who was kept away took nothing with him')
  })
  t.equal(worked, 0)
  await whileLocked(path, work)
  t.equal(worked, 1)
  t.strictSame(readdirSync(dir).sort(), ['link', 'table'])
})

void t.test('work that fails leaves no lock, and a lock that cannot be made no work', async t => {
  const dir = t.testdir({ table: 'old' })
  const fails = () => Promise.reject(new Error('in the middle'))
  await t.rejects(whileLocked(join(dir, 'table'), fails), /in the middle/)
  t.strictSame(readdirSync(dir), ['table'])
  await t.rejects(whileLocked(join(dir, 'no', 'table'), fails), /ENOENT/)
  writeFileSync(join(dir, 'table.new'), '')
  await t.rejects(whileLocked(join(dir, 'table'), fails), /is there/)
  t.strictSame(readdirSync(dir).sort(), ['table', 'table.new'])
})
