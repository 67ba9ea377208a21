/**
 * The names that were written within a window: a question for one of them is suppressed. Part of the decision of a
 * transaction (sightings.ts).
 */
import { type Draft, isInWindow, suppressionOf } from '../detect/suppression.js'
import type { Policy } from '../detect/policy.js'
import { alerting, type TagSet, type TagTable } from '../detect/tags.js'
import { namesKeptMax, namesKeptMin } from '../limits.js'
import type { Facts } from '../model/record.js'
import { toALabels } from '../names/hostname.js'
import { namesIn, type RememberedNames, type WrittenName } from '../store/name-windows.js'
import type { Known } from '../store/transaction.js'
import type { Question } from './question.js'

/** What a record is remembered by. A name that is tagged since, or by an address, is not the one that was written. */
export const writtenKeyOf = (name: string, set: TagSet): string =>
  (set & alerting) === 0 ? name : `${name}\n${set & alerting}`

/** The tags of a question. */
export interface QuestionTags {
  readonly set: TagSet
  /** The tagged name, or the domain: where the domain has too many names, it stands for all names below it. */
  readonly by: string
}

export const tagsOfQuestion = (
  { name, domain, response }: Pick<Question, 'name' | 'domain' | 'response'>,
  tags: TagTable,
): QuestionTags => {
  if (tags.isEmpty) return { set: 0, by: domain }
  const found = tags.ofName(name)
  return { set: (found?.set ?? 0) | tags.ofAnswers(response.answers), by: found?.by ?? domain }
}

export class WrittenNames {
  /** By domain: the names that this batch writes. */
  readonly windows = new Map<string, WrittenName[]>()
  /** By domain with more names than are remembered: its names, as far as the batch has come. */
  readonly full = new Map<string, RememberedNames>()
  /** Of each domain: at least the names of this window and of the one before. */
  readonly namesKept: number
  /** By name: the event time of its record in this batch. */
  readonly #lastWritten = new Map<string, number>()
  readonly #known: Known
  readonly #policy: Policy

  constructor(known: Known, policy: Policy) {
    this.#known = known
    this.#policy = policy
    this.namesKept = Math.min(Math.max(2 * policy.maxNamesPerDomain, namesKeptMin), namesKeptMax)
  }

  /** Returns true if the name was written with these tags in this window already. */
  rememberTagged({ query, domain, ts }: Facts, set: TagSet): boolean {
    const key = writtenKeyOf(toALabels(query), set)
    const last = this.lastOf(domain, key)
    this.remember(domain, { name: key, ts: Math.floor(ts) })
    return this.#policy.emit !== 'every' && last !== undefined && isInWindow(ts, last)
  }

  suppression(
    domain: Draft,
    name: string,
    { set, by }: QuestionTags,
    ts: number,
    first: boolean,
  ): ReturnType<typeof suppressionOf> {
    const key = writtenKeyOf(name, set)
    // A first contact is written even if its name was written lately below another domain: the suffix list has changed.
    const last = first ? undefined : this.lastOf(domain.domain, key)
    const isLate = last === undefined || !isInWindow(ts, last)
    const suppression = suppressionOf(domain, last, ts, this.#policy.maxNamesPerDomain)
    const at = Math.floor(ts)
    if (suppression === 'none') {
      this.remember(domain.domain, { name: key, ts: at })
      if (key !== name) this.remember(domain.domain, { name, ts: at })
      return 'none'
    }
    if (key === name || !isLate) return suppression
    // The domain has had too many names: the tagged one above stands for them, once a window.
    const capped = writtenKeyOf(by, set)
    const lastCapped = this.lastOf(domain.domain, capped)
    if (lastCapped !== undefined && isInWindow(ts, lastCapped)) return suppression
    this.remember(domain.domain, { name: capped, ts: at })
    return suppression === 'over-threshold' ? suppression : 'none'
  }

  lastOf(domain: string, name: string): number | undefined {
    const full = this.full.size > 0 ? this.full.get(domain) : undefined
    if (full) return full.get(name)
    return this.#lastWritten.get(name) ?? this.#known.lastOf(domain, name)
  }

  remember(domain: string, written: WrittenName): void {
    this.#lastWritten.set(written.name, written.ts)
    const names = this.windows.get(domain) ?? []
    if (names.length === 0) this.windows.set(domain, names)
    names.push(written)
    const full = this.full.get(domain)
    if (full) {
      full.put(written)
      return
    }
    // What falls out is forgotten at once: what is written must not depend on where a batch ends.
    if (names.length + namesIn(this.#known.stored.get(domain)?.written ?? '') <= this.namesKept) return
    const remembered = this.#known.remember(domain, this.namesKept)
    for (const one of names) remembered.put(one)
    this.full.set(domain, remembered)
  }
}
