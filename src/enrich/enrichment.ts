/**
 * Decides in the transaction that makes records about which of them commands are asked (`enrich` of the settings). What is
 * kept of earlier answers is added at once. For the rest a record waits where nothing else may follow it, for the hold time
 * at most; any other is written, and gets a follow-up (enricher.ts).
 */
import type { Written } from '../commit/committer.js'
import { nameOfEnrichment, type EnrichSettings } from '../config/schema-enrich.js'
import type { Policy } from '../detect/policy.js'
import type { Domain } from '../model/domain.js'
import type { Enriched } from '../model/enrichment.js'
import { alertName, type DomainRecord, type Facts } from '../model/record.js'
import { isIpLiteral } from '../names/hostname.js'
import type { NewEnrichment } from '../store/enrichments.js'
import type { Known } from '../store/transaction.js'
import { enrichedBy, saysNothing, merged } from './fields.js'
import { recordWith } from './judge.js'

export interface EnrichmentOptions {
  readonly entries: readonly EnrichSettings[]
  /** The result of a command about a value that is kept; undefined if there is none. */
  readonly kept: (command: string, value: string) => { readonly result: unknown } | undefined
  readonly policy: Policy
}

/** The effects of a transaction, with enriched records, and those that wait. */
export type Enrich = <W extends Written>(written: W, known: Known, now: number) => W

/** What an entry asks about; undefined if the record has no such value. */
const valueOf = ({ value }: EnrichSettings, facts: Facts): string | undefined => {
  switch (value) {
    case 'client':
      return facts.origHost
    case 'answer':
      return facts.answers?.first.find(isIpLiteral)
    case 'registrable':
    case 'domain':
    case 'query':
      return facts[value]
  }
}

const isFor = ({ when }: EnrichSettings, names: ReadonlySet<string>): boolean =>
  when.some(cause => names.has(cause))

const namesIn = (categories: readonly string[], alerts: readonly string[]): ReadonlySet<string> =>
  new Set([...categories, ...alerts.map(alertName)])

/**
 * The entries for a record. Of follow-ups only that of the registry is enriched, for what its first record was not: an
 * answer of a command is written once.
 */
const entriesFor = (
  { facts, verdict: { category, alerts }, followupOf }: DomainRecord,
  entries: readonly EnrichSettings[],
  known: Pick<Known, 'pending'>,
): readonly EnrichSettings[] => {
  const names = namesIn([category], alerts)
  const found = entries.filter(entry => isFor(entry, names))
  if (followupOf === undefined || found.length === 0) return found
  const first = known.pending.find(one => one.facts.id === followupOf && one.state === 'owed')
  if (!first || facts.firstElsewhere) return []
  const before = namesIn(['PENDING', 'ERROR'], first.said ?? [])
  return found.filter(entry => !isFor(entry, before))
}

/** The records of a transaction that get a follow-up of the registry. */
const followedUp = (
  { newPending, followupsDue }: Written,
  { pending }: Pick<Known, 'pending'>,
): ReadonlySet<string> => {
  const moved = new Set([...(followupsDue ?? [])].map(({ pendingId }) => pendingId))
  return new Set([
    ...[...(newPending ?? [])].filter(({ state }) => state === 'owed').map(({ facts }) => facts.id),
    ...pending.filter(({ pendingId }) => moved.has(pendingId)).map(({ facts }) => facts.id),
  ])
}

/** Whether a record may wait for commands: nothing that follows it may be written before it, and nobody asks for it. */
const mayWait = ({ facts, followupOf }: DomainRecord, isFollowedUp: boolean): boolean =>
  followupOf === undefined && !isFollowedUp && facts.source === 'log' && facts.firstHere === undefined

/** What is kept of the answers about a record, and what is to be asked. */
const askedFor = (
  record: DomainRecord,
  entries: readonly EnrichSettings[],
  kept: EnrichmentOptions['kept'],
) => {
  const found: Enriched[] = []
  const asks: NewEnrichment['asks'][number][] = []
  for (const entry of entries) {
    const value = valueOf(entry, record.facts)
    if (value === undefined) continue
    const answer = kept(entry.command, value)
    if (answer) found.push(enrichedBy(entry, answer.result))
    else asks.push({ entry: nameOfEnrichment(entry), value })
  }
  return { found: found.filter(one => !saysNothing(one)), asks }
}

/** Without entries nothing changes. */
export const enrichmentBy = ({ entries, kept, policy }: EnrichmentOptions): Enrich => {
  if (entries.length === 0) return written => written
  return (written, known, now) => {
    // The records of the enricher have been asked about.
    if (written.records.length === 0 || written.enrichmentChanges) return written
    let promised: ReadonlySet<string> | undefined
    const changed = new Map<string, Domain>([...(written.domains ?? [])].map(row => [row.domain, row]))
    const domainOf = (name: string) => changed.get(name) ?? known.domains.get(name)
    const records: DomainRecord[] = []
    const newEnrichments: NewEnrichment[] = []
    let room: number | undefined
    let refused = 0
    for (const record of written.records) {
      const { found, asks } = askedFor(record, entriesFor(record, entries, known), kept)
      const enriched =
        found.length > 0 ? recordWith(record, merged(found), { known, domainOf, policy, now }) : record
      const isAsked = asks.length > 0 && (room ??= known.enrichmentRoom()) > newEnrichments.length
      if (asks.length > 0 && !isAsked) refused += 1
      const waits =
        isAsked &&
        policy.holdMs > 0 &&
        mayWait(record, (promised ??= followedUp(written, known)).has(record.facts.id))
      if (isAsked)
        newEnrichments.push({ record: enriched, due: waits ? now + policy.holdMs : undefined, asks })
      if (!waits) records.push(enriched)
    }
    const limits = new Map([...(written.limits ?? []), ['enrichmentsMax', refused]])
    return { ...written, records, newEnrichments, limits }
  }
}
