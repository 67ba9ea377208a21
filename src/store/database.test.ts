import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { execPath, getuid } from 'node:process'
import Database from 'better-sqlite3'
import t from 'tap'
import { endWithTest } from '../testing/process.js'
import { needsRoot, unprivilegedId } from '../testing/unprivileged.js'
import { openDatabase, openToRead } from './database.js'
import { verifyDatabase } from './maintenance.js'
import { applicationId, migrations } from './schema.js'
import { openStore } from './store.js'

void t.test('a new file gets the present schema, once', t => {
  const path = join(t.testdir(), 'a.sqlite')
  for (let i = 0; i < 2; i += 1) {
    const { db, close } = openDatabase(path, { durable: i === 1 })
    t.equal(db.pragma('user_version', { simple: true }), migrations.length)
    t.equal(db.pragma('journal_mode', { simple: true }), 'wal')
    close()
  }
  t.same(readdirSync(join(path, '..')), ['a.sqlite', 'a.sqlite.lock'])
  t.end()
})

void t.test('a crash while the file is created leaves no partial file', t => {
  const dir = t.testdir({ 'a.sqlite.new': 'half', 'a.sqlite.new-wal': 'half' })
  openDatabase(join(dir, 'a.sqlite')).close()
  t.same(readdirSync(dir), ['a.sqlite', 'a.sqlite.lock'])
  t.end()
})

/** Leaves a database as kill -9 does: with content, and a last commit that stands in the -wal file alone. */
const killed = (dir: string): string => {
  const [path, after] = [join(dir, 'a.sqlite'), join(dir, 'b.sqlite')]
  const { db, close } = openDatabase(path)
  const insert = db.prepare('INSERT INTO meta VALUES (?, ?)')
  for (let i = 0; i < 5000; i += 1) insert.run(`key ${i}`, 'x'.repeat(50))
  db.pragma('wal_checkpoint(TRUNCATE)')
  insert.run('last', 'x')
  for (const suffix of ['', '-wal', '-shm']) copyFileSync(path + suffix, after + suffix)
  close()
  return after
}

/** Leaves one that was closed in good order. */
const closed = (dir: string): string => {
  const path = join(dir, 'c.sqlite')
  openDatabase(path).close()
  return path
}

void t.test('after kill -9 the last commit is there', t => {
  const path = killed(t.testdir())
  const { db, close } = openDatabase(path)
  t.same(db.prepare("SELECT value FROM meta WHERE key = 'last'").get(), { value: 'x' })
  close()
  t.notOk(existsSync(`${path}-wal`), 'closed in good order')
  t.end()
})

const overwrite = (path: string, change: (bytes: Buffer) => void): void => {
  const bytes = readFileSync(path)
  change(bytes)
  writeFileSync(path, bytes)
}

const page = 4096
const text = 'this is a text file and no database at all\n'.repeat(200)
const foreign = (path: string, version: number) => {
  rmSync(path)
  const db = new Database(path)
  db.exec('CREATE TABLE bookmarks (url TEXT)')
  db.pragma(`user_version = ${version}`)
  db.close()
}

const remedy = /Restore it from a backup, or move it away/

type Harm = readonly [what: string, made: (dir: string) => string, harm: (path: string) => void, said: RegExp]

const harms: readonly Harm[] = [
  ['bytes of table pages', killed, path => overwrite(path, bytes => bytes.fill(0x55, page * 60 + 100, page * 80)), remedy],
  ['one bit of a page', killed, path => overwrite(path, bytes => (bytes[page * 70] = 0x7f)), remedy],
  ['zeroed pages', killed, path => overwrite(path, bytes => bytes.fill(0, page * 60, page * 62)), remedy],
  ['the magic of the header', closed, path => overwrite(path, bytes => (bytes[3] = 0)), remedy],
  ['the page size in the header', closed, path => overwrite(path, bytes => (bytes[16] = 3)), remedy],
  ['a header of zeros', closed, path => overwrite(path, bytes => bytes.fill(0, 0, 100)), remedy],
  ['the schema', closed, path => overwrite(path, bytes => bytes.fill(0x55, 100, page)), remedy],
  ['a file cut short', killed, path => truncateSync(path, page * 20), remedy],
  ['a file cut within a page', killed, path => truncateSync(path, page * 20 + 7), remedy],
  ['an empty file', closed, path => truncateSync(path), /is empty.*Restore it from a backup, or move it away/],
  ['an empty file with the rest beside it', killed, path => truncateSync(path), /is empty/],
  ['a file that is gone, but not the rest', killed, path => rmSync(path), /is gone.*-wal\)\. Put it back, restore both/],
  ['a text', closed, path => writeFileSync(path, text), remedy],
  ['a database of another program', closed, path => foreign(path, 1), /of another program.*--data/],
  [
    'a newer schema',
    closed,
    path => {
      const db = new Database(path)
      db.pragma(`user_version = ${migrations.length + 1}`)
      db.close()
    },
    /written by a newer domainstats .*Install that version again/,
  ],
  [
    'a folder',
    closed,
    path => {
      rmSync(path)
      mkdirSync(path)
    },
    /is a folder, and no database\. Move it away/,
  ],
] // prettier-ignore

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

/** All files of a folder but the locks and what readers share with each other. */
const contents = (dir: string) =>
  readdirSync(dir, { withFileTypes: true })
    .filter(({ name }) => !/\.lock$|-shm$/.test(name))
    .map(entry => [
      entry.name,
      entry.isFile()
        ? readFileSync(join(dir, entry.name)).length > 0
          ? sha256(join(dir, entry.name))
          : 'empty'
        : '/',
    ])
    // A reader makes an empty -wal file where there is none.
    .filter(([name, bytes]) => !(name?.endsWith('-wal') === true && bytes === 'empty'))

const faultsOf = (path: string): readonly string[] => {
  try {
    return verifyDatabase(path).faults
  } catch (error) {
    return [String(error)]
  }
}

for (const [what, made, harm, said] of harms)
  void t.test(`refused, with what to do, and left as it is: ${what}`, t => {
    const dir = t.testdir()
    const path = made(dir)
    harm(path)
    const before = contents(dir)
    for (let i = 0; i < 2; i += 1) t.throws(() => openStore(path), said, 'also at the second try')
    t.not(faultsOf(path).length, 0, 'check finds it, too')
    t.same(contents(dir), before)
    t.end()
  })

void t.test('each byte of the header, flipped after an unclean stop: refused, or all is there', t => {
  const dir = t.testdir()
  const path = killed(dir)
  const whole = contents(dir)
  const bytes = readFileSync(path)
  const wal = readFileSync(`${path}-wal`)
  let refused = 0
  for (let at = 0; at < 100; at += 1) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
    const flipped = Buffer.from(bytes)
    flipped[at] = (flipped[at] ?? 0) ^ 0xff
    writeFileSync(path, flipped)
    writeFileSync(`${path}-wal`, wal)
    try {
      const { db, close } = openDatabase(path)
      t.equal(
        db.prepare(`SELECT count(*) FROM meta WHERE key LIKE 'key %'`).pluck().get(),
        5000,
        `byte ${at}`,
      )
      close()
    } catch (error) {
      refused += 1
      t.match(String(error), /Nothing was changed\. (Restore|Install|Move|Give)/, `byte ${at}`)
      t.same(readFileSync(path), flipped, `byte ${at}`)
      t.same(readFileSync(`${path}-wal`), wal, `byte ${at}`)
    }
  }
  t.ok(refused > 30, `${refused} refused`)
  t.equal(whole.length > 0, true)
  t.end()
})

/** What is lost with it, or its end, is as if the power had gone: the commits before are there. */
const losses: readonly (readonly [what: string, lose: (path: string) => void, last: unknown])[] = [
  ['without its -shm file', path => rmSync(`${path}-shm`), { value: 'x' }],
  ['without its -wal file', path => rmSync(`${path}-wal`), undefined],
  ['with half a -wal file', path => truncateSync(`${path}-wal`, statSync(`${path}-wal`).size / 2), undefined],
  ['with an empty -wal file', path => truncateSync(`${path}-wal`), undefined],
  ['with a broken frame in it', path => overwrite(`${path}-wal`, bytes => (bytes[2000] = 1)), undefined],
  ['with no -wal file that is one', path => writeFileSync(`${path}-wal`, text), undefined],
]

for (const [what, lose, last] of losses)
  void t.test(`after kill -9 ${what} it is checked, and what was committed before is there`, t => {
    const path = killed(t.testdir())
    lose(path)
    const { db, close } = openDatabase(path)
    t.same(db.prepare("SELECT value FROM meta WHERE key = 'last'").get(), last)
    t.equal(db.prepare("SELECT count(*) FROM meta WHERE key LIKE 'key %'").pluck().get(), 5000)
    close()
    t.same(verifyDatabase(path).faults, [])
    t.end()
  })

void t.test('damage is found without the -wal file, too, if the stop was unclean', t => {
  const path = killed(t.testdir())
  rmSync(`${path}-wal`)
  overwrite(path, bytes => bytes.fill(0x55, page * 60, page * 61))
  t.throws(() => openDatabase(path), remedy)
  t.end()
})

void t.test('beside another process that has it open, it is not checked for damage', t => {
  const path = killed(t.testdir())
  const first = openDatabase(path)
  first.db.prepare(`INSERT INTO meta VALUES ('more', 'x')`).run()
  t.ok(existsSync(`${path}-wal`))
  // Damage that only a check finds.
  overwrite(path, bytes => bytes.fill(0x55, page * 60 + 100, page * 80))
  openDatabase(path).close()
  const second = openDatabase(path)
  first.close()
  openDatabase(path).close()
  second.close()
  t.end()
})

/** Opens what is named, in a process of its own that does nothing else, and stays. */
const opener = `
  const { openDatabase } = await import(process.argv[1])
  const { db } = openDatabase(process.argv[2])
  db.prepare("INSERT INTO meta VALUES ('more', 'x')").run()
  process.stdout.write('open')
  // Keeps the handle: if it were garbage collected, its file would be closed.
  process.stdin.resume().on('end', () => db.close())
`

void t.test('after the other process was killed it is checked for damage again', async t => {
  const path = killed(t.testdir())
  const child = endWithTest(
    spawn(execPath, ['--input-type=module', '-e', opener, resolve('build/src/store/database.js'), path]),
  )
  await once(child.stdout, 'data')
  overwrite(path, bytes => bytes.fill(0x55, page * 60 + 100, page * 80))
  openDatabase(path).close()
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.throws(() => openDatabase(path), remedy)
  t.end()
})

void t.test('two processes that start at once create one database', async t => {
  const path = join(t.testdir(), 'a.sqlite')
  const program = `const { openDatabase } = await import(process.argv[1]); openDatabase(process.argv[2]).close()`
  const some = Array.from({ length: 4 }, () =>
    endWithTest(
      spawn(execPath, ['--input-type=module', '-e', program, resolve('build/src/store/database.js'), path]),
    ),
  )
  const codes = await Promise.all(some.map(async child => (await once(child, 'exit'))[0] as unknown))
  t.same(codes, [0, 0, 0, 0])
  t.same(verifyDatabase(path).faults, [])
  t.end()
})

/** As a user who may not write here, where we are root and may do everything. */
const asUnprivileged = getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

for (const [what, mode, there] of [
  ['a folder that cannot be written, and a database', 0o555, true],
  ['a folder that cannot be written, and none', 0o555, false],
] as const)
  void t.test(`refused, with what to do: ${what}`, t => {
    const dir = t.testdir()
    const path = join(dir, 'c.sqlite')
    if (there) closed(dir)
    for (const name of readdirSync(dir)) chmodSync(join(dir, name), 0o444)
    chmodSync(dir, mode)
    const before = contents(dir)
    const program = `const { openDatabase } = await import(process.argv[1]); openDatabase(process.argv[2])`
    const { stderr, status } = spawnSync(
      execPath,
      ['--input-type=module', '-e', program, resolve('build/src/store/database.js'), path],
      { encoding: 'utf8', ...asUnprivileged },
    )
    chmodSync(dir, 0o755)
    t.equal(status, 1)
    t.match(stderr, /c\.sqlite cannot be opened for writing .*Give it and its folder to the user/)
    t.same(contents(dir), before)
    t.end()
  })

void t.test('a read-only process leaves no files behind, and changes nothing', t => {
  const dir = t.testdir()
  const path = closed(dir)
  const before = contents(dir)
  const { db, close } = openToRead(path)
  t.throws(() => db.exec(`INSERT INTO meta VALUES ('a', 'b')`), { code: 'SQLITE_READONLY' })
  close()
  t.same(contents(dir), before)
  t.notOk(existsSync(`${path}-wal`))
  t.equal(db.open, false)
  t.end()
})

void t.test('a database has our application id', t => {
  const { db, close } = openDatabase(join(t.testdir(), 'a.sqlite'))
  t.equal(db.pragma('application_id', { simple: true }), applicationId)
  close()
  t.end()
})

void t.test('what root makes in the folder of a service belongs to the service', { skip: needsRoot }, t => {
  const dir = t.testdir({})
  chownSync(dir, unprivilegedId, unprivilegedId)
  openStore(join(dir, 'a.sqlite')).close()
  for (const name of readdirSync(dir)) t.equal(statSync(join(dir, name)).uid, unprivilegedId, name)
  t.end()
})
