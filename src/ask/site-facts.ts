/**
 * What all sensors of the site know of a name or an address in passive DNS. The site keeps facts by name, and the names of each
 * address and target; so other questions, such as those for a network, are not answered.
 */
import { siteFactsWaitMs, siteNamesAtOnce, siteRowsMax } from '../limits.js'
import type { SiteTuple } from '../model/passive.js'
import { addressText } from '../names/address.js'
import type { SharedFacts, SiteList } from '../shared/facts.js'
import type { PdnsQuestion } from '../store/pdns-search.js'
import { factTarget } from '../store/rdata-keys.js'
import type { Clock } from '../time/clock.js'
import { within } from '../time/wake.js'

/** Names whose own facts are wanted, and what the data of others is to be or to end in. */
export interface SiteQuestion {
  readonly names: readonly string[]
  readonly targets: readonly string[]
}

/** A string says why the site cannot be asked this, and what to ask. */
export const siteQuestionOf = (question: PdnsQuestion): SiteQuestion | string => {
  if (question.kind === 'name') {
    const { names, side } = question
    return { names: side === 'rdata' ? [] : names, targets: side === 'rrname' ? [] : names }
  }
  const [range, ...others] = question.kind === 'addresses' ? question.ranges : []
  if (range === undefined || others.length > 0 || !range.from.equals(range.to))
    return 'the site finds facts by one name or one address: patterns and networks are searched in the database of each sensor'
  return { names: [], targets: [addressText(range.from)] }
}

export interface SiteRows {
  readonly rows: readonly SiteTuple[]
  /** False: the shared store did not answer everything. */
  readonly isWhole: boolean
  /** There are more than siteRowsMax rows. */
  readonly isCut: boolean
  /** The site has no room for more of a name or an address: there may be rows that only sensors know. */
  readonly isFull: boolean
}

/** What isFull means, for a message. */
export const siteIsFull = 'the site has no room for more of a name or address'

/** Asks the site, siteFactsWaitMs at most. Rejects if the signal aborts. */
export type AskSiteFacts = (question: SiteQuestion, signal: AbortSignal) => Promise<SiteRows>

class Gathered implements SiteRows {
  readonly rows: SiteTuple[] = []
  isWhole = true
  isCut = false
  isFull = false

  /** Takes an answer, or that none came. Returns what it holds. */
  take<T>(answer: SiteList<T> | undefined): readonly T[] {
    if (answer === undefined) this.isWhole = false
    if (answer?.isFull === true) this.isFull = true
    return answer?.found ?? []
  }

  add(answers: readonly (SiteList<SiteTuple> | undefined)[], isWanted: (row: SiteTuple) => boolean): void {
    for (const answer of answers)
      for (const row of this.take(answer)) {
        if (!isWanted(row)) continue
        if (this.rows.length < siteRowsMax) this.rows.push(row)
        else this.isCut = true
      }
  }

  /** Nothing more is asked. */
  ended(): this {
    this.isWhole = false
    return this
  }
}

const gather = async (
  facts: SharedFacts,
  { names, targets }: SiteQuestion,
  signal: AbortSignal,
): Promise<SiteRows> => {
  const gathered = new Gathered()
  // Whose count is the own one does not matter here.
  const read = (some: readonly string[], target?: string) => facts.ofNames(some, '', signal, target)
  gathered.add(await read(names), () => true)
  for (const target of targets) {
    const owners = gathered.take(await facts.namesOf(target, signal))
    // A name that points to itself was found by its owner already.
    const others = owners.filter(owner => !names.includes(owner))
    for (let from = 0; from < others.length && !gathered.isCut; from += siteNamesAtOnce) {
      // A name without an answer is no reason to leave out those behind it.
      if (signal.aborted || facts.isAway()) return gathered.ended()
      gathered.add(
        await read(others.slice(from, from + siteNamesAtOnce), target),
        row => factTarget(row.rrtype, row.rdata) === target,
      )
    }
  }
  return gathered
}

/** Asks for facts of the site. */
export const siteFactsBy =
  (facts: SharedFacts, clock: Clock): AskSiteFacts =>
  async (question, signal) =>
    (await within(siteFactsWaitMs, clock, signal, until => gather(facts, question, until))) ?? {
      ...{ rows: [], isWhole: false, isCut: false, isFull: false },
    }
