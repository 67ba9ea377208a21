import t from 'tap'
import { alertOrder, type Alert } from './record.js'
import { dayMs, suspicion, verdict, type Knowledge } from './verdict.js'

const now = Date.UTC(2026, 10, 21)
const thresholds = { establishedDays: 730, freqAverage: 5, freqWord: 4 }
const bornDaysAgo = (days: number): Knowledge => ({
  kind: 'registered',
  registered: now - days * dayMs,
  expires: undefined,
})

const categories: [Knowledge, string, string | undefined, number | undefined][] = [
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
  [{ kind: 'off' }, 'UNKNOWN', 'look-ups-off', undefined],
]

void t.test('category, reason and age follow from what is known', t => {
  for (const [knowledge, category, reason, ageDays] of categories) {
    const found = verdict({ alerts: [] }, knowledge, thresholds, now)
    t.match(found, { category, reason, ageDays, alerts: [] }, JSON.stringify(knowledge))
  }
  t.end()
})

void t.test('a NEW domain becomes ESTABLISHED by the clock alone', t => {
  const knowledge = bornDaysAgo(729)
  const later = (ms: number) => verdict({ alerts: [] }, knowledge, thresholds, now + ms).category
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

void t.test('a score alarms only strictly below its threshold', t => {
  for (const [average, word, alerts] of scores)
    t.same(verdict({ alerts: [], freq: { average, word } }, { kind: 'off' }, thresholds, now).alerts, alerts)
  t.end()
})

void t.test('alerts stand in their fixed order, each once', t => {
  const alerts: Alert[] = [...alertOrder].reverse().filter(alert => alert !== 'LOW-FREQ-SCORES')
  const found = verdict(
    { alerts: [...alerts, ...alerts], freq: { average: 9, word: 1 } },
    { kind: 'pending' },
    thresholds,
    now,
  )
  t.same(
    found.alerts,
    alertOrder.filter(alert => alert !== 'LOW-FREQ-SCORES'),
  )
  t.end()
})

void t.test('suspicion is the worse of the two scores in units of its threshold', t => {
  t.equal(suspicion({ average: 5, word: 4 }, thresholds), 1)
  t.equal(suspicion({ average: 10, word: 2 }, thresholds), 0.5)
  t.equal(suspicion(undefined, thresholds), 1)
  t.equal(suspicion({ average: 3, word: 2 }, { ...thresholds, freqAverage: 0, freqWord: 0 }), 2)
  t.end()
})
