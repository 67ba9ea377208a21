/** `domainstats query` as a process, with a registry on loopback. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { ended } from '../testing/ended.js'
import { testIo } from '../testing/io.js'
import { followRecords } from '../testing/record-log.js'
import { openRegistry, registeredOn } from '../testing/registry.js'
import { startSpied } from '../testing/spied.js'
import { stateOf } from '../testing/state.js'
import { zeekLines } from '../testing/zeek-lines.js'
import { run } from './command-line.js'

const old = '2011-05-14T08:21:07Z'

const prepare = async (t: Test) => {
  const dir = t.testdir({ data: {}, 'dns.log': zeekLines(['river-stone.com']) })
  const data = join(dir, 'data')
  const registry = await openRegistry(t, name => registeredOn(name, old))
  const settings = `emit: distinct\nwhois: off\nrdap: { servers: { com: '${registry.url}' } }\n`
  writeFileSync(join(data, 'domainstats.yaml'), settings)
  const go = (...args: string[]) => ended(startSpied(t, {}, ...args, '--data', data))
  const query = async (...args: string[]) => {
    const { code, said } = await go('query', ...args)
    t.equal(code, 0, said)
    const lines = said.split('\n').filter(line => line.startsWith('{"kind"'))
    return lines.map(line => JSON.parse(line) as Record<string, unknown>)
  }
  const follow = () => go('run', '--once', '--zeek', join(dir, 'dns.log'))
  return { data, registry, query, follow, log: followRecords(t, join(data, 'domainstats.log')) }
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
  const { query, follow, log } = await prepare(t)
  t.match(await query('river-stone.com', '--peek'), [{ category: 'ESTABLISHED', first_contact: false }])
  t.equal((await follow()).code, 0)
  t.match(log.look(), [{ query: 'river-stone.com', alerts: ['YOUR-FIRST-CONTACT'] }])
  t.equal(log.look().length, 1)
})

void t.test('without a data folder nothing is a contact, and names may come on stdin', async t => {
  const io = testIo('10.0.0.1\n\n# a comment\r\nlocalhost\r\n')
  t.equal(await run(['query', '-'], io), 0)
  t.strictSame(io.out().split('\n').map(line => line.slice(0, 31)), ['{"kind":"none","name":"10.0.0.1', '{"kind":"none","name":"localhos', '']) // prettier-ignore
})

void t.test('a name that was pasted is taken, and of what is none stderr says why', async t => {
  const asked = (io: ReturnType<typeof testIo>) =>
    io.out().trim().split('\n').map(line => JSON.parse(line) as Record<string, unknown>) // prettier-ignore
  const io = testIo(
    'hxxp://10[.]0[.]0[.]1/x # seen today\n\t"printer.lan",\na.com,b.com\nhttps://printer.lan/#top\n',
  )
  t.equal(await run(['query', '-'], io), 0)
  t.match(asked(io), [
    { name: 'hxxp://10[.]0[.]0[.]1/x', reason: 'ip-literal' },
    { name: '"printer.lan",', reason: 'special-use' },
    { name: 'a.com,b.com', kind: 'none', reason: 'not-a-hostname' },
    { name: 'https://printer.lan/#top', reason: 'special-use' },
  ])
  t.equal(io.err(), '"a.com,b.com": it holds several names; each wants a word or a line of its own\n')
  const words = testIo()
  t.equal(await run(['query', 'printer[.]lan', 'a.com/x.b.com', 'bob@printer.lan'], words), 0)
  t.match(asked(words), [{ reason: 'special-use' }, { kind: 'none' }, { reason: 'special-use' }])
  t.match(words.err(), /^"a\.com\/x\.b\.com": it is the host a\.com with a path, or a name below b\.com; /)
})

void t.test('what cannot be a name on stdin ends it', async t => {
  const io = testIo(`localhost\n${'a'.repeat(5000)}\n`)
  t.equal(await run(['query', '-'], io), 1)
  t.equal(io.err(), 'domainstats: line 2 is no name: longer than 4096 bytes\n')
})

void t.test('told to stop while names come or an answer is waited for, it ends and says so', async t => {
  const [stdin, io] = [new PassThrough(), testIo()]
  const asking = run(['query', '-'], { ...io, stdin })
  stdin.write('10.0.0.1\n')
  await new Promise(resolve => io.stdout.once('kept', resolve))
  io.stop()
  t.equal(await asking, 1)
  t.match(io.out(), /^\{"kind":"none","name":"10\.0\.0\.1".*\}\n$/)
  t.equal(io.err(), 'domainstats: stopped before all names were answered\n')
})
