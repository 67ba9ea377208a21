/** Full records: how long they are kept, who shares a look-up, and what happens when a registry does not answer. */
import t, { type Test } from 'tap'
import {
  whoisAbsentKeptMs,
  whoisFailedKeptMs,
  whoisRecordKeptMs,
  whoisRecordsAheadMax,
  whoisRecordWaitMs,
} from '../limits.js'
import { createReducer } from '../names/psl.js'
import type { RecordAnswer, WhoisRecord } from '../registration/whois-record.js'
import { openStore } from '../store/store.js'
import type { Report } from '../telemetry/report.js'
import { handClock } from '../testing/hand-clock.js'
import { openWhoisRecords, type WhoisRecordsOptions } from './whois-records.js'

const start = Date.parse('2026-11-21T12:00:00Z')

const record = (domain_name: string): WhoisRecord => ({
  ...{ domain_name, registrar: 'Names Ltd', whois_server: null, referral_url: null },
  ...{ updated_date: null, creation_date: 1, expiration_date: null, name_servers: ['ns.a.com'], status: [] },
  ...{ emails: [], dnssec: null, name: null, org: null, address: null, city: null, state: null },
  ...{ zipcode: null, country: null, source: 'RDAP' },
})

interface Asked {
  readonly name: string
  readonly signal: AbortSignal
  readonly answer: (answer: RecordAnswer) => void
  readonly fail: (error: Error) => void
}

/** Look-ups that the test answers. */
const open = (t: Test, more: Partial<WhoisRecordsOptions> = {}) => {
  const store = openStore(':memory:')
  const clock = handClock(start)
  const asked: Asked[] = []
  const reports: Report[] = []
  const records = openWhoisRecords({
    lookup: (name, signal) => new Promise((answer, fail) => void asked.push({ name, signal, answer, fail })),
    reduce: createReducer(['corp.example.com']).reduce,
    ...{ answers: store.commandAnswers(), clock, telemetry: report => void reports.push(report) },
    ...more,
  })
  t.teardown(() => store.close())
  /** Asks, and answers the look-up if there is one. */
  const ask = async (name: string, answer: RecordAnswer) => {
    const outcome = records.ask(name)
    asked.shift()?.answer(answer)
    return outcome
  }
  return { ...records, ask, asking: records.ask, asked, clock, store, reports }
}

const found = (domain: string): RecordAnswer => ({ kind: 'record', record: record(domain) })

void t.test('a record is kept for a day, and looked up again afterwards', async t => {
  const { asking, ask, asked, clock } = open(t)
  t.strictSame(await ask('WWW.a.com.', found('a.com')), {
    ...{ kind: 'record', record: record('a.com'), time: start, cached: false },
  })
  clock.pass(whoisRecordKeptMs - 1)
  t.match(await asking('a.com'), { kind: 'record', time: start, cached: true, record: record('a.com') })
  t.equal(asked.length, 0)
  clock.pass(1)
  t.match(await ask('a.com', found('a.com')), { cached: false, time: start + whoisRecordKeptMs })
})

void t.test('that there is none is kept more shortly', async t => {
  const table: [answer: RecordAnswer, keptMs: number][] = [
    [{ kind: 'absent' }, whoisAbsentKeptMs],
    [{ kind: 'unsupported', reason: 'no-rdap-service' }, whoisFailedKeptMs],
    [{ kind: 'failed', reason: 'timeout' }, whoisFailedKeptMs],
  ]
  for (const [answer, keptMs] of table) {
    const { ask, asking, clock, asked } = open(t)
    t.match(await ask('a.com', answer), answer)
    clock.pass(keptMs - 1)
    t.match(await asking('a.com'), answer, 'kept')
    t.equal(asked.length, 0)
    clock.pass(1)
    t.match(await ask('a.com', found('a.com')), { kind: 'record' }, 'asked again')
  }
})

void t.test('questions about one domain at the same time share a look-up', async t => {
  const { asking, asked } = open(t)
  const all = ['a.com', 'www.a.com', 'A.COM', 'b.com'].map(name => asking(name))
  t.strictSame(
    asked.map(({ name }) => name),
    ['a.com', 'b.com'],
  )
  for (const { name, answer } of asked) answer(found(name))
  t.match(await Promise.all(all), [
    { kind: 'record' },
    { kind: 'record' },
    { kind: 'record' },
    { kind: 'record' },
  ])
})

void t.test('what is no domain, and what never leaves the site, is not looked up', async t => {
  const { asking, asked } = open(t)
  for (const name of [
    'localhost',
    'db.corp.example.com',
    '192.0.2.1',
    '',
    'com',
    '-h evil',
    'a\n.com',
    'x'.repeat(5_000),
  ])
    t.match(await asking(name), { kind: 'skipped' }, name.slice(0, 40))
  t.equal(asked.length, 0)
})

void t.test('a question stops waiting, and the answer is there for the next one', async t => {
  const { asking, asked, clock } = open(t)
  const late = asking('a.com')
  clock.pass(whoisRecordWaitMs)
  t.strictSame(await late, { kind: 'late' })
  t.equal(asked[0]?.signal.aborted, false)
  const next = asking('a.com')
  asked[0]?.answer(found('a.com'))
  t.match(await next, { kind: 'record' })
  t.match(await asking('a.com'), { cached: true })
  t.equal(asked.length, 1)
})

void t.test('so many look-ups are under way, and no more', async t => {
  const { asking, asked, reports } = open(t)
  const all = Array.from({ length: whoisRecordsAheadMax }, (_, i) => asking(`a${i}.com`))
  t.strictSame(await asking('b.com'), { kind: 'busy' })
  t.match(reports, [{ kind: 'limit-reached', limit: 'whoisRecordsAheadMax' }])
  const shared = asking('a0.com')
  for (const { name, answer } of asked) answer(found(name))
  t.match(await shared, { kind: 'record' })
  await Promise.all(all)
  const after = asking('b.com')
  asked.at(-1)?.answer(found('b.com'))
  t.match(await after, { kind: 'record' })
})

void t.test('the row of the domain does not change', async t => {
  const { ask, store } = open(t)
  await ask('a.com', found('a.com'))
  t.equal(store.domain('a.com'), undefined)
  t.equal(store.registrationOf('a.com'), undefined)
  t.equal(store.isContacted('a.com'), false)
})

void t.test('what another version kept in another form is not given', async t => {
  const { ask, store, asked, asking } = open(t)
  const key = {
    command: 'whois record',
    value: 'a.com',
    declared: '1',
    at: start,
    expires: start + 1,
    permanent: false,
  }
  for (const answer of [
    '{',
    '[]',
    '{"kind":"record","record":{"domain_name":"a.com"}}',
    '{"kind":"failed","reason":"x"}',
  ]) {
    store.commandAnswers().put({ ...key, answer })
    const outcome = asking('a.com')
    t.equal(asked.length, 1, answer)
    asked.shift()?.answer({ kind: 'absent' })
    await outcome
  }
  t.match(await ask('a.com', found('a.com')), { kind: 'absent' })
})

void t.test('an answer that cannot be kept is given all the same', async t => {
  const put = () => {
    throw new Error('the disk is full')
  }
  const { ask, reports } = open(t, { answers: { get: () => undefined, put } })
  t.match(await ask('a.com', found('a.com')), { kind: 'record' })
  t.match(reports, [{ kind: 'command-not-kept', command: 'whois record', error: /full/ }])
})

void t.test('the end rejects the questions that wait', async t => {
  const { asking, asked, close } = open(t)
  const waiting = asking('a.com')
  const closed = close()
  t.equal(asked[0]?.signal.aborted, true)
  asked[0]?.fail(new Error('aborted'))
  await t.rejects(waiting, { name: 'AbortError' })
  await closed
})

void t.test('a bug in a look-up rejects, and the next question begins anew', async t => {
  const { asking, asked } = open(t)
  const waiting = asking('a.com')
  asked[0]?.fail(new TypeError('bug'))
  await t.rejects(waiting, { message: 'bug' })
  const next = asking('a.com')
  asked[1]?.answer(found('a.com'))
  t.match(await next, { kind: 'record' })
})
