/** DGA-BURST, from questions to the record: of Zeek, of Suricata, and of records that got no response. */
import t from 'tap'
import { builtInDgaScorer } from '../dga/load.js'
import type { Policy } from '../detect/policy.js'
import { burstNamesMin, burstNamesShown } from '../limits.js'
import { ingest } from '../ingest/ingest.js'
import type { Event } from '../model/event.js'
import type { DomainRecord } from '../model/record.js'
import { chanceFrom } from '../testing/chaos/chance.js'
import { hour, now, question, see, storeIn } from '../testing/pipeline-kit.js'
import type { Question } from './question.js'
import { asks, says, setUp } from './testing/responses.js'

const { score } = builtInDgaScorer()
const scores = (domain: string, registrable: string) => {
  const found = score(domain, registrable)
  return found === undefined ? {} : { dga_score: found }
}
const on: Partial<Policy> = { scores, lookups: false, dgaAlert: 60 }

const letters = 'abcdefghijklmnopqrstuvwxyz'
/** Names as a generator makes them. */
const generated = (count: number, seed = 1, suffix = 'com'): string[] => {
  const chance = chanceFrom(seed)
  const made = () => Array.from({ length: 16 }, () => letters[chance.between(0, 25)]).join('')
  return Array.from({ length: count }, () => `${made()}.${suffix}`)
}

const nxdomain = (name: string, more: Partial<Event> = {}, ts = now): Question => {
  const asked = question(name, ts)
  const event = { ...asked.event, rcodeName: 'NXDOMAIN', ...more }
  return { ...asked, event, response: event }
}

const burstsIn = (records: readonly DomainRecord[]) =>
  records.filter(({ facts }) => facts.burst !== undefined)
const saidOf = (records: readonly DomainRecord[]) =>
  burstsIn(records).map(({ verdict }) => verdict.alerts.join())

void t.test('ten generated names of one client that do not exist are one record of its own', t => {
  const store = storeIn(t)
  const names = generated(30)
  const questions = names.map(name => nxdomain(`www.${name}`))
  const { records } = see(store, questions, on)
  const [burst, ...more] = burstsIn(records)
  t.same(more, [], 'once')
  t.match(burst, {
    facts: {
      ...{ query: `www.${names[9]}`, origHost: '10.0.0.1', alerts: ['DGA-BURST'] },
      burst: { kind: 'letters', names: names.slice(0, burstNamesShown), score: 100 },
    },
    verdict: { alerts: ['DGA-BURST'], category: 'UNKNOWN', reason: 'look-ups-off' },
    ...{ followupOf: undefined, alertsWithdrawn: [] },
  })
  t.equal(records.length, 31)
  t.equal(new Set(records.map(({ facts }) => facts.id)).size, 31, 'with an id of its own')
  t.match(burst?.facts.id, /^[\da-f]{32}$/)
  t.equal(burst?.facts.id, burstsIn(see(storeIn(t, t.testdir({})), questions, on).records)[0]?.facts.id)
  t.end()
})

void t.test(
  'the ring is in the store: batches and restarts change nothing, and the alert comes once an hour',
  t => {
    const dir = t.testdir()
    const names = generated(60)
    const said = names.map((name, n) => {
      // A store of its own for each: a restart.
      const store = storeIn(t, dir)
      return saidOf(see(store, [nxdomain(name, {}, now + n * 1000)], on).records).join()
    })
    t.same(
      said,
      names.map((_, n) => (n === burstNamesMin - 1 ? 'DGA-BURST' : '')),
    )
    const later = generated(burstNamesMin, 7).map((name, n) => nxdomain(name, {}, now + hour + 10_000 + n))
    t.same(saidOf(see(storeIn(t, dir), later, on, now + hour).records), ['DGA-BURST'])
    t.end()
  },
)

void t.test(
  'what counts: no answer, and each code but NOERROR; not what resolves, is known, assigned or a service',
  t => {
    const raised = (of: (name: string) => Question, use: Partial<Policy> = {}) =>
      saidOf(see(storeIn(t, t.testdir({})), generated(20).map(of), { ...on, ...use }).records).join()
    const withEvent = (more: Partial<Event>) => (name: string) => nxdomain(name, more)
    for (const rcodeName of ['NXDOMAIN', 'SERVFAIL', 'REFUSED', undefined])
      t.equal(raised(withEvent({ rcodeName })), 'DGA-BURST', rcodeName ?? 'no answer')
    t.equal(raised(withEvent({ rcodeName: 'NOERROR' })), '', 'it exists')
    t.equal(raised(withEvent({ rcodeName: undefined, transaction: 7 })), '', 'a log without responses')
    t.equal(
      raised(withEvent({ rcodeName: undefined, isHost: true })),
      '',
      'a TLS record is no question of DNS',
    )
    t.equal(
      raised(name => ({ ...nxdomain(name), source: 'http' })),
      '',
      'asked of us',
    )
    t.equal(raised(nxdomain, { scores: () => ({}) }), '', 'dga_score: false')
    t.equal(raised(nxdomain, { mayLeave: () => false }), '', 'ignored meanwhile')
    t.equal(raised(nxdomain, { emit: 'alerts' }), 'DGA-BURST')
    const below = (suffix: string) => (name: string) =>
      question(`${name}.${suffix}`, now, { domain: `${name.slice(0, 16)}.${suffix}`, registrable: suffix })
    const failed = (asked: Question): Question => {
      const event = { ...asked.event, rcodeName: 'NXDOMAIN' }
      return { ...asked, event, response: event }
    }
    t.equal(
      raised(name => failed(below('cloudfront.net')(name))),
      '',
      'assigned by a provider',
    )
    t.equal(
      raised(name => failed(below('duckdns.org')(name))),
      'DGA-BURST',
      'chosen below a private suffix',
    )
    t.equal(
      raised(name => ({ ...nxdomain(name), name: `${name}.zen.spamhaus.org` })),
      '',
      'a blocklist',
    )
    t.end()
  },
)

void t.test('only first contacts count', t => {
  const store = storeIn(t)
  const names = generated(20)
  see(
    store,
    names.map(name => question(name)),
    on,
  )
  t.same(
    saidOf(
      see(
        store,
        names.map(name => nxdomain(`www.${name}`, {}, now + 1)),
        on,
      ).records,
    ),
    [],
  )
  t.end()
})

void t.test('ordinary names that do not exist are no burst', t => {
  const names =
    'stonebridge greenfield riverside northgate oakwood mapleleaf bluewater silverline fairview highland'
  const questions = names.split(' ').flatMap((name, n) => [`${name}.com`, `${name.slice(4)}${n}.de`])
  t.same(
    saidOf(
      see(
        storeIn(t),
        questions.map(name => nxdomain(name)),
        on,
      ).records,
    ),
    [],
  )
  t.end()
})

void t.test('while learning the ring is kept and nothing is raised', t => {
  const store = storeIn(t)
  const names = generated(15)
  const learning = { ...on, learningUntil: now + 1 }
  t.same(
    saidOf(
      see(
        store,
        names.slice(0, 14).map(name => nxdomain(name)),
        learning,
      ).records,
    ),
    [],
  )
  t.same(
    saidOf(
      see(
        store,
        names.slice(14).map(name => nxdomain(name)),
        on,
        now + 1,
      ).records,
    ),
    ['DGA-BURST'],
  )
  t.end()
})

void t.test('two names of each of ten clients: by suffix and resolver; without clients, too', t => {
  const by = (clients: number, record: 'full' | 'prefix' | 'none') => {
    const questions = generated(20).map((name, n) => nxdomain(name, { origHost: `10.0.${n % clients}.1` }))
    const use = { ...on, clients: { record, keptMs: hour } }
    return saidOf(see(storeIn(t, t.testdir({})), questions, use).records)
  }
  t.same(by(10, 'full'), ['DGA-BURST:com'])
  t.same(by(1, 'full'), ['DGA-BURST'])
  t.same(by(1, 'prefix'), ['DGA-BURST'])
  t.same(by(10, 'none'), ['DGA-BURST:com'])
  t.same(by(1, 'none'), ['DGA-BURST:com'])
  const resolvers = generated(18).map((name, n) =>
    nxdomain(name, { origHost: `10.0.0.${n}`, respHost: `10.1.0.${n % 2}` }),
  )
  t.same(saidOf(see(storeIn(t, t.testdir({})), resolvers, on).records), [], 'nine by each of two resolvers')
  t.end()
})

void t.test('names that the site trusts do not count, if the setting says so', t => {
  const raised = (trustDrops: ReadonlySet<string>) => {
    const store = storeIn(t, t.testdir({}))
    const names = generated(20)
    for (const name of names) {
      const target = { kind: 'name', name } as const
      store.putTags([{ target, tag: 'trust', source: 'test', at: now, note: undefined }])
    }
    const questions = names.map(name => nxdomain(name))
    return saidOf(see(store, questions, { ...on, trustDrops }).records)
  }
  t.same(raised(new Set(['YOUNG'])), ['DGA-BURST'])
  t.same(raised(new Set(['DGA-BURST'])), [])
  t.end()
})

const burstLines = (records: readonly { readonly alerts: readonly string[] }[]) =>
  records.filter(({ alerts }) => alerts.some(alert => alert.startsWith('DGA-BURST')))

void t.test('Suricata: the response comes in the same batch, in a later one, or never', async t => {
  const use = { ...on, emit: 'distinct' as const, lookups: true }
  const names = generated(12)
  const expected = [
    { alerts: ['DGA-BURST'], category: 'UNKNOWN', reason: 'unanswered', query: names[9], burst_score: 100 },
  ]
  const pairs = names.map((name, n) => [asks(name, n + 10), says(name, n + 10, 'NXDOMAIN')] as const)
  {
    const { write, options, records, end } = setUp(t, use)
    write(pairs.flat().join(''))
    await ingest(options, true, end.signal)
    t.match(burstLines(records()), expected, 'in the same')
    t.equal(burstLines(records()).length, 1)
  }
  for (const isAnswered of [true, false]) {
    const { records, read, run, pass, end } = setUp(t, use)
    const done = run()
    await read(says('seen.com', 9))
    await read(...pairs.map(([asked]) => asked))
    if (isAnswered) await read(...pairs.map(([, said]) => said))
    t.equal(burstLines(records()).length, isAnswered ? 1 : 0)
    await pass(10_000)
    t.match(burstLines(records()), expected, isAnswered ? 'in a later one' : 'never')
    await read(...pairs.map(([, said]) => said))
    t.equal(burstLines(records()).length, 1, 'and a copy, or a late one, adds nothing')
    t.equal(new Set(records().map(({ record_id: id }) => id)).size, records().length)
    end.abort()
    await done
  }
})

void t.test('Suricata: what resolves is no burst, whenever its response comes', async t => {
  const { records, read, run, pass, end } = setUp(t, { ...on, emit: 'distinct', lookups: true })
  const names = generated(12)
  const done = run()
  await read(says('seen.com', 9))
  await read(...names.map((name, n) => asks(name, n + 10)))
  await read(...names.map((name, n) => says(name, n + 10, 'NOERROR', '192.0.2.1')))
  await pass(10_000)
  t.same(burstLines(records()), [])
  t.equal(records().filter(({ category }) => category === 'PENDING').length, names.length)
  end.abort()
  await done
})
