/** `pdns` and `who` as a user types them: one test for each kind of question. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { NameSeen } from '../model/passive.js'
import { widthOf } from '../output/table.js'
import { openStore } from '../store/store.js'
import { addPassive, nameSeen, timesSeen, tupleSeen } from '../store/testing/passive.js'
import { testIo, type TestIo } from '../testing/io.js'
import { day, now } from '../testing/pipeline-kit.js'
import { systemClock } from '../time/clock.js'
import { runCommandLine } from './command-line.js'

const enabled = 'pdns: {enabled: true}\n'
const folder = (t: Test, names: readonly NameSeen[], settings = enabled): string => {
  const dir = t.testdir({ 'domainstats.yaml': settings })
  const store = openStore(join(dir, 'domainstats.sqlite'), { output: '' })
  addPassive(store, ...names)
  store.close()
  return dir
}

const ask = async (dir: string, ...argv: readonly string[]): Promise<TestIo & { readonly code: number }> => {
  const io = testIo()
  const code = await runCommandLine([...argv, '--data', dir], io)
  return { ...io, code }
}
const rowsOf = (io: TestIo): Record<string, unknown>[] =>
  io
    .out()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Record<string, unknown>)

/** On a terminal of so many columns. */
const show = async (dir: string, columns: number, ...argv: readonly string[]): Promise<string[]> => {
  const io = testIo()
  await runCommandLine([...argv, '--data', dir], {
    ...io,
    stdout: Object.assign(io.stdout, { isTTY: true, columns }),
  })
  return io.out().split('\n')
}

const clients = (...some: readonly string[]) => new Map(some.map(client => [client, timesSeen(1)]))
const names = [
  nameSeen('www.example.com', {
    ...{
      questions: timesSeen(5),
      responses: new Map([['answered', 5]]),
      clients: clients('10.0.0.1', '10.0.0.2'),
    },
    tuples: [tupleSeen('CNAME', 'edge.cdn.net', { count: 5, sensor: 'dmz' })],
  }),
  nameSeen('edge.cdn.net', {
    tuples: [
      tupleSeen('A', '203.0.113.7', { count: 3, ttlMin: 5, ttlMax: 60, first: now - day }),
      tupleSeen('A', '203.0.113.8', { count: 9, last: now + 1_000 }),
      tupleSeen('AAAA', '2001:db8::7'),
    ],
  }),
  nameSeen('shop.example.com', {
    ...{ questions: timesSeen(1), responses: new Map([['answered', 1]]), clients: clients('10.0.0.9') },
    tuples: [tupleSeen('A', '203.0.113.8')],
  }),
  nameSeen('a.b.example.com', {
    ...{ questions: timesSeen(7), responses: new Map([['nxdomain', 4]]), clients: clients('10.0.0.1') },
  }),
  nameSeen('blocked.test-site.net', {
    ...{ questions: timesSeen(2), responses: new Map([['answered', 1], ['empty', 1]]) }, // prettier-ignore
    tuples: [tupleSeen('A', '0.0.0.0'), tupleSeen('AAAA', '::'), tupleSeen('TXT', '"parked"')],
  }),
] satisfies NameSeen[]

const queries: readonly (readonly [argv: readonly string[], rows: readonly string[]])[] = [
  [['edge.cdn.net', '--type', 'a'], ['edge.cdn.net 203.0.113.7', 'edge.cdn.net 203.0.113.8']], // prettier-ignore
  [['Edge.CDN[.]net', '--type', 'cname'], ['www.example.com edge.cdn.net']],
  [['*.example.com'], ['shop.example.com 203.0.113.8', 'www.example.com edge.cdn.net']],
  [['www.*'], ['www.example.com edge.cdn.net']],
  [['*xampl*', '--type', 'A'], ['shop.example.com 203.0.113.8']],
  [['/^(www|shop)\\./', '--type', 'A'], ['shop.example.com 203.0.113.8']],
  [
    ['203.0.113.8', '--sort', 'count'],
    ['edge.cdn.net 203.0.113.8', 'shop.example.com 203.0.113.8'],
  ],
  [['203.0.113.0/24', '--ttl-below', '60'], ['edge.cdn.net 203.0.113.7']],
  [['203.0.113.0/24', '--ttl', '5'], ['edge.cdn.net 203.0.113.7']],
  [['203.0.113.1-203.0.113.7'], ['edge.cdn.net 203.0.113.7']],
  [['2001:db8::/32'], ['edge.cdn.net 2001:db8::7']],
  [['203.0.113.0/24', '--until', '2026-11-20T12:00:00Z'], ['edge.cdn.net 203.0.113.7']],
  [['203.0.113.0/24', '--since', '2026-11-21T12:00:01Z'], ['edge.cdn.net 203.0.113.8']],
  [['203.0.113.0/24', '--sort', 'last', '--limit', '1'], ['edge.cdn.net 203.0.113.8']],
  [['203.0.113.0/24', '--sort', 'name', '--limit', '2'], ['edge.cdn.net 203.0.113.7', 'edge.cdn.net 203.0.113.8']], // prettier-ignore
  [['parked'], ['blocked.test-site.net 0.0.0.0', 'blocked.test-site.net ::']],
  [['parked', '--type', 'AAAA'], ['blocked.test-site.net ::']],
]

void t.test('each kind of question, as COF lines in a pipe', async t => {
  const dir = folder(t, names)
  for (const [argv, rows] of queries) {
    const io = await ask(dir, 'pdns', ...argv)
    t.equal(io.code, 0, io.err())
    t.same(rowsOf(io).map(({ rrname, rdata }) => `${String(rrname)} ${String(rdata)}`), rows, argv.join(' ')) // prettier-ignore
  }
  const io = await ask(dir, 'pdns', 'www.example.com')
  const time = now / 1000
  const cof = { rrname: 'www.example.com', rrtype: 'CNAME', rdata: 'edge.cdn.net', sensor_id: 'dmz' }
  t.same(rowsOf(io), [{ ...cof, time_first: time, time_last: time, count: 5 }])
})

void t.test('stderr says that a limit hides rows, and that nothing was found', async t => {
  const dir = folder(t, names)
  t.match(
    (await ask(dir, 'pdns', '203.0.113.0/24', '--limit', '1')).err(),
    /Only 1 rows are shown, and there/,
  )
  t.equal((await ask(dir, 'pdns', '203.0.113.0/24', '--limit', '3')).err(), '')
  t.match((await ask(dir, 'pdns', 'nobody.example.org')).err(), /^No record of it is known\.\n$/)
})

const counts: readonly (readonly [argv: readonly string[], rows: readonly object[]])[] = [
  [['top', '--limit', '2'], [{ rrname: 'a.b.example.com', questions: 7, clients: 1 }, { rrname: 'www.example.com' }]], // prettier-ignore
  [['top', '--by', 'clients', '--limit', '1'], [{ rrname: 'www.example.com', clients: 2 }]],
  [['top', '--by', 'names', '--limit', '1'], [{ domain: 'example.com', names: 3 }]],
  [['top', '--addresses', '--limit', '1'], [{ address: '203.0.113.8', names: 2 }]],
  [['subdomains', 'example.com'], [{ level: 1, names: 2, example: 'shop.example.com' }, { level: 2, names: 1 }]], // prettier-ignore
  [['unanswered'], [{ rrname: 'a.b.example.com', unanswered: 7, nxdomain: 4, none: 3 }, { unanswered: 1 }]],
  [['unanswered', '--rcode', 'EMPTY'], [{ rrname: 'blocked.test-site.net', empty: 1 }]],
  [['unanswered', '--rcode', 'NONE'], [{ rrname: 'a.b.example.com', none: 3 }]],
  [['unanswered', '--rcode', 'SERVFAIL'], []],
]

void t.test('counts over all names', async t => {
  const dir = folder(t, names)
  for (const [argv, rows] of counts) {
    const io = await ask(dir, 'pdns', ...argv)
    t.equal(io.code, 0, io.err())
    t.match(rowsOf(io), rows, argv.join(' '))
    t.equal(rowsOf(io).length, rows.length, argv.join(' '))
  }
})

void t.test('new names, a row a day', async t => {
  const today = systemClock.now()
  const seen = (rrname: string, daysAgo: number) =>
    nameSeen(rrname, { questions: timesSeen(1, today - daysAgo * day) })
  const dir = folder(t, [seen('a.com', 0), seen('b.com', 2), seen('c.com', 2), seen('d.com', 9)])
  const io = await ask(dir, 'pdns', 'new', '--days', '3')
  t.same(rowsOf(io).map(({ names }) => names), [2, 0, 1]) // prettier-ignore
  t.match(rowsOf(io).at(-1)?.['day'], new Date(today).toISOString().slice(0, 10))
  t.match((await show(dir, 80, 'pdns', 'new', '--days', '3')).slice(1, 4), [/2 +█{24,}/, /0$/, /1 +█{12,}/])
})

void t.test('who asked for a name, for a name below, and for what led to an address', async t => {
  const dir = folder(t, names)
  const who = async (query: string) =>
    rowsOf(await ask(dir, 'who', query)).map(({ client, count, names }) => [client, count, names])
  t.same(await who('www.example.com'), [['10.0.0.1', 1, 1], ['10.0.0.2', 1, 1]]) // prettier-ignore
  t.same(await who('*.example.com'), [['10.0.0.1', 2, 2], ['10.0.0.2', 1, 1], ['10.0.0.9', 1, 1]]) // prettier-ignore
  t.same(await who('203.0.113.7'), [['10.0.0.1', 1, 1], ['10.0.0.2', 1, 1]], 'over its CNAME') // prettier-ignore
  t.same((await who('203.0.113.0/24')).map(([client]) => client), ['10.0.0.1', '10.0.0.2', '10.0.0.9']) // prettier-ignore
  t.same(await who('edge.cdn.net'), [])
  t.match((await ask(dir, 'who', 'edge.cdn.net')).err(), /No client is known/)
  t.match((await ask(dir, 'who', 'nobody.org')).err(), /Nothing is known/)
  t.match(rowsOf(await ask(dir, 'who', '203.0.113.7', '--limit', '1'))[0], { first_seen: /^2026-/, last_seen: /^2026-/ }) // prettier-ignore
})

void t.test('who says when clients are not kept', async t => {
  const dir = folder(
    t,
    [nameSeen('a.com', { questions: timesSeen(1) })],
    `${enabled}clients: {record: none}\n`,
  )
  t.match((await ask(dir, 'who', 'a.com')).err(), /clients\.record is none: who asked is not kept/)
})

void t.test('where passive DNS is off and empty, the error says how to switch it on', async t => {
  const dir = folder(t, [], 'pdns: {enabled: false}\n')
  for (const argv of [
    ['pdns', 'a.com'],
    ['pdns', 'top'],
    ['who', 'a.com'],
  ]) {
    const io = await ask(dir, ...argv)
    t.equal(io.code, 1)
    t.match(io.err(), /passive DNS is off.*settings .* --set pdns\.enabled=true/)
  }
  const io = testIo()
  t.equal(await runCommandLine(['settings', dir, '--set', 'pdns.enabled=true'], io), 0, io.err())
  t.match((await ask(dir, 'pdns', 'a.com')).err(), /Nothing is stored yet/)
})

const wrong: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
  [['pdns'], /What is asked\?/],
  [['pdns', '*'], /every name.*\n.*Ask for a name, '\*\.name'/],
  [['pdns', '/[/'], /RE2 cannot read/],
  [['pdns', 'a.com', '--limit', '0'], /--limit takes a whole number from 1 to 1000000/],
  [['pdns', 'a.com', '--ttl', 'x'], /--ttl takes a whole number/],
  [['pdns', 'a.com', '--until', 'later'], /--until takes a time like/],
  [['pdns', 'a.com', '--type', 'no type'], /--type takes a record type/],
  [['pdns', 'a.com', '--type', 'A', '--type', 'B'], /--type is given twice/],
  [['pdns', 'top', '--ttl', '4'], /Unknown argument: ttl/],
  [['pdns', 'top', '--addresses', '--by', 'clients'], /goes without --by clients/],
  [['pdns', 'subdomains', '192.0.2.1'], /takes a domain name/],
]

void t.test('wrong usage gives exit code 2 and says what is wrong', async t => {
  const dir = folder(t, names)
  for (const [argv, message] of wrong) {
    const io = await ask(dir, ...argv)
    t.equal(io.code, 2, argv.join(' '))
    t.match(io.err(), message)
    t.equal(io.out(), '')
  }
})

const hostile = [
  nameSeen('a\\x1b[31m.example.com', { tuples: [tupleSeen('TXT', '"\x1b]0;x\x07\n\r\x9b\u202e\u2028"')] }),
  nameSeen('\u200f.example.com', { tuples: [tupleSeen('TXT', `"${'é'.repeat(65_536)}"`)] }),
  nameSeen(`${'x'.repeat(63)}.${'y'.repeat(63)}.${'z'.repeat(63)}.example.com`, {
    tuples: [tupleSeen('CNAME', `${'w'.repeat(63)}.${'v'.repeat(63)}.example.com`)],
  }),
]

void t.test('hostile names and data break no row, no line and no terminal', async t => {
  const dir = folder(t, hostile)
  const printable = /^[ \p{L}\p{M}\p{N}\p{P}\p{S}]*$/u
  const io = await ask(dir, 'pdns', '*.example.com')
  const lines = io.out().trimEnd().split('\n')
  t.equal(lines.length, 3)
  for (const line of lines) t.match(line, printable)
  const data = (rows: readonly { readonly rdata?: unknown }[]) =>
    rows.map(({ rdata }) => String(rdata)).sort()
  t.same(data(rowsOf(io)), data(hostile.flatMap(({ tuples }) => tuples)))
  for (const columns of [20, 80, 200])
    for (const line of await show(dir, columns, 'pdns', '*.example.com')) {
      t.match(line, printable)
      t.ok(widthOf(line) <= columns, `${line.length} of ${columns}`)
    }
})

void t.test('a table of 80 columns', async t => {
  const dir = folder(t, names)
  const lines = await show(dir, 80, 'pdns', 'edge.cdn.net', '--type', 'A')
  t.match(lines[0], /^NAME +TYPE +COUNT +FIRST +LAST$/)
  t.match(lines[2], /^edge\.cdn\.net +A +3 +2026-11-20 12:00 +2026-11-21 12:00$/)
  t.match(lines[3], /^ {2}ttl 5-60, 203\.0\.113\.7$/)
  t.match((await show(dir, 80, 'pdns', 'edge.cdn.net', '--json'))[0], /^\{"rrname"/)
})
