/** `domainstats digest`: what it reads of logs, what it counts, and what it prints. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { digestColumns, digestKeysMax } from '../../limits.js'
import type { DomainRecord, Facts, Verdict } from '../../model/record.js'
import { jsonFormat } from '../../output/json.js'
import { widthOf } from '../../output/table.js'
import { zeekFormat } from '../../output/zeek.js'
import { openStore } from '../../store/store.js'
import { ended } from '../../testing/ended.js'
import { startHere } from '../../testing/in-process.js'
import { type LoggedRecord, recordsSince } from './records.js'
import { KeyQuota, Sums, Ranking } from './sums.js'
import { digestText, isNotable } from './text.js'

const now = Date.now()
const hour = 3_600_000

/** A first contact an hour ago with an old domain. */
const record = (
  query: string,
  facts: Partial<Facts> = {},
  verdict: Partial<Verdict> = {},
  more: Partial<DomainRecord> = {},
): DomainRecord => {
  const ts = facts.ts ?? now - hour
  return {
    facts: {
      ...{ id: 'ab'.repeat(16), ts, query, domain: query, registrable: query, seenByYou: ts, scores: {} },
      ...{ alerts: [], source: 'log', origHost: '10.0.0.1', ...facts },
    },
    verdict: {
      ...{
        category: 'ESTABLISHED',
        alerts: [],
        reason: undefined,
        registered: undefined,
        expires: undefined,
      },
      ...{ seenByIsc: undefined, ageDays: 4000, hostedOn: undefined, tags: [] },
      ...{ risk: 0, riskReasons: [], ...verdict },
    },
    followupOf: undefined,
    alertsWithdrawn: [],
    ...more,
  }
}

const lines = (...records: readonly DomainRecord[]): string => records.map(jsonFormat.line).join('')

const read = async (path: string, since: number) => {
  const read = { files: [] as string[], failed: [] as string[], unclear: 0 }
  const records: LoggedRecord[] = []
  for await (const record of recordsSince(path, since, read)) records.push(record)
  return { ...read, queries: records.map(({ query }) => query), records }
}

void t.test('rotated logs are read, the oldest first, and those from before the time are not', async t => {
  const dir = t.testdir({
    'domainstats.log': lines(record('e.com')),
    'domainstats.log-20261127-000003': lines(record('d.com')),
    'domainstats.log-20261126-000003.gz': gzipSync(
      lines(record('c.com'), record('old.com', { ts: now - 30 * hour })),
    ),
    'domainstats.log-20261125-000003.gz': gzipSync(lines(record('never.com'))),
    // While it is packed, a log is there twice.
    'domainstats.log-20261127-000003.gz': gzipSync(lines(record('d.com'))),
    'domainstats.log-20261127-000003.packing': 'half',
    'domainstats.yaml': 'mode: off',
    'domainstats.sqlite': lines(record('no-log.com')),
  })
  const before = new Date(now - 30 * hour)
  utimesSync(join(dir, 'domainstats.log-20261125-000003.gz'), before, before)
  const found = await read(join(dir, 'domainstats.log'), now - 24 * hour)
  t.same(found.queries, ['c.com', 'd.com', 'e.com'])
  t.same([found.files.length, found.failed, found.unclear], [3, [], 0])
})

void t.test('a follow-up counts by when it was written, all others by the time of the question', async t => {
  const old = { ts: now - 30 * hour }
  const followup = { followupOf: 'cd'.repeat(16) }
  const dir = t.testdir({
    'domainstats.log': lines(
      record('before.com', old, {}, followup),
      record('first.com'),
      record('late-answer.com', old, {}, followup),
      record('archive.com', old),
    ),
  })
  const { queries } = await read(join(dir, 'domainstats.log'), now - 24 * hour)
  t.same(queries, ['first.com', 'late-answer.com'])
})

void t.test('a log in Zeek TSV says the same as one in JSON', async t => {
  const records = [
    record(
      'a.com',
      { ts: now - hour + 0.123 },
      { alerts: ['YOUNG:3d', 'YOUR-FIRST-CONTACT'], category: 'NEW', ageDays: 3 },
    ),
    record(
      'api.ipify.org',
      { service: 'ip-check', seenByYou: now - 9 * hour, origHost: undefined },
      { ageDays: undefined },
    ),
    record(
      'c.com',
      {},
      { category: 'ERROR', reason: 'timeout' },
      { followupOf: 'f', alertsWithdrawn: ['YOUNG:1d'] },
    ),
  ]
  const zeek = [zeekFormat.header(now), ...records.map(zeekFormat.line), zeekFormat.footer(now)].join('')
  const dir = t.testdir({ 'j.log': lines(...records), 'z.log': zeek })
  const [json, tsv] = [await read(join(dir, 'j.log'), 0), await read(join(dir, 'z.log'), 0)]
  t.same(tsv.records, json.records)
  t.same([json.unclear, tsv.unclear], [0, 0])
  t.match(json.records, [
    { isFirstContact: true, alerts: ['YOUNG:3d', 'YOUR-FIRST-CONTACT'], ageDays: 3, client: '10.0.0.1' },
    { isFirstContact: false, service: 'ip-check', client: undefined, ageDays: undefined },
    { isFirstContact: false, isFollowup: true, alertsWithdrawn: ['YOUNG:1d'], reason: 'timeout' },
  ])
})

void t.test('lines that are no records are counted, and a damaged archive is named', async t => {
  const packed = gzipSync(lines(...Array.from({ length: 99 }, (_, i) => record(`x${i}.com`))))
  const dir = t.testdir({
    'l.log': `${lines(record('a.com'))}half a li\n{"ts":1}\n[]\n{"x":"${'y'.repeat(300_000)}"}\n\n${lines(record('b.com'))}`,
    'l.log.1.gz': packed.subarray(0, packed.length - 20),
  })
  const found = await read(join(dir, 'l.log'), 0)
  t.same(found.queries.slice(-2), ['a.com', 'b.com'])
  t.equal(found.unclear, 4)
  t.match(found.failed, [/^l\.log\.1\.gz: the gzip file is damaged/])
  t.match(await read(join(dir, 'none.log'), 0), { files: [], records: [] })
})

const logged = (domain: string, more: Partial<LoggedRecord> = {}): LoggedRecord => ({
  ...{ ts: now, query: domain, domain, isFirstContact: false, alerts: [], category: 'ESTABLISHED' },
  ...{ reason: undefined, ageDays: 9, client: '10.0.0.1', isFollowup: false, alertsWithdrawn: [] },
  ...{ service: undefined, ...more },
})

void t.test(
  'an alert that a follow-up withdraws does not count for its domain, and no other is hidden by it',
  t => {
    const sums = new Sums()
    sums.add(logged('a.com', { alerts: ['YOUNG:3d'] }))
    sums.add(logged('a.com', { alertsWithdrawn: ['YOUNG:3d'], isFollowup: true }))
    t.same([sums.alerts(), isNotable(sums)], [[], false])
    sums.add(logged('b.com', { alerts: ['YOUNG:5d', 'YOUR-FIRST-CONTACT'] }))
    sums.add(logged('c.com', { alertsWithdrawn: ['YOUNG:1d'], isFollowup: true }))
    t.same(sums.alerts().map(([name, { what }]) => [name, what.sum]), [['YOUR-FIRST-CONTACT', 1], ['YOUNG', 1]]) // prettier-ignore
    t.equal(isNotable(sums), true)
    t.end()
  },
)

void t.test('services count by their names in the list, new domains once', t => {
  const sums = new Sums()
  for (const query of ['2.0.0.127.zen.spamhaus.org', '3.0.0.127.zen.spamhaus.org', 'bl.spamcop.net'])
    sums.add(logged('spamhaus.org', { query, service: 'dnsbl' }))
  for (const ageDays of [7, 7]) sums.add(logged('n.com', { category: 'NEW', ageDays }))
  sums.add(logged('m.com', { category: 'NEW', ageDays: 2 }))
  const [[kind, { what }] = ['none', { what: new Ranking(new KeyQuota()) }]] = sums.services()
  t.same([kind, what.top(9)], ['dnsbl', [['zen.spamhaus.org', 2], ['bl.spamcop.net', 1]]]) // prettier-ignore
  t.same(sums.young().map(({ domain }) => domain), ['m.com', 'n.com']) // prettier-ignore
  t.end()
})

void t.test('keys beyond the quota are counted, and not kept', t => {
  const ranking = new Ranking(new KeyQuota())
  for (let i = 0; i < digestKeysMax + 10; i += 1) ranking.add(`${i}`)
  ranking.add('0')
  t.same([ranking.size, ranking.sum], [digestKeysMax, digestKeysMax + 11])
  t.same(ranking.top(1), [['0', 2]])
  t.end()
})

void t.test('names of attackers cannot forge a line, move the cursor or widen the mail', t => {
  const sums = new Sums()
  const nasty = [
    '\u202etxt.com',
    'a\nTo look at: nothing',
    '\x1b[2J.com',
    `${'x'.repeat(200)}.com`,
    '漢字'.repeat(40),
  ]
  for (const name of nasty)
    sums.add(logged(name, { alerts: [name], client: name, category: 'NEW', service: 'paste' }))
  const read = { files: ['a\nb.log'], failed: ['\x1b: broken'], unclear: 1 }
  const asked = new Ranking(new KeyQuota())
  asked.add('evil\nhost')
  const run = [{ state: 'wrong', area: 'run', found: 'a\u202eb', remedy: '' }] as const
  const text = digestText({ from: now - hour, to: now, sums, read, asked, run, top: 10 })
  t.notMatch(text.replaceAll('\n', ''), /[^ \p{L}\p{M}\p{N}\p{P}\p{S}]/u)
  t.notMatch(text, /^(To look at: nothing|host|b\.log)/m)
  for (const line of text.split('\n')) t.ok(widthOf(line) <= digestColumns, line)
  t.end()
})

/** A data folder with a log. */
const folderOf = (t: Test, log: string, settings = 'mode: off\n'): string => {
  const data = t.testdir({})
  mkdirSync(data, { recursive: true })
  openStore(join(data, 'domainstats.sqlite')).close()
  writeFileSync(join(data, 'domainstats.yaml'), settings)
  writeFileSync(join(data, 'domainstats.log'), log)
  return data
}

const digest = (t: Test, data: string, ...args: readonly string[]) =>
  ended(startHere(t, 'digest', '--data', data, ...args))

void t.test('the exit code is 3 for an alert other than a first contact, and 0 without one', async t => {
  const plain = record('a.com', {}, { alerts: ['YOUR-FIRST-CONTACT'] })
  const calm = await digest(t, folderOf(t, lines(plain)))
  t.equal(calm.code, 0)
  t.match(
    calm.said,
    /\nNothing wants a look\.\n\nALERTS\n {2}YOUR-FIRST-CONTACT: 1 record, 1 domain, 1 client\n {4}a\.com\n/,
  )
  t.match(calm.said, /\nNEW\n {2}1 first contact in 1 record\n/)
  t.match(calm.said, /\nRUN\n {2}wrong: none is live on this folder\n$/)

  const young = record(
    'b.com',
    { origHost: '10.0.0.2' },
    { alerts: ['YOUNG:3d'], category: 'NEW', ageDays: 3 },
  )
  const found = await digest(
    t,
    folderOf(t, lines(plain, young, record('api.ipify.org', { service: 'ip-check' }))),
  )
  t.equal(found.code, 3)
  t.match(found.said, /\nTo look at: YOUNG 1\n/)
  t.match(found.said, / {4}3 d {5}b\.com {2}10\.0\.0\.2\n/)
  t.match(
    found.said,
    /\nSERVICES\n {2}ip-check: 1 record, 1 service, 1 client\n {4}ipify\.org\n {4}by 10\.0\.0\.1\n/,
  )
})

void t.test('nothing is shown of what came before, and `top` bounds what is named', async t => {
  const alerted = (name: string, ts = now - hour) => record(name, { ts }, { alerts: ['MANY-NAMES'] })
  const log = lines(
    alerted('old.com', now - 3 * hour),
    ...['a.com', 'b.com', 'c.com'].map(name => alerted(name)),
  )
  const { code, said } = await digest(t, folderOf(t, log), '--since', '2h', '--top', '2')
  t.equal(code, 3)
  t.match(
    said,
    / {2}MANY-NAMES: 3 records, 3 domains, 1 client\n {4}a\.com, b\.com, 1 more\n {4}by 10\.0\.0\.1 \(3\)\n/,
  )
})

void t.test('what cannot be done is said', async t => {
  const data = folderOf(t, '')
  t.match(await digest(t, data, '--since', 'noon'), { code: 2, said: /--since takes a time like 24h/ })
  t.match(await digest(t, data, '--top', '0'), { code: 2, said: /--top takes a whole number from 1/ })
  t.match(await digest(t, t.testdir({})), { code: 2, said: /holds no domainstats\.sqlite/ })
  t.match(await digest(t, folderOf(t, '', 'mode: off\noutput: "-"\n')), { code: 1, said: /no log to read/ })
  const damaged = folderOf(t, lines(record('a.com')))
  writeFileSync(join(damaged, 'domainstats.log.1.gz'), gzipSync('x'.repeat(999)).subarray(0, 20))
  t.match(await digest(t, damaged), { code: 1, said: /not read to its end: domainstats\.log\.1\.gz: the gzip[^]*not all records were read: see LOG/ }) // prettier-ignore
})
