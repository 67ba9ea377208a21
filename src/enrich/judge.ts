/** The verdict on a record to which commands have added something. */
import type { Policy } from '../detect/policy.js'
import { verdict } from '../detect/verdict.js'
import type { Domain } from '../model/domain.js'
import { reportAlerts, type Enriched } from '../model/enrichment.js'
import { alertName, type DomainRecord, type Verdict } from '../model/record.js'
import { registrationStateOf } from '../registration/ttl.js'
import type { Known } from '../store/transaction.js'

export interface Judging {
  readonly known: Pick<Known, 'tags' | 'mutes'>
  /** The row of a domain, as it is after the transaction. */
  readonly domainOf: (name: string) => Domain | undefined
  readonly policy: Policy
  /** Epoch ms. */
  readonly now: number
}

const reports: ReadonlySet<string> = new Set(reportAlerts)

/** Whether a command raised the alert. */
export const isReport = (text: string): boolean => reports.has(alertName(text))

/** The verdict by what is known of the registration now, and by what the commands said. */
export const judgedWith = (
  { facts, verdict: before }: DomainRecord,
  enriched: Enriched,
  { known: { tags, mutes }, domainOf, policy, now }: Judging,
): Verdict => {
  const lookups = policy.lookups && facts.noLookup !== true
  const registry = domainOf(facts.registrable)?.known
  const state = registrationStateOf(facts.registrable, registry, { ...policy, lookups }, now)
  // It was written without an answer, or without one that was awaited any longer.
  const isGivenUp = state.kind === 'pending' && before.category !== 'PENDING'
  const registration = isGivenUp ? ({ kind: 'unanswered' } as const) : state
  return verdict({ ...facts, enriched }, registration, policy, now, tags.of(facts), mutes)
}

/**
 * The record with what the commands said. Only an alert of theirs changes the verdict. To a follow-up, which has but the alerts
 * that its first record lacks, nothing but their alerts is added.
 */
export const recordWith = (record: DomainRecord, enriched: Enriched, judging: Judging): DomainRecord => {
  const facts = { ...record.facts, enriched }
  if (Object.keys(enriched.reported).length === 0) return { ...record, facts }
  const found = judgedWith(record, enriched, judging)
  const isAdded = (alert: string) => isReport(alert) || record.verdict.alerts.includes(alert)
  const alerts = record.followupOf === undefined ? found.alerts : found.alerts.filter(isAdded)
  return { ...record, facts, verdict: { ...found, alerts } }
}
