import t, { type Test } from 'tap'
import { riskWeights } from '../detect/risk.js'
import { noTags } from '../detect/tags.js'
import { releaseMax } from '../limits.js'
import { unknownDomain, type Domain } from '../model/domain.js'
import { createReducer } from '../names/psl.js'
import { openStore, type Store } from '../store/store.js'
import { day, now } from '../testing/pipeline-kit.js'
import { listDomains, type ListingOptions } from './list.js'

const everything: ListingOptions = {
  byRisk: false,
  onlyNew: false,
  since: undefined,
  match: undefined,
  top: undefined,
}
const { reduce } = createReducer([])
const thresholds = {
  ...{ establishedDays: 730, freqAverage: 5, freqWord: 4, dgaAlert: 60 },
  ...{ freqAlerts: 'always' as const, newDays: 0, trustDrops: new Set<string>() },
  riskWeights: riskWeights(),
}

const listIn = (store: Store, options: Partial<ListingOptions> = {}) => [
  ...listDomains(
    { ...everything, ...options },
    { store, scoresOf: () => ({}), reduce, thresholds, lookups: true, now, tags: noTags },
  ),
]
const namesIn = (store: Store, options: Partial<ListingOptions> = {}) =>
  listIn(store, options).map(({ domain }) => domain.domain)

const registered = (at: number) => ({
  ...{ registration: { kind: 'registered' as const, registered: at, expires: undefined, source: 'RDAP' } },
  ...{ checked: now, freshUntil: now, failures: 0, absences: 0 },
})
const domains: readonly Domain[] = [
  { ...unknownDomain('old.com'), firstSeen: now - 9 * day, queries: 70, known: registered(0) },
  { ...unknownDomain('new.com'), firstSeen: now - day, queries: 5, known: registered(now - 3 * day) },
  { ...unknownDomain('x.github.io'), firstSeen: now - 2 * day, queries: 7 },
  { ...unknownDomain('github.io'), known: registered(now - day) },
  { ...unknownDomain('unasked.net'), firstSeen: now - 1000, queries: 1 },
]
const filled = (t: Test): Store => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  store.commit({}, () => ({ domains }), now)
  return store
}

void t.test('the newest first contact comes first, names never contacted last', t => {
  const store = filled(t)
  t.strictSame(namesIn(store), ['unasked.net', 'new.com', 'x.github.io', 'old.com', 'github.io'])
  t.strictSame(namesIn(store), namesIn(store), 'and again')
  t.end()
})

const selections: readonly (readonly [options: Partial<ListingOptions>, names: readonly string[]])[] = [
  [{ since: now - 2 * day }, ['unasked.net', 'new.com', 'x.github.io']],
  [{ onlyNew: true }, ['new.com', 'github.io']],
  [{ match: '*.com' }, ['new.com', 'old.com']],
  [{ match: '*.github.??' }, ['x.github.io']],
  [{ top: 2 }, ['old.com', 'x.github.io']],
  [{ top: 1, onlyNew: true }, ['new.com']],
  [{ top: 9, match: 'n*', since: now - 2 * day }, ['new.com']],
]

void t.test('the filters select rows, in any combination', t => {
  const store = filled(t)
  for (const [options, names] of selections)
    t.strictSame(namesIn(store, options), names, JSON.stringify(options))
  t.end()
})

void t.test("a name below a private suffix is hosted, and its hoster's registration is not used", t => {
  const rows = new Map(listIn(filled(t)).map(row => [row.domain.domain, row]))
  t.match(rows.get('x.github.io'), {
    registeredBy: undefined,
    verdict: { category: 'UNKNOWN', hostedOn: 'github.io' },
  })
  t.match(rows.get('unasked.net'), { registeredBy: undefined, verdict: { category: 'PENDING' } })
  t.match(rows.get('old.com'), { verdict: { category: 'ESTABLISHED', registered: 0 } })
  t.end()
})

void t.test('a reader may stop in the middle, and pages join without a gap', t => {
  const store = filled(t)
  const many = Array.from({ length: 2 * releaseMax + 1 }, (_, i) => ({
    ...unknownDomain(`d${i}.org`),
    firstSeen: i,
  }))
  store.commit({}, () => ({ domains: many }), now)
  for (const row of listDomains(everything, {
    store,
    scoresOf: () => ({}),
    reduce,
    thresholds,
    lookups: false,
    now,
    tags: noTags,
  })) {
    t.match(row, {
      domain: { domain: 'unasked.net' },
      verdict: { category: 'UNKNOWN', reason: 'look-ups-off' },
    })
    break
  }
  t.equal(new Set(namesIn(store)).size, many.length + domains.length)
  t.end()
})

void t.test('by risk the highest comes first, and of equal ones the newest', t => {
  const store = filled(t)
  const ranked = listIn(store, { byRisk: true }).map(({ domain, verdict }) => [domain.domain, verdict.risk])
  t.strictSame(ranked, [
    ['github.io', 44],
    ['new.com', 42],
    ['unasked.net', 0],
    ['x.github.io', 0],
    ['old.com', 0],
  ])
  for (const top of [1, 2, 3, 4])
    t.strictSame(
      namesIn(store, { byRisk: true, top }),
      ranked.slice(0, top).map(([name]) => name),
    )
  t.strictSame(namesIn(store, { byRisk: true, onlyNew: true, match: 'n*' }), ['new.com'])
  t.end()
})
