/** Which clients ask for too many services that tell an address, or whether it is blocked. */
import t from 'tap'
import { serviceMixMs, serviceMixNamesMax } from '../limits.js'
import { Memory } from './memory.js'
import { serviceMixOf } from './service-mix.js'

const now = Date.UTC(2026, 10, 27)
const day = 24 * 3_600_000

/** Asks one after the other in one memory. Returns what each raises. */
const ask = (
  questions: readonly (readonly [service: string, ts: number, client?: string, mayRaise?: boolean])[],
) => {
  const memory = new Memory(() => undefined)
  return questions.map(([service, ts, client = 'a', mayRaise = true]) =>
    serviceMixOf(memory, { client, service, ts }, mayRaise),
  )
}

void t.test('three services within an hour, whatever their order', t => {
  t.strictSame(ask([['x.com', now], ['x.com', now + 1], ['y.com', now + 2], ['z.com', now + 3]]), [
    ...[undefined, undefined, undefined],
    'x.com+y.com+z.com',
  ]) // prettier-ignore
  t.strictSame(ask([['z.com', now + 5], ['x.com', now], ['y.com', now + 2]]).at(-1), 'x.com+y.com+z.com') // prettier-ignore
  t.end()
})

void t.test('not of several clients, nor over more than an hour', t => {
  t.strictSame(ask([['x.com', now, 'a'], ['y.com', now, 'b'], ['z.com', now, 'c']]), [undefined, undefined, undefined]) // prettier-ignore
  t.strictSame(ask([['x.com', now], ['y.com', now + 1], ['z.com', now + serviceMixMs]]).at(-1), undefined) // prettier-ignore
  t.strictSame(ask([['x.com', now], ['y.com', now + 1], ['z.com', now + serviceMixMs - 1]]).at(-1), 'x.com+y.com+z.com') // prettier-ignore
  t.end()
})

void t.test('once a day for each client', t => {
  const three = (from: number) => ['x.com', 'y.com', 'z.com'].map(one => [one, from] as const)
  const raised = ask([...three(now), ...three(now + day - 1), ...three(now + day + 1)])
  t.strictSame(
    raised.map(one => one !== undefined),
    [false, false, true, false, false, false, true, false, false],
  )
  t.end()
})

void t.test('while nothing is raised, it is remembered', t => {
  const raised = ask([['x.com', now, 'a', false], ['y.com', now, 'a', false], ['z.com', now, 'a', false], ['z.com', now + 1]]) // prettier-ignore
  t.strictSame(raised, [undefined, undefined, undefined, 'x.com+y.com+z.com'])
  t.end()
})

void t.test('what is remembered of a client is bounded', t => {
  const memory = new Memory(() => undefined)
  for (let n = 0; n < 100; n += 1)
    serviceMixOf(memory, { client: 'a', service: `s${n}.com`, ts: now + n }, false)
  const [state] = memory.changed()
  t.equal((JSON.parse(state?.state ?? '') as { asked: unknown[] }).asked.length, serviceMixNamesMax)
  t.end()
})
