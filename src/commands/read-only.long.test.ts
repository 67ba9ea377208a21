/** Commands of a user who may read a data folder, but not write to it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execPath } from 'node:process'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { unknownDomain } from '../model/domain.js'
import { applicationId, migrations } from '../store/schema.js'
import { openStore } from '../store/store.js'
import { ended } from '../testing/ended.js'
import { needsRoot, startAsUnprivileged } from '../testing/unprivileged.js'
import { endWithTest, start, untilFile } from '../testing/process.js'
import { openSmallDisk } from '../testing/small-disk.js'
import { zeekLines } from '../testing/zeek-lines.js'

const now = Date.UTC(2026, 10, 21)
const known = (...names: string[]) =>
  names.map(name => ({ ...unknownDomain(name), firstSeen: now, lastSeen: now, queries: 1 }))

/** A folder that the unprivileged user may not write to, and a folder for copies that he may. */
const prepare = (t: Test) => {
  const dir = t.testdir({ data: { 'domainstats.yaml': 'mode: "off"\n' }, 'dns.log': '' })
  const tmp = mkdtempSync(join(tmpdir(), 'read-only-'))
  chmodSync(tmp, 0o777)
  t.teardown(() => rmSync(tmp, { recursive: true }))
  const data = join(dir, 'data')
  const path = join(data, 'domainstats.sqlite')
  const open = () => {
    for (const name of readdirSync(data)) chmodSync(join(data, name), 0o644)
  }
  const go = (...args: string[]) => ended(startAsUnprivileged([...args, '--data', data], { TMPDIR: tmp }))
  return { dir, data, path, tmp, open, go }
}

const contents = (dir: string) =>
  readdirSync(dir).map(name => [name, readFileSync(join(dir, name), 'base64')])

/** All that only reads. `check` says besides that this user could not run here. */
const readAll = async (
  t: Test,
  { data, tmp, go }: ReturnType<typeof prepare>,
  name: string,
  code: number,
) => {
  const before = contents(data)
  t.match(await go('list'), { code: 0, said: `"domain":"${name}"` })
  t.match(await go('export', '-'), { code: 0, said: /domains exported/ })
  t.match(await go('query', '--peek', `www.${name}`), { code: 0, said: /"first_seen":"2026-11-21T00:00:00/ })
  const check = await go('check')
  t.match(check, { code, said: /database: ok, \d+ domains/ })
  if (code === 1)
    t.match(
      check.said,
      /data may not be written \(EACCES: mode 755, owner 0:0; this process is 65534:65534\)/,
    )
  t.match(await go('backup', join(tmp, 'copy')), { code: 0, said: /pages copied/ })
  const copy = openStore(join(tmp, 'copy'))
  t.equal(copy.domain(name)?.firstSeen, now)
  copy.close()
  for (const suffix of ['', '.lock']) rmSync(join(tmp, `copy${suffix}`))
  t.same(readdirSync(tmp), [], 'no copy is left')
  t.same(contents(data).map(([name]) => name), before.map(([name]) => name)) // prettier-ignore
  return before
}

void t.test('a database that was closed in good order', { skip: needsRoot }, async t => {
  const prepared = prepare(t)
  const store = openStore(prepared.path)
  store.commit({}, () => ({ domains: known('first.com') }), now)
  store.close()
  prepared.open()
  const before = await readAll(t, prepared, 'first.com', 1)
  t.same(contents(prepared.data), before, 'nothing has changed')
})

void t.test('a database whose run was killed, with and without its -shm', { skip: needsRoot }, async t => {
  const program = `
    const { openStore } = await import(process.argv[1])
    const store = openStore(process.argv[2])
    const domain = { ...JSON.parse(process.argv[3]) }
    store.commit({}, () => ({ domains: [domain] }), 1)
    process.kill(process.pid, 'SIGKILL')`
  for (const hasShm of [true, false]) {
    const prepared = prepare(t)
    const { path, data } = prepared
    const [domain] = known('killed.com')
    const args = [resolve('build/src/store/store.js'), path, JSON.stringify(domain)]
    await once(endWithTest(spawn(execPath, ['--input-type=module', '-e', program, ...args])), 'exit')
    t.ok(existsSync(`${path}-wal`))
    if (!hasShm) rmSync(`${path}-shm`)
    prepared.open()
    const before = contents(data)
    t.match(await prepared.go('list'), { code: 0, said: /"domain":"killed\.com"/ })
    t.match(await prepared.go('check'), { code: 1, said: /database: ok, 1 domains/ })
    t.same(contents(data), before, 'nothing has changed')
    t.same(readdirSync(prepared.tmp), [], 'no copy is left')
  }
})

void t.test('beside a live run, whose last commit is seen', { skip: needsRoot }, async t => {
  const prepared = prepare(t)
  const { dir, data, path, open, go } = prepared
  const store = openStore(path)
  store.commit({}, () => ({ domains: known('first.com') }), now)
  store.close()
  const live = start('run', '--data', data, '--zeek', join(dir, 'new.log'))
  t.teardown(() => void live.child.kill('SIGKILL'))
  await live.says('input-missing')
  for (const unreadable of [[], ['-shm']]) {
    open()
    for (const suffix of unreadable) chmodSync(path + suffix, 0o600)
    const check = await go('check')
    t.match(check, { code: 0, said: /a run is live on this folder/ })
    await readAll(t, prepared, 'first.com', 0)
  }
  open()
  writeFileSync(join(dir, 'new.log'), zeekLines(['www.second.com']))
  await untilFile(join(data, 'domainstats.log'), text => text.includes('second.com'))
  t.match(await go('list'), { code: 0, said: /second\.com/ })
  t.equal(await live.end('SIGTERM'), 0)
})

void t.test('a database of an older version is brought up in the copy', { skip: needsRoot }, async t => {
  const prepared = prepare(t)
  const db = new Database(prepared.path)
  db.exec(String(migrations[0]))
  db.pragma(`application_id = ${applicationId}`)
  db.pragma('user_version = 1')
  db.pragma('journal_mode = WAL')
  db.prepare(
    `INSERT INTO domains (domain, first_seen, last_seen, queries, window_from, window_names) VALUES ('old.com', ${now}, ${now}, 1, 0, 0)`,
  ).run()
  db.close()
  prepared.open()
  const before = contents(prepared.data)
  t.match(await prepared.go('list'), { code: 0, said: /old\.com/ })
  t.same(contents(prepared.data), before)
})

void t.test(
  'without space for the copy, without read permission, and for commands that write, the error names the remedy',
  { skip: needsRoot },
  async t => {
    const prepared = prepare(t)
    const { path, data, tmp, open, go } = prepared
    const store = openStore(path)
    store.commit({}, () => ({ domains: known('first.com') }), now)
    store.close()
    open()
    const disk = openSmallDisk(t, 64)
    if (disk) {
      chmodSync(disk.path, 0o777)
      disk.fill()
      const full = await ended(startAsUnprivileged(['list', '--data', data], { TMPDIR: disk.path }))
      t.match(full, {
        code: 1,
        said: /^domainstats: there is no room in .* for a copy of .*sqlite.* TMPDIR.*\n$/,
      })
      t.same(readdirSync(disk.path), ['ballast'])
    }
    const sentence =
      /^domainstats: .*sqlite cannot be opened for writing \(.*data may not be written \(EACCES.* Give it and its folder to the user.*\n$/
    t.match(await go('query', 'first.com'), { code: 1, said: sentence })
    const run = await ended(
      startAsUnprivileged(['run', '--once', '--data', data, '--zeek', join(data, '..', 'dns.log')]),
    )
    t.match(run, {
      code: 1,
      said: /^domainstats: .*run\.lock cannot be opened for writing \(.*data may not be written \(EACCES.* Give it and its folder to the user/,
    })
    chmodSync(path, 0o640)
    t.match(await go('list'), {
      code: 1,
      said: /sqlite may not be read \(EACCES: mode 640, .*\)\. Let this user read it/,
    })
    chmodSync(data, 0o750)
    t.match(await go('list'), { code: 1, said: /data may not be entered \(EACCES: mode 750/ })
    chmodSync(data, 0o755)
    t.same(readdirSync(tmp), [])
  },
)

void t.test('on a file system that is mounted read-only: run says so, and reading works', async t => {
  const disk = openSmallDisk(t, 4096)
  if (!disk) return
  const path = join(disk.path, 'domainstats.sqlite')
  const store = openStore(path)
  store.commit({}, () => ({ domains: known('first.com') }), now)
  store.close()
  disk.mount('ro')
  const run = await ended(start('run', '--once', '--data', disk.path, '--zeek', 'samples/zeek/dns.log'))
  t.match(run, {
    code: 1,
    said: /run\.lock cannot be opened for writing \(.* is on a file system that is mounted read-only \(EROFS\)\)\. Nothing was changed\. Mount that for writing, or give another --data directory\.\n$/,
  })
  t.match(await ended(start('list', '--data', disk.path)), { code: 0, said: /"domain":"first\.com"/ })
  t.match(await ended(start('query', '--peek', 'a.test', '--data', disk.path)), { code: 0 })
  t.match(await ended(start('check', '--data', disk.path)), {
    code: 1,
    said: /database: ok, 1 domains[^]*EROFS/,
  })
})
