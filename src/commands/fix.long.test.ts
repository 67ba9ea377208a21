/** `domainstats fix` as a process, after a run that met registries at a bad time, and beside one. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { whoisServer } from '../lookup/testing/whois-server.js'
import { ended } from '../testing/ended.js'
import { followRecords } from '../testing/record-log.js'
import { openRegistry, registeredOn } from '../testing/registry.js'
import { startSpied } from '../testing/spied.js'
import { stateOf } from '../testing/state.js'
import { zeekLines } from '../testing/zeek-lines.js'

const date = '2011-05-14T08:21:07Z'
const domains = (count: number) => Array.from({ length: count }, (_, n) => `river-stone-${n}.com`)

const prepare = (t: Test, names: readonly string[]) => {
  const dir = t.testdir({ data: {}, 'dns.log': zeekLines(names) })
  const data = join(dir, 'data')
  const go = (...args: string[]) => startSpied(t, {}, ...args, '--data', data)
  return {
    data,
    configure: (text: string) => writeFileSync(join(data, 'domainstats.yaml'), text),
    run: (...flags: string[]) => go('run', ...flags, '--zeek', join(dir, 'dns.log')),
    fix: () => go('fix'),
    log: followRecords(t, join(data, 'domainstats.log')),
  }
}

const servedBy = (url: string, more = 'whois: off\n') =>
  `hold_seconds: 60\n${more}rdap:\n  per_second: 1000\n  burst: 1000\n  servers: { com: '${url}' }\n`

void t.test('a server was down during the run, and is up again', async t => {
  const names = domains(3)
  const { configure, run, fix, data, log } = prepare(t, names)
  const down = await openRegistry(t, () => 'never')
  configure(servedBy(down.url))
  await down.close()
  t.equal((await ended(run('--once', '--no-wait'))).code, 0)
  t.ok(log.look().every(({ category, reason }) => category === 'ERROR' && reason === 'network-error'))

  const up = await openRegistry(
    t,
    name => (name === names[1] ? { status: 404 } : registeredOn(name, date)),
    down,
  )
  const { code, said } = await ended(fix())
  t.equal(code, 0)
  t.match(said, '2 dates found, 1 not registered, 0 without a date, 0 failed again\n')
  t.strictSame([...up.asked].sort(), names)
  const kinds = names.map(name => stateOf(data).kinds.get(name))
  t.strictSame(kinds, ['registered', 'absent', 'registered'])

  // The next run writes the follow-ups without a look-up.
  const next = run()
  await log.until(({ length }) => length >= 6)
  t.equal(await next.end('SIGTERM'), 0)
  t.strictSame(
    log
      .look()
      .slice(3)
      .map(({ query, category, followup_of: first }) => `${query} ${category} ${first === undefined}`)
      .sort(),
    names.map((name, n) => `${name} ${n === 1 ? 'UNKNOWN' : 'ESTABLISHED'} false`),
  )
  t.equal(up.asked.length, 3)
})

void t.test('a registry that gives no dates by RDAP may give them by WHOIS, if that is not off', async t => {
  const [name = ''] = domains(1)
  const registry = await openRegistry(t, asked => ({
    status: 200,
    body: { objectClassName: 'domain', ldhName: asked, events: [] },
  }))
  const whois = await whoisServer(t, `Domain Name: ${name}\nCreation Date: ${date}\n`)
  const { configure, run, fix, data } = prepare(t, [name])
  const servers = `whois_servers: { com: '${whois.host}:${whois.port}' }\n`
  configure(servedBy(registry.url, `whois: off\n${servers}`))
  t.equal((await ended(run('--once', '--no-wait'))).code, 0)
  t.match((await ended(fix())).said, '0 dates found, 0 not registered, 1 without a date, 0 failed again\n')
  t.strictSame(whois.asked, [])

  configure(servedBy(registry.url, servers))
  const fixing = fix()
  t.match((await ended(fixing)).said, '1 dates found, 0 not registered, 0 without a date, 0 failed again\n')
  t.strictSame(whois.asked, [name])
  t.equal(stateOf(data).kinds.get(name), 'registered')
  const out = [`connect ${registry.host}`, `connect ${whois.host}:${whois.port}`]
  t.strictSame(await fixing.out(), out.sort(), 'and nobody else was spoken to')
})

void t.test('Ctrl-C ends it soon, and answers are stored', async t => {
  const names = domains(40)
  let well = false
  const registry = await openRegistry(t, name => (well ? registeredOn(name, date) : { status: 400 }))
  const { configure, run, fix, data } = prepare(t, names)
  configure(servedBy(registry.url))
  t.equal((await ended(run('--once', '--no-wait'))).code, 0)
  t.equal(registry.asked.length, names.length)

  well = true
  // All of them listen for the end at once, and nothing warns of that.
  const slowly = servedBy(registry.url).replace('per_second: 1000', 'per_second: 0.1').replace('burst: 1000', 'burst: 5') // prettier-ignore
  configure(`${slowly}  at_once: 40\n`)
  const fixing = fix()
  await registry.until(asked => asked.length >= names.length + 5)
  const begun = process.hrtime.bigint()
  t.equal(await fixing.end('SIGINT'), 0)
  t.ok(process.hrtime.bigint() - begun < 2_000_000_000n, 'at once, and not at the pace of the registry')
  const { kinds } = stateOf(data)
  const asked = registry.asked.slice(names.length)
  const found = names.filter(name => kinds.get(name) === 'registered')
  t.ok(found.length >= 1 && found.every(name => asked.includes(name)))
  t.notMatch(await fixing.says(''), /Warning/)
  t.match(await fixing.says(''), `${found.length} dates found, 0 not registered, 0 without a date, 0 failed again\n`) // prettier-ignore

  // The next one takes what is left, and only that.
  configure(servedBy(registry.url))
  t.match((await ended(fix())).said, `${names.length - found.length} dates found`)
  const again = registry.asked.slice(names.length + 5)
  t.strictSame([...again].sort(), names.filter(name => !found.includes(name)).sort())
})

void t.test(
  'beside a run, the run writes the follow-up when its back-off ends, without a look-up',
  async t => {
    const names = domains(2)
    let well = false
    const registry = await openRegistry(t, name => (well ? registeredOn(name, date) : { status: 400 }))
    const { configure, run, fix, log } = prepare(t, names)
    configure(servedBy(registry.url))
    const running = run()
    const errors = await log.until(({ length }) => length >= 2)
    t.ok(errors.every(({ category, reason }) => category === 'ERROR' && reason === 'refused'))
    well = true
    const { code, said } = await ended(fix())
    t.equal(code, 0)
    t.match(said, '2 dates found')
    const asked = registry.asked.length
    const records = await log.until(({ length }) => length >= 4)
    t.ok(records.slice(2).every(({ category, followup_of: first }) => category === 'ESTABLISHED' && first))
    t.strictSame([asked, registry.asked.length], [4, 4])
    t.equal(await running.end('SIGTERM'), 0)
  },
)

void t.test('where registries are not to be asked it says so', async t => {
  const { configure, fix } = prepare(t, [])
  const modes = [
    ['mode: off\n', 'off'],
    ["mode: isc\nisc: { url: 'http://127.0.0.1:9/' }\n", 'isc'],
  ] as const
  for (const [text, mode] of modes) {
    configure(text)
    const fixing = fix()
    const { code, said } = await ended(fixing)
    t.equal(code, 2)
    t.match(said, `fix asks registries, and the settings say mode: ${mode}.`)
    t.strictSame(await fixing.out(), [])
  }
})
