/** `import`, `export` and `list` as a user types them. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { testIo } from '../testing/io.js'
import { makeShard, pickled } from '../transfer/testing/cache.js'
import { runCommandLine } from './command-line.js'

const go = async (argv: readonly string[], stdin = '') => {
  const io = testIo(stdin)
  return { code: await runCommandLine(argv, io), out: io.out(), err: io.err() }
}
const old = 'Tue, 21 Jan 2003 06:17:24 GMT'
const list = `[{"freq_score": [7.2, 7.3], "seen_by_isc": "TOP1M", "seen_by_web": "${old}", "expires": null, "domain": "a.com"}]\n`
const prepare = (t: Test) => {
  const dir = t.testdir({
    ...{ data: {}, other: {}, 'top1m.import': list },
    ...{ 'dates.csv': 'b.com,2001-02-03,\nnonsense,\n', 'names.txt': 'www.c.com\n' },
  })
  return { path: (name: string) => join(dir, name), data: ['--data', join(dir, 'data')] }
}
const rows = (out: string) =>
  out
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Record<string, unknown>)

void t.test('wrong usage says what is wrong', async t => {
  const { path, data } = prepare(t)
  const wrong: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
    [['import', ...data], /Import what\?/],
    [['import', path('top1m.import')], /Missing required argument: data/],
    [
      ['import', path('top1m.import'), ...data, '--source', 'a,b'],
      /--source takes 1 to 64 printable characters/,
    ],
    [['import', path('top1m.import'), ...data, '--tag', 'a', '--tag', 'b'], /--tag is given twice/],
    [['import', path('top1m.import'), ...data, '--format', 'xml'], /Invalid values|format/],
    [['import', path('names.txt'), ...data], /list of names without dates.*--seen/],
    [['import', path('names.txt'), ...data, '--from-domain-stats', 'x'], /instead of a file/],
    [['export', ...data], /Not enough non-option arguments/],
    [['export', '-', ...data], /holds no domainstats\.sqlite/],
    [['list', ...data], /holds no domainstats\.sqlite/],
    [['list', ...data, '--top', '0'], /--top takes a whole number/],
    [['list', ...data, '--since', 'tomorrow'], /--since takes a time like/],
    [['list', ...data, '--match', 'x'.repeat(2000)], /--match takes at most/],
  ]
  for (const [argv, message] of wrong) {
    const { code, out, err } = await go(argv)
    t.equal(code, 2, argv.join(' ').slice(0, 100))
    t.match(err, message)
    t.equal(out, '')
  }
})

void t.test('import prints what it did, and whether first contacts still raise alerts', async t => {
  const { path, data } = prepare(t)
  const said = async (...argv: readonly string[]) => (await go(['import', ...argv, ...data])).err
  t.match(
    await said(path('top1m.import')),
    /^1 registrations imported, 0 elements refused\nThe first contact with each name still raises/,
  )
  const dates = await said(path('dates.csv'))
  t.match(dates, /dates\.csv:2: not of the form domain,created,expires/)
  t.match(dates, /1 registrations imported, 1 lines refused\nThe first contact with each name still raises/)
  t.match(
    await said(path('names.txt'), '--seen'),
    /1 names imported, 0 lines refused\nThe names count as contacted before/,
  )
  const shown = rows((await go(['list', ...data])).out)
  t.match(shown, [
    { domain: 'c.com', category: 'PENDING', first_seen: /Z$/, queries: 0 },
    {
      domain: 'a.com',
      category: 'ESTABLISHED',
      registered: '2003-01-21T06:17:24.000000Z',
      registered_by: 'TOP1M',
    },
    { domain: 'b.com', registered_by: 'dates' },
  ])
  t.notOk('first_seen' in (shown[1] ?? {}))
})

void t.test(
  'a table of a publisher is taken, packed too; without dates it says which columns it has',
  async t => {
    const { data } = prepare(t)
    const table = 'GlobalRank,TldRank,Domain,TLD\n1,1,a.com,com\n2,2,b.com,com\n'
    const dir = t.testdir({ data: {}, 'million.csv': table, 'dated.csv.gz': gzipSync('"Domain";"Created"\n"d.com";"2001-02-03"\n') }) // prettier-ignore
    t.match(await go(['import', join(dir, 'million.csv'), ...data]), {
      code: 2,
      err: /million\.csv is a list of names without dates \(its columns: GlobalRank, TldRank, Domain, TLD\): .* give --seen/,
    })
    t.match(await go(['import', join(dir, 'million.csv'), '--seen', ...data]), { code: 0, err: /^2 names imported, 0 lines refused/ }) // prettier-ignore
    t.match(await go(['import', join(dir, 'dated.csv.gz'), ...data]), {
      code: 0,
      err: /^1 registrations imported/,
    })
    t.match(rows((await go(['list', '--match', 'd.com', ...data])).out), [
      { domain: 'd.com', registered_by: 'dated' },
    ])
    t.match(await go(['import', '-', '--seen', ...data], table), { code: 0, err: /^2 names imported/ })
  },
)

void t.test('import of a file that is not a list says what it is, and the remedy', async t => {
  const { data } = prepare(t)
  const dir = t.testdir({
    folder: {},
    'shadow copy': 'root:x:0:0:\x1b[2J:/root:/bin/sh\n',
    'top.csv.zst': Buffer.from('28b52ffd2406', 'hex'),
    'cut.csv.gz': gzipSync('a.com,2001-02-03\n').subarray(0, 20),
    empty: '',
  })
  const wrong: readonly (readonly [name: string, why: RegExp])[] = [
    ['none.csv', /none\.csv is not there \(ENOENT\)\n$/],
    ['folder', /folder is a folder\. Give a file, or --from-domain-stats/],
    ['shadow copy', /shadow copy is no list of domains: .* Line 1 is "root:x:0:0:\\u\{1b\}\[2J/],
    ['top.csv.zst', /top\.csv\.zst is zstd\. Say: zstdcat \/.*\/top\.csv\.zst \| domainstats import -/],
    ['cut.csv.gz', /the gzip file is damaged \(unexpected end of file\)/],
    ['empty', /empty is empty: there is nothing to import/],
  ]
  for (const [name, why] of wrong) t.match(await go(['import', join(dir, name), '--seen', ...data]), { code: 1, out: '', err: why }) // prettier-ignore
})

void t.test('a list that breaks off is taken so far, and the command fails', async t => {
  const { data } = prepare(t)
  const { code, err } = await go(
    ['import', '-', ...data],
    list.replace(']\n', '').slice(0, -1).trim() + '}, {"dom',
  )
  t.equal(code, 1)
  t.match(err, /breaks off/)
})

void t.test('an export can be imported into another folder, through a file or a pipe', async t => {
  const { path, data } = prepare(t)
  const other = ['--data', path('other')]
  await go(['import', path('top1m.import'), '--seen', '--never-expire', ...data])
  t.match(await go(['export', path('all.json'), ...data]), { code: 0, out: '', err: '1 domains exported\n' })
  const all = readFileSync(path('all.json'), 'utf8')
  t.equal(statSync(path('all.json')).mode & 0o777 & ~0o640, 0)
  t.equal((await go(['export', '-', ...data])).out, all)
  t.match(await go(['import', '-', ...other], all), { code: 0, err: /1 registrations imported/ })
  t.equal((await go(['export', '-', ...other])).out, all)
  t.match(JSON.parse(all), [
    { domain: 'a.com', seen_by_isc: 'TOP1M', seen_by_web: old, expires: null, domainstats: { version: 1, known: { fresh_until: null } } }, // prettier-ignore
  ])
})

void t.test('the folder of a domain_stats is read, with the time zone in its settings', async t => {
  const { path, data } = prepare(t)
  const answer = {
    seen_by_web: old,
    seen_by_isc: 'RDAP',
    seen_by_you: 'Sat, 06 Nov 2021 10:00:00 GMT',
    category: 'NEW',
  }
  const dir = t.testdir({ data: {}, old: { 'domain_stats.yaml': 'timezone_offset: -5\nworkers: 3\n' } })
  makeShard(join(dir, 'old', '003'), [{ key: 'a.com', value: pickled(answer) }])
  t.match(await go(['import', '--from-domain-stats', path('old'), ...data]), { code: 0, err: /1 registrations imported, 0 rows refused/ }) // prettier-ignore
  t.match(rows((await go(['list', ...data])).out), [
    { domain: 'a.com', first_seen: '2021-11-06T15:00:00.000000Z' },
  ])
  t.match(await go(['import', '--from-domain-stats', path('data'), ...data]), { code: 1, err: /holds no cache of domain_stats/ }) // prettier-ignore
})

void t.test('list selects, and is a table on a terminal', async t => {
  const { path, data } = prepare(t)
  await go(['import', path('top1m.import'), ...data])
  await go(['import', path('names.txt'), '--seen', ...data])
  const domains = async (...argv: readonly string[]) => rows((await go(['list', ...argv, ...data])).out).map(({ domain }) => domain) // prettier-ignore
  t.strictSame(await domains('--since', '24h'), ['c.com'])
  t.strictSame(await domains('--since', '2999-01-01'), [])
  t.strictSame(await domains('--match', 'A.*'), ['a.com'])
  t.strictSame(await domains('--top', '1'), ['a.com'])
  t.strictSame(await domains('--new'), [])
  const io = testIo()
  const stdout = Object.assign(io.stdout, { isTTY: true, columns: 160 })
  t.equal(await runCommandLine(['list', ...data], { ...io, stdout }), 0)
  const [title = '', ...lines] = io.out().trim().split('\n')
  t.match(title, /^DOMAIN +CATEGORY +FIRST CONTACT +LAST SEEN +QUERIES +REGISTERED +EXPIRES +FREQ +SOURCE$/)
  t.match(lines, [/^c\.com +PENDING +\d{4}-\d\d-\d\d \d\d:\d\d +0 +\d/, /^a\.com +ESTABLISHED +0 +2003-01-21 +[\d.]+\/[\d.]+ +TOP1M$/]) // prettier-ignore
})

void t.test('names in an internal zone are not exported', async t => {
  const dir = t.testdir({
    'names.txt': 'ad.ours.com\nours.com\nsecret.com\nother.com\n',
    'domainstats.yaml': '',
  })
  const data = ['--data', dir]
  await go(['import', join(dir, 'names.txt'), '--seen', ...data])
  t.match(await go(['export', '-', ...data]), { err: '3 domains exported\n', out: /secret\.com/ })
  await go(['settings', dir, '--set', 'internal_zones=[secret.com, ad.ours.com]'])
  const { err, out } = await go(['export', '-', ...data])
  t.equal(err, '2 domains exported\n')
  t.strictSame(
    (JSON.parse(out) as { domain: string }[]).map(({ domain }) => domain),
    ['other.com', 'ours.com'],
  )
})
