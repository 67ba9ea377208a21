/** `pdns export` and `pdns import` as a user types them. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { NameSeen } from '../model/passive.js'
import { openStore } from '../store/store.js'
import { addPassive, nameSeen, tupleSeen } from '../store/testing/passive.js'
import { testIo, type TestIo } from '../testing/io.js'
import { now } from '../testing/pipeline-kit.js'
import { sharedData } from '../testing/shared-data.js'
import { runCommandLine } from './command-line.js'

const go = async (argv: readonly string[], io: TestIo = testIo()) => {
  const code = await runCommandLine(['pdns', ...argv], io)
  return { code, out: io.out(), err: io.err() }
}

const enabled = 'mode: off\npdns: {enabled: true}\n'
/** Two data folders, of which the first holds these names. */
const folders = (t: Test, names: readonly NameSeen[], settings = enabled) => {
  const dir = t.testdir({
    one: { 'domainstats.yaml': settings },
    two: { 'domainstats.yaml': enabled },
    files: {},
  })
  const store = openStore(join(dir, 'one', 'domainstats.sqlite'), { output: '' })
  addPassive(store, ...names)
  store.close()
  const data = (name: string) => ['--data', join(dir, name)]
  return { one: data('one'), two: data('two'), path: (name: string) => join(dir, 'files', name) }
}

const names = [
  nameSeen('www.example.com', {
    tuples: [
      tupleSeen('A', '203.0.113.7', { count: 5, first: now - 1.5, sensor: 'dmz' }),
      tupleSeen('A', '10.0.0.7'),
    ],
  }),
  nameSeen('srv.ours.com', { tuples: [tupleSeen('A', '203.0.113.8', { last: now + 86_400_000 })] }),
  nameSeen('7.0.0.10.in-addr.arpa', { tuples: [tupleSeen('PTR', 'www.example.com')] }),
  nameSeen('ads.net', { tuples: [tupleSeen('TXT', '"v=spf1 -all"'), tupleSeen('TYPE65280', '\\# 1 00')] }),
]
const own = `${enabled}internal_zones: [ours.com]\nignore: [ads.net]\n`

void t.test('export leaves out what tells of the own network, and says so; --all does not', async t => {
  const { one, path } = folders(t, names, own)
  const { code, out, err } = await go(['export', '-', ...one])
  t.equal(code, 0)
  t.equal(
    err,
    [
      '1 rows exported',
      '1 left out: with an address that is private, loopback, link-local or 0.0.0.0',
      '1 left out: in the reverse zone of such an address',
      '1 left out: at or below internal_zones',
      '2 left out: on the ignore list',
      '--all exports these, too.\n',
    ].join('\n'),
  )
  const seconds = now / 1000
  t.same(JSON.parse(out), {
    ...{ rrname: 'www.example.com', rrtype: 'A', rdata: '203.0.113.7', count: 5, sensor_id: 'dmz' },
    ...{
      time_first: seconds - 1,
      time_first_ms: now - 2,
      time_last: seconds,
      origin: /^urn:uuid:/.exec(out)?.[0],
    },
    ...{ ttl_min: 60, ttl_max: 60, ttl_last: 60 },
    origin: /urn:uuid:[\da-f-]{36}/.exec(out)?.[0],
  })
  t.match(await go(['export', path('all'), '--all', ...one]), { code: 0, out: '', err: '6 rows exported\n' })
  t.equal((await go(['export', '-', '--all', ...one])).out, readFileSync(path('all'), 'utf8'))
  t.match((await go(['export', '-', '--all', '--type', '65280', ...one])).out, /^.*"rrtype":65280,.*\n$/)
  t.match(await go(['export', '-', '--since', '2026-11-22T00:00:00Z', '--all', ...one]), { out: /^.*srv\.ours\.com.*\n$/, err: '1 rows exported\n' }) // prettier-ignore
})

void t.test('an export goes into another folder through a file, gzip or a pipe, and counts once', async t => {
  const { one, two, path } = folders(t, names)
  await go(['export', path('site b.cof'), '--all', ...one])
  const lines = readFileSync(path('site b.cof'))
  writeFileSync(path('later.cof.gz'), gzipSync(lines))
  const said = (...counts: readonly number[]) =>
    `${counts[0]} new facts imported, 0 raised, ${counts[1]} known already, 0 refused\n`
  t.match(await go(['import', path('site b.cof'), ...two]), { code: 0, out: '', err: said(6, 0) })
  t.match(await go(['import', path('later.cof.gz'), ...two]), { code: 0, err: said(0, 6) })
  t.match(await go(['import', '-', ...two], testIo(lines)), { code: 0, err: said(0, 6) })
  t.equal((await go(['export', '-', '--all', ...two])).out, lines.toString())
  const rows = (await go(['203.0.113.0/24', ...two])).out
  t.match(rows, /"rdata":"203\.0\.113\.7",.*"count":5,"sensor_id":"dmz"/)
  t.match(rows, /"rdata":"203\.0\.113\.8",.*"count":1,"sensor_id":"site b"/)
  // Home again.
  t.match(await go(['import', path('site b.cof'), ...one]), { code: 0, err: said(0, 6) })
})

const row = (more: object = {}) =>
  `${JSON.stringify({ rrname: 'a.com', rrtype: 'A', rdata: '192.0.2.1', time_first: 1500000000, time_last: 1500000009, ...more })}\n` // prettier-ignore

void t.test('import says what is refused, and names the sensor', async t => {
  const { one, path } = folders(t, [], own)
  writeFileSync(
    path('x'),
    `${row()}\nnone\n${row({ count: 0 })}${row({ rrname: 'b.ours.com' })}none\u001b[2J\n`,
  )
  const { code, err } = await go(['import', path('x'), '--sensor', 'partner', ...one])
  t.equal(code, 0)
  t.equal(
    err.replaceAll(path('x'), 'x'),
    [
      'x:3: not a JSON object',
      'x:4: count is no whole number from 1 to 1000000000000',
      'x:5: a name on the ignore list, or at or below internal_zones',
      'x:6: not a JSON object',
      '1 new facts imported, 0 raised, 0 known already, 4 refused',
      '2 refused: not a JSON object',
      '1 refused: count is no whole number from 1 to 1000000000000',
      '1 refused: a name on the ignore list, or at or below internal_zones\n',
    ].join('\n'),
  )
  t.match((await go(['a.com', ...one])).out, /"sensor_id":"partner"/)
})

void t.test('a folder is made; rows_max holds, and what was dropped is said', async t => {
  const dir = t.testdir({ 'domainstats.yaml': enabled.replace('true', 'true, rows_max: 1000'), 'many.cof': Array.from({ length: 2_000 }, (_, i) => row({ rrname: `n${i}.com`, time_last: 1500000009 + i })).join('') }) // prettier-ignore
  const many = join(dir, 'many.cof')
  t.match(await go(['import', many, '--data', join(dir, 'new')]), { code: 0, err: /new: made\n2000 new facts imported/ }) // prettier-ignore
  t.match(await go(['import', many, '--data', dir]), { code: 0, err: /\d+ facts dropped, those seen least: pdns\.rows_max is reached/ }) // prettier-ignore
  const left = (await go(['export', '-', '--data', dir])).out.split('\n').length - 1
  t.ok(left > 100 && left <= 334, `${left} facts are left`)
})

void t.test('what is no export says so, and nothing is changed', async t => {
  const { two, path } = folders(t, [])
  writeFileSync(path('zst'), Buffer.from('28b52ffd2406', 'hex'))
  writeFileSync(path('binary'), Buffer.from([0x7f, 0x45, 0, 1, 2]))
  writeFileSync(path('empty'), '\n\n')
  writeFileSync(path('list'), 'a.com,2001-02-03\n')
  writeFileSync(path('cut.gz'), gzipSync(row().repeat(2_000)).subarray(0, -20))
  writeFileSync(path('cut.json'), `[${row()},{"rr`)
  const wrong: readonly (readonly [argv: readonly string[], code: number, err: RegExp])[] = [
    [['import', path('none')], 1, /none is not there \(ENOENT\)/],
    [['import', path('.')], 1, /is a folder\. Give a file\n$/],
    [['import', path('zst')], 1, /zst is zstd\. Say: zstdcat .*zst \| domainstats pdns import -/],
    [['import', path('binary')], 1, /binary holds bytes that are no text/],
    [['import', path('empty')], 1, /empty: is empty/],
    [
      ['import', path('list')],
      1,
      /list:1: not a JSON object\n.*1 refused\n.*none of the rows could be used/s,
    ],
    [
      ['import', path('cut.gz')],
      1,
      /cut\.gz: the gzip file is damaged .*; what came before that is imported/,
    ],
    [
      ['import', path('cut.json')],
      1,
      /1 known already.*cut\.json: the list breaks off before its end; what/s,
    ],
    [['import', path('list'), '--sensor', 'a,b'], 2, /--sensor takes 1 to 64 printable characters/],
    [['import', path('list'), '--sensor', 'a', '--sensor', 'b'], 2, /--sensor is given twice/],
    [['import'], 2, /Not enough non-option arguments/],
    [['export'], 2, /Not enough non-option arguments/],
    [['export', '-', '--type', 'no type'], 2, /--type takes a record type/],
    [['export', '-', '--ttl', '4'], 2, /Unknown argument: ttl/],
    [['export', path('no/such/file')], 1, /ENOENT/],
  ]
  for (const [argv, code, err] of wrong) t.match(await go([...argv, ...two]), { code, out: '', err }, argv.join(' ')) // prettier-ignore
})

void t.test('a stopped export leaves the old file, and a reader who has gone is no error', async t => {
  const many = Array.from({ length: 3_000 }, (_, i) =>
    nameSeen(`n${i}.com`, { tuples: [tupleSeen('A', '192.0.2.1')] }),
  )
  const { one, path } = folders(t, many)
  writeFileSync(path('old'), 'old\n')
  const stopped = testIo()
  stopped.stop()
  t.match(await go(['export', path('old'), ...one], stopped), { code: 1, err: /aborted/ })
  t.same([readFileSync(path('old'), 'utf8'), readdirSync(path('.'))], ['old\n', ['old']])
  const toPipe = testIo()
  toPipe.stop()
  t.match(await go(['export', '-', ...one], toPipe), {
    code: 0,
    err: /stopped before the end: it was told to/,
  })

  const gone = testIo()
  const stdout = new Writable({
    write: (_piece, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  })
  stdout.on('error', () => gone.stop())
  const code = await runCommandLine(['pdns', 'export', '-', ...one], { ...gone, stdout })
  t.match({ code, err: gone.err() }, { code: 0, err: /nobody reads the output any more/ })
  t.notOk(existsSync(path('none')))
})

void t.test('parked names: also those at addresses of the site', async t => {
  const settings = enabled.replace('true', 'true, parking: [203.0.113.8, 198.51.100.0/24, 10.0.0.0/8, 203.0.113.20-203.0.113.30]') // prettier-ignore
  const parked = async (settings: string) => {
    const { one } = folders(t, [...names, nameSeen('x.com', { tuples: [tupleSeen('A', '203.0.113.25')] })], settings) // prettier-ignore
    return [...(await go(['parked', ...one])).out.matchAll(/"rdata":"([^"]+)"/g)].map(([, rdata]) => rdata)
  }
  t.same(await parked(settings), ['10.0.0.7', '203.0.113.8', '203.0.113.25'])
  t.same(await parked(enabled), ['10.0.0.7'])
  const { one } = folders(t, names, enabled.replace('true', 'true, parking: [here]'))
  t.match(await go(['parked', ...one]), { code: 1, err: /pdns\.parking.*is no address, network or range/s })
})

void t.test('facts of real logs of Suricata go out and in: types, TTLs and names of every kind', async t => {
  const folder = sharedData(t, 'eve/suricata-7.0.10/v2detailed')
  if (folder === undefined) return
  // The logs are of many years.
  const { one, two, path } = folders(t, [], 'pdns: {enabled: true, keep_days: 36500}\n')
  const logs = readdirSync(folder).map(name => join(folder, name))
  t.equal(await runCommandLine(['scan', ...logs, '--no-lookup', ...one], testIo()), 0)
  const { code, err } = await go(['export', path('all'), '--all', ...one])
  const rows = Number(/^(\d+) rows exported\n$/.exec(err)?.[1])
  t.ok(code === 0 && rows > 90, err)
  t.match((await go(['import', path('all'), ...two])).err, `${rows} new facts imported, 0 raised, 0 known already, 0 refused`) // prettier-ignore
  t.ok(
    (await go(['export', '-', '--all', ...two])).out === readFileSync(path('all'), 'utf8'),
    'the same bytes',
  )
})

void t.test('facts of real logs go out and in', async t => {
  const log = sharedData(t, 'zeek/brim-wrccdc2018.dns.log.gz')
  if (log === undefined) return
  const { one, two, path } = folders(t, [])
  t.equal(await runCommandLine(['scan', log, '--no-lookup', ...one], testIo()), 0)
  t.match(await go(['export', path('all'), '--all', ...one]), { code: 0, err: '1848 rows exported\n' })
  t.match(await go(['import', path('all'), ...two]), { code: 0, err: /^1848 new facts imported, 0 raised, 0 known already, 0 refused\n$/ }) // prettier-ignore
  t.ok(
    (await go(['export', '-', '--all', ...two])).out === readFileSync(path('all'), 'utf8'),
    'the same bytes',
  )
  t.match((await go(['export', '-', ...one])).err, /^1738 rows exported\n109 left out: with an address/)
})
