/**
 * Counts over all that passive DNS holds: the names most asked for, names below a domain, new names a day, names that were
 * never answered. Each function yields between its steps, so that the caller can do something else, and returns the result.
 */
import type { StoredName } from '../model/passive.js'
import type { Reducer } from '../names/psl.js'
import type { NameRank } from '../store/pdns-reader.js'
import type { Reader } from '../store/reader.js'
import { dayMs } from '../time/clock.js'
import { Best, compareText } from './pdns-answer.js'

type Pdns = Reader['pdns']

/** A name, a domain or an address, with a number of something. */
export interface NameCount {
  readonly name: string
  readonly count: number
}

const mostFirst = (a: NameCount, b: NameCount): number => b.count - a.count || compareText(a.name, b.name)

function* bestOf(
  pages: Iterable<readonly StoredName[]>,
  limit: number,
  numberOf: (name: StoredName) => number,
): Generator<void, readonly StoredName[]> {
  const best = new Best<StoredName>(
    limit,
    (a, b) => numberOf(b) - numberOf(a) || compareText(a.rrname, b.rrname),
  )
  for (const page of pages) {
    for (const name of page) if (numberOf(name) > 0) best.add(name)
    yield
  }
  return best.sorted()
}

/** The names with the most questions, or with the most clients. */
export const topNames = (store: Pick<Pdns, 'ranked'>, by: 'questions' | 'clients', limit: number) =>
  bestOf(
    store.ranked(by, limit),
    limit,
    by === 'questions' ? name => name.questions : name => name.clients.count,
  )

/** Counts equal neighbours. */
class Runs {
  readonly best: Best<NameCount>
  #name: string | undefined
  #count = 0

  constructor(limit: number) {
    this.best = new Best(limit, mostFirst)
  }

  /** @param name undefined: this one counts for none */
  add(name: string | undefined): void {
    if (name !== this.#name) this.end()
    this.#name = name
    this.#count += 1
  }

  end(): void {
    if (this.#name !== undefined) this.best.add({ name: this.#name, count: this.#count })
    this.#name = undefined
    this.#count = 0
  }
}

/** The addresses with the most names. */
export function* topAddresses(
  store: Pick<Pdns, 'addresses'>,
  limit: number,
): Generator<void, readonly NameCount[]> {
  const runs = new Runs(limit)
  for (const page of store.addresses()) {
    for (const address of page) runs.add(address)
    yield
  }
  runs.end()
  return runs.best.sorted()
}

/**
 * The registered domains with the most names below them. In the order of reversed labels the names below a domain are
 * neighbours. The domain itself may stand apart (`com.a`, `com.a-b`, `com.a.www`), and is not counted.
 */
export function* topDomains(
  store: Pick<Pdns, 'labelsBelow'>,
  reduce: Reducer['reduce'],
  limit: number,
): Generator<void, readonly NameCount[]> {
  const runs = new Runs(limit)
  for (const page of store.labelsBelow('')) {
    for (const labels of page) {
      const name = labels.split('.').reverse().join('.')
      const reduced = reduce(name)
      if (typeof reduced === 'string') runs.add(undefined)
      else if (reduced.domain !== reduced.name) runs.add(reduced.domain)
    }
    yield
  }
  runs.end()
  return runs.best.sorted()
}

export interface Level {
  /** 1: the names one label below the domain. */
  readonly level: number
  readonly names: number
  /** One of them. */
  readonly example: string
}

/** The number of names below a domain, by level, over all its forms (A-labels, Unicode). */
export function* subdomainLevels(
  store: Pick<Pdns, 'labelsBelow'>,
  domains: readonly string[],
): Generator<void, readonly Level[]> {
  const levels = new Map<number, Level>()
  for (const domain of domains) {
    const depth = domain.split('.').length
    for (const page of store.labelsBelow(domain)) {
      for (const labels of page) {
        const parts = labels.split('.')
        const level = parts.length - depth
        const { names = 0, example = parts.reverse().join('.') } = levels.get(level) ?? {}
        levels.set(level, { level, names: names + 1, example })
      }
      yield
    }
  }
  return [...levels.values()].sort((a, b) => a.level - b.level)
}

export interface NewNames {
  /** Epoch ms of its midnight, UTC. */
  readonly day: number
  readonly names: number
}

/** The names first asked for on each of the last days, the oldest first; also days without any. @param now epoch ms */
export function* newNames(
  store: Pick<Pdns, 'newNames'>,
  days: number,
  now: number,
): Generator<void, readonly NewNames[]> {
  const [first, last] = [Math.floor(now / dayMs) - days + 1, Math.floor(now / dayMs)]
  const sums = new Map<number, number>()
  for (const page of store.newNames(first * dayMs)) {
    for (const [day, names] of page) sums.set(day, (sums.get(day) ?? 0) + names)
    yield
  }
  return Array.from({ length: last - first + 1 }, (_, i) => ({
    ...{ day: (first + i) * dayMs, names: sums.get(first + i) ?? 0 },
  }))
}

/** Why a question has no answer. EMPTY: NOERROR without an answer; NONE: no response was logged. */
export const unansweredKinds = ['NXDOMAIN', 'SERVFAIL', 'REFUSED', 'EMPTY', 'NONE'] as const
export type UnansweredKind = (typeof unansweredKinds)[number]

/** A response may be logged without its question, so the difference can be below 0. */
const withoutResponse = ({
  questions,
  answered,
  empty,
  nxdomain,
  servfail,
  refused,
  other,
}: StoredName): number => Math.max(0, questions - answered - empty - nxdomain - servfail - refused - other)

/** How many questions for the name had no answer for this reason; undefined: for any. */
export const unansweredOf = (name: StoredName, kind: UnansweredKind | undefined): number => {
  const { empty, nxdomain, servfail, refused, other } = name
  const counts: Readonly<Record<UnansweredKind, number>> = {
    ...{ NXDOMAIN: nxdomain, SERVFAIL: servfail, REFUSED: refused, EMPTY: empty },
    NONE: withoutResponse(name),
  }
  return kind === undefined ? Object.values(counts).reduce((all, count) => all + count, other) : counts[kind]
}

const ranks: Readonly<Record<UnansweredKind, NameRank>> = {
  ...{ NXDOMAIN: 'nxdomain', SERVFAIL: 'servfail', REFUSED: 'refused', EMPTY: 'empty', NONE: 'none' },
}

/** The names with the most questions that were not answered. */
export const mostUnanswered = (
  store: Pick<Pdns, 'ranked'>,
  kind: UnansweredKind | undefined,
  limit: number,
) =>
  bestOf(store.ranked(kind === undefined ? 'unanswered' : ranks[kind], limit), limit, name =>
    unansweredOf(name, kind),
  )
