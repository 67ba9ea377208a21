/** The settings that the pipeline decides by, read from the configuration. */
import type { Config } from '../config/schema.js'
import { unresolvedMsMax } from '../limits.js'
import type { Matcher } from '../lookalike/lookalikes.js'
import type { Verdict } from '../model/record.js'
import type { ClientRecord } from '../names/client-address.js'
import { addressesIn } from '../names/network.js'
import { dayMs } from '../time/clock.js'
import { riskWeights } from './risk.js'
import type { Scorer } from './scores.js'
import type { NewAnswerRule } from './new-answer.js'
import type { Thresholds } from './verdict.js'

export interface Policy extends Thresholds, NewAnswerRule {
  readonly emit: Config['emit']
  /** Under `emit: alerts` records of a lower risk are left out. */
  readonly minRisk: number
  readonly maxNamesPerDomain: number
  /** How long a record may wait for its registration, in ms. */
  readonly holdMs: number
  /** How long a record may wait for its DNS response, if nothing else is missing, in ms. */
  readonly responseMs: number
  /** True (`unresolved: wait`): a record is written once, with its registration; false: first PENDING, then a follow-up. */
  readonly waits: boolean
  /** False: nothing is ever looked up. */
  readonly lookups: boolean
  /** The longest time until a failed look-up is tried again, in ms. */
  readonly failedKeptMs: number
  /** How client addresses are written, and how long a waiting record keeps them, in ms. */
  readonly clients: { readonly record: ClientRecord; readonly keptMs: number }
  /** Epoch ms until which first contacts and new answers are noted but not alerted. */
  readonly learningUntil: number
  readonly scores: Scorer
  /** Whether a client may ask services for others, and so raises no SERVICE-MIX. */
  readonly mayMixServices: (address: string) => boolean
  /** The known name that a domain resembles. Called for a first contact, and for an answer; not for lines that are only counted. */
  readonly resembles: Matcher
  /** The server that will be asked for a registrable, as far as known now; empty where it is not. */
  readonly serverOf: (registrable: string) => string
  /** True in an outage that covers its registry: its look-up counts as off. */
  readonly isCutOff: (registrable: string) => boolean
  /** False for a name that the ignore list or the zones cover: it is never sent out and not written. */
  readonly mayLeave: (name: string) => boolean
}

export const thresholdsOf = (config: Config): Thresholds => ({
  establishedDays: config.established_days_age,
  freqAverage: config.freq_avg_alert,
  freqWord: config.freq_word_alert,
  dgaAlert: config.dga_alert,
  freqAlerts: config.freq_alerts,
  newDays: config.new_days,
  trustDrops: new Set(config.tags.trust_drops),
  riskWeights: riskWeights(config.risk.weights),
})

/** @param started epoch ms of the first start on this data folder; Infinity: learn from everything (`--baseline`) */
export const policyOf = (
  config: Config,
  {
    scores,
    resembles,
    serverOf,
    isCutOff,
    mayLeave,
  }: Pick<Policy, 'scores' | 'resembles' | 'serverOf' | 'isCutOff' | 'mayLeave'>,
  started: number,
): Policy => ({
  ...thresholdsOf(config),
  emit: config.emit,
  minRisk: config.risk.min_risk,
  maxNamesPerDomain: config.max_names_per_domain,
  holdMs: config.unresolved === 'wait' ? unresolvedMsMax : config.hold_seconds * 1000,
  responseMs: config.response_wait_seconds * 1000,
  waits: config.unresolved === 'wait',
  lookups: config.mode !== 'off',
  failedKeptMs: config.rdap_error_ttl_days * dayMs,
  clients: { record: config.clients.record, keptMs: config.clients.keep_days * dayMs },
  newAnswerMs: newAnswerMsOf(config),
  mayMixServices: addressesIn(config.service_mix_except),
  learningUntil: learningUntil(started, config.learning_days),
  scores,
  resembles,
  serverOf,
  isCutOff,
  mayLeave,
})

const newAnswerMsOf = ({ pdns }: Config): number | undefined =>
  pdns.enabled && pdns.new_answer_days !== undefined ? pdns.new_answer_days * dayMs : undefined

/** With 0 days there is no learning at all, also if the clock was set back behind the first start. */
const learningUntil = (started: number, days: number): number =>
  started < Infinity && days === 0 ? -Infinity : started + days * dayMs

/**
 * Whether a record is written under the site's `emit`.
 *
 * @param first the domain's first record
 */
export const isWritten = (
  { category, alerts, risk }: Pick<Verdict, 'category' | 'alerts' | 'risk'>,
  first: boolean,
  { emit, minRisk }: Pick<Policy, 'emit' | 'minRisk'>,
): boolean => {
  switch (emit) {
    case 'domains':
      return first || alerts.length > 0
    case 'alerts':
      return (category === 'NEW' || alerts.length > 0) && risk >= minRisk
    case 'distinct':
    case 'every':
      return true
  }
}
