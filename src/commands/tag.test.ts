/** `tag` and `pdns near` as a user types them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { importRowsMax, refusalsMax } from '../limits.js'
import { openStore } from '../store/store.js'
import { addPassive, nameSeen, tupleSeen } from '../store/testing/passive.js'
import { testIo } from '../testing/io.js'
import { runCommandLine } from './command-line.js'

const run = async (stdin: string, ...argv: readonly string[]) => {
  const io = testIo(stdin)
  const code = await runCommandLine(argv, io)
  return { code, out: io.out(), err: io.err() }
}
const rowsIn = (out: string) =>
  out
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Readonly<Record<string, unknown>>)

void t.test('add, list, remove', async t => {
  const data = ['--data', join(t.testdir(), 'D')]
  const added = await run(
    '',
    'tag',
    'add',
    'threat',
    'EVIL[.]com',
    '192.0.2.0/24',
    '--note',
    'x\u001b[31m',
    ...data,
  )
  t.same([added.code, added.out], [0, ''])
  t.match(added.err, '2 new, 0 changed, 0 as they were')
  await run('', 'tag', 'add', 'trust', 'example.org', '--source', 'me', ...data)
  t.match(rowsIn((await run('', 'tag', 'list', ...data)).out), [
    { value: 'evil.com', tag: 'threat', source: 'tag add', note: 'x [31m' },
    { value: 'example.org', tag: 'trust', source: 'me' },
    { value: '192.0.2.0/24', tag: 'threat' },
  ])
  t.equal(rowsIn((await run('', 'tag', 'list', '--tag', 'trust', ...data)).out).length, 1)
  const removed = await run('', 'tag', 'remove', 'evil.com', 'other.com', ...data)
  t.same([removed.code, removed.err], [0, 'other.com has no tag\n1 removed\n'])
  t.match(await run('', 'tag', 'remove', 'evil.com', ...data), { code: 1, err: /no tag was removed/ })
  t.equal(rowsIn((await run('', 'tag', 'list', ...data)).out).length, 2)
})

const refused: readonly (readonly [argv: readonly string[], why: RegExp])[] = [
  [['add', 'evil', 'a.com'], /Choices|choices|Invalid values/],
  [['add', 'threat', 'a b'], /"a b" cannot be tagged/],
  [['add', 'threat', 'com'], /single label/],
  [['add', 'threat', 'a.com', '--source', 'a,b'], /--source takes 1 to 64/],
  [['add', 'threat'], /Not enough/],
  [['import', 'nosuch.csv'], /nosuch\.csv is not there/],
  [['export', '-', '--format', 'xml'], /Choices|choices|Invalid values/],
  [[], /Which tag command/],
]

void t.test('wrong words are refused with the reason, and nothing is stored', async t => {
  const dir = t.testdir()
  for (const [argv, why] of refused) {
    const done = await run('', 'tag', ...argv, '--data', dir)
    t.not(done.code, 0, argv.join(' '))
    t.match(done.err, why, argv.join(' '))
  }
  t.match(await run('', 'tag', 'list', '--data', dir), { code: 2, err: /holds no domainstats\.sqlite/ })
})

void t.test('each format comes back as it was, and once more changes nothing', async t => {
  const dir = t.testdir()
  const data = ['--data', join(dir, 'D')]
  const list = [
    'value,tag,source,time,note',
    'evil.com,threat,feed,2026-01-02T03:04:05.000000Z,"say ""x"", y"',
    'example.org,trust,me,2026-01-02T03:04:05.000000Z,',
    'xn--bcher-kva.de,interest,me,2026-01-02T03:04:05.000000Z,',
    '192.0.2.0/24,threat,feed,2026-01-02T03:04:05.000000Z,',
    '2001:db8::7,interest,feed,2026-01-02T03:04:05.000000Z,',
    '',
  ].join('\n')
  await run(list, 'tag', 'import', '-', ...data)
  const rows = [...list.split('\n').slice(1, 2), 'xn', 'example', '192', '2001']
  t.equal(rows.length, 5)
  const before = (await run('', 'tag', 'list', ...data)).out
  t.equal(rowsIn(before).length, 5)
  for (const format of ['csv', 'stix', 'misp']) {
    const file = join(dir, `x.${format}`)
    t.match(await run('', 'tag', 'export', file, '--format', format, ...data), {
      code: 0,
      err: '5 tags exported\n',
    })
    t.match(
      await run('', 'tag', 'import', file, ...data),
      { err: /^0 new, 0 changed, 5 as they were; 0 skipped/m },
      format,
    )
    const other = ['--data', join(dir, format)]
    await run('', 'tag', 'import', file, ...other)
    t.equal((await run('', 'tag', 'list', ...other)).out, before, format)
  }
  t.equal(readFileSync(join(dir, 'x.csv'), 'utf8').split('\n').length, 7)
  t.match(JSON.parse(readFileSync(join(dir, 'x.stix'), 'utf8')), {
    type: 'bundle',
    objects: [{ spec_version: '2.1' }],
  })
  const lines = ['--data', join(dir, 'lines')]
  await run(before, 'tag', 'import', '-', ...lines)
  t.equal((await run('', 'tag', 'list', ...lines)).out, before, 'JSON lines')
})

void t.test('what cannot be used is told: the first ones by line, all by number', async t => {
  const data = ['--data', join(t.testdir(), 'D')]
  const bad = Array.from({ length: refusalsMax + 5 }, (_, i) => `word${i}`)
  const done = await run(
    ['a.com', ...bad, 'b.com', ''].join('\n'),
    'tag',
    'import',
    '-',
    '--tag',
    'threat',
    ...data,
  )
  t.equal(done.code, 0)
  t.match(done.err, 'stdin:2: "word0": it is a single label\n')
  t.match(done.err, 'and 5 more like these\n2 new, 0 changed, 0 as they were; 15 skipped\n')
  t.match(await run('a.com\n', 'tag', 'import', '-', ...data), {
    code: 2,
    err: /does not say which tag.*--tag/s,
  })
  t.match(await run('{"x":1}', 'tag', 'import', '-', ...data), {
    code: 1,
    err: /nothing in it can be tagged/,
  })
  const cut = await run('[{"type":"domain-name","value":"c.com"},{"type', 'tag', 'import', '-', ...data)
  t.match(cut, { code: 1, err: /breaks off before its end; what came before that is imported/ })
  t.equal(rowsIn((await run('', 'tag', 'list', ...data)).out).length, 3)
})

void t.test('a list of more than a transaction is stored whole', async t => {
  const data = ['--data', join(t.testdir(), 'D')]
  const list = Array.from({ length: 2 * importRowsMax + 3 }, (_, i) => `n${i}.com\n`).join('')
  const done = await run(list, 'tag', 'import', '-', '--tag', 'interest', '--source', 'feed', ...data)
  t.match(done.err, `${2 * importRowsMax + 3} new, 0 changed, 0 as they were; 0 skipped\n`)
})

void t.test('import --tag of registrations is called --source, and still works', async t => {
  const data = ['--data', join(t.testdir(), 'D')]
  const list = 'a.com,2001-02-03,\n'
  t.match(await run(list, 'import', '-', '--tag', 'feed', ...data), {
    code: 0,
    err: /--tag is called --source now/,
  })
  t.match(rowsIn((await run('', 'list', ...data)).out), [{ domain: 'a.com', registered_by: 'feed' }])
  t.match(await run(list, 'import', '-', '--tag', 'a', '--source', 'b', ...data), { code: 2 })
})

void t.test('pdns near: JSON lines in a pipe, a table on a terminal', async t => {
  const dir = t.testdir()
  const data = ['--data', dir]
  const store = openStore(join(dir, 'domainstats.sqlite'))
  addPassive(store, nameSeen('c2.evil.com', { tuples: [tupleSeen('A', '192.0.2.12')] }))
  store.close()
  await run('', 'tag', 'add', 'threat', 'evil.com', '192.0.2.7', ...data)
  const near = await run('', 'pdns', 'near', '192.0.2.10', ...data)
  t.match(rowsIn(near.out), [
    { address: '192.0.2.12', distance: 2, prefix: 29, octets: 2, tagged: 'evil.com', rrname: 'c2.evil.com' },
    { address: '192.0.2.7', distance: 3, prefix: 28, octets: 3, tagged: '192.0.2.7' },
  ])
  const io = testIo()
  await runCommandLine(['pdns', 'near', '192.0.2.10', '--limit', '1', ...data], {
    ...io,
    stdout: Object.assign(io.stdout, { isTTY: true, columns: 120 }),
  })
  t.match(io.out(), /^ADDRESS[^]*\n192\.0\.2\.12 +2 +\/29/)
  t.match(await run('', 'pdns', 'near', '192.0.2.10', '--tag', 'trust', ...data), {
    code: 0,
    out: '',
    err: /No address/,
  })
  for (const text of ['a.com', '192.0.2.0/24', '192.0.2.300'])
    t.match(await run('', 'pdns', 'near', text, ...data), { code: 2, err: /is no address/ }, text)
})

void t.test('query tells the tags, as a peek and as a contact, which is written with the alert', async t => {
  const dir = t.testdir({ 'domainstats.yaml': 'mode: off\n' })
  const data = ['--data', dir]
  await run('', 'tag', 'add', 'threat', 'evil.com', ...data)
  const peek = await run('', 'query', 'www.evil.com', 'good.com', '--peek', ...data)
  t.match(rowsIn(peek.out), [
    { alerts: ['TAGGED-THREAT'], tags: ['threat'] },
    { alerts: [], tags: undefined },
  ])
  const asked = await run('', 'query', 'www.evil.com', ...data)
  t.match(rowsIn(asked.out), [{ alerts: ['YOUR-FIRST-CONTACT', 'TAGGED-THREAT'], tags: ['threat'] }])
})
