/** `share` as a user types it, with a real redis-server. */
import { writeFileSync } from 'node:fs'
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

const question = (name: string): string =>
  `${JSON.stringify({ _path: 'dns', ts: Date.now() / 1000, uid: `C${name}`, query: name })}\n`

void t.test('a new sensor raises no first contact for what the site knows', { skip }, async t => {
  const server = await startRedis(t, '--appendfsync', 'no')
  const shared = `shared: {url: '${server.to}', sensor: one}\n`
  const [old, fresh] = [folder(t, ''), join(t.testdir({ fresh: {} }), 'fresh')]
  const log = question('www.known.com') + question('known.org')
  t.match(await go(['scan', '-', '--no-lookup', '--data', old], log), { code: 0, out: /YOUR-FIRST-CONTACT/ })

  writeFileSync(join(old, 'domainstats.yaml'), `mode: "off"\n${shared}`)
  const pushed = { code: 0, err: '2 domains pushed, 2 of them with the first contact of this sensor\n' }
  t.match(await go(['share', '--data', old]), pushed)
  t.match(await go(['share', '--data', old]), pushed)

  writeFileSync(join(fresh, 'domainstats.yaml'), `mode: "off"\nhold_seconds: 0\n${shared}`)
  const pulled = { code: 0, err: '2 domains read, 2 of them new to this sensor\n' }
  t.match(await go(['share', '--pull', '--data', fresh]), pulled)
  await server.kill()
  // Alone, it knows them all the same.
  writeFileSync(join(fresh, 'dns.log'), log + question('new.com'))
  const ran = await go(['run', '--once', '--show', '--data', fresh, '--zeek', join(fresh, 'dns.log')])
  const records = ran.out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { query: string; alerts?: string[] })
  t.same(
    records.map(({ query, alerts = [] }) => [query, alerts.includes('YOUR-FIRST-CONTACT')]),
    [
      ['www.known.com', false],
      ['known.org', false],
      ['new.com', true],
    ],
  )
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
