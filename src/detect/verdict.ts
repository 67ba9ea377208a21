/** The verdict on a question: what the facts, the registration and the site's settings add up to. Pure. */
import { raised, type AlertRules } from '../model/alerts.js'
import type { Knowledge } from '../model/domain.js'
import type { Facts, Reason, Verdict } from '../model/record.js'
import { dayMs } from '../time/clock.js'

export interface Thresholds extends AlertRules {
  /** A domain is NEW while it is younger than this. */
  readonly establishedDays: number
}

/** What a verdict is made of. */
type Judged = Pick<Facts, 'freq' | 'alerts' | 'domain' | 'registrable'>

/** Anybody may have a name below the suffix of a hoster (`x.github.io`): nobody registered it. */
export const isHosted = ({ domain, registrable }: Pick<Facts, 'domain' | 'registrable'>): boolean =>
  domain !== registrable

/** What the log says of a question. @param now epoch ms */
export const verdict = (facts: Judged, knowledge: Knowledge, rules: Thresholds, now: number): Verdict => {
  const found = isHosted(facts) ? hosted(facts) : judged(knowledge, rules, now)
  const events = { freq: facts.freq, events: facts.alerts, ageDays: found.ageDays }
  return { ...found, alerts: [...raised(events, rules), ...iscAlerts(knowledge)] }
}

/**
 * What domain_stats 1.x says of it: a hosted name has its hoster's dates, each low score alarms, and no alert has an age.
 *
 * @param now epoch ms
 */
export const originalVerdict = (
  facts: Judged,
  knowledge: Knowledge,
  rules: Thresholds,
  now: number,
): Verdict => {
  const events = { freq: facts.freq, events: facts.alerts, ageDays: undefined }
  const alerts = raised(events, { ...rules, freqAlerts: 'always' })
  return { ...judged(knowledge, rules, now), alerts: [...alerts, ...iscAlerts(knowledge)] }
}

type Found = Omit<Verdict, 'alerts' | 'reason'> & { readonly reason: Reason | undefined }

const undated: Omit<Found, 'category' | 'reason'> = {
  registered: undefined,
  expires: undefined,
  seenByIsc: undefined,
  ageDays: undefined,
  hostedOn: undefined,
}

const hosted = ({ registrable }: Judged): Found => ({
  ...undated,
  category: 'UNKNOWN',
  reason: 'hosted',
  hostedOn: registrable,
})

const iscOf = (knowledge: Knowledge) => ('isc' in knowledge ? knowledge.isc : undefined)

const iscAlerts = (knowledge: Knowledge): readonly string[] => iscOf(knowledge)?.alerts ?? []

const judged = (knowledge: Knowledge, { establishedDays }: Thresholds, now: number): Found => {
  const seenByIsc = iscOf(knowledge)?.seen
  if (knowledge.kind !== 'registered') return { ...undated, ...withoutDate(knowledge), seenByIsc }
  const { registered, expires } = knowledge
  return {
    category: now - registered < establishedDays * dayMs ? 'NEW' : 'ESTABLISHED',
    reason: undefined,
    registered,
    expires,
    seenByIsc,
    ageDays: Math.max(0, Math.floor((now - registered) / dayMs)),
    hostedOn: undefined,
  }
}

const withoutDate = (
  knowledge: Exclude<Knowledge, { kind: 'registered' }>,
): Pick<Found, 'category' | 'reason'> => {
  switch (knowledge.kind) {
    case 'pending':
      return { category: 'PENDING', reason: undefined }
    case 'unanswered':
      return { category: 'UNKNOWN', reason: 'unanswered' }
    case 'off':
      return { category: 'UNKNOWN', reason: 'look-ups-off' }
    case 'absent':
      return { category: 'UNKNOWN', reason: 'not-registered' }
    case 'unsupported':
      return { category: 'UNKNOWN', reason: knowledge.reason }
    case 'failed':
      return { category: 'ERROR', reason: knowledge.reason }
  }
}

/** How suspicious the letters look, to look up the worst first: 0 and up, 1 at the thresholds, lower is worse. */
export const suspicion = (
  freq: Facts['freq'],
  { freqAverage, freqWord }: Pick<AlertRules, 'freqAverage' | 'freqWord'>,
): number => (freq ? Math.min(freq.average / (freqAverage || 1), freq.word / (freqWord || 1)) : 1)
