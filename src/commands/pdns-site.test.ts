/** `pdns --site` as a user types it: two data folders, and a real redis-server. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { NameSeen } from '../model/passive.js'
import { openStore } from '../store/store.js'
import { addPassive, nameSeen, tupleSeen } from '../store/testing/passive.js'
import { needs } from '../testing/external-programs.js'
import { testIo } from '../testing/io.js'
import { now } from '../testing/pipeline-kit.js'
import { startRedis } from '../testing/redis.js'
import { runCommandLine } from './command-line.js'

const skip = needs('redis-server')

const folder = (t: Test, settings: string, ...names: readonly NameSeen[]): string => {
  const dir = mkdtempSync(join(t.testdir({}), '..', 'site-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'domainstats.yaml'), `mode: "off"\n${settings}\n`)
  const store = openStore(join(dir, 'domainstats.sqlite'), { output: '' })
  addPassive(store, ...names)
  store.close()
  return dir
}

const go = async (...argv: readonly string[]) => {
  const io = testIo()
  const code = await runCommandLine(argv, io)
  const rows = io.out().split('\n').filter(line => line !== '') // prettier-ignore
  return {
    code,
    out: io.out(),
    err: io.err(),
    rows: rows.map(row => (row.startsWith('{') ? (JSON.parse(row) as unknown) : row)),
  }
}

const answered = (name: string, address: string, count: number, first = now) =>
  nameSeen(name, { tuples: [tupleSeen('A', address, { count, first, last: first + 1_000 })] })

void t.test('what it cannot be asked, and settings that do not share it', async t => {
  const alone = folder(t, '')
  t.match(await go('pdns', 'a.com', '--site', '--data', alone), { code: 2, err: /shared\.url, shared\.pdns/ })
  const dir = folder(t, `shared: {url: 'redis://127.0.0.1:9'}`)
  t.match(await go('pdns', 'a.com', '--site', '--data', dir), { code: 2, err: /shared\.pdns/ })
  for (const query of ['*.a.com', '192.0.2.0/24'])
    t.match(await go('pdns', query, '--site', '--data', dir), { code: 2, err: /one name or one address/ })
  t.match(await go('pdns', 'top', '--site', '--data', dir), { code: 2, err: /site/ })
  const off = folder(t, `pdns: {enabled: false}\nshared: {url: 'redis://127.0.0.1:9', pdns: true}`)
  t.match(await go('check', '--data', off), { code: 1, err: /shared\.pdns.*needs pdns\.enabled/ })
  t.match(await go('check', '--data', folder(t, 'shared: {pdns: true}')), {
    code: 1,
    err: /shared\.pdns.*needs url/,
  })
  t.match(await go('check', '--data', folder(t, 'shared: {pdns: false}')), { code: 0 })
})

void t.test('two sensors push, and each shows what both know', { skip }, async t => {
  const server = await startRedis(t)
  const settings = `internal_zones: [corp.example]\nshared: {url: '${server.to}', pdns: true}`
  const one = folder(
    t,
    settings,
    answered('www.example.com', '192.0.2.7', 3),
    answered('db.corp.example', '192.0.2.7', 1),
  )
  const other = folder(
    t,
    settings,
    answered('www.example.com', '192.0.2.7', 4, now - 9_000),
    answered('shop.example.com', '192.0.2.7', 1),
    nameSeen('example.com', { tuples: [tupleSeen('MX', '10 www.example.com', { ttlMin: 7, ttlMax: 9 })] }),
  )
  t.match(await go('pdns', 'www.example.com', '--site', '--data', one), {
    code: 0,
    out: '',
    err: /No record/,
  })
  t.match(await go('doctor', '--data', one), {
    out: /does not know 2 facts of passive DNS/,
  })
  t.match(await go('share', '--data', one), { code: 0, err: /1 facts of passive DNS pushed/ })
  t.match(await go('share', '--data', other), { code: 0, err: /3 facts of passive DNS pushed/ })
  t.match(await go('share', '--data', other), { code: 0, err: /0 facts of passive DNS pushed/ })
  const seconds = (ms: number) => Math.floor(ms / 1000)
  const merged = {
    ...{ rrname: 'www.example.com', rrtype: 'A', rdata: '192.0.2.7', count: 7, sensors: 2 },
    ...{ time_first: seconds(now - 9_000), time_last: seconds(now + 1_000) },
  }
  const mail = { rrname: 'example.com', rrtype: 'MX', rdata: '10 www.example.com', count: 1, sensors: 1 }
  const desk = folder(t, settings)
  rmSync(join(desk, 'domainstats.sqlite'))
  for (const dir of [one, other, desk]) {
    const byName = await go('pdns', 'www.example.com', '--site', '--data', dir)
    t.match(byName, { code: 0, rows: [merged, mail], err: '' })
    t.equal('sensor_id' in (byName.rows[0] as object), false)
    const byAddress = await go('pdns', '192.0.2.7', '--site', '--sort', 'count', '--data', dir)
    t.match(byAddress.rows, [merged, { rrname: 'shop.example.com', count: 1 }])
    t.equal(byAddress.rows.length, 2, 'and no internal name')
  }
  t.match((await go('pdns', 'www.example.com', '--site', '--type', 'MX', '--data', one)).rows, [mail])
  t.match((await go('pdns', '192.0.2.7', '--site', '--limit', '1', '--data', one)).err, /Only 1 rows/)
  const io = testIo()
  const stdout = Object.assign(io.stdout, { isTTY: true, columns: 200 })
  await runCommandLine(['pdns', 'example.com', '--site', '--data', one], { ...io, stdout })
  t.match(io.out(), /NAME +TYPE +COUNT +FIRST +LAST +TTL +SENSORS +DATA\n.*MX +1 .* 7-9 +1 +10 www/)
})

void t.test('a run pushes what its database has, at its start', { skip }, async t => {
  const server = await startRedis(t)
  const settings = `shared: {url: '${server.to}', pdns: true, counts: false}\ninputs: [{path: logs}]\nhttp: false`
  const many = Array.from({ length: 700 }, (_, at) => answered(`${at}.example.com`, '192.0.2.7', 1))
  const dir = folder(t, settings, ...many)
  mkdirSync(join(dir, 'logs'))
  const io = testIo()
  const ended = runCommandLine(['run', '--data', dir], io)
  const pushed = async () => (await go('pdns', '192.0.2.7', '--site', '--limit', '700', '--data', dir)).rows
  while ((await pushed()).length < 700);
  io.stop()
  t.equal(await ended, 0, io.err())
  t.equal((await go('share', '--data', dir)).code, 0)
  t.ok(
    (await pushed()).every(row => (row as { count: number }).count === 1),
    'what is pushed twice counts once',
  )
})

void t.test('share says how many facts the site had no room for', { skip }, async t => {
  const server = await startRedis(t)
  const many = Array.from({ length: 2_000 }, (_, at) => tupleSeen('A', `10.0.${at >> 8}.${at & 255}`))
  const dir = folder(t, `shared: {url: '${server.to}', pdns: true}`, nameSeen('a.com', { tuples: many }))
  const { code, err } = await go('share', '--data', dir)
  const [, pushed, refused] =
    /^(\d+) facts of passive DNS pushed\n(\d+) found no room at the site$/m.exec(err) ?? []
  t.equal(code, 0)
  t.equal(Number(pushed) + Number(refused), 2_000)
  t.equal((await go('pdns', 'a.com', '--site', '--limit', '2000', '--data', dir)).rows.length, Number(pushed))
})

void t.test('a store that is away, and one that must not be used', { skip }, async t => {
  const server = await startRedis(t, '--maxmemory-policy', 'allkeys-lru')
  const dir = folder(t, `shared: {url: '${server.to}', pdns: true}`)
  t.match(await go('pdns', 'a.com', '--site', '--data', dir), { code: 1, out: '', err: /noeviction/ })
  await server.kill()
  t.match(await go('pdns', 'a.com', '--site', '--data', dir), {
    ...{ code: 1, out: '', err: /the store that sensors share did not answer/ },
  })
})
