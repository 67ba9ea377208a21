/** Decides what the answers of commands do to the records that were stored for them. Pure. */
import type { Written } from '../commit/committer.js'
import type { Policy } from '../detect/policy.js'
import { addHits } from '../detect/mutes.js'
import { enrichmentMsMax } from '../limits.js'
import type { Enriched } from '../model/enrichment.js'
import type { DomainRecord } from '../model/record.js'
import { enrichedIdOf } from '../sightings/question.js'
import type { AskAgain, StoredAsk, StoredEnrichment } from '../store/enrichments.js'
import type { Known } from '../store/transaction.js'
import { saysNothing, merged } from './fields.js'
import { isReport, judgedWith, recordWith, type Judging } from './judge.js'

/** What came of a question: an answer, nothing, or it is asked again. */
export type AskEnd = Enriched | 'nothing' | AskAgain

export interface OpenEnrichment {
  readonly stored: StoredEnrichment
  readonly asks: readonly StoredAsk[]
}

const isAgain = (end: AskEnd | undefined): end is AskAgain => typeof end === 'object' && 'notBefore' in end

const againOf = (end: AskEnd | undefined): number | undefined => (isAgain(end) ? end.notBefore : undefined)

class Settling {
  readonly records: DomainRecord[] = []
  readonly found = new Map<number, Enriched>()
  readonly again = new Map<number, AskAgain>()
  readonly ended: number[] = []
  readonly written: number[] = []
  readonly done: number[] = []
  readonly muted = new Map<number, number>()
  late = 0
  readonly #judging: Judging

  constructor(judging: Judging) {
    this.#judging = judging
  }

  apply({ stored, asks }: OpenEnrichment, ends: ReadonlyMap<number, AskEnd>): void {
    const { now, policy } = this.#judging
    const { enrichment, due, at, record } = stored
    const answered = new Map<StoredAsk, Enriched>()
    const open: StoredAsk[] = []
    for (const ask of asks) {
      const end = ask.found ?? ends.get(ask.ask)
      if (end === undefined || isAgain(end)) open.push(ask)
      else if (end !== 'nothing' && !saysNothing(end)) answered.set(ask, end)
    }
    const isLate = due === undefined && at <= now - enrichmentMsMax
    const isDone = open.length === 0 || isLate
    const nextAsk = Math.min(...open.map(ask => againOf(ends.get(ask.ask)) ?? ask.notBefore))
    if (due !== undefined && due > now && !isDone && nextAsk < due) this.#keep(asks, ends)
    else {
      if (policy.mayLeave(record.facts.query)) this.#write(stored, answered)
      if (isDone) this.done.push(enrichment)
      else {
        this.written.push(enrichment)
        this.#keep(open, ends)
        const left = new Set(open)
        for (const ask of asks) if (!left.has(ask)) this.ended.push(ask.ask)
      }
      if (isLate) this.late += open.length
    }
  }

  #keep(asks: readonly StoredAsk[], ends: ReadonlyMap<number, AskEnd>): void {
    for (const { ask } of asks) {
      const end = ends.get(ask)
      if (isAgain(end)) this.again.set(ask, end)
      else if (end === 'nothing') this.ended.push(ask)
      else if (end) this.found.set(ask, end)
    }
  }

  #write({ record, due }: StoredEnrichment, answered: ReadonlyMap<StoredAsk, Enriched>): void {
    if (due === undefined && answered.size === 0) return
    // What was kept of earlier answers when the record was made is in it already, and in it alone.
    const before = due === undefined ? undefined : record.facts.enriched
    const enriched = merged([...(before ? [before] : []), ...answered.values()])
    const made =
      due === undefined
        ? this.#followup(
            record,
            enriched,
            [...answered.keys()].map(({ entry }) => entry),
          )
        : recordWith(record, enriched, this.#judging)
    this.records.push(made)
  }

  /** What the command said, with the alert that it raises: all else was in the first record. */
  #followup(record: DomainRecord, enriched: Enriched, entries: readonly string[]): DomainRecord {
    const found = judgedWith(record, enriched, this.#judging)
    addHits(this.muted, found.muted)
    return {
      facts: { ...record.facts, id: enrichedIdOf(record.facts.id, entries), enriched },
      verdict: { ...found, alerts: found.alerts.filter(isReport) },
      followupOf: record.followupOf ?? record.facts.id,
      alertsWithdrawn: [],
    }
  }
}

/**
 * Writes the records whose commands have answered, or whose time is up.
 *
 * @param ends by the number of the question
 * @param known with the domains of the records
 * @param now epoch ms
 */
export const settleEnrichments = (
  open: readonly OpenEnrichment[],
  ends: ReadonlyMap<number, AskEnd>,
  known: Known,
  policy: Policy,
  now: number,
) => {
  const domainOf = (name: string) => known.domains.get(name)
  const settling = new Settling({ known, domainOf, policy, now })
  for (const one of open) settling.apply(one, ends)
  const { records, found, again, ended, written, done, muted, late } = settling
  return {
    ...{ records, muted, enrichmentChanges: { found, again, ended, written, done } },
    limits: new Map([['enrichmentMsMax', late]]),
  } satisfies Written
}
