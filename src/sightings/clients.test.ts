/** How many clients asked for a domain. */
import t from 'tap'
import type { Policy } from '../detect/policy.js'
import { clientsExactMax } from '../limits.js'
import { clientsIn } from '../model/client-sketch.js'
import type { Store } from '../store/store.js'
import { now, question, see, storeIn } from '../testing/pipeline-kit.js'
import { hasFewClients } from './clients.js'
import type { Question } from './question.js'

const off: Partial<Policy> = { lookups: false }
let names = 0

/** A question for a new name of a.com. */
const by = (origHost: string | undefined, more: Partial<Question> = {}): Question => {
  const asked = question(`n${(names += 1)}.a.com`)
  return { ...asked, event: { ...asked.event, origHost }, ...more }
}

const saidOf = (store: Store, questions: readonly Question[], use: Partial<Policy> = off) =>
  see(store, questions, use).records.map(({ facts }) => [facts.clients, facts.clientFirst])

const stored = (store: Store): number | undefined => {
  const domain = store.domain('a.com')
  return domain && hasFewClients(domain) ? clientsIn(domain.clients).count : undefined
}

void t.test('each client counts once, and its first contact with what others know is told', t => {
  const store = storeIn(t)
  t.strictSame(saidOf(store, [by('10.0.0.1'), by('10.0.0.2'), by('10.0.0.1')]), [
    [1, undefined],
    [2, true],
    [2, undefined],
  ])
  t.strictSame(saidOf(store, [by('10.0.0.2'), by('10.0.0.3')]), [
    [2, undefined],
    [3, true],
  ])
  t.strictSame(
    saidOf(store, [by('fd00::1'), by('FD00:0000:0000:0000:0000:0000:0000:0001')]),
    [
      [4, true],
      [4, undefined],
    ],
    'Zeek and Suricata write an address differently',
  )
  t.end()
})

void t.test('beyond clientsExactMax nothing is told, and no hash is kept', t => {
  const store = storeIn(t)
  const all = Array.from({ length: clientsExactMax + 2 }, (_, n) => by(`10.0.0.${n}`))
  t.strictSame(saidOf(store, all).slice(-3), [
    [clientsExactMax, true],
    [undefined, undefined],
    [undefined, undefined],
  ])
  t.equal(store.domain('a.com')?.clients?.length, 1)
  t.end()
})

void t.test('a question without a client, and one that somebody asks us, count nobody', t => {
  const store = storeIn(t)
  t.strictSame(saidOf(store, [by(undefined), by('10.0.0.9', { source: 'http' })]), [
    [undefined, undefined],
    [undefined, undefined],
  ])
  t.strictSame(saidOf(store, [by('10.0.0.1'), by(undefined)]), [
    [1, undefined],
    [1, undefined],
  ])
  t.end()
})

void t.test('clients.record: a network counts as one client; with `none` nobody is counted', t => {
  const as = (record: Policy['clients']['record']) => ({ ...off, clients: { record, keptMs: 0 } })
  const asked = () => [by('10.0.0.1'), by('10.0.0.2'), by('10.0.1.1')]
  t.strictSame(
    saidOf(storeIn(t), asked(), as('prefix')).map(([clients]) => clients),
    [1, 1, 2],
  )
  const store = storeIn(t, t.testdir({}))
  t.strictSame(
    saidOf(store, asked(), as('none')).map(([clients]) => clients),
    [undefined, undefined, undefined],
  )
  t.equal(store.domain('a.com')?.clients, null)
  t.end()
})

void t.test('when clients.record becomes stricter, the hashes go', t => {
  const store = storeIn(t)
  saidOf(store, [by('10.0.0.1'), by('10.0.0.2')])
  store.keepClientsAs('full')
  t.equal(stored(store), 2)
  store.keepClientsAs('prefix')
  t.equal(stored(store), 0)
  saidOf(store, [by('10.0.0.1')], { ...off, clients: { record: 'prefix', keptMs: now } })
  store.keepClientsAs('prefix')
  t.equal(stored(store), 1)
  store.keepClientsAs('none')
  t.equal(stored(store), 0)
  t.end()
})
