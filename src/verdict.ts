/** The verdict on a question: what the facts, the registration and the site's settings add up to. Pure. */
import { alertOrder, type Alert, type Facts, type Verdict } from './record.js'
import type { Registration } from './registration.js'

export interface Thresholds {
  /** A domain is NEW while it is younger than this. */
  readonly establishedDays: number
  readonly freqAverage: number
  readonly freqWord: number
}

export const dayMs = 24 * 60 * 60 * 1000

/** What is known of the registration; `pending` when nobody has answered yet, `off` when nobody is asked. */
export type Knowledge = Registration | { readonly kind: 'pending' } | { readonly kind: 'off' }

/** @param now epoch ms */
export const verdict = (
  facts: Pick<Facts, 'freq' | 'alerts'>,
  knowledge: Knowledge,
  thresholds: Thresholds,
  now: number,
): Verdict => {
  const isc = 'isc' in knowledge ? knowledge.isc : undefined
  const alerts = alertsOf(facts, thresholds, isc?.alerts)
  const seenByIsc = isc?.seen
  if (knowledge.kind === 'registered') {
    const { registered, expires } = knowledge
    const ageDays = Math.max(0, Math.floor((now - registered) / dayMs))
    const category = now - registered < thresholds.establishedDays * dayMs ? 'NEW' : 'ESTABLISHED'
    return { category, alerts, reason: undefined, registered, expires, seenByIsc, ageDays }
  }
  const { category, reason } = withoutDate(knowledge)
  return {
    category,
    alerts,
    reason,
    registered: undefined,
    expires: undefined,
    seenByIsc,
    ageDays: undefined,
  }
}

const noAlerts: readonly string[] = []

/** In their order, each once. Most records have one or none: these are not sorted, and share their lists. */
const alertsOf = (
  { freq, alerts }: Pick<Facts, 'freq' | 'alerts'>,
  thresholds: Thresholds,
  ofIsc: readonly string[] = noAlerts,
): readonly string[] => {
  const low = freqAlert(freq, thresholds)
  if (ofIsc.length === 0 && low === undefined && alerts.length < 2) return alerts
  return [...alertOrder.filter(alert => alert === low || alerts.includes(alert)), ...ofIsc]
}

const withoutDate = (
  knowledge: Exclude<Knowledge, { kind: 'registered' }>,
): Pick<Verdict, 'category' | 'reason'> => {
  switch (knowledge.kind) {
    case 'pending':
      return { category: 'PENDING', reason: undefined }
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

/** Strictly below, as in the original: a score at its threshold is not suspect. */
const freqAlert = (freq: Facts['freq'], { freqAverage, freqWord }: Thresholds): Alert | undefined => {
  if (!freq) return undefined
  const [isAverageLow, isWordLow] = [freq.average < freqAverage, freq.word < freqWord]
  if (isAverageLow && isWordLow) return 'LOW-FREQ-SCORES'
  return isAverageLow || isWordLow ? 'SUSPECT-FREQ-SCORE' : undefined
}

/** How suspicious the letters look, to look up the worst first: 0 and up, 1 at the thresholds, lower is worse. */
export const suspicion = (freq: Facts['freq'], { freqAverage, freqWord }: Thresholds): number =>
  freq ? Math.min(freq.average / (freqAverage || 1), freq.word / (freqWord || 1)) : 1
