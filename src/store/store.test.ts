import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import type { Checkpoint } from '../model/checkpoint.js'
import { unknownDomain, type Domain, type Registration } from '../model/domain.js'
import type { Facts } from '../model/record.js'
import { checkpointsIn } from './checkpoints.js'
import { openDatabase } from './database.js'
import { windowsIn } from './name-windows.js'
import { applicationId, migrations } from './schema.js'
import { openStore, type Store } from './store.js'
import type { Asked, Known } from './transaction.js'

const now = Date.UTC(2026, 10, 21)

const open = (t: Test, dir: string, output = ''): Store => {
  const store = openStore(join(dir, 'domainstats.sqlite'), { output })
  t.teardown(() => store.close())
  return store
}
const knownOf = (store: Store, asked: Asked): Known =>
  store.commit(asked, known => ({ known, domains: [] }), now).known

const registrations: (Registration | undefined)[] = [
  undefined,
  { kind: 'registered', registered: now - 1.5, expires: now + 5, source: 'top1m', isc: undefined },
  {
    ...{ kind: 'registered', registered: now, expires: undefined, source: 'ISC' },
    isc: { seen: now - 9, firstContact: false, alerts: ['BAD', 'WORSE'] },
  },
  {
    kind: 'registered',
    registered: -62_135_596_800_000,
    expires: undefined,
    source: undefined,
    isc: undefined,
  },
  { kind: 'absent' },
  { kind: 'absent', isc: { seen: undefined, firstContact: false, alerts: ['BAD'] } },
  { kind: 'unsupported', reason: 'no-rdap-service' },
  {
    ...{ kind: 'unsupported', reason: 'no-registration-date' },
    isc: { seen: undefined, firstContact: false, alerts: ['BAD', 'WORSE'] },
  },
  { kind: 'unsupported', reason: 'no-registration-event' },
  { kind: 'failed', reason: 'answer-too-large', isc: undefined },
  { kind: 'failed', reason: 'isc-error', isc: { seen: undefined, firstContact: false, alerts: ['X'] } },
]

void t.test('a domain is read as it was stored, with every kind of registration', t => {
  const dir = t.testdir()
  const domains = registrations.map((registration, i): Domain => {
    const known = registration && {
      registration,
      checked: now,
      freshUntil: now + 0.25,
      failures: i,
      absences: 2 * i,
    }
    return {
      ...unknownDomain(`d${i}.com`),
      firstSeen: now + 0.001,
      lastSeen: now + 1,
      queries: 2 ** 40,
      known,
      // Also where the last answer held no date.
      lastDate: registration?.kind === 'registered' ? registration.registered : i * 1000,
    }
  })
  const more: Domain = {
    ...unknownDomain('x\0"\n.com'),
    ...{ windowFrom: 0, windowNames: 101, pendingAlerts: ['ISC-FIRST-CONTACT', 'RE-REGISTERED'] },
  }
  open(t, dir).commit({}, () => ({ domains: [...domains, more, unknownDomain('nothing.com')] }), now)
  const known = knownOf(open(t, dir), {
    domains: [...domains.map(({ domain }) => domain), more.domain, 'nothing.com', 'no.com'],
  })
  t.same([...known.domains.values()], [...domains, more, unknownDomain('nothing.com')])
  t.end()
})

const facts = (registrable: string): Facts => ({
  ...{ id: 'ab', ts: now + 0.123, query: `\u202e\0 "x\\.${registrable}`, domain: registrable, registrable },
  ...{
    seenByYou: now,
    source: 'log',
    alerts: ['MANY-NAMES'],
    scores: { freq_avg_prob: 1.5, freq_word_prob: 2.5 },
    origPort: 53,
  },
})
const hold = (registrable: string, due = now, first = false) =>
  ({ facts: facts(registrable), state: 'held', due, first }) as const

void t.test('a pending record is read as it was stored, by its registrable or when it is due', t => {
  const store = open(t, t.testdir())
  store.commit({}, () => ({ newPending: [hold('a.com', now + 2, true), hold('b.com', now + 1)] }), now)
  t.match(knownOf(store, { registrables: ['a.com'] }).pending, [
    { ...hold('a.com', now + 2, true), pendingId: 1 },
  ])
  t.same(
    knownOf(store, { dueBy: now + 2 }).pending.map(({ pendingId: held }) => held),
    [2, 1],
  )
  t.equal(store.pendingCount(), 2)
  store.commit({}, () => ({ followupsDue: [{ pendingId: 1, said: ['YOUNG:3d'] }], drop: [2] }), now)
  t.same([store.pendingCount(), store.nextDue()], [0, undefined])
  t.match(knownOf(store, { registrables: ['a.com', 'b.com'] }).pending, [
    { pendingId: 1, state: 'owed', said: ['YOUNG:3d'] },
  ])
  t.end()
})

void t.test(
  'pending records of one output are not seen by a process with another, until it adopts them',
  t => {
    const dir = t.testdir()
    const [run, scan] = [open(t, dir, '/var/log/domainstats.log'), open(t, dir, '-')]
    const request = (suspicion: number) => [
      { registrable: 'a.com', server: 's', suspicion, asked: now, notBefore: 0 },
    ]
    run.commit({}, () => ({ newPending: [hold('a.com')], lookupRequests: request(1) }), now)
    scan.commit({}, () => ({ newPending: [hold('a.com'), hold('b.com')], lookupRequests: request(2) }), now)
    t.same([run.pendingCount(), scan.pendingCount()], [1, 2])
    scan.commit({}, () => ({ answered: ['a.com'] }), now)
    t.same(
      [run, scan].map(({ queue }) => queue.ready('s', 9)),
      [['a.com'], []],
    )
    t.equal(knownOf(run, { registrables: ['a.com', 'b.com'], dueBy: now }).pending.length, 2)
    scan.commit({}, () => ({ lookupRequests: request(3) }), now)
    run.adopt()
    t.same(
      [run.pendingCount(), scan.pendingCount(), run.queue.ready('s', 9), scan.queue.count()],
      [3, 0, ['a.com'], 0],
    )
    t.end()
  },
)

void t.test('after a scan has ended its follow-ups are dropped, and no run adopts them', t => {
  const dir = t.testdir()
  const [run, scan] = [open(t, dir, '/var/log/domainstats.log'), open(t, dir, '-')]
  const request = (registrable: string) => ({
    registrable,
    server: 's',
    suspicion: 1,
    asked: now,
    notBefore: 0,
  })
  scan.commit({}, () => ({ newPending: [hold('a.com', now, true)], lookupRequests: [request('a.com')] }), now)
  scan.commit({}, () => ({ followupsDue: [{ pendingId: 1, said: undefined }] }), now)
  scan.dropFollowups()
  run.adopt()
  t.same([knownOf(run, { registrables: ['a.com'] }).pending, run.queue.count()], [[], 0])
  t.end()
})

const checkpoint = (file: number, offset = 10): Checkpoint => ({
  ...{
    file,
    offset,
    head: Buffer.from('head'),
    tail: Buffer.from([0, 255]),
    inode: '1:2',
    path: '/p',
    input: '/i',
  },
  ...{ statSignature: '', changed: 5, size: 77, finished: 1, header: '#fields\tts\n' },
})

void t.test('checkpoints are read in the order in which they moved, without unused file ids', t => {
  const dir = t.testdir()
  const store = open(t, dir)
  const [one, two, three] = [store.newFile(), store.newFile(), store.newFile()]
  store.commit({}, () => ({ checkpoints: [checkpoint(two)] }), now)
  store.commit({}, () => ({ checkpoints: [checkpoint(one, 1)] }), now + 1)
  store.commit({}, () => ({ checkpoints: [checkpoint(one, 2)] }), now + 2)
  t.same(store.checkpoints(), [checkpoint(two), checkpoint(one, 2)])
  t.notOk(store.checkpoints().some(({ file }) => file === three))
  t.end()
})

void t.test('of the checkpoints of an older schema only the last of each path can be missed', t => {
  const dir = t.testdir()
  const old = new Database(join(dir, 'domainstats.sqlite'))
  for (const migration of migrations.slice(0, 2))
    if (typeof migration === 'string') old.exec(migration)
    else migration(old)
  old.pragma(`application_id = ${applicationId}`)
  old.pragma('user_version = 2')
  const put = old.prepare(
    `INSERT INTO positions VALUES (?, '/i', ?, '1:2', ?, 9, x'61', x'62', '#fields	ts', 5, ?)`,
  )
  put.run(1, '/dns.log', '', now)
  put.run(2, '/dns.log', '', now + 2)
  put.run(3, '/dns.log', '', now + 1)
  put.run(4, '/dns.log.1', '9:9', now + 3)
  old.close()
  const places = open(t, dir).checkpoints()
  t.same(
    places.map(({ file, size, finished }) => [file, size, finished]),
    [
      [1, 0, 1],
      [3, 0, 1],
      [2, 0, 0],
      [4, 0, 1],
    ],
  )
  t.match(places[0], { offset: 9, inode: '1:2', header: '#fields\tts', changed: 5 })
  t.end()
})

void t.test('the file id of a deleted checkpoint is never used again', t => {
  const { db, close } = openDatabase(join(t.testdir(), 'a.sqlite'))
  t.teardown(close)
  const checkpoints = checkpointsIn(db)
  for (let i = 1; i <= 5; i += 1) checkpoints.put(checkpoint(checkpoints.reserve()), now + i)
  checkpoints.prune(2)
  t.same(
    checkpoints.all().map(({ file }) => file),
    [4, 5],
  )
  checkpoints.prune(0)
  t.equal(checkpoints.reserve(), 6)
  t.end()
})

void t.test('the names of each domain that were written last are kept, with their times', t => {
  const store = open(t, t.testdir())
  const say = (...names: readonly (readonly [name: string, ts: number])[]) =>
    store.commit(
      { domains: ['a.com'] },
      ({ domains }) => ({
        domains: [{ ...(domains.get('a.com') ?? unknownDomain('a.com')), firstSeen: now }],
        windows: new Map([['a.com', names.map(([name, ts]) => ({ name, ts }))]]),
        namesKept: 3,
      }),
      now,
    )
  const times = (...names: readonly string[]) => {
    const { lastOf } = knownOf(store, { domains: ['a.com', 'b.com'] })
    return [...names.map(name => lastOf('a.com', name)), lastOf('b.com', 'a')]
  }
  t.same(times('a'), [undefined, undefined])
  say(['a', now], ['b', now + 1])
  say(['c', now - 1], ['a', now + 2], ['d', Date.UTC(2100, 0)])
  t.same(times('a', 'b', 'c', 'd'), [now + 2, undefined, now - 1, Date.UTC(2100, 0), undefined])
  // Without new ones they stay.
  store.commit({ domains: ['a.com'] }, () => ({ domains: [{ ...unknownDomain('a.com'), queries: 5 }] }), now)
  t.same(times('a', 'c'), [now + 2, now - 1, undefined])
  t.end()
})

void t.test('each store hashes names with its own salt', t => {
  const names = Array.from({ length: 20_000 }, (_, i) => `h${i}`)
  const texts = ['00000000', '0000000000000001', 'ffffffffffffffff'].map(salt => {
    const windows = windowsIn(salt)
    const written = windows.after(
      '',
      names.slice(0, 200).map((name, i) => ({ name, ts: now + i })),
      Infinity,
    )
    t.same(
      names.map(name => windows.get(written, name)),
      names.map((_, i) => (i < 200 ? now + i : undefined)),
    )
    return written
  })
  t.equal(new Set(texts).size, 3)
  t.end()
})

void t.test('a decision that throws changes nothing', t => {
  const store = open(t, t.testdir())
  const fails = function* (): Generator<Domain> {
    yield { ...unknownDomain('a.com'), firstSeen: now }
    throw new Error('in the middle')
  }
  t.throws(
    () => store.commit({}, () => ({ domains: fails(), newPending: [hold('a.com')] }), now),
    /in the middle/,
  )
  t.throws(() => store.commit({}, () => { throw new Error('at once') }, now), /at once/) // prettier-ignore
  t.same([knownOf(store, { domains: ['a.com'] }).domains.size, store.pendingCount()], [0, 0])
  store.commit({}, () => ({ domains: [unknownDomain('a.com')] }), now)
  t.equal(knownOf(store, { domains: ['a.com'] }).domains.size, 1)
  t.end()
})

void t.test('while one process decides, another cannot begin a transaction', t => {
  const dir = t.testdir()
  const store = open(t, dir)
  const path = join(dir, 'domainstats.sqlite')
  const other = new Database(path, { timeout: 0 })
  t.teardown(() => other.close())
  store.commit({}, () => (t.throws(() => other.exec('BEGIN IMMEDIATE'), { code: 'SQLITE_BUSY' }), {}), now)
  other.exec('BEGIN IMMEDIATE; COMMIT')
  t.end()
})

void t.test('the database and the files beside it are not readable for other users', t => {
  const dir = t.testdir()
  open(t, dir).commit({}, () => ({ domains: [unknownDomain('a.com')] }), now)
  const mode = (name: string) => statSync(join(dir, name)).mode & 0o777
  for (const name of ['', '-wal', '-shm']) {
    t.ok(existsSync(join(dir, `domainstats.sqlite${name}`)))
    t.equal(mode(`domainstats.sqlite${name}`) & ~0o640, 0, `domainstats.sqlite${name}`)
  }
  t.end()
})
