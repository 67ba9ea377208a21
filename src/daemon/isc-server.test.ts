/** `isc-server` as a process: our sensors and a client by the specification ask it, and it is killed in between. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { runCommandLine } from '../commands/command-line.js'
import { tokenDigest } from '../http/gate.js'
import { openStore } from '../store/store.js'
import { ended } from '../testing/ended.js'
import { needs } from '../testing/external-programs.js'
import { startHere } from '../testing/in-process.js'
import { testIo } from '../testing/io.js'
import { start } from '../testing/process.js'
import type { Line } from '../testing/record-log.js'
import { openRegistry, registeredOn, type Registry, type Reply } from '../testing/registry.js'
import { zeekLines } from '../testing/zeek-lines.js'

const run = promisify(execFile)

interface Answer {
  readonly seen_by_web: string
  readonly expires: string
  readonly seen_by_isc: string | number
  readonly alerts: readonly string[]
}

/** The record that tests compare, with the fields of an ISC. */
type IscLine = Line & { readonly expires?: string }

const pace = 'per_second: 1000, burst: 1000, at_once: 64'
const tokenOf = (client: string) => `token-of-${client}`

/** The folder of a hub with these clients. */
const hubFolder = (t: Test, registry: Registry, clients: readonly string[], settings = '') => {
  const dir = t.testdir()
  const data = join(dir, 'hub')
  mkdirSync(data)
  const yaml = `whois: "off"\nrdap: { servers: { com: '${registry.url}' }, ${pace} }\nisc_server: { listen: 127.0.0.1:0 ${settings} }\n`
  writeFileSync(join(data, 'domainstats.yaml'), yaml)
  const store = openStore(join(data, 'domainstats.sqlite'))
  for (const client of clients)
    store.iscChanges.addClient(client, tokenDigest(tokenOf(client)), undefined, Date.now())
  store.close()
  return { dir, data }
}

const openHub = async (t: Test, data: string) => {
  const hub = start('isc-server', '--data', data)
  t.teardown(() => hub.end('SIGKILL'))
  const said = await hub.says(/"kind":"isc-opened","address":"([^"]+)"/)
  const [, address = ''] = /"kind":"isc-opened","address":"([^"]+)"/.exec(said) ?? []
  const query = async (client: string, domain: string): Promise<Answer> => {
    const headers = { authorization: `Bearer ${tokenOf(client)}` }
    const body = JSON.stringify({ command: 'query', domain })
    const response = await fetch(`${address}/isc`, { method: 'POST', headers, body })
    return (await response.json()) as Answer
  }
  return { ...hub, address, query }
}

/** Runs a sensor over names, to its end. Returns its records by query. */
const sensor = async (t: Test, dir: string, name: string, settings: string, names: readonly string[]) => {
  const data = join(dir, name)
  mkdirSync(data)
  writeFileSync(join(data, 'domainstats.yaml'), `emit: distinct\nwhois: "off"\n${settings}`)
  writeFileSync(join(data, 'dns.log'), zeekLines(names))
  const running = startHere(t, 'run', '--data', data, '--zeek', join(data, 'dns.log'), '--once')
  t.equal((await ended(running)).code, 0, name)
  const lines = readFileSync(join(data, 'domainstats.log'), 'utf8').trimEnd().split('\n')
  return new Map(lines.map(line => JSON.parse(line) as IscLine).map(line => [line.query, line]))
}

const withExpiry: Reply = {
  status: 200,
  body: {
    ...{ objectClassName: 'domain', ldhName: 'riverstone.com' },
    events: [
      { eventAction: 'registration', eventDate: '2011-05-14T08:21:07Z' },
      { eventAction: 'expiration', eventDate: '2031-05-14T08:21:07Z' },
    ],
  },
}
const replies: Readonly<Record<string, Reply>> = {
  'riverstone.com': withExpiry,
  'gone.com': { status: 404 },
  'undated.com': { status: 200, body: { objectClassName: 'domain', ldhName: 'undated.com', events: [] } },
}
const reply = (name: string): Reply => replies[name] ?? registeredOn(name, '2012-02-03T04:05:06Z')
const names = ['www.riverstone.com', 'no-expiry.com', 'gone.com', 'undated.com']
const registrables = ['gone.com', 'no-expiry.com', 'riverstone.com', 'undated.com']

void t.test(
  'two sensors and a hub: one look-up, one ISC-FIRST-CONTACT, and records as from the registry',
  async t => {
    const registry = await openRegistry(t, reply)
    const { dir, data } = hubFolder(t, registry, ['one', 'two'])
    const hub = await openHub(t, data)
    const by = (client: string) =>
      `mode: isc\nisc: { url: '${hub.address}/isc', token: ${tokenOf(client)} }\npaces: { '${new URL(hub.address).host}': { ${pace} } }\n`
    const [one, two] = await Promise.all([
      sensor(t, dir, 'one', by('one'), names),
      sensor(t, dir, 'two', by('two'), names),
    ])
    t.strictSame([...registry.asked].sort(), registrables, 'the registry was asked once for each')
    const alone = await sensor(
      t,
      dir,
      'alone',
      `rdap: { servers: { com: '${registry.url}' }, ${pace} }\n`,
      names,
    )
    for (const name of names) {
      const [first, second, direct] = [one.get(name), two.get(name), alone.get(name)]
      const told = [first, second].map(line => line?.alerts.includes('ISC-FIRST-CONTACT'))
      t.strictSame(told.sort(), [false, true], `${name}: one of them was the first`)
      for (const line of [first, second]) {
        t.ok(line?.alerts.includes('YOUR-FIRST-CONTACT'), name)
        const { category, reason, seen_by_web, expires } = line ?? {}
        t.strictSame(
          { category, reason, seen_by_web, expires },
          { category: direct?.category, reason: direct?.reason, seen_by_web: direct?.seen_by_web, expires: direct?.expires }, // prettier-ignore
          `${name}: as with its own look-up`,
        )
      }
    }
    t.match(one.get('www.riverstone.com'), { expires: /^2031-05-14T/, seen_by_isc: /^20/ })
    t.match(one.get('gone.com'), { category: 'UNKNOWN', reason: 'not-registered' })
    t.notOk(one.get('no-expiry.com')?.expires)
    t.equal(await hub.end('SIGTERM'), 0)
    const log = readFileSync(join(data, 'domainstats.log'), 'utf8')
    t.equal(log.trimEnd().split('\n').length, names.length)
    t.notMatch(log, /id\.orig|127\.0\.0\.1|"one"|"two"/, 'who asked stands nowhere')
  },
)

void t.test('40 clients at once for one new domain: one look-up, one owner', async t => {
  const registry = await openRegistry(t, reply, { latencyMs: 300 })
  const clients = Array.from({ length: 40 }, (_, i) => `client-${i}`)
  const { data } = hubFolder(t, registry, clients)
  const hub = await openHub(t, data)
  const answers = await Promise.all(clients.map(client => hub.query(client, 'riverstone.com')))
  t.equal(answers.filter(({ alerts }) => alerts.includes('ISC-FIRST-CONTACT')).length, 1)
  t.ok(answers.every(({ seen_by_web, expires }) => `${seen_by_web}, ${expires}` === '2011-05-14 08:21:07, 2031-05-14 08:21:07')) // prettier-ignore
  t.equal(
    new Set(answers.map(({ seen_by_isc }) => seen_by_isc)).size <= 2,
    true,
    'all are told one time, to the second',
  )
  t.strictSame(registry.asked, ['riverstone.com'])
  t.equal(await hub.end('SIGTERM'), 0)
})

void t.test(
  'killed between a question and its answer: the owner, asking again, is told; nobody else is',
  async t => {
    let answers = false
    const registry = await openRegistry(t, name => (answers ? reply(name) : 'never'))
    const { data } = hubFolder(t, registry, ['owner', 'other'], ', wait_seconds: 60')
    const killed = await openHub(t, data)
    const lost = killed.query('owner', 'riverstone.com').catch(() => 'lost')
    await registry.until(asked => asked.length === 1)
    await killed.end('SIGKILL')
    t.equal(await lost, 'lost')
    answers = true
    const hub = await openHub(t, data)
    t.match(await hub.query('other', 'riverstone.com'), { seen_by_web: '2011-05-14 08:21:07', alerts: [] })
    for (const time of ['for the first time', 'and once more, soon'])
      t.match(await hub.query('owner', 'riverstone.com'), { alerts: ['ISC-FIRST-CONTACT'] }, time)
    t.match(await hub.query('other', 'riverstone.com'), { alerts: [] })
    t.equal(await hub.end('SIGTERM'), 0)
  },
)

/** Written by the specification in the README of domain_stats alone: strict where it is. */
const specified = `
import datetime, json, sys, urllib.error, urllib.request

url, token = sys.argv[1:3]
FORMAT = '%Y-%m-%d %H:%M:%S'

def post(command):
    request = urllib.request.Request(url, json.dumps(command).encode(), {'Authorization': 'Bearer ' + token})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)

def query(domain):
    answer = post({'command': 'query', 'domain': domain})
    if sorted(answer) != ['alerts', 'expires', 'seen_by_isc', 'seen_by_web']:
        raise Exception('keys: %s' % sorted(answer))
    if not all(isinstance(alert, str) for alert in answer['alerts']):
        raise Exception('alerts')
    if answer['seen_by_web'] == 'ERROR':
        if answer['expires'] != 'ERROR' or type(answer['seen_by_isc']) is not int:
            raise Exception('error: %s' % answer)
        return ['ERROR', answer['seen_by_isc'], answer['alerts']]
    web, expires, isc = (datetime.datetime.strptime(answer[key], FORMAT) for key in ('seen_by_web', 'expires', 'seen_by_isc'))
    age = datetime.datetime.utcnow() - isc
    if not datetime.timedelta(seconds=-5) < age < datetime.timedelta(minutes=5):
        raise Exception('seen_by_isc: %s' % isc)
    if expires < datetime.datetime.utcnow():
        raise Exception('expired')
    return [web.strftime(FORMAT), answer['alerts']]

config = post({'command': 'config'})
major, minor = map(int, config['min_software_version'].split('.'))
data_major, data_minor = map(int, config['min_database_version'].split('.'))
status = post({'command': 'status', 'client_version': '1.0', 'database_version': '1.1', 'cache_efficiency': [1, 2, 3], 'database_efficiency': [4, 5]})
said = {'prohibited': config['prohibited_tlds'], 'interval': status['interval'], 'deny': status['deny_client']}
said['answers'] = {domain: query(domain) for domain in sys.argv[3:]}
print(json.dumps(said))
`

void t.test(
  'a client in Python by the specification, and what the operator says meanwhile',
  { skip: needs('python3') },
  async t => {
    const registry = await openRegistry(t, reply)
    const { data } = hubFolder(t, registry, ['python'])
    const hub = await openHub(t, data)
    const ask = async (...domains: readonly string[]): Promise<unknown> => {
      const { stdout } = await run('python3', [
        '-c',
        specified,
        `${hub.address}/isc`,
        tokenOf('python'),
        ...domains,
      ])
      return JSON.parse(stdout) as unknown
    }
    const command = async (...argv: readonly string[]) =>
      t.equal(await runCommandLine([...argv, '--data', data], testIo('')), 0, argv.join(' '))

    t.match(
      await ask('riverstone.com', 'no-expiry.com', 'gone.com', 'undated.com', 'printer.local', 'x.lan'),
      {
        ...{ prohibited: ['.local'], interval: 60, deny: '' },
        answers: {
          'riverstone.com': ['2011-05-14 08:21:07', ['ISC-FIRST-CONTACT']],
          'no-expiry.com': ['2012-02-03 04:05:06', ['ISC-FIRST-CONTACT']],
          'gone.com': ['ERROR', 1, ['ISC-FIRST-CONTACT', 'UNKNOWN:not-registered']],
          'undated.com': ['ERROR', 1, ['ISC-FIRST-CONTACT', 'UNKNOWN:no-registration-event']],
          'printer.local': ['ERROR', 24, ['UNKNOWN:special-use']],
        },
      },
    )
    await command('isc-alert', 'add', 'hxxps://riverstone[.]com/x', 'phishing kit')
    await command('isc-client', 'deny', 'python', 'update first')
    t.match(await ask('riverstone.com'), {
      deny: 'update first',
      answers: { 'riverstone.com': ['ERROR', 1, ['ERROR:isc-denied', 'update first']] },
    })
    await command('isc-client', 'allow', 'python')
    t.match(await ask('riverstone.com'), {
      deny: '',
      answers: { 'riverstone.com': ['2011-05-14 08:21:07', ['ISC-FIRST-CONTACT', 'phishing kit']] },
    })
    t.equal(await hub.end('SIGTERM'), 0)
  },
)

void t.test('/metrics of the hub counts the commands, on its own port alone', async t => {
  const registry = await openRegistry(t, reply)
  const { data } = hubFolder(t, registry, ['one'])
  const yaml = join(data, 'domainstats.yaml')
  writeFileSync(yaml, `${readFileSync(yaml, 'utf8')}metrics_port: 0\n`)
  const hub = await openHub(t, data)
  const [, metrics = ''] =
    /"kind":"http-opened","address":"([^"]+)"/.exec(await hub.says('http-opened')) ?? []
  await hub.query('one', 'riverstone.com')
  await hub.query('nobody', 'riverstone.com')
  const text = await (await fetch(`${metrics}/metrics`)).text()
  t.match(text, 'domainstats_isc_commands_total{command="query",result="ESTABLISHED"} 1\n')
  t.match(text, 'domainstats_isc_commands_total{command="none",result="token"} 1\n')
  const headers = { authorization: `Bearer ${tokenOf('one')}` }
  t.equal((await fetch(`${hub.address}/metrics`, { headers })).status, 404)
  t.equal(await hub.end('SIGTERM'), 0)
})
