/** The verdict on a question: category, reason, age, alerts and risk, from the facts, the registration and the settings. Pure. */
import { dgaScoreMax } from '../limits.js'
import type { Domain, RegistrationState } from '../model/domain.js'
import type { Facts, OriginalVerdict, Reason, Scores, Verdict } from '../model/record.js'
import type { TagName } from '../model/tag.js'
import { dayMs } from '../time/clock.js'
import { type AlertFacts, type AlertRules, type Finding, recordAlerts } from './alerts.js'
import { type MuteTable, noMutes } from './mutes.js'
import { type RiskWeights, riskOf } from './risk.js'
import { dgaScoreOf, freqOf } from './scores.js'

export interface Thresholds extends AlertRules {
  /** A domain is NEW while it is younger than this. */
  readonly establishedDays: number
  readonly riskWeights: RiskWeights
}

/** Whether the name lies below a hoster's suffix (`x.github.io`): the hoster gave it out, no registry did. */
export const isHosted = ({ domain, registrable }: Pick<Facts, 'domain' | 'registrable'>): boolean =>
  domain !== registrable

/**
 * The verdict of a record.
 *
 * @param now epoch ms
 * @param tags those that apply to the question
 * @param mutes those of the site
 */
export const verdict = (
  facts: AlertFacts,
  registration: RegistrationState,
  thresholds: Thresholds,
  now: number,
  tags: readonly TagName[] = [],
  mutes: MuteTable = noMutes,
): Verdict => {
  const found = isHosted(facts) ? hosted(facts, tags) : judged(registration, thresholds, now, tags)
  const raised = recordAlerts(facts, found, thresholds)
  raised.push(...iscAlerts(registration))
  const { alerts, muted } = mutes.without(raised, facts, now)
  return verdictOf(found, alerts, riskIn(facts, found, alerts, thresholds), muted)
}

/**
 * The verdict as in domain_stats 1.x: a hosted name has its hoster's dates, each low score is alerted, no alert has an
 * age, and there is none that it does not know of names.
 *
 * @param now epoch ms
 */
export const originalVerdict = (
  facts: AlertFacts,
  registration: RegistrationState,
  thresholds: Thresholds,
  now: number,
  tags: readonly TagName[] = [],
  mutes: MuteTable = noMutes,
): OriginalVerdict => {
  const found = judged(registration, thresholds, now, tags)
  const alerts = recordAlerts(
    facts,
    { ...found, ageDays: undefined },
    { ...thresholds, freqAlerts: 'always', dgaAlert: Infinity },
  )
  return { ...found, alerts: mutes.without([...alerts, ...iscAlerts(registration)], facts, now).alerts }
}

type Found = Omit<Finding, 'reason'> & { readonly reason: Reason | undefined }

type Cause = Pick<Found, 'category' | 'reason'>

/*
 * Objects are written out here: each record has them, and V8 makes an object with a spread slowly, and looks up each
 * property of it anew whenever one is read.
 */

const verdictOf = (
  found: Found,
  alerts: readonly string[],
  { risk, reasons }: ReturnType<typeof riskOf>,
  muted: readonly number[] | undefined,
): Verdict => ({
  category: found.category,
  alerts,
  reason: found.reason,
  registered: found.registered,
  expires: found.expires,
  seenByIsc: found.seenByIsc,
  ageDays: found.ageDays,
  hostedOn: found.hostedOn,
  tags: found.tags,
  risk,
  riskReasons: reasons,
  muted,
})

const riskIn = (
  { clients, qtypeName }: AlertFacts,
  { category, ageDays, tags }: Found,
  alerts: readonly string[],
  { riskWeights }: Thresholds,
) => riskOf({ clients, qtypeName, category, ageDays, alerts, isTrusted: tags.includes('trust') }, riskWeights)

const undated = (
  { category, reason }: Cause,
  seenByIsc: number | undefined,
  hostedOn: string | undefined,
  tags: readonly TagName[],
): Found => ({
  category,
  reason,
  registered: undefined,
  expires: undefined,
  seenByIsc,
  ageDays: undefined,
  hostedOn,
  tags,
})

const hosted = ({ registrable }: AlertFacts, tags: readonly TagName[]): Found =>
  undated({ category: 'UNKNOWN', reason: 'hosted' }, undefined, registrable, tags)

const iscOf = (registration: RegistrationState) => ('isc' in registration ? registration.isc : undefined)

const iscAlerts = (registration: RegistrationState): readonly string[] => iscOf(registration)?.alerts ?? []

/** Whether a registration is so old that the domain is no longer NEW. @param registered epoch ms @param now epoch ms */
export const isEstablished = (
  registered: number,
  { establishedDays }: Pick<Thresholds, 'establishedDays'>,
  now: number,
): boolean => now - registered >= establishedDays * dayMs

/** Whether a domain is known to be younger than `new_days`. @param now epoch ms */
export const isYoungNow = (
  known: Domain['known'],
  { newDays }: Pick<Thresholds, 'newDays'>,
  now: number,
): boolean =>
  known?.registration.kind === 'registered' && now - known.registration.registered < newDays * dayMs

const judged = (
  registration: RegistrationState,
  thresholds: Thresholds,
  now: number,
  tags: readonly TagName[],
): Found => {
  const seenByIsc = iscOf(registration)?.seen
  if (registration.kind !== 'registered') return undated(causeOf(registration), seenByIsc, undefined, tags)
  const { registered, expires } = registration
  return {
    category: isEstablished(registered, thresholds, now) ? 'ESTABLISHED' : 'NEW',
    reason: undefined,
    registered,
    expires,
    seenByIsc,
    ageDays: Math.max(0, Math.floor((now - registered) / dayMs)),
    hostedOn: undefined,
    tags,
  }
}

const causeOf = (registration: Exclude<RegistrationState, { kind: 'registered' }>): Cause => {
  switch (registration.kind) {
    case 'pending':
      return { category: 'PENDING', reason: undefined }
    case 'unanswered':
      return { category: 'UNKNOWN', reason: 'unanswered' }
    case 'off':
      return { category: 'UNKNOWN', reason: 'look-ups-off' }
    case 'absent':
      return { category: 'UNKNOWN', reason: 'not-registered' }
    case 'unsupported':
      return { category: 'UNKNOWN', reason: registration.reason }
    case 'failed':
      return { category: 'ERROR', reason: registration.reason }
  }
}

/**
 * The priority of a look-up: the lowest is the most suspicious. By dga_score from 0 (at 100) to 1. A name without one goes by
 * its letter scores: from 0, 1 at their thresholds.
 */
export const suspicion = (
  scores: Scores,
  { freqAverage, freqWord }: Pick<AlertRules, 'freqAverage' | 'freqWord'>,
): number => {
  const dga = dgaScoreOf(scores)
  if (dga !== undefined) return 1 - dga / dgaScoreMax
  const freq = freqOf(scores)
  return freq ? Math.min(freq.average / (freqAverage || 1), freq.word / (freqWord || 1)) : 1
}
