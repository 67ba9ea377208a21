import { Readable } from 'node:stream'
import t from 'tap'
import { importRowsMax } from '../limits.js'
import type { Store } from '../store/store.js'
import { handClock } from '../testing/hand-clock.js'
import { importLines } from './import.js'
import { knownOf, now, question, see, storeIn, told3 } from './testing/story.js'

const load = (store: Store, lines: readonly string[]) =>
  importLines(Readable.from(lines), store, handClock(now))
const registrationOf = (store: Store, domain: string) =>
  knownOf(store, { domains: [domain] }).domains.get(domain)?.known?.registration

const good: [string, string, number, number | undefined][] = [
  ['a.com,2001-02-03,2030-01-01', 'a.com', Date.UTC(2001, 1, 3), Date.UTC(2030, 0, 1)],
  [' B.com , 2001-02-03T04:05:06Z , ', 'b.com', Date.UTC(2001, 1, 3, 4, 5, 6), undefined],
  ['c.co.uk,2001-02-03T04:05:06+03:00', 'c.co.uk', Date.UTC(2001, 1, 3, 1, 5, 6), undefined],
  ['bücher.de,2001-02-03,,a tag', 'xn--bcher-kva.de', Date.UTC(2001, 1, 3), undefined],
  ['github.io,2013-03-08,', 'github.io', Date.UTC(2013, 2, 8), undefined],
]

void t.test('good lines become registrations', async t => {
  const store = storeIn(t)
  const found = await load(store, good.map(([line]) => line)) // prettier-ignore
  t.same(found, { taken: good.length, refused: 0, refusals: [] })
  for (const [line, domain, registered, expires] of good)
    t.same(registrationOf(store, domain), { kind: 'registered', registered, expires }, line)
})

const bad: [string, RegExp][] = [
  ['a.com', /not of the form/],
  ['a.com,yesterday,', /not of the form/],
  ['a.com,2001-02-30,', /not of the form/],
  ['a.com,2001-02-03,never', /not of the form/],
  ['com,2001-02-03,', /single-label/],
  ['co.uk,2001-02-03,', /no-public-suffix/],
  ['printer.local,2001-02-03,', /special-use/],
  ['10.0.0.1,2001-02-03,', /ip-literal/],
  ['foo.github.io,2001-02-03,', /registered is github\.io/],
  ['www.a.com,2001-02-03,', /registered is a\.com/],
]

void t.test(
  'bad lines are refused, each with its number and why; the good ones among them are taken',
  async t => {
    const store = storeIn(t)
    const lines = ['# domain,created,expires', '', ...bad.map(([line]) => line), 'good.com,2001-02-03,']
    const { taken, refused, refusals } = await load(store, lines)
    t.equal(taken, 1)
    t.equal(refused, bad.length)
    t.match(refusals, bad.map(([, why], i) => ({ line: i + 3, why }))) // prettier-ignore
  },
)

void t.test('what was seen stays: an import is no contact, and takes none away', async t => {
  const store = storeIn(t)
  see(store, [question('a.com')])
  await load(store, ['a.com,2001-02-03,', 'b.com,2001-02-03,'])
  t.match(knownOf(store, { domains: ['a.com'] }).domains.get('a.com'), { firstSeen: now, queries: 1 })
  t.same(told3(see(store, [question('x.a.com'), question('b.com')])), [
    'ESTABLISHED x.a.com',
    'ESTABLISHED YOUR-FIRST-CONTACT b.com',
  ])
})

void t.test(
  'a list longer than one transaction is taken whole, a name that comes twice with its last date',
  async t => {
    const store = storeIn(t)
    const lines = Array.from({ length: importRowsMax + 5 }, (_, i) => `d${i}.com,2001-02-03,`)
    t.match(await load(store, [...lines, 'd0.com,2010-01-01,']), { refused: 0 })
    t.match(registrationOf(store, `d${importRowsMax + 4}.com`), { kind: 'registered' })
    t.match(registrationOf(store, 'd0.com'), { registered: Date.UTC(2010, 0, 1) })
  },
)
