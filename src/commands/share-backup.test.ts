/** A shared store that is restored from a copy has forgotten what came after the copy: sensors bring it again. */
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { needs } from '../testing/external-programs.js'
import { testIo } from '../testing/io.js'
import { startRedis } from '../testing/redis.js'
import { runCommandLine } from './command-line.js'

const skip = needs('redis-server')

const go = async (argv: readonly string[]) => {
  const io = testIo('')
  return { code: await runCommandLine(argv, io), out: io.out(), err: io.err() }
}

const question = (name: string): string =>
  `${JSON.stringify({ _path: 'dns', ts: Date.now() / 1000, uid: `C${name}`, query: name })}\n`

/** The settings of a sensor, as the content of a folder. */
const sensor = (url: string, name: string) => ({
  'domainstats.yaml': `mode: "off"\nhold_seconds: 5\nshared: {url: '${url}', sensor: ${name}}\n`,
})

/** A sensor reads a log with one question. Returns whether it told a first contact. */
const sees = async (t: Test, dir: string, domain: string): Promise<boolean> => {
  const log = join(dir, `${domain}.log`)
  writeFileSync(log, question(domain))
  const { code, out, err } = await go(['run', '--once', '--show', '--data', dir, '--zeek', log])
  if (code !== 0) t.fail(err)
  return out.includes('YOUR-FIRST-CONTACT')
}

void t.test('an old copy of the store, and what sensors bring to it', { skip }, async t => {
  const server = await startRedis(t)
  const files = join(server.dir, 'appendonlydir')
  const copy = join(server.dir, 'copy')
  const root = t.testdir({ one: sensor(server.to, 'one'), other: sensor(server.to, 'other') })
  const [one, other] = [join(root, 'one'), join(root, 'other')]
  t.ok(await sees(t, one, 'before.com'))
  cpSync(files, copy, { recursive: true })
  t.ok(await sees(t, one, 'forgotten.com'))
  t.ok(await sees(t, one, 'brought.com'))

  await server.kill()
  rmSync(files, { recursive: true })
  cpSync(copy, files, { recursive: true })
  await server.start()
  t.notOk(await sees(t, other, 'before.com'), 'the copy knows it')
  t.ok(await sees(t, other, 'forgotten.com'), 'the copy does not: it is told twice')
  t.match(await go(['share', '--data', one]), { code: 0, err: /^3 domains pushed/ })
  t.notOk(await sees(t, other, 'brought.com'), 'the sensor has brought it')
})

/** Two questions, with answers for passive DNS. */
const answers = (...names: readonly string[]): string =>
  names
    .map((query, n) =>
      JSON.stringify({
        ...{ _path: 'dns', ts: Date.now() / 1000, uid: `C${n}`, 'id.orig_h': '10.0.0.1', query },
        ...{ qclass: 1, qtype_name: 'A', rcode_name: 'NOERROR', answers: ['192.0.2.7'], TTLs: [60] },
      }),
    )
    .join('\n') + '\n'

void t.test('a store that lost all counts and facts gets them once more', { skip }, async t => {
  const server = await startRedis(t)
  const dir = t.testdir({
    'domainstats.yaml': `mode: "off"\nhold_seconds: 0\npdns: {enabled: true}\nshared: {url: '${server.to}', pdns: true}\n`,
    'dns.log': answers('www.a.com', 'www.b.com', 'www.a.com'),
  })
  t.equal((await go(['scan', join(dir, 'dns.log'), '--data', dir])).code, 0)
  const share = (...flags: readonly string[]) => go(['share', '--data', dir, ...flags])
  const counts = async () =>
    (JSON.parse((await go(['query', 'a.com', '--peek', '--data', dir])).out) as { site: unknown }).site
  const facts = async () => (await go(['pdns', 'www.a.com', '--site', '--data', dir])).out
  const all = /the counts of 2 domains pushed[^]*^2 facts of passive DNS pushed/m
  t.match(await share(), { code: 0, err: all })
  t.match(await counts(), { queries: 2, sensors: 1 })
  t.match(await facts(), /"count":2/)

  await server.do('FLUSHALL')
  t.match(
    await share(),
    { code: 0, err: /the counts of 0 domains pushed[^]*^0 facts/m },
    'it knows of no loss',
  )
  t.match(await counts(), { queries: 0 })
  for (let times = 0; times < 2; times += 1) t.match(await share('--again'), { code: 0, err: all })
  t.match(await counts(), { queries: 2, sensors: 1 })
  t.match(await facts(), /"count":2/)
  t.match(await share('--again', '--pull'), { code: 2, err: /Either --again or --pull/ })
})
