/** `domainstats query`, with a registry on loopback. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { ended } from '../testing/ended.js'
import { startHere } from '../testing/in-process.js'
import { testIo } from '../testing/io.js'
import { followRecords } from '../testing/record-log.js'
import { openRegistry, registeredOn } from '../testing/registry.js'
import { startSpiedHere } from '../testing/spied.js'
import { stateOf } from '../testing/state.js'
import { zeekLines } from '../testing/zeek-lines.js'
import { runCommandLine } from './command-line.js'

const old = '2011-05-14T08:21:07Z'

const prepare = async (t: Test) => {
  const dir = t.testdir({ data: {}, 'dns.log': zeekLines(['river-stone.com']) })
  const data = join(dir, 'data')
  const registry = await openRegistry(t, name => registeredOn(name, old))
  const settings = `emit: distinct\nwhois: off\nrdap: { servers: { com: '${registry.url}' } }\n`
  writeFileSync(join(data, 'domainstats.yaml'), settings)
  const go = (...args: string[]) => ended(startHere(t, ...args, '--data', data))
  const query = async (...args: string[]) => {
    const { code, said } = await go('query', ...args)
    t.equal(code, 0, said)
    const lines = said.split('\n').filter(line => line.startsWith('{"kind"'))
    return lines.map(line => JSON.parse(line) as Record<string, unknown>)
  }
  const follow = () => go('run', '--once', '--zeek', join(dir, 'dns.log'))
  return { data, registry, query, follow, go, log: followRecords(t, join(data, 'domainstats.log')) }
}

void t.test(
  'one line a name, in their order; the first contact is said once, and the next run writes it',
  async t => {
    const { query, follow, log, registry, data } = await prepare(t)
    const names = ['www.River-Stone.com', '10.0.0.1', 'other-stone.com']
    t.match(await query(...names), [
      {
        name: 'www.River-Stone.com',
        query: 'www.river-stone.com',
        category: 'ESTABLISHED',
        first_contact: true,
      },
      { kind: 'none', name: '10.0.0.1', reason: 'ip-literal' },
      { name: 'other-stone.com', category: 'ESTABLISHED', registered: '2011-05-14T08:21:07.000000Z' },
    ])
    t.match(await query('river-stone.com'), [{ first_contact: false, alerts: [] }])
    t.strictSame([...registry.asked].sort(), ['other-stone.com', 'river-stone.com'])

    t.equal((await follow()).code, 0)
    const written = log.look().map(({ query, record_id, alerts }) => ({ query, record_id, alerts }))
    t.match(
      written.sort((a, b) => (a.query < b.query ? -1 : 1)),
      [
        { query: 'other-stone.com', alerts: ['YOUR-FIRST-CONTACT'] },
        { query: 'river-stone.com', alerts: [] },
        { query: 'river-stone.com', alerts: [] },
        { query: 'www.river-stone.com', alerts: ['YOUR-FIRST-CONTACT'] },
      ],
    )
    t.equal(new Set(written.map(({ record_id: id }) => id)).size, 4, 'three from here, and one from the log')
    t.equal(registry.asked.length, 2, 'the run asks nobody again')
    t.strictSame(stateOf(data).held, [])
  },
)

void t.test('a question that only peeks is no contact', async t => {
  const { query, follow, log, registry } = await prepare(t)
  t.match(await query('river-stone.com', '--peek'), [
    { category: 'UNKNOWN', reason: 'look-ups-off', first_contact: false },
  ])
  t.strictSame(registry.asked, [], 'nobody was asked')
  t.equal((await follow()).code, 0)
  t.match(log.look(), [{ query: 'river-stone.com', alerts: ['YOUR-FIRST-CONTACT'] }])
  t.equal(log.look().length, 1)
})

void t.test('--no-lookup asks no registry, and neither does the run that writes its record', async t => {
  const { query, follow, log, registry } = await prepare(t)
  t.match(await query('secret-stone.com', '--no-lookup'), [
    { category: 'UNKNOWN', reason: 'look-ups-off', first_contact: true },
  ])
  t.equal((await follow()).code, 0)
  t.strictSame(registry.asked, ['river-stone.com'], 'of the log')
  t.match(
    log.look().filter(({ query }) => query === 'secret-stone.com'),
    [{ alerts: ['YOUR-FIRST-CONTACT'], category: 'UNKNOWN', reason: 'look-ups-off' }],
  )
})

void t.test(
  'query prints how many registries it asks and the names sent to hosts, and asked lists them',
  async t => {
    const { go, registry, data } = await prepare(t)
    const first = await go('query', 'river-stone.com', 'www.river-stone.com', 'other-stone.com', 'pc.lan')
    t.match(first.said, '1 registry will be asked (--no-lookup asks nobody).\n')
    t.match(first.said, `Sent: 2 names to ${registry.host}.\n`)
    const again = await go('query', 'river-stone.com')
    t.notMatch(again.said, 'will be asked')
    t.match(again.said, 'No name was sent to anybody.\n')
    const { said } = await go('asked', '--since', '1h')
    const rows = said.split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line) as { name: string }) // prettier-ignore
    t.match(
      rows.sort((a, b) => (a.name < b.name ? -1 : 1)),
      [
        { ts: /^20.*Z$/, host: registry.host, protocol: 'rdap', name: 'other-stone.com' },
        { name: 'river-stone.com' },
      ],
    )
    t.equal(rows.length, 2)
    t.equal(await runCommandLine(['asked', '--since', 'never', '--data', data], testIo()), 2)
    const none = testIo()
    t.equal(await runCommandLine(['asked', '--since', '2100-01-01', '--data', data], none), 0)
    t.equal(none.out(), '')
  },
)

void t.test('without a data folder no registry is asked, except with --lookup', async t => {
  const alone = startSpiedHere(t, {}, 'query', 'river-stone.com')
  const { code, said } = await ended(alone)
  t.equal(code, 0)
  t.match(said, '"category":"UNKNOWN"')
  t.match(said, 'Registries were not asked (--lookup asks them).\n')
  t.strictSame(await alone.out(), [], 'no connection, and no DNS question')
  const log = join(t.testdir({ 'dns.log': zeekLines(['river-stone.com']) }), 'dns.log')
  const scan = startSpiedHere(t, {}, 'scan', log)
  const scanned = await ended(scan)
  t.match(scanned.said, 'Registries were not asked (--lookup asks them).\n')
  t.strictSame(await scan.out(), [])
  const wrong = testIo()
  t.equal(await runCommandLine(['query', '--peek', '--lookup', 'a.com'], wrong), 2)
  t.match(wrong.err(), '--peek asks nobody outside')
})

void t.test('without a data folder nothing is a contact, and names may come on stdin', async t => {
  const io = testIo('10.0.0.1\n\n# a comment\r\nlocalhost\r\n')
  t.equal(await runCommandLine(['query', '-'], io), 0)
  t.strictSame(io.out().split('\n').map(line => line.slice(0, 31)), ['{"kind":"none","name":"10.0.0.1', '{"kind":"none","name":"localhos', '']) // prettier-ignore
})

void t.test('a pasted name is answered, and stderr says why a text is not a name', async t => {
  const asked = (io: ReturnType<typeof testIo>) =>
    io.out().trim().split('\n').map(line => JSON.parse(line) as Record<string, unknown>) // prettier-ignore
  const io = testIo(
    'hxxp://10[.]0[.]0[.]1/x # seen today\n\t"printer.lan",\na.com,b.com\nhttps://printer.lan/#top\n',
  )
  t.equal(await runCommandLine(['query', '-'], io), 0)
  t.match(asked(io), [
    { name: 'hxxp://10[.]0[.]0[.]1/x', reason: 'ip-literal' },
    { name: '"printer.lan",', reason: 'special-use' },
    { name: 'a.com,b.com', kind: 'none', reason: 'not-a-hostname' },
    { name: 'https://printer.lan/#top', reason: 'special-use' },
  ])
  t.equal(io.err(), '"a.com,b.com": it holds several names; each wants a word or a line of its own\n')
  const words = testIo()
  t.equal(await runCommandLine(['query', 'printer[.]lan', 'a.com/x.b.com', 'bob@printer.lan'], words), 0)
  t.match(asked(words), [{ reason: 'special-use' }, { kind: 'none' }, { reason: 'special-use' }])
  t.match(words.err(), /^"a\.com\/x\.b\.com": it is the host a\.com with a path, or a name below b\.com; /)
})

void t.test('a line on stdin that is too long for a name ends it', async t => {
  const io = testIo(`localhost\n${'a'.repeat(5000)}\n`)
  t.equal(await runCommandLine(['query', '-'], io), 1)
  t.equal(io.err(), 'domainstats: line 2 is no name: longer than 4096 bytes\n')
})

void t.test(
  'when the signal aborts while it reads names or waits for an answer, it ends with an error',
  async t => {
    const [stdin, io] = [new PassThrough(), testIo()]
    const asking = runCommandLine(['query', '-'], { ...io, stdin })
    stdin.write('10.0.0.1\n')
    await new Promise(resolve => io.stdout.once('kept', resolve))
    io.stop()
    t.equal(await asking, 1)
    t.match(io.out(), /^\{"kind":"none","name":"10\.0\.0\.1".*\}\n$/)
    t.equal(io.err(), 'domainstats: stopped before all names were answered\n')
  },
)
