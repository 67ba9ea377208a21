import t from 'tap'
import { openStore } from '../store/store.js'
import { handClock } from '../testing/hand-clock.js'
import { now, storeIn, knownOf } from '../testing/pipeline-kit.js'
import { load } from './testing/load.js'

const clock = handClock(now)
const date = 'Tue, 21 Jan 2003 06:17:24 GMT'
const element = (more: object = {}) => ({ domain: 'a.com', seen_by_web: date, expires: null, ...more })
const whole = (more: object = {}) =>
  element({ domainstats: { version: 1, queries: 1, window: { names: 0 }, owed_alerts: [], ...more } })

void t.test('a list of domain_stats is imported with its dates and its source', async t => {
  const store = storeIn(t)
  const list = [
    element({ freq_score: [6.6633, 5.8604], seen_by_isc: 'TOP1M', expires: 1611597146.5 }),
    element({ domain: 'B.COM', seen_by_web: 'Mon, 21 Jan 2003 06:17:24 GMT', expires: date }),
    element({ domain: 'x.s3.amazonaws.com' }),
  ]
  t.match(await load(store, clock, JSON.stringify(list)), { taken: 3, hosted: 1, refused: 0 })
  const { domains } = knownOf(store, { domains: ['a.com', 'b.com', 'x.s3.amazonaws.com'] })
  const registered = Date.parse(date)
  t.match(domains.get('a.com'), { firstSeen: undefined, known: { registration: { registered, expires: 1611597146500, source: 'TOP1M' } } }) // prettier-ignore
  t.match(domains.get('b.com'), {
    known: { registration: { registered, expires: registered, source: 'list' } },
  })
  t.match(domains.get('x.s3.amazonaws.com'), { known: { registration: { registered } } })
})

const hostile: readonly (readonly [element: unknown, why: RegExp])[] = [
  [7, /not an object/],
  [null, /not an object/],
  [[], /domain: |not an object/],
  [{}, /domain: /],
  [element({ domain: 7 }), /domain: /],
  [element({ domain: 'x'.repeat(5000) }), /domain: /],
  [element({ domain: '__proto__' }), /not-a-hostname|single-label/],
  [element({ domain: 'a.com/../b' }), /not-a-hostname|no-public-suffix/],
  [element({ seen_by_web: undefined }), /seen_by_web is no date/],
  [element({ seen_by_web: 'ERROR' }), /seen_by_web is no date/],
  [element({ seen_by_web: 'Tue, 31 Feb 2003 06:17:24 GMT' }), /seen_by_web is no date/],
  [element({ seen_by_web: 'Fri, 31 Dec 9999 23:59:59 GMT' }), /registered in the future/],
  [element({ seen_by_web: { $gt: '' } }), /seen_by_web: /],
  [element({ expires: 1e300 }), /expires is no time/],
  [element({ expires: 'never' }), /expires is no time/],
  [element({ expires: [] }), /expires: /],
  [whole({ version: 2 }), /domainstats\.version: /],
  [whole({ queries: -1 }), /domainstats\.queries: /],
  [whole({ queries: 1e300 }), /domainstats\.queries: /],
  [whole({ seen_by_you: 'now' }), /domainstats\.seen_by_you: /],
  [whole({ seen_by_you: 1e17 }), /domainstats\.seen_by_you: /],
  [whole({ owed_alerts: ['RM -RF'] }), /domainstats\.owed_alerts\.0: /],
  [whole({ known: { registration: { kind: 'failed', reason: 'x\u001b[2J' } } }), /domainstats\.known\./],
  [whole({ known: { registration: { kind: 'nothing' } } }), /domainstats\.known\./],
  [{ ...whole(), domain: 'a b.com' }, /not-a-hostname/],
  [{ ...whole(), domain: `${'a.'.repeat(200)}com` }, /not-a-hostname/],
]

void t.test(
  'a hostile element is refused with its number and reason, and its neighbours are imported',
  async t => {
    for (const [bad, why] of hostile) {
      const store = openStore(':memory:')
      const list = [element({ domain: 'b.com' }), bad, element({ domain: 'c.com' })]
      const found = await load(store, clock, JSON.stringify(list))
      t.match(
        found,
        { taken: 2, refused: 1, refusals: [{ at: /element 2|^2$/, why }] },
        JSON.stringify(bad).slice(0, 90),
      )
    }
  },
)

void t.test(
  'a malformed element is refused alone; repeated keys count once; __proto__ is only a key',
  async t => {
    const store = storeIn(t)
    const good = `"seen_by_web": "${date}"`
    const list = `[nonsense, {"domain": "x.com", "domain": "a.com", ${good}}, , {"__proto__": {"domain": "y.com"}, ${good}},
    {"__proto__": {"polluted": 1}, "constructor": 1, "domain": "b.com", ${good}}, {'domain': 1}]`
    const found = await load(store, clock, list)
    t.match(found, { taken: 2, refused: 4 })
    t.same(found.refusals.map(({ at, why }) => `${at}: ${why.slice(0, 8)}`), ['element 1: not JSON', 'element 3: not JSON', 'element 4: domain: ', 'element 6: not JSON']) // prettier-ignore
    t.same(
      [...knownOf(store, { domains: ['a.com', 'b.com', 'x.com', 'y.com'] }).domains.keys()],
      ['a.com', 'b.com'],
    )
    t.equal(({} as { polluted?: number }).polluted, undefined)
  },
)

const halves: readonly (readonly [list: (good: string) => string, taken: number, broken: RegExp])[] = [
  [good => `[${good}, ${good.slice(0, 30)}`, 1, /breaks off/],
  [good => `[${good},`, 1, /breaks off/],
  [good => `[${good}] trailing`, 1, /something follows/],
  [good => `[${good}]]`, 1, /something follows/],
  [good => good, 0, /begins with \[/],
  [() => '', 0, /breaks off/],
]

void t.test('the complete elements of a truncated file are imported, and the end is reported', async t => {
  for (const [list, taken, broken] of halves) {
    const found = await load(openStore(':memory:'), clock, list(JSON.stringify(element())), {
      format: 'json',
    })
    t.match(found, { taken, refused: 1, broken })
  }
})

void t.test('a list with an element of 100 MB takes no more memory than one without', async t => {
  const good = JSON.stringify(element())
  const chunks = async function* () {
    yield await Promise.resolve(Buffer.from(`[${good}, {"domain": "`))
    const chunk = Buffer.alloc(65_536, '[{x')
    for (let i = 0; i < 1600; i += 1) yield chunk
    yield Buffer.from(`"}, ${good}]`)
  }
  const before = process.memoryUsage().rss
  const found = await load(storeIn(t), clock, chunks())
  t.match(found, { taken: 2, refused: 1, refusals: [{ at: 'element 2', why: 'the element is too long' }], broken: undefined }) // prettier-ignore
  t.ok(process.memoryUsage().rss - before < 60 * 1024 * 1024)
})
