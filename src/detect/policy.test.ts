/** The policy that the settings give. */
import t from 'tap'
import { configSchema } from '../config/schema.js'
import { isWritten, policyOf } from './policy.js'

const day = 24 * 3_600_000
const parts = {
  ...{ scores: () => ({}), resembles: () => undefined },
  ...{ serverOf: () => '', isCutOff: () => false, mayLeave: () => true },
}
const learning = (days: number, started: number): number =>
  policyOf(configSchema.parse({ learning_days: days }), parts, started).learningUntil

void t.test('learning ends so many days after the first start', t => {
  t.equal(learning(7, 10 * day), 17 * day)
  t.end()
})

void t.test('with learning_days 0 nothing is learned, also when the clock is set back', t => {
  t.ok(learning(0, 10 * day) <= 0)
  t.equal(learning(0, Infinity), Infinity, 'a baseline learns all the same')
  t.end()
})

void t.test('emit: alerts with min_risk leaves out records of a lower risk; other settings write them', t => {
  const found = { category: 'NEW' as const, alerts: ['YOUNG:3d'], risk: 49 }
  const written = (emit: 'alerts' | 'domains' | 'every', risk = 49) =>
    isWritten({ ...found, risk }, false, { emit, minRisk: 50 })
  t.strictSame([written('alerts'), written('alerts', 50)], [false, true])
  t.strictSame([written('domains'), written('every')], [true, true])
  t.equal(
    isWritten({ ...found, category: 'ESTABLISHED', alerts: [] }, false, { emit: 'alerts', minRisk: 0 }),
    false,
  )
  t.end()
})

void t.test('min_risk without emit: alerts is refused: it would do nothing', t => {
  t.ok(configSchema.safeParse({ emit: 'alerts', risk: { min_risk: 1 } }).success)
  t.match(configSchema.safeParse({ risk: { min_risk: 1 } }).error?.issues, [
    { path: ['risk', 'min_risk'], message: 'needs emit: alerts' },
  ])
  t.end()
})
