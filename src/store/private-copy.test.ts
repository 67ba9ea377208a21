/** A database is copied beside a process that writes to it all the while: the copy is as of one moment. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { env, execPath } from 'node:process'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { endWithTest } from '../testing/process.js'
import { copyDatabase, type PrivateCopy } from './private-copy.js'

/** Moves money from row to row, and moves the -wal file into the database often: the sum stays. */
const writer = `
const db = new (require('better-sqlite3'))(process.argv[1])
db.pragma('journal_mode = WAL')
db.pragma('wal_autocheckpoint = 40')
db.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, value INTEGER, padding TEXT)')
const rows = 400
db.transaction(() => { for (let i = 0; i < rows; i += 1) db.prepare('INSERT INTO rows VALUES (?, 100, ?)').run(i, 'x'.repeat(1000)) })()
const add = db.prepare('UPDATE rows SET value = value + ? WHERE id = ?')
const move = db.transaction(n => { add.run(-1, n % rows); add.run(1, (n * 7 + 3) % rows) })
process.stdout.write('ready')
let n = 0
const some = () => { for (let i = 0; i < 50; i += 1) move(n += 1); setImmediate(some) }
some()
`

const inFolder = (t: Test): string => {
  const [dir, before] = [t.testdir({ tmp: {} }), env['TMPDIR']]
  env['TMPDIR'] = join(dir, 'tmp')
  t.teardown(() => {
    if (before === undefined) delete env['TMPDIR']
    else env['TMPDIR'] = before
  })
  return dir
}

const running = new AbortController().signal

void t.test('each copy is consistent, perhaps after another try', async t => {
  const dir = inFolder(t)
  const path = join(dir, 'a.sqlite')
  const child = endWithTest(spawn(execPath, ['-e', writer, path], { stdio: ['ignore', 'pipe', 'inherit'] }))
  await once(child.stdout, 'data')
  const mustBeWhole = (copy: PrivateCopy): void => {
    const db = new Database(copy.path)
    t.equal(statSync(join(copy.path, '..')).mode & 0o777, 0o700)
    t.same(db.prepare('SELECT count(*) AS count, sum(value) AS sum FROM rows').get(), {
      count: 400,
      sum: 40_000,
    })
    t.equal(db.pragma('integrity_check', { simple: true }), 'ok')
    copy.remove()
    db.close()
  }
  for (let tries = 0; tries < 30; tries += 1) {
    const copy = await copyDatabase(path, running).catch((error: unknown) => String(error))
    if (typeof copy === 'string') t.match(copy, /is written to faster than it can be copied/)
    else mustBeWhole(copy)
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  mustBeWhole(await copyDatabase(path, running))
  t.same(readdirSync(join(dir, 'tmp')), [])
})

void t.test('when the signal aborts, no file is left behind', async t => {
  const dir = inFolder(t)
  const path = join(dir, 'a.sqlite')
  new Database(path).exec('CREATE TABLE rows (id)').close()
  await t.rejects(copyDatabase(path, AbortSignal.abort()), { name: 'AbortError' })
  t.same(readdirSync(join(dir, 'tmp')), [])
  mkdirSync(join(dir, 'a.sqlite-wal'))
  await t.rejects(copyDatabase(path, running), 'nor where it cannot be read')
  t.same(readdirSync(join(dir, 'tmp')), [])
  t.ok(existsSync(path))
})
