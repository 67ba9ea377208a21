/** Who is told ISC-FIRST-CONTACT, and that nobody learns from it whether a certain other client has asked. */
import fc from 'fast-check'
import t from 'tap'
import { iscToldAgainMs } from '../limits.js'
import { unknownDomain } from '../model/domain.js'
import { openStore, type Store } from './store.js'

const start = Date.UTC(2026, 10, 28, 12)
const domain = 'example.com'
const others = { isFirst: false, ownSeen: undefined }

const withStore = <T>(work: (store: Store) => T): T => {
  const store = openStore(':memory:')
  try {
    return work(store)
  } finally {
    store.close()
  }
}

/** The domain was contacted, as it is when a question was committed. */
const contacted = (store: Store, firstSeen = start): void =>
  void store.commit(
    {},
    () => ({ domains: [{ ...unknownDomain(domain), firstSeen, lastSeen: firstSeen, queries: 1 }] }),
    start,
  )

/** A client asks: it is told of the first contact, the question is committed, and the answer reaches it. */
const ask = (store: Store, client: number, k: number, now: number) => {
  const contact = store.iscAskers.contact(domain, client, k, now)
  if (store.domain(domain)?.firstSeen === undefined) contacted(store, now)
  if (contact.isFirst) store.iscAskers.told(domain, client, now)
  return contact
}

void t.test('the first client is told until an answer has reached it, and for an hour after that', t => {
  withStore(store => {
    const first = { isFirst: true, ownSeen: start }
    t.strictSame(store.iscAskers.contact(domain, 1, 1, start), first)
    t.strictSame(store.iscAskers.contact(domain, 2, 1, start + 1), others, 'nobody else is')
    contacted(store)
    const later = start + 30 * iscToldAgainMs
    t.strictSame(store.iscAskers.contact(domain, 1, 1, later), first, 'no answer had reached it')
    store.iscAskers.told(domain, 1, later)
    t.strictSame(store.iscAskers.contact(domain, 1, 1, later + iscToldAgainMs - 1), first)
    store.iscAskers.told(domain, 1, later + iscToldAgainMs - 1)
    t.strictSame(
      store.iscAskers.contact(domain, 1, 1, later + iscToldAgainMs),
      others,
      'the hour is not prolonged',
    )
    t.strictSame(
      store.iscAskers.contact(domain, 1, 1, later),
      others,
      'its row is gone, whatever the clock says',
    )
    t.strictSame(store.iscAskers.contact(domain, 3, 1, later), others)
  })
  t.end()
})

void t.test('a client that never had its answer: still it alone is the owner', t => {
  withStore(store => {
    store.iscAskers.contact(domain, 1, 1, start)
    contacted(store)
    for (let client = 2; client < 40; client += 1)
      t.strictSame(store.iscAskers.contact(domain, client, 1, start + client * iscToldAgainMs), others)
    t.match(store.iscAskers.contact(domain, 1, 1, start + 99 * iscToldAgainMs), { isFirst: true })
  })
  t.end()
})

void t.test('a domain that was contacted before is nobody’s', t => {
  withStore(store => {
    contacted(store)
    t.strictSame(store.iscAskers.contact(domain, 1, 1, start), others)
    t.strictSame(store.iscAskers.contact(domain, 1, 5, start), others)
  })
  t.end()
})

void t.test('with k of 3 each of the first three is answered as if it were the first', t => {
  withStore(store => {
    const late = start + 2 * iscToldAgainMs
    for (const client of [1, 2]) t.strictSame(ask(store, client, 3, start + client), { isFirst: true, ownSeen: start + client }) // prettier-ignore
    t.strictSame(
      ask(store, 1, 3, late),
      { isFirst: false, ownSeen: start + 1 },
      'its own time, as long as fewer asked',
    )
    t.strictSame(ask(store, 3, 3, late), { isFirst: true, ownSeen: late })
    t.strictSame(ask(store, 4, 3, late), others)
    t.strictSame(ask(store, 1, 3, late), others)
    t.strictSame(ask(store, 3, 3, late + 2 * iscToldAgainMs), others)
    t.strictSame(
      ask(store, 5, 3, late + 2 * iscToldAgainMs),
      others,
      'without rows nobody is the first again',
    )
  })
  t.end()
})

void t.test('rows go with their domain', t => {
  const store = openStore(':memory:', { domainsMax: 2 })
  t.teardown(() => store.close())
  const absent = (domain: string) => ({
    ...{ ...unknownDomain(domain), firstSeen: start, lastSeen: start, queries: 1 },
    known: {
      ...{ registration: { kind: 'absent' } as const, checked: start },
      ...{ freshUntil: start + 1, failures: 0, absences: 1 },
    },
  })
  for (let i = 0; i < 20; i += 1) {
    store.iscAskers.contact(`x${i}.com`, 1, 1, start)
    store.commit({}, () => ({ domains: [absent(`x${i}.com`)] }), start + i)
  }
  t.ok(store.evictedCount() > 10)
  const evicted = Array.from({ length: 20 }, (_, i) => `x${i}.com`).find(name => !store.domain(name)) ?? ''
  t.match(store.iscAskers.contact(evicted, 2, 1, start + 99), { isFirst: true }, 'a new domain again')
  t.end()
})

/*
 * Two worlds that differ in which clients asked, not in how many: whoever is not among those that were exchanged is told the
 * same in both.
 */
void t.test('two worlds that differ in which other client asked give equal answers', t => {
  const step = fc.record({ client: fc.integer({ min: 1, max: 5 }), afterMs: fc.integer({ min: 0, max: 3 * iscToldAgainMs }) }) // prettier-ignore
  const history = fc.array(step, { maxLength: 12 })
  const exchange = (client: number) => (client === 4 ? 5 : client === 5 ? 4 : client)
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 4 }), (steps, k) => {
      const run = (who: (client: number) => number) =>
        withStore(store => {
          let now = start
          return steps.map(({ client, afterMs }) => {
            now += afterMs
            return ask(store, who(client), k, now)
          })
        })
      const [one, other] = [run(client => client), run(exchange)]
      return steps.every(
        ({ client }, at) => client > 3 || JSON.stringify(one[at]) === JSON.stringify(other[at]),
      )
    }),
    { numRuns: 300 },
  )
  t.end()
})

void t.test('with k clients that asked before, a new one is told of a first contact by none of them', t => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 }), clients =>
      withStore(store => {
        const k = clients.length
        const firsts = clients.map((client, at) => ask(store, client, k, start + at).isFirst)
        return firsts.every(Boolean) && !ask(store, 99, k, start + 99).isFirst
      }),
    ),
  )
  t.end()
})
