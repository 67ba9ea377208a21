/** How the port opens and how it ends. */
import { networkInterfaces } from 'node:os'
import t from 'tap'
import { httpStopMs } from '../limits.js'
import { handClock } from '../testing/hand-clock.js'
import { now, openPort, request, sans } from './testing/port.js'

const name = 'GET /sans.org HTTP/1.1'

/** Answers only when it is let. */
const slowly = () => {
  let tell = (): void => undefined
  const told = new Promise<void>(resolve => (tell = resolve))
  let asked = (): void => undefined
  const begun = new Promise<void>(resolve => (asked = resolve))
  const askName = async () => {
    asked()
    await told
    return sans
  }
  return { askName, begun, tell: () => tell() }
}

void t.test('an idle connection does not delay the close', async t => {
  const { get, close, url } = await openPort(t)
  t.equal((await get('/sans.org')).status, 200)
  await close()
  await t.rejects(fetch(`${url}/sans.org`))
})

void t.test('close waits for the answers that are under way', async t => {
  const { askName, begun, tell } = slowly()
  const { get, close } = await openPort(t, {}, { askName })
  const answer = get('/sans.org')
  await begun
  const closed = close()
  tell()
  t.equal((await answer).status, 200)
  await closed
})

void t.test('connections that still wait after httpStopMs are cut', async t => {
  const { askName, begun } = slowly()
  const clock = handClock(now)
  const { raw, close } = await openPort(t, {}, { askName, clock })
  const answer = raw(request(name))
  await begun
  const closed = close()
  clock.pass(httpStopMs)
  t.equal(await answer, '')
  await closed
})

void t.test('when the program ends, waiting questions end', async t => {
  const life = new AbortController()
  const askName = (_: string, __: unknown, signal: AbortSignal) =>
    new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => {
        reject(new Error('aborted'))
      }),
    )
  const { get, reports } = await openPort(t, {}, { askName, signal: life.signal })
  const answer = get('/sans.org')
  while (!/^domainstats_http_waiting 1$/m.test((await get('/metrics')).body)) t.pass('not asked yet')
  life.abort()
  t.match(await answer, { status: 503, body: '{"error":"the server is stopping"}\n' })
  t.same(
    reports.map(({ kind }) => kind),
    ['http-opened'],
  )
})

void t.test('a port that cannot be bound throws', async t => {
  const { number } = await openPort(t)
  await t.rejects(openPort(t, {}, { port: number }), { code: 'EADDRINUSE' })
  await t.rejects(openPort(t, {}, { allow: ['here'] }), /here is no IP address/)
})

void t.test('a cached answer is given at once and counted; an error in it is reported', async t => {
  const askCached = (name: string) => {
    if (name === 'broken.org') throw new Error('no store')
    return name === 'cached.org' ? sans : undefined
  }
  const { get, asked, reports } = await openPort(t, { 'sans.org': sans }, { askCached })
  const cached = await get('/cached.org')
  const cold = await get('/sans.org')
  t.equal(cached.body, cold.body)
  const headersOf = ({ headers }: typeof cached) => [...headers].filter(([key]) => key !== 'date')
  t.strictSame(headersOf(cached), headersOf(cold))
  t.strictSame(
    asked.map(({ name }) => name),
    ['sans.org'],
  )
  t.match(await get('/broken.org'), { status: 500, body: '{"error":"the server failed"}\n' })
  t.match(reports.at(-1), { kind: 'http-failed', error: 'Error: no store' })
  t.match((await get('/metrics')).body, /http_answers_total\{category="ESTABLISHED"\} 2/)
})

/** Addresses to bind, and the address that is reported. */
const bound = [
  ['127.0.0.1', 'http://127.0.0.1'],
  ['0.0.0.0', 'http://0.0.0.0'],
  ['localhost', /^http:\/\/(127\.0\.0\.1|\[::1\])$/],
  ['::1', 'http://[::1]'],
  ['::', 'http://[::]'],
] as const
const hasIPv6 = Object.values(networkInterfaces()).some(all => all?.some(({ family }) => family === 'IPv6'))

void t.test('the address has the bound host and the assigned port', async t => {
  for (const [host, expected] of bound) {
    if (host.includes(':') && !hasIPv6) t.comment(`${host} skipped: no IPv6 here`)
    else {
      const { reports, number } = await openPort(t, {}, { host, token: 'x' })
      t.not(number, 0)
      const [opened] = reports
      t.match(opened, { kind: 'http-opened' })
      if (opened?.kind !== 'http-opened') return
      t.match(opened.address.replace(/:\d+$/, ''), expected, host)
      t.equal(Number(new URL(opened.address).port), number)
    }
  }
})
