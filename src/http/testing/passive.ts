/** Passive DNS for a port in tests: the real store, with rows that a test gives. */
import type { NameSeen } from '../../model/passive.js'
import type { TagName } from '../../model/tag.js'
import { localRanges } from '../../names/network.js'
import { createReducer } from '../../names/psl.js'
import { readTagValue } from '../../names/tag-value.js'
import { addPassive } from '../../store/testing/passive.js'
import { storeIn } from '../../testing/pipeline-kit.js'
import { nearestTagged } from '../../transfer/pdns-near.js'
import { readQuestion } from '../../transfer/pdns-question.js'
import { tagPages } from '../../transfer/tag-lines.js'
import type { PassiveDns } from '../options.js'

export const passiveIn = (
  t: Parameters<typeof storeIn>[0],
  names: readonly NameSeen[],
  more: Partial<PassiveDns> = {},
  tags: readonly (readonly [value: string, tag: TagName])[] = [],
): PassiveDns => {
  const store = storeIn(t)
  addPassive(store, ...names)
  store.putTags(
    tags.flatMap(([value, tag]) => {
      const target = readTagValue(value)
      return typeof target === 'string' ? [] : [{ target, tag, source: 'test', at: 0, note: undefined }]
    }),
  )
  return {
    ...{ readQuestion, count: store.pdns.count, counts: store.pdns },
    ...{ reduce: createReducer([]).reduce, parked: localRanges(), tags: tag => tagPages(store, tag) },
    tuples: (question, filter) => store.pdns.tuples(question, filter),
    near: options => nearestTagged(store, store.tagTable(), options),
    ...{ origin: 'https://sensor1.example.com/', circl: false },
    ...more,
  }
}
