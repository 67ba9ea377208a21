/** When a young domain has spread over a site. */
import t from 'tap'
import { spreadClients, spreadMs } from '../limits.js'
import { Memory } from './memory.js'
import { hasSpread, isSpread } from './spread.js'

const now = Date.UTC(2026, 10, 27)

/** Each client asks at its time, in one memory. Returns whether each raises the alert. */
const ask = (
  questions: readonly (readonly [client: number, ts: number, mayRaise?: boolean])[],
  before: readonly number[] = [],
) => {
  const memory = new Memory(() => undefined)
  const raised = questions.map(([client, ts, mayRaise = true]) =>
    isSpread(memory, { domain: 'a.com', client, ts, firstSeen: now, before }, mayRaise),
  )
  return { raised, memory }
}

/** Clients 1, 2, … with this many ms between two of them. */
const apart = (ms: number, count: number = spreadClients) =>
  Array.from({ length: count }, (_, n) => [n + 1, now + n * ms] as const)

void t.test('with the last of so many clients within a day, once', t => {
  const { raised, memory } = ask([...apart(1, spreadClients + 2)])
  t.strictSame(raised, [false, false, false, false, true, false, false])
  t.ok(hasSpread(memory, 'a.com'))
  t.notOk(hasSpread(memory, 'b.com'))
  t.end()
})

void t.test('in any order of their times, and not over more than a day', t => {
  t.ok(ask([...apart(1)].reverse()).raised.at(-1))
  t.ok(ask(apart(spreadMs / spreadClients)).raised.at(-1))
  t.notOk(ask(apart(spreadMs / (spreadClients - 1))).raised.at(-1))
  t.notOk(ask(apart(spreadMs / (spreadClients - 1), 50)).raised.includes(true), 'however many there are')
  t.end()
})

void t.test('a client counts once, and those before count as of the first contact', t => {
  t.notOk(ask(Array.from({ length: 20 }, (_, n) => [1 + (n % 4), now + n] as const)).raised.includes(true))
  t.ok(ask([[9, now + 1]], [1, 2, 3, 4]).raised.at(-1))
  t.notOk(ask([[4, now + 1]], [1, 2, 3, 4]).raised.at(-1))
  t.notOk(ask([[9, now + spreadMs]], [1, 2, 3, 4]).raised.at(-1))
  t.end()
})

void t.test('while nothing is raised, it is remembered', t => {
  t.strictSame(ask([...apart(1).map(([client, ts]) => [client, ts, false] as const), [1, now + 9]]).raised.at(-1), true) // prettier-ignore
  t.end()
})
