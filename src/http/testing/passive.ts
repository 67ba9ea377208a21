/** Passive DNS for a port in tests: the real store, with rows that a test gives. */
import type { NameSeen } from '../../model/passive.js'
import { localRanges } from '../../names/network.js'
import { createReducer } from '../../names/psl.js'
import { addPassive } from '../../store/testing/passive.js'
import { storeIn } from '../../testing/pipeline-kit.js'
import { readQuestion } from '../../transfer/pdns-question.js'
import type { PassiveDns } from '../options.js'

export const passiveIn = (
  t: Parameters<typeof storeIn>[0],
  names: readonly NameSeen[],
  more: Partial<PassiveDns> = {},
): PassiveDns => {
  const store = storeIn(t)
  addPassive(store, ...names)
  return {
    ...{ readQuestion, count: store.pdns.count, counts: store.pdns },
    ...{ reduce: createReducer([]).reduce, parked: localRanges },
    tuples: (question, filter) => store.pdns.tuples(question, filter),
    ...{ origin: 'https://sensor1.example.com/', circl: false },
    ...more,
  }
}
