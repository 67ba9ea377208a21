/** Rows of passive DNS for tests. */
import type { NameSeen, PassiveSeen, TupleSeen } from '../../model/passive.js'
import { now } from '../../testing/pipeline-kit.js'
import type { Store } from '../store.js'

export const tupleSeen = (rrtype: string, rdata: string, more: Partial<TupleSeen> = {}): TupleSeen => ({
  ...{ rrtype, rdata, count: 1, first: now, last: now },
  ...{ ttlMin: 60, ttlMax: 60, ttlLast: 60, sensor: undefined },
  ...more,
})

export const nameSeen = (rrname: string, more: Partial<NameSeen> = {}): NameSeen => ({
  ...{ rrname, questions: undefined, responses: new Map(), clients: new Map(), tuples: [] },
  ...more,
})

export const timesSeen = (count: number, first = now, last = first) => ({ count, first, last })

/** The latest time is that of the names. */
export const passiveSeen = (names: readonly NameSeen[]): PassiveSeen => ({
  names,
  latest: Math.max(
    0,
    ...names.flatMap(({ questions, tuples }) => [questions?.last ?? 0, ...tuples.map(({ last }) => last)]),
  ),
})

export const addPassive = (store: Store, ...names: readonly NameSeen[]) =>
  void store.commit({}, () => ({ passive: passiveSeen(names) }), now)
