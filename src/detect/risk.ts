/**
 * The risk of a record, 0 to 100, and its reasons: one number to sort records by. It proves nothing, and it is no
 * probability that a domain is bad: the weights are judgements. docs/risk.md has them, with the formula.
 */
import { riskMax, riskAgeHalvesDays } from '../limits.js'
import { alertName, type Facts, type Verdict } from '../model/record.js'
import type { RiskFactor } from '../model/risk.js'
import { alertWeights } from './alerts.js'

interface FactorEntry {
  readonly name: RiskFactor
  /** In percent. */
  readonly weight: number
  readonly meaning: string
}

/** What counts beside alerts. */
export const factors: readonly FactorEntry[] = [
  {
    name: 'age',
    weight: 45,
    meaning: `the domain is \`NEW\`. The weight is that of its first day and halves every ${riskAgeHalvesDays} days`,
  },
  {
    name: 'rarity',
    weight: 10,
    meaning: 'few clients have asked for the domain. The weight is divided by `clients`',
  },
  { name: 'qtype_txt', weight: 10, meaning: 'the question was for a record of type TXT' },
  {
    name: 'qtype_null',
    weight: 40,
    meaning: 'the question was for a record of type NULL, which hardly anything but a DNS tunnel asks for',
  },
  {
    name: 'trust',
    weight: 50,
    meaning: 'the name has the tag `trust`: of the sum of all others this part is taken away',
  },
]

/** By the name of an alert or a factor: its weight, in percent. */
export type RiskWeights = ReadonlyMap<string, number>

/** The weights of docs/risk.md, with those that a site sets in their place. */
export const riskWeights = (own: Readonly<Partial<Record<string, number>>> = {}): RiskWeights => {
  const weights = new Map<string, number>(alertWeights)
  for (const { name, weight } of factors) weights.set(name, weight)
  for (const [name, weight] of Object.entries(own)) if (weight !== undefined) weights.set(name, weight)
  return weights
}

/** What the risk is computed from: what is known of the question, and the verdict on it. */
export type RiskFacts = Partial<Pick<Facts, 'clients' | 'qtypeName'>> &
  Pick<Verdict, 'category' | 'ageDays' | 'alerts'> & { readonly isTrusted: boolean }

/** The part of the weight of age that counts, 0 to 1. */
const ageShare = ({ category, ageDays }: RiskFacts): number =>
  category === 'NEW' && ageDays !== undefined ? 2 ** (-ageDays / riskAgeHalvesDays) : 0

interface Contribution {
  readonly name: string
  /** In whole percent: what the reasons show is what was computed with. */
  readonly percent: number
}

/**
 * The risk by noisy-or (Pearl, Probabilistic Reasoning in Intelligent Systems, 1988): each reason of weight w leaves 1 - w of
 * what the others left, so the order does not matter, many weak reasons add up, and none goes beyond 100:
 *
 *     risk = 100 * (1 - (1 - w1) * (1 - w2) * ...) * (1 - trust)
 *
 * Reasons are texts of a name, a blank and whole percent (`YOUNG 30`), the heaviest first; `trust -50` stands last. The
 * formula on the figures of the reasons gives the risk.
 */
export const riskOf = (
  facts: RiskFacts,
  weights: RiskWeights,
): { readonly risk: number; readonly reasons: readonly string[] } => {
  const found: Contribution[] = []
  let left = 1
  const add = (name: string, share: number): void => {
    if (share === 0) return
    const percent = Math.round((weights.get(name) ?? 0) * share)
    // An alert counts once, whatever stands behind its name. The ISC's own alerts have no weight.
    if (percent === 0 || found.some(other => other.name === name)) return
    left *= 1 - percent / riskMax
    // The heaviest first: there are a handful, and equal ones keep their order.
    let at = found.length
    while (at > 0 && (found[at - 1]?.percent ?? 0) < percent) at -= 1
    found.splice(at, 0, { name, percent })
  }
  for (const text of facts.alerts) add(alertName(text), 1)
  const addFactor: (name: RiskFactor, share: number) => void = add
  addFactor('age', ageShare(facts))
  addFactor('rarity', facts.clients ? 1 / facts.clients : 0)
  addFactor('qtype_txt', Number(facts.qtypeName === 'TXT'))
  addFactor('qtype_null', Number(facts.qtypeName === 'NULL'))
  const reasons = found.map(({ name, percent }) => `${name} ${percent}`)
  const trust = facts.isTrusted ? Math.round(weights.get('trust' satisfies RiskFactor) ?? 0) : 0
  if (trust > 0 && reasons.length > 0) reasons.push(`trust -${trust}`)
  return { risk: Math.round(riskMax * (1 - left) * (1 - trust / riskMax)), reasons }
}
