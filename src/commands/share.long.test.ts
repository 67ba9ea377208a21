/** A new sensor takes from its site what another one has brought, beside its live `run`. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { needs } from '../testing/external-programs.js'
import { testIo } from '../testing/io.js'
import { start, untilFile } from '../testing/process.js'
import { startRedis } from '../testing/redis.js'
import { runCommandLine } from './command-line.js'

const skip = needs('redis-server')

const go = async (argv: readonly string[], stdin = '') => {
  const io = testIo(stdin)
  return { code: await runCommandLine(argv, io), out: io.out(), err: io.err() }
}

const folder = (t: Test, settings: string): string =>
  t.testdir({ 'domainstats.yaml': `mode: "off"\nhold_seconds: 0\n${settings}` })

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
  const out = join(old, 'domainstats.log')
  const live = start('run', '--data', old, '--zeek', join(old, 'dns.log'))
  t.teardown(() => void live.child.kill('SIGKILL'))
  writeFileSync(join(old, 'dns.log'), question('first.net'))
  await untilFile(out, text => text.includes('first.net'))
  t.match(await go(['share', '--data', old]), { code: 0, err: /^3 domains pushed, 3 of them/ })
  appendFileSync(join(old, 'dns.log'), question('second.net'))
  await untilFile(out, text => text.includes('second.net'))
  t.equal(await live.end('SIGTERM'), 0)

  writeFileSync(join(fresh, 'domainstats.yaml'), `mode: "off"\nhold_seconds: 0\n${shared}`)
  const pulled = { code: 0, err: '4 domains read, 4 of them new to this sensor\n' }
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
