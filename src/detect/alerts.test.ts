/** Each alert: when it is raised, and when it is not. */
import t from 'tap'
import { unknownDomain, type Domain, type Registration, type RegistrationState } from '../model/domain.js'
import { alertName, type Burst, type Resemblance } from '../model/record.js'
import { droppableAlerts, type TagName } from '../model/tag.js'
import { day, hour, now, policy as plain } from '../testing/pipeline-kit.js'
import * as list from './alerts.js'
import * as pending from './pending-alerts.js'
import { verdict, type Thresholds } from './verdict.js'

const policy: Thresholds = { ...plain, newDays: 30 }
const facts: list.AlertFacts = {
  ...{ query: 'a.com', domain: 'a.com', registrable: 'a.com', scores: {}, alerts: [] },
}
const dated = (registered: number): Registration => ({ kind: 'registered', registered, expires: undefined })
const retry = { keptMsMax: 0, random: 1 }

/** A record of a domain that is so old. */
const record = (
  more: Partial<list.AlertFacts>,
  ageDays = 4000,
  tags: readonly TagName[] = [],
): readonly string[] => verdict({ ...facts, ...more }, dated(now - ageDays * day), policy, now, tags).alerts
/** A question of a domain that is known. */
const question = (more: Partial<list.Sighting>): readonly string[] =>
  list.questionAlerts({
    isFirst: false,
    isAssigned: false,
    isLearning: false,
    isOverThreshold: false,
    ...more,
  })
/** Applies answers one by one to a domain that was contacted a week ago. */
const answers = (...registrations: readonly Registration[]): readonly string[] => {
  const domain: Domain = { ...unknownDomain('a.com'), firstSeen: now - 7 * day }
  return registrations.reduce((before, answer) => pending.afterAnswer(before, answer, now, retry), domain)
    .pendingAlerts
}

const atIsc = (firstContact: boolean, registered = now - 900 * day): Registration => {
  const isc = { seen: now, firstContact, alerts: [] }
  return { kind: 'registered', registered, expires: undefined, isc }
}

/** A definite answer without a date has a first contact, too; a failure gets its own with the answer that follows. */
const undatedAtIsc = (kind: 'absent' | 'failed'): Registration => {
  const isc = { seen: undefined, firstContact: true, alerts: [] }
  return kind === 'absent' ? { kind, isc } : { kind, reason: 'timeout', isc }
}

const first = ['YOUR-FIRST-CONTACT']
const burst = (kind: Burst['kind']): readonly string[] =>
  list.burstAlerts({ kind, names: [], score: 100 }, 'ru')

/** What raises each, and what is like it and does not. The compiler finds the one that is forgotten here. */
const cases: Readonly<Record<list.Alert, readonly [raised: readonly string[], not: readonly string[]]>> = {
  'LOW-FREQ-SCORES': [
    record({ scores: { freq_avg_prob: 1, freq_word_prob: 1 } }), //
    record({ scores: { freq_avg_prob: 1, freq_word_prob: 9 } }),
  ],
  'SUSPECT-FREQ-SCORE': [
    record({ scores: { freq_avg_prob: 1, freq_word_prob: 9 } }), //
    record({ scores: { freq_avg_prob: 1, freq_word_prob: 1 } }),
  ],
  'YOUR-FIRST-CONTACT': [
    question({ isFirst: true }), //
    [{ isFirst: true, isAssigned: true }, { isFirst: true, isLearning: true }, {}].flatMap(question),
  ],
  'ISC-FIRST-CONTACT': [answers(atIsc(true)), [...answers(atIsc(false)), ...answers(undatedAtIsc('failed'))]],
  'RE-REGISTERED': [
    answers(dated(now - 900 * day), dated(now - day)),
    answers(dated(now - 900 * day), dated(now - 900 * day + hour)),
  ],
  'REGISTERED-AFTER-CONTACT': [
    answers(dated(now - 5 * day - hour)),
    [...answers(dated(now - 900 * day)), ...answers(dated(now - 900 * day), dated(now - day))],
  ],
  'DNS-TUNNEL': [question({ tunnel: '1240' }), question({ isOverThreshold: true })],
  'MANY-NAMES': [question({ isOverThreshold: true }), question({})],
  YOUNG: [record({}, 29), record({}, 30)],
  'NEW-ANSWER': [
    record({ newNetworks: ['192.0.2.0/24'] }),
    [...record({}), ...record({ newNetworks: ['192.0.2.0/24'] }, 700)],
  ],
  'SERVICE-MIX': [question({ serviceMix: 'a.com+b.com+c.com' }), question({})],
  SPREAD: [question({ isSpread: true }), question({ isSpread: false })],
  'TAGGED-THREAT': [record({}, 4000, ['threat']), record({}, 4000, ['trust', 'interest'])],
  LOOKALIKE: [
    record({ alerts: first, resembles: { name: 'b.com', how: 'typo', isOwn: false } }, 3),
    [
      ...record({ alerts: first, resembles: { name: 'b.com', how: 'typo', isOwn: false } }),
      ...record({ alerts: first, resembles: { name: 'b.com', how: 'token', isOwn: true } }),
      ...record({ resembles: { name: 'b.com', how: 'typo', isOwn: true } }, 3),
      ...record({ alerts: first }, 3),
    ],
  ],
  'DGA-LIKE': [
    record({ scores: { dga_score: 60 } }),
    [...record({ scores: { dga_score: 59.9 } }), ...record({ scores: {} })],
  ],
  'DGA-BURST': [burst('letters'), question({ isFirst: true })],
  OTX: [
    record({ enriched: { fields: {}, reported: { OTX: 'a pulse' } } }),
    record({ enriched: { fields: {}, reported: { REPUTATION: 'bad' } } }),
  ],
  REPUTATION: [
    record({ enriched: { fields: {}, reported: { REPUTATION: '' } } }),
    record({ enriched: { fields: {}, reported: {} } }),
  ],
  'TAGGED-INTEREST': [record({}, 4000, ['interest']), record({}, 4000, ['trust', 'threat'])],
}

void t.test('the first contact of an ISC comes with an answer without a date, too', t => {
  t.strictSame(answers(undatedAtIsc('absent')), ['ISC-FIRST-CONTACT'])
  t.end()
})

void t.test('each alert is raised where its condition holds, and only there', t => {
  for (const { name } of list.alerts) {
    const [raised, not] = cases[name]
    t.ok(raised.map(alertName).includes(name), name)
    t.notOk(not.map(alertName).includes(name), `not ${name}`)
  }
  t.end()
})

void t.test('alerts are in the order of the list, each once', t => {
  const events = list.alerts.filter(({ of }) => of !== 'record').map(({ name }) => name)
  const raised = record(
    { alerts: [...events, ...events].reverse(), scores: { freq_avg_prob: 9, freq_word_prob: 1 } },
    3,
  )
  const expected = new Set<string>(['SUSPECT-FREQ-SCORE', 'YOUNG', ...events])
  const inOrder = list.alerts.map(({ name }) => name).filter(name => expected.has(name))
  t.same(
    raised,
    inOrder.map(name => (name === 'YOUNG' ? 'YOUNG:3d' : name)),
  )
  t.end()
})

void t.test('ISC-FIRST-CONTACT is pending once, beside RE-REGISTERED', t => {
  const again = atIsc(true, now - day)
  t.same(answers(dated(now - 900 * day), again, again), ['ISC-FIRST-CONTACT', 'RE-REGISTERED'])
  t.end()
})

void t.test('trust takes away the alerts of the setting, and no others', t => {
  const low = {
    scores: { freq_avg_prob: 1, freq_word_prob: 1 },
    alerts: ['YOUR-FIRST-CONTACT', 'RE-REGISTERED'],
  }
  const all = ['LOW-FREQ-SCORES', 'YOUR-FIRST-CONTACT', 'RE-REGISTERED', 'YOUNG:3d']
  t.same(record(low, 3, ['interest']), [...all, 'TAGGED-INTEREST'])
  // Of the kit: YOUNG and YOUR-FIRST-CONTACT.
  t.same(record(low, 3, ['trust', 'threat']), ['LOW-FREQ-SCORES', 'RE-REGISTERED', 'TAGGED-THREAT'])
  t.end()
})

void t.test('the setting can name each alert', t => {
  t.same([...droppableAlerts].sort(), list.alerts.map(({ name }) => name).sort())
  t.end()
})

void t.test('LOOKALIKE: young, not registered, or at any age one error away from a name of the site', t => {
  const of = (how: Resemblance['how'], isOwn: boolean, registration: RegistrationState) => {
    const seen = { ...facts, alerts: first, resembles: { name: 'b.com', how, isOwn } }
    return verdict(seen, registration, policy, now).alerts.filter(one => alertName(one) === 'LOOKALIKE')
  }
  const raised = ['LOOKALIKE:b.com']
  const old = dated(now - 4000 * day)
  const states = {
    old,
    young: dated(now - day),
    absent: { kind: 'absent' },
    unclear: { kind: 'pending' },
  } as const
  for (const how of ['typo', 'similar', 'token', 'affix', 'suffix'] as const) {
    const isNear = how === 'typo' || how === 'similar'
    for (const isOwn of [true, false]) {
      const atAnyAge = isOwn && isNear ? raised : []
      t.strictSame(of(how, isOwn, states.young), raised, `young: ${how}`)
      t.strictSame(of(how, isOwn, states.absent), raised, `not registered: ${how}`)
      t.strictSame(of(how, isOwn, states.old), atAnyAge, `old: ${how}`)
      t.strictSame(of(how, isOwn, states.unclear), atAnyAge, `pending: ${how}`)
    }
  }
  t.end()
})
void t.test(
  'with `freq_alerts: first` DGA-LIKE comes with a first contact, and while the domain is young',
  t => {
    const first: Thresholds = { ...policy, freqAlerts: 'first' }
    const raised = (alerts: readonly string[], ageDays: number) =>
      verdict({ ...facts, scores: { dga_score: 99 }, alerts }, dated(now - ageDays * day), first, now).alerts
    t.same(raised([], 4000), [])
    t.same(raised(['YOUR-FIRST-CONTACT'], 4000), ['YOUR-FIRST-CONTACT', 'DGA-LIKE'])
    t.same(raised([], 3), ['YOUNG:3d', 'DGA-LIKE'])
    t.end()
  },
)

void t.test('DGA-BURST says what tells the burst', t => {
  t.same(burst('letters'), ['DGA-BURST'])
  t.same(burst('words'), ['DGA-BURST:words'])
  t.same(burst('suffix'), ['DGA-BURST:ru'])
  t.end()
})
