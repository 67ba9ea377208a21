/** `domainstats whois`, and the same over HTTP in a live run, with a registry on loopback. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openStore } from '../store/store.js'
import { startHere } from '../testing/in-process.js'
import { testIo } from '../testing/io.js'
import { openRegistry, registeredOn } from '../testing/registry.js'
import { runCommandLine } from './command-line.js'

const prepare = async (t: Test, settings: object = {}) => {
  const dir = t.testdir({})
  const registry = await openRegistry(t, name => registeredOn(name, '2011-05-14T08:21:07Z'))
  const all = { whois: 'off', rdap: { servers: { com: registry.url } }, ...settings }
  writeFileSync(join(dir, 'domainstats.yaml'), JSON.stringify(all))
  const whois = async (...argv: readonly string[]) => {
    const io = testIo()
    const code = await runCommandLine(['whois', ...argv, '--data', dir], io)
    return { code, out: io.out(), err: io.err() }
  }
  return { dir, registry, whois }
}

void t.test('records are printed, kept, and no part of the rows of domains', async t => {
  const { dir, registry, whois } = await prepare(t)
  const first = await whois('https://www.River[.]com/x', 'stone.com')
  t.equal(first.code, 0, first.err)
  const lines = first.out.trimEnd().split('\n')
  t.match(
    lines.map(line => JSON.parse(line) as object),
    [
      { domain_name: 'river.com', creation_date: '2011-05-14T08:21:07.000000Z', source: 'RDAP', alexa: null },
      { domain_name: 'stone.com' },
    ],
  )
  t.match(first.err, /Sent: 2 names to /)
  const again = await whois('river.com', '--fields', 'creation_date,domain_name')
  t.equal(again.out, '{"creation_date":"2011-05-14T08:21:07.000000Z","domain_name":"river.com"}\n')
  t.match(again.err, /No name was sent/)
  t.strictSame(registry.asked, ['river.com', 'stone.com'])
  const store = openStore(join(dir, 'domainstats.sqlite'))
  t.teardown(() => store.close())
  t.equal(store.domainsCount(), 0)
  t.strictSame(
    [...store.asked(0)].flat().map(({ name }) => name),
    ['river.com', 'stone.com'],
  )
})

void t.test('what is wrong is said, with its exit code', async t => {
  const { registry, whois } = await prepare(t)
  t.match(await whois('a.com', '--fields', 'foo'), {
    code: 2,
    err: /no field named foo: they are domain_name, /,
  })
  t.match(await whois('a b'), { code: 2, err: /"a b"/ })
  t.match(await whois('localhost'), { code: 1, err: /localhost: no registry is asked about this/ })
  t.match(await whois('a.net'), { code: 1, out: '', err: /1 of 1 names have no record/ })
  t.strictSame(registry.asked, [])
  const off = await prepare(t, { mode: 'off' })
  t.match(await off.whois('a.com'), { code: 2, err: /mode: off/ })
})

void t.test('a live run answers over HTTP from the same cache, and counts no contact', async t => {
  const { dir, registry, whois } = await prepare(t, {
    http: true,
    local_port: 0,
    http_serve: ['v1', 'whois'],
  })
  await whois('river.com')
  const run = startHere(t, 'run', '--data', dir)
  const said = await run.says(/"kind":"http-opened","address":"([^"]+)"/)
  const base = /"address":"([^"]+)"/.exec(said)?.[1] ?? ''
  const get = async (path: string) => (await fetch(base + path)).text()
  t.equal(await get('/created/river.com?text'), '2011-05-14 08:21:07; ')
  t.match(JSON.parse(await get('/domain/domain_name,source/www.stone.com')), {
    domain_name: 'stone.com',
    source: 'RDAP',
  })
  t.equal(await get('/alexa/river.com'), '0\n')
  t.match(await get('/domain/www.localhost'), /no registry is asked/)
  t.strictSame(registry.asked, ['river.com', 'stone.com'])
  t.match(JSON.parse(await get('/v1/domains/stone.com')), {
    category: /UNKNOWN|PENDING/,
    first_contact: false,
  })
  t.equal(await run.end(), 0)
})
