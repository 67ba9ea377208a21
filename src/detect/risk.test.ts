/** The risk of a record: the formula, each factor, and that the reasons say all of it. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import fc from 'fast-check'
import { riskAgeHalvesDays, riskMax } from '../limits.js'
import { riskFactors } from '../model/risk.js'
import { alerts } from './alerts.js'
import { factors, type RiskFacts, riskOf, riskWeights } from './risk.js'

const weights = riskWeights()
const nothing: RiskFacts = { category: 'ESTABLISHED', ageDays: 4000, alerts: [], isTrusted: false }
const of = (more: Partial<RiskFacts>, own?: Parameters<typeof riskWeights>[0]) =>
  riskOf({ ...nothing, ...more }, own ? riskWeights(own) : weights)

/** The formula of docs/risk.md, on what the reasons say. */
const recomputed = (reasons: readonly string[]): number => {
  const percents = reasons.map(reason => Number(/ (-?\d+)$/.exec(reason)?.[1]))
  const left = percents.filter(one => one > 0).reduce((product, one) => product * (1 - one / 100), 1)
  const trust = -(percents.find(one => one < 0) ?? 0)
  return Math.round(100 * (1 - left) * (1 - trust / 100))
}

void t.test('a record that nothing speaks against has no risk, and no reasons', t => {
  t.strictSame(of({}), { risk: 0, reasons: [] })
  t.strictSame(of({ isTrusted: true }), { risk: 0, reasons: [] }, 'there is nothing for the trust to take')
  t.end()
})

void t.test('alerts add up by noisy-or, the heaviest first, whatever text stands behind their names', t => {
  t.strictSame(of({ alerts: ['YOUR-FIRST-CONTACT', 'YOUNG:3d', 'LOOKALIKE:paypal.com'] }), {
    risk: 65, // 1 - 0.9 * 0.7 * 0.55
    reasons: ['LOOKALIKE 45', 'YOUNG 30', 'YOUR-FIRST-CONTACT 10'],
  })
  t.end()
})

void t.test('an alert counts once, and those of the ISC not at all', t => {
  t.strictSame(of({ alerts: ['YOUNG:3d', 'YOUNG:4d', 'constructor', 'A phishing campaign'] }), {
    ...{ risk: 30, reasons: ['YOUNG 30'] },
  })
  t.end()
})

void t.test('age: hours count more than months, and only while the domain is NEW', t => {
  const ages = [0, riskAgeHalvesDays, 2 * riskAgeHalvesDays, 180, 729]
  t.strictSame(
    ages.map(ageDays => of({ category: 'NEW', ageDays }).risk),
    [45, 23, 11, 1, 0],
  )
  t.equal(of({ category: 'ESTABLISHED', ageDays: 0 }).risk, 0)
  t.equal(of({ category: 'UNKNOWN', ageDays: undefined }).risk, 0)
  t.end()
})

void t.test('rarity: one client counts more than sixteen; an unknown number not at all', t => {
  const counts = [1, 2, 16, 0, undefined]
  t.strictSame(
    counts.map(clients => of({ clients }).risk),
    [10, 5, 1, 0, 0],
  )
  t.end()
})

void t.test('TXT and NULL questions count, others do not', t => {
  t.strictSame(of({ qtypeName: 'TXT' }).reasons, ['qtype_txt 10'])
  t.strictSame(of({ qtypeName: 'NULL' }).reasons, ['qtype_null 40'])
  t.strictSame(
    ['A', 'HTTPS', 'txt', undefined].flatMap(qtypeName => of({ qtypeName }).reasons),
    [],
  )
  t.end()
})

void t.test('trust takes its part of the sum, and stands last', t => {
  t.strictSame(of({ alerts: ['RE-REGISTERED', 'TAGGED-THREAT'], isTrusted: true }), {
    ...{ risk: 47, reasons: ['TAGGED-THREAT 90', 'RE-REGISTERED 40', 'trust -50'] },
  })
  t.end()
})

void t.test("a site's weights take the place of ours; 0 leaves a reason out", t => {
  t.strictSame(of({ alerts: ['YOUNG:3d', 'LOOKALIKE:a.com'] }, { YOUNG: 60, LOOKALIKE: 0 }), {
    ...{ risk: 60, reasons: ['YOUNG 60'] },
  })
  t.end()
})

void t.test('of anything the risk lies in 0 to 100, and its reasons say all of it', t => {
  const facts = fc.record({
    category: fc.constantFrom('NEW', 'ESTABLISHED', 'PENDING'),
    ageDays: fc.option(fc.nat(9000), { nil: undefined }),
    clients: fc.option(fc.nat(16), { nil: undefined }),
    qtypeName: fc.constantFrom('A', 'TXT', 'NULL', undefined),
    alerts: fc.subarray(alerts.map(({ name }) => `${name}:text`)),
    isTrusted: fc.boolean(),
  })
  const own = fc.dictionary(fc.constantFrom(...weights.keys()), fc.integer({ min: 0, max: 100 }))
  fc.assert(
    fc.property(facts, own, (one, site) => {
      const { risk, reasons } = of(one, site)
      t.ok(Number.isInteger(risk) && risk >= 0 && risk <= riskMax, String(risk))
      t.equal(risk, recomputed(reasons))
      const shown = reasons
        .filter(reason => !reason.startsWith('trust '))
        .map(reason => Number(reason.split(' ')[1]))
      t.strictSame(
        shown,
        shown.toSorted((a, b) => b - a),
        'the heaviest first',
      )
    }),
    { numRuns: 300 },
  )
  t.end()
})

void t.test('each alert and each factor has a weight in percent', t => {
  t.strictSame(
    factors.map(({ name }) => name),
    [...riskFactors],
  )
  t.equal(weights.size, alerts.length + riskFactors.length)
  for (const [name, weight] of weights) t.ok(Number.isInteger(weight) && weight > 0 && weight <= 100, name)
  t.end()
})

void t.test('docs/risk.md has the weights', t => {
  const page = readFileSync('docs/risk.md', 'utf8')
  for (const [name, weight] of weights) t.match(page, `| \`${name}\` | ${weight} |`)
  t.end()
})
