/** `share` as a user types it, with a real redis-server. */
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { needs } from '../testing/external-programs.js'
import { testIo } from '../testing/io.js'
import { startRedis } from '../testing/redis.js'
import { runCommandLine } from './command-line.js'

const skip = needs('redis-server')

const go = async (argv: readonly string[], stdin = '') => {
  const io = testIo(stdin)
  return { code: await runCommandLine(argv, io), out: io.out(), err: io.err() }
}

const folder = (t: Test, settings: string): string =>
  t.testdir({ 'domainstats.yaml': `mode: "off"\nhold_seconds: 0\n${settings}` })

void t.test('it wants a folder with a shared store in its settings, and something to push', async t => {
  const alone = t.testdir({})
  t.match(await go(['share', '--data', alone]), { code: 2, err: /shared\.url: docs\/fleet\.md/ })
  t.match(await go(['share', '--pull', '--data', join(alone, 'x')]), { code: 2, err: /is not there/ })
  const empty = folder(t, `shared: {url: 'redis://127.0.0.1:9'}\n`)
  t.match(await go(['share', '--data', empty]), { code: 2, err: /holds no domainstats\.sqlite/ })
})

void t.test('a store that must not be used, and one that is not there', { skip }, async t => {
  const server = await startRedis(t, '--maxmemory-policy', 'allkeys-lru')
  const dir = folder(t, `shared: {url: '${server.to}'}\n`)
  t.match(await go(['share', '--pull', '--data', dir]), { code: 1, err: /allkeys-lru.*noeviction/ })
  await server.kill()
  const io = testIo()
  const ended = runCommandLine(['share', '--pull', '--data', dir], io)
  await io.says(/shared-down/)
  io.stop()
  t.equal(await ended, 1)
  t.match(io.err(), /ECONNREFUSED[^]*stopped before its end/)
})

void t.test('what was counted before sharing is pushed once, and query shows it', { skip }, async t => {
  const server = await startRedis(t)
  const dir = folder(t, `shared: {url: '${server.to}'}\n`)
  for (let times = 0; times < 3; times += 1)
    t.equal((await go(['query', 'a.com', '--no-lookup', '--data', dir])).code, 0)
  const site = async (...flags: readonly string[]) =>
    (JSON.parse((await go(['query', 'a.com', '--peek', '--data', dir, ...flags])).out) as { site?: unknown })
      .site
  t.same(await site(), { queries: 0, queries_here: 0, sensors: 0 })
  for (let times = 0; times < 2; times += 1)
    t.match(await go(['share', '--data', dir]), {
      code: 0,
      err: times === 0 ? /counts of 1 domains/ : /counts of 0/,
    })
  t.match(await site(), { queries: 3, queries_here: 3, sensors: 1 })
  await server.kill()
  t.equal(await site(), undefined)
})
