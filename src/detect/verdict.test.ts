import t from 'tap'
import type { RegistrationState } from '../model/domain.js'
import { dayMs } from '../time/clock.js'
import type { Alert } from './alerts.js'
import { riskWeights } from './risk.js'
import { originalVerdict, suspicion, verdict, type Thresholds } from './verdict.js'

const now = Date.UTC(2026, 10, 21)
const thresholds: Thresholds = {
  ...{ establishedDays: 730, freqAverage: 5, freqWord: 4, dgaAlert: 60 },
  ...{ freqAlerts: 'always', newDays: 0, trustDrops: new Set<string>() },
  riskWeights: riskWeights(),
}
const bornDaysAgo = (days: number): RegistrationState => ({
  kind: 'registered',
  registered: now - days * dayMs,
  expires: undefined,
})
const name = { query: 'a.com', domain: 'a.com', registrable: 'a.com', scores: {}, alerts: [] }
const hosted = { ...name, domain: 'a.github.io', registrable: 'github.io' }

const categories: [RegistrationState, string, string | undefined, number | undefined][] = [
  [bornDaysAgo(0), 'NEW', undefined, 0],
  [bornDaysAgo(-3), 'NEW', undefined, 0], // a registry whose clock is ahead
  [bornDaysAgo(729.99), 'NEW', undefined, 729],
  [bornDaysAgo(730), 'ESTABLISHED', undefined, 730],
  [bornDaysAgo(9000), 'ESTABLISHED', undefined, 9000],
  [{ kind: 'absent' }, 'UNKNOWN', 'not-registered', undefined],
  [{ kind: 'unsupported', reason: 'no-rdap-service' }, 'UNKNOWN', 'no-rdap-service', undefined],
  [{ kind: 'unsupported', reason: 'no-registration-event' }, 'UNKNOWN', 'no-registration-event', undefined],
  [{ kind: 'unsupported', reason: 'refused' }, 'UNKNOWN', 'refused', undefined],
  [{ kind: 'failed', reason: 'timeout' }, 'ERROR', 'timeout', undefined],
  [{ kind: 'failed', reason: 'rate-limited' }, 'ERROR', 'rate-limited', undefined],
  [{ kind: 'pending' }, 'PENDING', undefined, undefined],
  [{ kind: 'unanswered' }, 'UNKNOWN', 'unanswered', undefined],
  [{ kind: 'off' }, 'UNKNOWN', 'look-ups-off', undefined],
]

void t.test('category, reason and age follow from the registration', t => {
  for (const [registration, category, reason, ageDays] of categories) {
    const found = verdict(name, registration, thresholds, now)
    t.match(
      found,
      { category, reason, ageDays, alerts: [], hostedOn: undefined },
      JSON.stringify(registration),
    )
  }
  t.end()
})

void t.test("a hosted name has no age: its hoster's registration is not used", t => {
  for (const [registration] of categories) {
    const found = verdict(hosted, registration, { ...thresholds, newDays: 30 }, now)
    t.match(found, { category: 'UNKNOWN', reason: 'hosted', hostedOn: 'github.io', alerts: [] })
    t.match(found, { registered: undefined, expires: undefined, ageDays: undefined })
  }
  t.end()
})

void t.test("the verdict of domain_stats 1.x has the hoster's dates, each low score, and no age", t => {
  const low = { ...hosted, scores: { freq_avg_prob: 1, freq_word_prob: 1 } }
  const site: Thresholds = { ...thresholds, freqAlerts: 'first', newDays: 30 }
  t.match(originalVerdict(low, bornDaysAgo(3), site, now), {
    ...{ category: 'NEW', reason: undefined, registered: now - 3 * dayMs, alerts: ['LOW-FREQ-SCORES'] },
  })
  t.end()
})

void t.test('a NEW domain becomes ESTABLISHED by the clock alone', t => {
  const registration = bornDaysAgo(729)
  const later = (ms: number) => verdict(name, registration, thresholds, now + ms).category
  t.same([0, dayMs - 1, dayMs].map(later), ['NEW', 'NEW', 'ESTABLISHED'])
  t.end()
})

const scores: [number, number, Alert[]][] = [
  [5, 4, []],
  [4.9999, 4, ['SUSPECT-FREQ-SCORE']],
  [5, 3.9999, ['SUSPECT-FREQ-SCORE']],
  [4.9999, 3.9999, ['LOW-FREQ-SCORES']],
  [0, 0, ['LOW-FREQ-SCORES']],
]

void t.test('a score is alerted only strictly below its threshold', t => {
  for (const [average, word, alerts] of scores)
    t.same(
      verdict(
        { ...name, scores: { freq_avg_prob: average, freq_word_prob: word } },
        { kind: 'off' },
        thresholds,
        now,
      ).alerts,
      alerts,
    )
  t.end()
})

void t.test(
  'with freq_alerts: first a score is alerted with a first contact, and while the domain is young',
  t => {
    const site: Thresholds = { ...thresholds, freqAlerts: 'first', newDays: 30 }
    const low = { ...name, scores: { freq_avg_prob: 1, freq_word_prob: 1 } }
    t.same(verdict(low, bornDaysAgo(40), site, now).alerts, [])
    t.same(verdict(low, { kind: 'pending' }, site, now).alerts, [])
    t.same(verdict({ ...low, alerts: ['YOUR-FIRST-CONTACT'] }, { kind: 'pending' }, site, now).alerts, [
      ...['LOW-FREQ-SCORES', 'YOUR-FIRST-CONTACT'],
    ])
    t.same(verdict(low, bornDaysAgo(3), site, now).alerts, ['LOW-FREQ-SCORES', 'YOUNG:3d'])
    t.end()
  },
)

const ages: [number, number, string[]][] = [
  [30, 0, ['YOUNG:0d']],
  [30, 29.99, ['YOUNG:29d']],
  [30, 30, []],
  [0, 0, []],
  [1, 0.5, ['YOUNG:0d']],
]

void t.test('a domain is YOUNG for new_days, with its age behind the alert', t => {
  for (const [newDays, age, alerts] of ages)
    t.same(
      verdict(name, bornDaysAgo(age), { ...thresholds, newDays }, now).alerts,
      alerts,
      `${newDays} ${age}`,
    )
  t.end()
})

void t.test('suspicion goes by dga_score, whatever the letter scores are', t => {
  t.equal(suspicion({ freq_avg_prob: 9, freq_word_prob: 9, dga_score: 100 }, thresholds), 0)
  t.equal(suspicion({ freq_avg_prob: 1, freq_word_prob: 1, dga_score: 0 }, thresholds), 1)
  t.equal(suspicion({ dga_score: 25 }, thresholds), 0.75)
  t.end()
})

void t.test('domain_stats 1.x knows no alert of dga_score', t => {
  const scores = { freq_avg_prob: 9, freq_word_prob: 9, dga_score: 100 }
  const facts = { ...{ query: 'a.com', domain: 'a.com', registrable: 'a.com' }, scores, alerts: [] }
  t.same(originalVerdict(facts, { kind: 'pending' }, { ...thresholds, freqAlerts: 'always' }, now).alerts, [])
  t.same(verdict(facts, { kind: 'pending' }, { ...thresholds, freqAlerts: 'always' }, now).alerts, [
    'DGA-LIKE',
  ])
  t.end()
})

void t.test('without it suspicion is the lower of both letter scores, each divided by its threshold', t => {
  t.equal(suspicion({ freq_avg_prob: 5, freq_word_prob: 4 }, thresholds), 1)
  t.equal(suspicion({ freq_avg_prob: 10, freq_word_prob: 2 }, thresholds), 0.5)
  t.equal(suspicion({}, thresholds), 1)
  t.equal(
    suspicion({ freq_avg_prob: 3, freq_word_prob: 2 }, { ...thresholds, freqAverage: 0, freqWord: 0 }),
    2,
  )
  t.end()
})
