/** The feedback to a real Suricata: what it alerts on is what the datasets hold, in a second run and after a live reload. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { isoTime } from '../output/json.js'
import { needs } from '../testing/external-programs.js'
import { startHere } from '../testing/in-process.js'
import { pcapOf, type Sent } from '../testing/pcap.js'
import { alertsIn, runSuricata, startSuricata } from '../testing/suricata.js'
import { dayMs, systemClock } from '../time/clock.js'

const skip = needs('suricata')
const start = 1_700_000_000
const sid = 1_905_300

/** Suricata 7 logs the names of TLS and HTTP, too, and alerts. */
const change = (text: string): string =>
  text.replace('types:', '$&\n      - alert\n      - tls\n      - http')

/** Returns what it prints. */
const domainstats = async (t: Test, ...args: readonly string[]): Promise<string> => {
  const run = startHere(t, ...args)
  const said = () => run.says('')
  if ((await run.ended) !== 0) throw new Error(`domainstats ${args.join(' ')}: ${await said()}`)
  return said()
}

const page = readFileSync('docs/suricata.md', 'utf8')

/** A data folder that knows when these domains were registered, in days before now. */
const openData = async (t: Test, dir: string, ages: Readonly<Record<string, number>>, settings: string) => {
  writeFileSync(join(dir, 'domainstats.yaml'), `mode: off\nlocal_port: 0\npoll_seconds: 0.1\n${settings}`)
  const rows = Object.entries(ages).map(
    ([domain, days]) => `${domain},${isoTime(systemClock.now() - days * dayMs)}\n`,
  )
  writeFileSync(join(dir, 'dates.csv'), ['domain,registered\n', ...rows].join(''))
  await domainstats(t, 'import', join(dir, 'dates.csv'), '--data', dir)
}

const namesIn = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map(line => Buffer.from(line, 'base64').toString())

const sentBy = (names: readonly string[]): readonly Sent[] =>
  names.flatMap(name => (['dns', 'tls', 'http'] as const).map(protocol => [protocol, name] as const))

void t.test('a second run alerts on the names in the datasets, and on no others', { skip }, async t => {
  const dir = t.testdir({ data: {}, to: {} })
  const [data, to, pcap] = [join(dir, 'data'), join(dir, 'to'), join(dir, 'sent.pcap')]
  const settings = 'names_from: [dns, tls, http]\npdns: { enabled: true }\n'
  await openData(t, data, { 'fresh.com': 3, 'by-tls.net': 4, 'trusted.com': 5, 'old.com': 9_000 }, settings)
  const first: readonly Sent[] = [
    ...(['www.Fresh.COM', 'cdn.fresh.com', 'a.b.fresh.com', 'old.com', 'www.old.com'] as const).map(
      name => ['dns', name] as const,
    ),
    ...[['dns', 'login.evil.org'] as const, ['dns', 'trusted.com'] as const],
    ...[['tls', 'shop.by-tls.net'] as const, ['http', 'Watched.Example.NET'] as const],
  ]
  writeFileSync(pcap, pcapOf(first, start))
  await runSuricata(join(dir, 'first'), pcap, { change })
  await domainstats(t, 'run', '--once', '--no-wait', '--data', data, '--suricata', join(dir, 'first'))
  await domainstats(t, 'tag', 'add', 'threat', 'evil.org', '--data', data)
  await domainstats(t, 'tag', 'add', 'interest', 'watched.example.net', '--data', data)
  await domainstats(t, 'tag', 'add', 'trust', 'trusted.com', '--data', data)
  const said = await domainstats(t, 'feedback', '--data', data, '--to', to)
  t.ok(page.includes(`$ domainstats feedback --data D --to F\n${said}`), 'as docs/suricata.md shows it')

  const expected = {
    new: ['a.b.fresh.com', 'by-tls.net', 'cdn.fresh.com', 'fresh.com', 'www.by-tls.net', 'www.fresh.com'],
    threat: ['evil.org', 'login.evil.org', 'www.evil.org'],
    interest: ['watched.example.net'],
  }
  for (const [set, names] of Object.entries(expected))
    t.strictSame(namesIn(join(to, `domainstats-${set}.lst`)).sort(), names, set)
  const seen = namesIn(join(to, 'domainstats-seen.lst'))
  t.ok(['old.com', 'www.old.com', 'fresh.com', 'cdn.fresh.com'].every(name => seen.includes(name)))

  const all = [...Object.values(expected).flat(), ...seen]
  const mixed = [...new Set(all)].map(name => name.replace(/[a-e]/g, letter => letter.toUpperCase()))
  const others = ['never-seen.fresh.com', 'fresh.com.other.com', 'xfresh.com', 'com', 'by-tls.org']
  writeFileSync(pcap, pcapOf(sentBy([...mixed, ...others]), start + 3_600))
  const rules = join(to, 'domainstats.rules')
  const [, firstRule = ''] = readFileSync(rules, 'utf8').split('\n')
  t.ok(page.includes(firstRule))
  const logs = await runSuricata(join(dir, 'second'), pcap, { change, rules })
  const found = alertsIn(logs).map(alert => `${alert.sid} ${alert.name.toLowerCase()}`)
  const wanted = Object.values(expected).flatMap((names, set) =>
    names.flatMap(name => [0, 1, 2].map(place => `${sid + 3 * set + place} ${name}`)),
  )
  t.strictSame(found.sort(), wanted.sort())
})

/** A question as Suricata logs it. */
const asked = (name: string, second: number): string =>
  `${JSON.stringify({
    ...{ timestamp: new Date(1_000 * second).toISOString(), flow_id: second, event_type: 'dns' },
    ...{ src_ip: '10.0.0.1', src_port: 40_000, dest_ip: '10.0.0.2', dest_port: 53, proto: 'UDP' },
    dns: { version: 2, type: 'query', id: 1, rrname: name, rrtype: 'A', tx_id: 0 },
  })}\n`

void t.test('a live Suricata takes up the sets that run keeps up to date', { skip }, async t => {
  const dir = t.testdir({ 'eve.json': asked('first.fresh.com', start) })
  const folder = join(dir, 'suricata')
  const settings = [
    'inputs: [{ path: eve.json }]',
    'pdns: { enabled: true }',
    `feedback: { folder: suricata, every_seconds: 10 }\n`,
  ].join('\n')
  await openData(t, dir, { 'fresh.com': 3 }, settings)
  const daemon = startHere(t, 'run', '--data', dir)
  await daemon.says(/"kind":"feedback-written"/)
  const suricata = await startSuricata(t, { change, rules: join(folder, 'domainstats.rules') })
  const second = sentBy(['second.fresh.com'])
  await suricata.see(second)
  t.strictSame(suricata.alerts(), [], 'nobody has asked for it yet')

  appendFileSync(join(dir, 'eve.json'), asked('second.fresh.com', start + 1))
  await daemon.says(/"kind":"feedback-written","folder":"[^"]+","new":4/)
  await suricata.see(second)
  t.strictSame(suricata.alerts(), [], 'Suricata has not read the files again')
  t.ok(page.includes(`$ suricatasc -c reload-rules\n${await suricata.command('reload-rules')}`))
  await suricata.see(second)
  const three = suricata.alerts().map(({ sid, name }) => [sid, name])
  t.strictSame(
    three.sort(),
    [sid, sid + 1, sid + 2].map(one => [one, 'second.fresh.com']),
  )

  await domainstats(t, 'tag', 'add', 'trust', 'second.fresh.com', '--data', dir)
  await daemon.says(/"kind":"feedback-written"[^}]*"new":4[^]*"kind":"feedback-written"[^}]*"new":3/)
  t.ok(page.includes(`$ suricatasc -c reload-rules\n${await suricata.command('reload-rules')}`))
  await suricata.see(second)
  t.equal(suricata.alerts().length, 3, 'a name that left the set raises no alert any more')
  await suricata.end()
  t.equal(await daemon.end(), 0)
})
