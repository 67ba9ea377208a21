import t from 'tap'
import type { DomainRecord } from '../model/record.js'
import { Counters } from './counters.js'

void t.test('alerts are counted by name, without the text behind it', t => {
  const counters = new Counters()
  const record = (...alerts: readonly string[]): DomainRecord => ({
    facts: {
      ...{ id: 'ab', ts: 0, query: 'a.com', domain: 'a.com', registrable: 'a.com' },
      ...{ seenByYou: 0, source: 'log', alerts: [], scores: {} },
    },
    verdict: {
      ...{ category: 'NEW', alerts, reason: undefined, registered: undefined, expires: undefined },
      ...{ seenByIsc: undefined, ageDays: undefined, hostedOn: undefined, tags: [] },
      ...{ risk: 0, riskReasons: [] },
    },
    followupOf: undefined,
    alertsWithdrawn: [],
  })
  counters.countRecords([record('YOUNG:3d', 'YOUR-FIRST-CONTACT'), record('YOUNG:4d')])
  t.strictSame(counters.alerts.toJSON(), { YOUNG: 2, 'YOUR-FIRST-CONTACT': 1 })
  t.end()
})
