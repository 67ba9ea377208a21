import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { openDatabase } from './database.js'
import { migrations } from './schema.js'

void t.test('an empty file is brought up to the present schema, once', t => {
  const path = join(t.testdir({ 'a.sqlite': '' }), 'a.sqlite')
  for (let i = 0; i < 2; i += 1) {
    const db = openDatabase(path, i === 1)
    t.equal(db.pragma('user_version', { simple: true }), migrations.length)
    t.equal(db.pragma('journal_mode', { simple: true }), 'wal')
    db.close()
  }
  t.end()
})

void t.test('a store of a newer version is refused, with what to do', t => {
  const path = join(t.testdir(), 'a.sqlite')
  const db = new Database(path)
  db.pragma(`user_version = ${migrations.length + 1}`)
  db.close()
  t.throws(() => openDatabase(path, false), /written by a newer domainstats .*Install that version again/)
  t.end()
})

void t.test('what is no database is refused, with what to do, and stays as it is', t => {
  const text = 'this is a text file and no database at all\n'.repeat(200)
  const path = join(t.testdir({ 'a.sqlite': text }), 'a.sqlite')
  t.throws(() => openDatabase(path, false), /a\.sqlite is damaged or no database .*Restore it from a backup/)
  t.equal(readFileSync(path, 'utf8'), text)
  t.end()
})

/** Leaves a database as kill -9 does, after `harm` was done to it. */
const killed = (dir: string, harm: (bytes: Buffer) => void): string => {
  const [path, after] = [join(dir, 'a.sqlite'), join(dir, 'b.sqlite')]
  const db = openDatabase(path, false)
  const insert = db.prepare('INSERT INTO meta VALUES (?, ?)')
  for (let i = 0; i < 5000; i += 1) insert.run(`key ${i}`, 'x'.repeat(50))
  db.pragma('wal_checkpoint(TRUNCATE)')
  insert.run('last', 'x')
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, after + suffix)
  db.close()
  const bytes = readFileSync(after)
  harm(bytes)
  writeFileSync(after, bytes)
  return after
}

void t.test('after kill -9 the last commit is there', t => {
  const path = killed(t.testdir(), () => undefined)
  const db = openDatabase(path, false)
  t.same(db.prepare("SELECT value FROM meta WHERE key = 'last'").get(), { value: 'x' })
  db.close()
  t.notOk(existsSync(`${path}-wal`), 'closed in good order')
  t.end()
})

void t.test('a damaged database is found after an unclean stop', t => {
  const path = killed(t.testdir(), bytes => bytes.fill(0x55, 4096 * 20 + 100, 4096 * 40))
  t.throws(() => openDatabase(path, false), /is damaged/)
  t.end()
})
