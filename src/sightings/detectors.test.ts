/** SERVICE-MIX and SPREAD in the decisions of the pipeline. */
import t from 'tap'
import type { Policy } from '../detect/policy.js'
import { spreadClients } from '../limits.js'
import type { Store } from '../store/store.js'
import {
  day,
  hour,
  now,
  putRegistration,
  question,
  registered,
  see,
  storeIn,
} from '../testing/pipeline-kit.js'
import type { Question } from './question.js'

const use: Partial<Policy> = { newDays: 30, emit: 'domains' }

const by = (origHost: string | undefined, query: string, ts = now): Question => {
  const asked = question(query, ts)
  return { ...asked, event: { ...asked.event, origHost } }
}

/** The alerts that are not of names and ages. */
const raised = (store: Store, questions: readonly Question[], more: Partial<Policy> = {}) =>
  see(store, questions, { ...use, ...more }).records.flatMap(({ verdict: { alerts }, facts: { query } }) =>
    alerts.filter(one => /^S[EP]/.test(one)).map(one => `${query} ${one}`),
  )

const known = (store: Store, ageDays: number, ...domains: readonly string[]) => {
  for (const domain of domains) putRegistration(store, domain, registered(ageDays))
}

const services = ['api.ipify.org', 'icanhazip.com', '2.0.0.127.zen.spamhaus.org']
const mix = (client: string | undefined) => services.map(name => by(client, name))
const mixed = `${services[2]} SERVICE-MIX:ipify.org+icanhazip.com+spamhaus.org`

void t.test('a client that asks three services: also where each of them was written today', t => {
  const store = storeIn(t)
  known(store, 4000, 'ipify.org', 'icanhazip.com', 'spamhaus.org')
  t.strictSame(
    raised(
      store,
      services.map((name, n) => by(`10.0.1.${n}`, name)),
    ),
    [],
  )
  const { suppressed } = see(store, mix('10.0.0.1').slice(0, 2), use)
  t.strictSame(suppressed(), [], 'the skim must not count them')
  t.strictSame(raised(store, mix('10.0.0.1').slice(2)), [mixed])
  t.strictSame(raised(store, mix('10.0.0.1')), [], 'once a day')
  t.end()
})

void t.test('not one that may, one that is not known, nor while learning', t => {
  const store = storeIn(t)
  known(store, 4000, 'ipify.org', 'icanhazip.com', 'spamhaus.org')
  t.strictSame(raised(store, mix('10.0.0.1'), { mayMixServices: one => one === '10.0.0.1' }), [])
  t.strictSame(raised(store, mix(undefined)), [])
  t.strictSame(raised(store, mix('10.0.0.2'), { clients: { record: 'none', keptMs: 0 } }), [])
  t.strictSame(raised(store, mix('10.0.0.3'), { learningUntil: now + 1 }), [])
  t.strictSame(raised(store, mix('10.0.0.1')), [mixed])
  t.end()
})

void t.test('a domain with too many names is not suppressed as a whole where services lie below it', t => {
  const store = storeIn(t)
  known(store, 4000, 'spamhaus.org', 'other.com')
  const asked = (domain: string) =>
    ['a', 'b', 'c', 'd', 'www'].map(label => by('10.0.0.1', `${label}.${domain}`))
  const few: Partial<Policy> = { ...use, maxNamesPerDomain: 2 }
  const capped = (domain: string) =>
    see(store, asked(domain), few)
      .suppressed()
      .map(({ suppression }) => suppression.isCapped)
  t.ok(capped('other.com').includes(true))
  t.notOk(capped('spamhaus.org').includes(true))
  t.end()
})

const clients = Array.from({ length: spreadClients }, (_, n) => `10.0.0.${n}`)

void t.test('SPREAD with the fifth client of a young domain, once, and over batches', t => {
  const store = storeIn(t)
  known(store, 3, 'young.com')
  const early = clients.slice(0, -1)
  t.strictSame(
    raised(
      store,
      [...early, ...early].map(client => by(client, 'young.com')),
    ),
    [],
  )
  const { suppressed } = see(store, [by('10.0.0.0', 'young.com')], use)
  t.strictSame(suppressed(), [], 'the skim must not count its lines')
  t.strictSame(raised(store, [by('10.0.0.4', 'young.com', now + hour)]), ['young.com SPREAD'])
  t.strictSame(raised(store, [by('10.0.0.9', 'young.com', now + hour)]), [])
  const after = see(store, [by('10.0.0.9', 'young.com', now + hour)], use)
  t.equal(after.suppressed().length, 1, 'then the skim may count them')
  t.end()
})

void t.test('clients that asked before the age was known count as of the first contact', t => {
  const store = storeIn(t)
  t.strictSame(
    raised(
      store,
      clients.slice(0, -1).map(client => by(client, 'young.com')),
    ),
    [],
  )
  known(store, 3, 'young.com')
  t.strictSame(raised(store, [by('10.0.0.4', 'young.com', now + hour)]), ['young.com SPREAD'])
  t.end()
})

void t.test('not slowly, not an old domain, not below a hoster, nor the same client', t => {
  const store = storeIn(t)
  known(store, 3, 'young.com', 'hoster.com', 'one.com')
  known(store, 31, 'old.com')
  const slowly = clients.map((client, n) => by(client, 'young.com', now - 5 * day + (n * day) / 4 + n))
  t.strictSame(raised(store, slowly), [])
  t.strictSame(
    raised(
      store,
      clients.map(client => by(client, 'old.com')),
    ),
    [],
  )
  const hosted = clients.map(client => {
    const below = question('x.hoster.com', now, { domain: 'x.hoster.com', registrable: 'hoster.com' })
    return { ...below, event: { ...below.event, origHost: client } }
  })
  t.strictSame(raised(store, hosted), [])
  t.strictSame(
    raised(
      store,
      clients.map(() => by('10.0.0.1', 'one.com')),
    ),
    [],
  )
  t.end()
})
