/** DNS-TUNNEL: raised once a window, whatever is written, and wherever a batch ends. */
import t, { type Test } from 'tap'
import type { Policy } from '../detect/policy.js'
import { kinds, namesOf, type Kind } from '../detect/testing/tunnels.js'
import { tunnelNamesMin, tunnelNamesSkipped } from '../limits.js'
import { chanceFrom } from '../testing/chaos/chance.js'
import {
  day,
  now,
  putRegistration,
  question,
  registered,
  see,
  storeIn,
  summaryOf,
} from '../testing/pipeline-kit.js'

const raisedAt = tunnelNamesSkipped + tunnelNamesMin
const exfiltration = kinds.find(({ name }) => name === 'exfiltration in hex over A')

/** What is written of 120 names of a tunnel, in batches of a size. */
const written = (
  t: Test,
  use: Partial<Policy>,
  size = 120,
  kind: Kind | undefined = exfiltration,
  at = now,
): string[] => {
  const store = storeIn(t, t.testdir())
  putRegistration(store, 'tunnel.test', registered(4000, now + 9 * day))
  return write(store, use, size, kind, at)
}

const write = (
  store: ReturnType<typeof storeIn>,
  use: Partial<Policy>,
  size: number,
  kind: Kind | undefined,
  at: number,
): string[] => {
  const names = kind ? namesOf(kind, chanceFrom(at), 120) : []
  const records: string[] = []
  for (let from = 0; from < names.length; from += size) {
    const questions = names.slice(from, from + size).map(({ name }) => question(name, at))
    records.push(...summaryOf(see(store, questions, use, at)))
  }
  return records
}

const alerted = (records: readonly string[]): number[] =>
  records.flatMap((text, i) => (text.includes('DNS-TUNNEL:') ? [i + 1] : []))

void t.test('emit: distinct: with the twentieth name, once', t => {
  const records = written(t, {})
  t.equal(records.length, 101)
  t.same(alerted(records), [raisedAt])
  t.match(records[raisedAt - 1], /^ESTABLISHED DNS-TUNNEL:\d+ [\da-f]{60}\.tunnel\.test$/)
  t.match(records[100], /MANY-NAMES/)
  t.end()
})

void t.test('the alert ends the suppression: emit: domains and alerts write it, too', t => {
  for (const emit of ['domains', 'alerts'] as const) {
    const records = written(t, { emit })
    t.equal(records.length, 3, emit)
    t.match(records, [/YOUR-FIRST-CONTACT/, /DNS-TUNNEL:\d+/, /MANY-NAMES/])
  }
  t.end()
})

void t.test('it does not matter where a batch ends', t => {
  const whole = written(t, {})
  for (const size of [1, 7, raisedAt, 50]) t.strictSame(written(t, {}, size), whole, `batches of ${size}`)
  t.end()
})

void t.test('the next day it is raised again', t => {
  const store = storeIn(t)
  putRegistration(store, 'tunnel.test', registered(4000, now + 9 * day))
  const use = { emit: 'domains' } as const
  t.equal(alerted(write(store, use, 50, exfiltration, now)).length, 1)
  t.equal(alerted(write(store, use, 50, exfiltration, now + day / 2)).length, 0)
  t.equal(alerted(write(store, use, 50, exfiltration, now + day)).length, 1)
  t.end()
})

void t.test(
  'names that are not counted are not measured: beyond max_names_per_domain, and under emit: every',
  t => {
    t.same(alerted(written(t, { maxNamesPerDomain: raisedAt - 2 })), [])
    t.same(alerted(written(t, { maxNamesPerDomain: raisedAt - 1 })), [raisedAt], 'together with MANY-NAMES')
    t.same(alerted(written(t, { emit: 'every' })), [])
    t.end()
  },
)
