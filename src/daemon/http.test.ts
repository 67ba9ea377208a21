/** The daemon answers over HTTP while it follows logs: one state, one first contact, one log. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { startHere } from '../testing/in-process.js'
import { start, type Run } from '../testing/process.js'
import { followRecords } from '../testing/record-log.js'
import { openRegistry, registeredOn, type Reply } from '../testing/registry.js'
import { zeekLine, zeekLines } from '../testing/zeek-lines.js'

/** A daemon with a port, a log and a registry. */
const setUp = async (
  t: Test,
  names: readonly string[],
  settings = '',
  reply = (name: string): Reply => registeredOn(name, '2011-05-14T08:21:07Z'),
) => {
  const registry = await openRegistry(t, reply)
  const yaml = `emit: distinct\nhttp: true\nlocal_port: 0\nrdap:\n  servers: { com: '${registry.url}' }\n  per_second: 100\n  burst: 100\n${settings}`
  const dir = t.testdir({ data: { 'domainstats.yaml': yaml }, 'dns.log': zeekLines(names) })
  const [data, log] = [join(dir, 'data'), join(dir, 'dns.log')]
  const records = followRecords(t, join(data, 'domainstats.log'))
  const open = async <Daemon extends Run>(daemon: Daemon) => {
    const said = await daemon.says(/"kind":"http-opened","address":"([^"]+)"/)
    const base = /"address":"([^"]+)"/.exec(said)?.[1] ?? ''
    const get = async (path: string, headers: Record<string, string> = {}) =>
      (await request(`${base}/${path}`, { headers })).body.text()
    return { ...daemon, get, base }
  }
  const args = ['run', '--data', data, '--zeek', log]
  return {
    ...{ registry, dir, log, ...records },
    open: () => open(startHere(t, ...args)),
    /** As a process, which may be killed. */
    openApart: () => open(start(...args)),
  }
}

void t.test('a name of the log is known over HTTP, and one asked over HTTP is known to the log', async t => {
  const { open, log, until, registry } = await setUp(t, ['www.logged.com'])
  const { get, end } = await open()
  await until(records => records.length === 1)
  t.match(await get('www.logged.com'), '"alerts":[],"category":"ESTABLISHED"')
  t.match(await get('asked.com'), '"alerts":["YOUR-FIRST-CONTACT"],"category":"ESTABLISHED"')
  appendFileSync(log, zeekLine(7, 'mail.asked.com'))
  const records = await until(records => records.some(({ query }) => query === 'mail.asked.com'))
  t.strictSame(
    records.map(({ query, alerts }) => `${query} ${alerts.join()}`),
    [
      'www.logged.com YOUR-FIRST-CONTACT',
      'www.logged.com ', // the lines of the log are years old: another window
      'asked.com YOUR-FIRST-CONTACT',
      'mail.asked.com ',
    ],
  )
  t.strictSame([...registry.asked].sort(), ['asked.com', 'logged.com'])
  t.equal(await end(), 0)
})

void t.test('log and port ask for one new name at once: one first contact, one look-up', async t => {
  const { open, log, until, registry } = await setUp(t, ['begin.com'])
  const { get, end } = await open()
  await until(records => records.length === 1)
  const asked = Array.from({ length: 50 }, () => get('fresh.com'))
  appendFileSync(log, zeekLine(7, 'fresh.com'))
  const said = (await Promise.all(asked)).filter(text => text.includes('YOUR-FIRST-CONTACT'))
  await get('last.com')
  const records = await until(records => records.some(({ query }) => query === 'last.com'))
  const first = records.filter(
    ({ query, alerts }) => query === 'fresh.com' && alerts.includes('YOUR-FIRST-CONTACT'),
  )
  t.equal(first.length, 1)
  t.ok(said.length <= 1, 'never more than the log says')
  t.equal(registry.asked.filter(name => name === 'fresh.com').length, 1)
  t.equal(await end(), 0)
})

void t.test(
  'kill -9: what was answered as a first contact stands in the log, and is none any more',
  async t => {
    const { open, openApart, until } = await setUp(t, ['begin.com'])
    const first = await openApart()
    await until(records => records.length === 1)
    t.match(await first.get('once.com'), 'YOUR-FIRST-CONTACT')
    await first.end('SIGKILL')
    const next = await open()
    t.notMatch(await next.get('once.com'), 'YOUR-FIRST-CONTACT')
    const records = await until(records => records.some(({ query }) => query === 'once.com'))
    t.equal(records.filter(({ query }) => query === 'once.com').length, 1)
    t.match(await next.get('readyz'), 'ready')
    t.match(await next.get('metrics'), /domainstats_records_total/)
    t.equal(await next.end(), 0)
  },
)

void t.test('without inputs it only answers; a port that is in use is reported', async t => {
  const data = t.testdir({ 'domainstats.yaml': 'mode: "off"\n' })
  const one = startHere(t, 'run', '--data', data, '--http', '0')
  const said = await one.says(/"address":"http:..127\.0\.0\.1:(\d+)"/)
  const port = /127\.0\.0\.1:(\d+)/.exec(said)?.[1] ?? ''
  const other = t.testdir({ other: { 'domainstats.yaml': 'mode: "off"\n' } })
  const two = startHere(t, 'run', '--data', join(other, 'other'), '--http', port)
  await two.says(/EADDRINUSE/)
  t.equal(await one.end(), 0)
})

void t.test('the expiry of an answer is that of the registrable, or null if there is none', async t => {
  const silent = (name: string): Reply =>
    name === 'silent-example.com' ? 'never' : registeredOn(name, '2011-05-14T08:21:07Z')
  const { open } = await setUp(t, [], 'http_wait_seconds: 1\n', silent)
  const { get, end } = await open()
  for (const name of ['www.shop-example.com', 'mine.herokuapp.com', 'silent-example.com']) await get(name)
  const expires = async (domain: string) => {
    const [, text = ''] =
      /^\{"cache_expires":("[^"]+"|null),/.exec(await get(`cache_get?domain=${domain}`)) ?? []
    return text
  }
  const kept = await expires('shop-example.com')
  const days = (Date.parse(kept.slice(1, -1)) - performance.timeOrigin) / 86_400_000
  t.ok(days > 29 && days < 31, `${kept} is in thirty days`)
  t.equal((await expires('mine.herokuapp.com')).slice(0, 12), kept.slice(0, 12), 'that of herokuapp.com')
  t.equal(await expires('silent-example.com'), 'null')
  const rows = [...(await get('cache_browse')).matchAll(/"cache_expires":("[^"]+"|null)/g)]
  t.same(
    rows.map(([, text = '']) => text === 'null'),
    [false, false, false, true],
    'herokuapp.com, its customer and the shop have a date',
  )
  t.equal(await end(), 0)
})

void t.test('a client may call it by the name of its machine, and by those of the settings', async t => {
  const { open } = await setUp(t, [], 'http_hosts: [dns.corp.example]\n')
  const { get, end } = await open()
  for (const host of [hostname(), 'DNS.corp.example:5730', '192.0.2.7'])
    t.equal(await get('healthz', { host }), 'ok\n', host)
  t.match(await get('healthz', { host: 'corp.example' }), 'see http_hosts')
  t.equal(await end(), 0)
})

void t.test('where it differs from domain_stats on purpose', async t => {
  const { open } = await setUp(t, [], 'http_wait_seconds: 0\nfreq_server: true\n', () => 'never')
  const { get, base, end } = await open()
  const size = async () => /"size":(\d+)/.exec(await get('stats'))?.[1]
  t.equal(await size(), '0')
  await get('first-contact.com')
  t.equal(await size(), '1', 'a domain counts before its registry has answered')

  const score = async (name: string) => /"freq_score":(\[[^\]]*\])/.exec(await get(name))?.[1]
  t.equal(await score('b%C3%BCcher.com'), await score('xn--bcher-kva.com'))
  t.equal(await size(), '2', 'both are one name')

  for (const name of ['foo%20bar.com', 'https:%2F%2Fa.com%2F', '4.4.8.8.in-addr.arpa', 'abc.onion', 'co.uk'])
    t.match(await get(name), '"alerts":["No valid eTLD exists for this domain."]', name)
  for (const name of ['herokuapp.com', 'mine.herokuapp.com'])
    t.match(await get(name), 'YOUR-FIRST-CONTACT', name)

  const options = await request(`${base}/a.com`, { method: 'OPTIONS' })
  t.same(
    [options.statusCode, await options.body.json()],
    [405, { error: 'this path does not take that method' }],
  )
  t.same(JSON.parse(await get('a/b/c')), { error: 'there is nothing at this path' })

  t.equal(await get('measure/a%2Ecom'), await get('measure/a.com'))
  t.equal((await request(`${base}/normal/a.com`)).statusCode, 403)
  t.equal((await request(`${base}/english/a.com`)).statusCode, 404)
  t.equal(await end(), 0)
})

/** The addresses of all ports that a daemon has opened, once there are so many. */
const addressesOf = async (daemon: Pick<Run, 'says'>, count: number): Promise<string[]> => {
  const told = Array.from({ length: count }, () => '"kind":"http-opened","address":"[^"]+"').join('[^]*')
  const said = await daemon.says(new RegExp(told))
  return [...said.matchAll(/"http-opened","address":"([^"]+)"/g)].map(([, address = '']) => address)
}

const statusOf = async (url: string): Promise<number> => {
  const { statusCode, body } = await request(url)
  await body.dump()
  return statusCode
}

void t.test(
  'metrics and health have a port of their own, and the other one what the settings say',
  async t => {
    const { open } = await setUp(t, [], 'http_serve: [v1]\nmetrics_port: 0\n')
    const daemon = await open()
    const [main = '', own = ''] = await addressesOf(daemon, 2)
    const paths = ['/v1/domains/a.com', '/metrics', '/healthz', '/readyz', '/a.com']
    t.same(await Promise.all(paths.map(path => statusOf(main + path))), [200, 404, 404, 404, 404])
    t.same(await Promise.all(paths.map(path => statusOf(own + path))), [404, 200, 200, 200, 404])
    t.match(
      await (await request(`${own}/metrics`)).body.text(),
      /domainstats_http_answers_total\{category="UNKNOWN"\} 1\n/,
    )
    t.equal(await daemon.end(), 0)
  },
)

void t.test('metrics and health are there without the rest: http is false', async t => {
  const yaml = "mode: 'off'\nmetrics_port: '127.0.0.1:0'\n"
  const data = t.testdir({ 'domainstats.yaml': yaml, 'dns.log': '' })
  const daemon = startHere(t, 'run', '--data', data, '--zeek', join(data, 'dns.log'))
  const [own = ''] = await addressesOf(daemon, 1)
  t.same([await statusOf(`${own}/readyz`), await statusOf(`${own}/a.com`)], [200, 404])
  t.equal(await daemon.end(), 0)
})

void t.test('/v1 shows a name and makes no contact; a POST that says so does', async t => {
  const { open, until } = await setUp(t, [])
  const { get, base, end } = await open()
  t.match(await get('v1/domains/new.com'), '"first_contact":false')
  const post = async (contact: boolean) => {
    const body = JSON.stringify({ names: ['new.com'], contact })
    const headers = { 'content-type': 'application/json' }
    return (await request(`${base}/v1/domains`, { method: 'POST', body, headers })).body.text()
  }
  t.match(await post(false), '"first_contact":false')
  t.match(await post(true), '"first_contact":true')
  const records = await until(records => records.length === 1)
  t.match(records, [{ query: 'new.com', alerts: ['YOUR-FIRST-CONTACT'] }])
  t.equal(await end(), 0)
})

void t.test('clients: record: none writes and holds no address, of the log and of the port', async t => {
  const settings = 'clients: { record: none }\nhttp_wait_seconds: 0\nhold_seconds: 0\n'
  const { open, until, dir } = await setUp(t, ['logged.com'], settings, () => 'never')
  appendFileSync(join(dir, 'dns.log'), `{"_path":"dns","ts":1700000900,"uid":"C9","id.orig_h":"10.20.1.37","id.orig_p":33071,"id.resp_h":"10.20.0.53","query":"by-ann.com"}\n`) // prettier-ignore
  const { get, end } = await open()
  await get('asked.com')
  const isThere = (name: string) => (records: readonly { query: string }[]) =>
    records.some(({ query }) => query === name)
  await until(isThere('by-ann.com'))
  const records = await until(isThere('asked.com'))
  t.notMatch(JSON.stringify(records), 'orig')
  await end()
  // The follow-ups of both are due.
  const bytes = ['domainstats.sqlite', 'domainstats.sqlite-wal']
    .map(name => join(dir, 'data', name))
    .filter(existsSync)
    .map(path => readFileSync(path, 'latin1'))
    .join('')
  t.match(bytes, 'by-ann.com')
  t.notMatch(bytes, 'origHost')
  t.match(bytes, '10.20.0.53', 'the resolver is no client')
})
