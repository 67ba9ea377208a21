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
  const said = new Set<Alert>([...facts.alerts, ...freqAlerts(facts.freq, thresholds)])
  const isc = 'isc' in knowledge ? knowledge.isc : undefined
  const alerts = [...alertOrder.filter(alert => said.has(alert)), ...(isc?.alerts ?? [])]
  const seenByIsc = isc?.seen
  if (knowledge.kind === 'registered') {
    const ageDays = Math.max(0, Math.floor((now - knowledge.registered) / dayMs))
    const category = now - knowledge.registered < thresholds.establishedDays * dayMs ? 'NEW' : 'ESTABLISHED'
    return {
      category,
      alerts,
      reason: undefined,
      registered: knowledge.registered,
      expires: knowledge.expires,
      seenByIsc,
      ageDays,
    }
  }
  const none = { registered: undefined, expires: undefined, ageDays: undefined }
  return { ...withoutDate(knowledge), alerts, seenByIsc, ...none }
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
const freqAlerts = (freq: Facts['freq'], { freqAverage, freqWord }: Thresholds): Alert[] => {
  if (!freq) return []
  const low = [freq.average < freqAverage, freq.word < freqWord].filter(Boolean).length
  return low === 2 ? ['LOW-FREQ-SCORES'] : low === 1 ? ['SUSPECT-FREQ-SCORE'] : []
}

/** How suspicious the letters look, to look up the worst first: 0 and up, 1 at the thresholds, lower is worse. */
export const suspicion = (freq: Facts['freq'], { freqAverage, freqWord }: Thresholds): number =>
  freq ? Math.min(freq.average / (freqAverage || 1), freq.word / (freqWord || 1)) : 1
