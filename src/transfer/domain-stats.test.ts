import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { cachedBytesMax } from '../limits.js'
import { openStore } from '../store/store.js'
import { handClock } from '../testing/hand-clock.js'
import { now, knownOf, question, see, summaryOf } from '../testing/pipeline-kit.js'
import { readDomainStats } from './domain-stats-1x.js'
import { importPieces } from './import.js'
import { makeShard, pickled, stored, type Entry } from './testing/cache.js'
import { options } from './testing/load.js'

const clock = handClock(now)
const web = 'Tue, 21 Jan 2003 06:17:24 GMT'
const you = 'Sat, 06 Nov 2021 10:00:00 GMT'
const answer = (more: Readonly<Record<string, string>> = {}) =>
  pickled({ seen_by_web: web, seen_by_isc: 'RDAP', seen_by_you: you, category: 'ESTABLISHED', ...more })
const error = pickled({ seen_by_web: 'ERROR', seen_by_isc: 'ERROR', seen_by_you: 'ERROR', category: 'ERROR' })

const importFrom = async (t: Test, dir: string, offset = 0) => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  const { signal } = new AbortController()
  const done = await importPieces(readDomainStats(dir, offset, now), { store, clock, options, signal })
  const domain = (name: string) => knownOf(store, { domains: [name] }).domains.get(name)
  return { store, done, domain }
}
const folder = (t: Test, entries: readonly Entry[]): string => {
  const dir = join(t.testdir(), 'old')
  makeShard(join(dir, '000'), entries)
  return dir
}

void t.test('first contacts and registrations are imported, wherever the shards are', async t => {
  const expires = Date.UTC(2030, 0, 21, 6, 17, 24) / 1000
  for (const places of [['000', '007'], ['.'], ['cache.db/000', 'cache.db/001'], ['cache.db']]) {
    const dir = join(t.testdir(), 'old')
    for (const [i, place] of places.entries())
      makeShard(join(dir, place), [{ key: `d${i}.com`, value: answer(), expires: expires + 0.0005 }], true)
    makeShard(join(dir, 'memocache'), [{ key: 'other.com', value: answer() }])
    const { done, domain } = await importFrom(t, dir)
    t.match(done, { taken: places.length, refused: 0 }, places.join())
    for (const i of places.keys())
      t.match(domain(`d${i}.com`), {
        ...{ firstSeen: Date.parse(you), queries: 0 },
        known: { registration: { registered: Date.parse(web), expires: expires * 1000, source: 'RDAP' } },
      })
  }
})

void t.test('the timezone_offset of the old folder is subtracted where it was applied', async t => {
  const { domain } = await importFrom(t, folder(t, [
    { key: 'asked.com', value: answer() },
    { key: 'imported.com', value: answer({ seen_by_isc: 'top1m' }) },
    { key: 'fixed.com', value: answer({ seen_by_isc: 'WHOIS' }) },
  ]), -5) // prettier-ignore
  const hours = ['asked.com', 'imported.com', 'fixed.com'].map(name => ((domain(name)?.firstSeen ?? 0) - Date.parse(you)) / 3_600_000) // prettier-ignore
  t.strictSame(hours, [5, 0, 0])
})

void t.test('an ERROR entry has no date; its store time is the first contact', async t => {
  const { store, done, domain } = await importFrom(t, folder(t, [{ key: 'failed.com', value: error }]))
  t.match(done, { taken: 1, refused: 0 })
  t.match(domain('failed.com'), { firstSeen: stored * 1000, known: undefined })
  t.notMatch(summaryOf(see(store, [question('failed.com')])).join(), /YOUR-FIRST-CONTACT/)
})

void t.test('the expiry of a NEW entry is not the expiry of its registration', async t => {
  const { domain } = await importFrom(t, folder(t, [{ key: 'new.com', value: answer({ category: 'NEW' }), expires: stored + 9e6 }])) // prettier-ignore
  t.match(domain('new.com')?.known?.registration, { registered: Date.parse(web), expires: undefined })
})

void t.test('values and keys of every kind are read: pickles, JSON text, files', async t => {
  const json = JSON.stringify({
    seen_by_web: web,
    seen_by_isc: 'RDAP',
    seen_by_you: you,
    category: 'NEW',
    alerts: [],
  })
  const names = ['0', '1'].map(digit => `${digit.repeat(2)}/${digit.repeat(2)}/${digit.repeat(28)}.val`)
  const dir = folder(t, [
    { key: 'json.com', mode: 1, value: json },
    { key: Buffer.from('Vpickled.com\n.'), raw: 0, value: answer() },
    { key: 'file.com', value: null, filename: names[0] ?? '' },
    { key: 'text.com', mode: 3, value: null, filename: names[1] ?? '' },
  ])
  for (const [i, name] of names.entries()) {
    mkdirSync(join(dir, '000', name, '..'), { recursive: true })
    writeFileSync(join(dir, '000', name), i === 0 ? answer() : json)
  }
  const { done, domain } = await importFrom(t, dir)
  t.strictSame(done.refusals, [])
  for (const name of ['json.com', 'pickled.com', 'file.com', 'text.com'])
    t.equal(domain(name)?.firstSeen, Date.parse(you), name)
})

void t.test('an unreadable entry is refused with its row, and the others are read', async t => {
  const dir = t.testdir({ old: {}, 'secret.val': answer() })
  const link = `22/22/${'2'.repeat(28)}.val`
  const system = Buffer.from('cos\nsystem\n(Vtouch /tmp/owned\ntR.')
  const bad: readonly (readonly [Entry, RegExp])[] = [
    [{ key: 'a.com', value: system }, /an object/],
    [{ key: system, raw: 0, value: answer() }, /the key is an object/],
    [{ key: Buffer.from(')\x85.'), raw: 0, value: answer() }, /the key is/],
    [{ key: Buffer.from(').'), raw: 0, value: answer() }, /the key is no name/],
    [{ key: 7, value: answer() }, /the key is no name/],
    [{ key: 'x'.repeat(5000), value: answer() }, /the key is no name/],
    [{ key: 'rdap_good', mode: 1, value: 7 }, /single-label|not-a-hostname/],
    [{ key: 'a.com', value: Buffer.alloc(cachedBytesMax + 1, 'N') }, /too long/],
    [{ key: 'a.com', value: answer().subarray(0, 30) }, /breaks off/],
    [{ key: 'a.com', mode: 1, value: '{"seen_by_web":' }, /no answer of domain_stats/],
    [{ key: 'a.com', mode: 1, value: 7 }, /no answer of domain_stats/],
    [{ key: 'a.com', mode: 9, value: 7 }, /unknown kind/],
    [{ key: 'a.com', value: error, stored: null }, /no time/],
    [{ key: 'a.com', value: null, filename: '../../secret.val' }, /file of the value/],
    [{ key: 'a.com', value: null, filename: link }, /file of the value/],
    [{ key: 'a.com', value: null, filename: `33/33/${'3'.repeat(28)}.val` }, /file of the value/],
  ]
  const shard = join(dir, 'old', '000')
  makeShard(shard, [...bad.map(([entry]) => entry), { key: 'good.com', value: answer() }])
  mkdirSync(join(shard, link, '..'), { recursive: true })
  symlinkSync(join(dir, 'secret.val'), join(shard, link))
  const before = readFileSync(join(shard, 'cache.db'))
  const { done, domain } = await importFrom(t, join(dir, 'old'))
  t.match(done, { taken: 1, refused: bad.length })
  t.match(
    done.refusals,
    bad.slice(0, 10).map(([, why], i) => ({ at: `000/cache.db row ${i + 1}`, why })),
  )
  t.equal(domain('good.com')?.firstSeen, Date.parse(you))
  t.ok(before.equals(readFileSync(join(shard, 'cache.db'))), 'and the old folder is as it was')
})

void t.test('each refusal has its reason', async t => {
  const dir = folder(t, [
    { key: 'a.com', value: null, filename: '../../secret.val' },
    { key: 'a.com', mode: 9, value: 7 },
    { key: 'a.com', value: error, stored: null },
    { key: 'www.a.com', value: answer() },
  ])
  const { done } = await importFrom(t, dir)
  t.match(done.refusals, [{ why: /file of the value/ }, { why: /unknown kind/ }, { why: /no time/ }, { why: /registered is a\.com/ }]) // prettier-ignore
})

void t.test('row numbers beyond 2^53 do not make it read for ever', async t => {
  const dir = folder(t, [{ key: 'a.com', value: answer() }])
  const db = new Database(join(dir, '000', 'cache.db'))
  db.exec('INSERT INTO Cache (rowid, key, raw) VALUES (9223372036854775806, 1, 1), (-5, 1, 1)')
  db.close()
  t.match((await importFrom(t, dir)).done, { taken: 1, refused: 0 })
})

void t.test('a folder without a cache, and a file that is no database, are errors', async t => {
  const dir = t.testdir({ none: {}, text: { 'cache.db': 'no database at all, '.repeat(99) }, view: {} })
  const db = new Database(join(dir, 'view', 'cache.db'))
  db.exec('CREATE VIEW Cache AS SELECT 1 AS rowid')
  db.close()
  await t.rejects(importFrom(t, join(dir, 'no-such')), /no such folder/)
  await t.rejects(importFrom(t, join(dir, 'none')), /holds no cache of domain_stats/)
  await t.rejects(importFrom(t, join(dir, 'text')), /cannot be read as a cache of domain_stats/)
  await t.rejects(importFrom(t, join(dir, 'view')), /it has no table Cache/)
})
