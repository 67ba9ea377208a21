/** The policy that the settings give. */
import t from 'tap'
import { configSchema } from '../config/schema.js'
import { policyOf } from './policy.js'

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
