/** The logs that the real Suricata writes with the fragment of suricata/: they give the records that they should. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { needs } from '../testing/external-programs.js'
import { startHere } from '../testing/in-process.js'
import { pcapOf } from '../testing/pcap.js'
import { socketFolder } from '../testing/receivers.js'
import { sharedData } from '../testing/shared-data.js'
import { runSuricata } from '../testing/suricata.js'

const skip = needs('suricata')
const start = 1_700_000_000

interface Written {
  readonly query: string
  readonly domain: string
  readonly rcode_name?: string
  readonly community_id?: string
}

/** The records of `run` over a log, or over the logs in a folder. @param data an absent folder */
const recordsOf = async (t: Test, suricata: string, data: string): Promise<readonly Written[]> => {
  mkdirSync(data)
  writeFileSync(join(data, 'domainstats.yaml'), 'mode: off\nemit: every\nmax_names_per_domain: 1000000\n')
  const run = startHere(t, 'run', '--once', '--no-wait', '--data', data, '--suricata', suricata)
  if ((await run.ended) !== 0) throw new Error(`${suricata} was not read: ${await run.says('')}`)
  const out = join(data, 'domainstats.log')
  if (!existsSync(out)) return []
  const lines = readFileSync(out, 'utf8').split('\n').slice(0, -1)
  return lines.map(line => JSON.parse(line) as Written) // our own output, by the tests of output/
}

/** How often each name was asked for, with its domain. */
const countsOf = (records: readonly Written[]): Readonly<Record<string, number>> => {
  const counts = new Map<string, number>()
  for (const { query, domain } of records)
    counts.set(`${query} ${domain}`, (counts.get(`${query} ${domain}`) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

void t.test('what one thread writes and what several write are the same records', { skip }, async t => {
  const dir = t.testdir()
  const names = [
    'www.example.com',
    'mail.example.com',
    'Login.Example.ORG',
    'www.example.com',
    'a.b.example.co.uk',
  ]
  const pcap = join(dir, 'sent.pcap')
  writeFileSync(
    pcap,
    pcapOf([...names.map(name => ['dns', name] as const), ['tls', 'not-dns.example.net']], start),
  )
  const [log = '', ...others] = await runSuricata(join(dir, 'one'), pcap)
  t.strictSame(others, [])
  const threaded = await runSuricata(join(dir, 'threads'), pcap, { threaded: true })
  t.ok(threaded.length > 0 && threaded.every(path => /eve\.\d+\.json$/.test(path)), threaded.join(' '))
  const records = await recordsOf(t, log, join(dir, 'data'))
  t.strictSame(countsOf(records), {
    'a.b.example.co.uk example.co.uk': 1,
    'login.example.org example.org': 1,
    'mail.example.com example.com': 1,
    'www.example.com example.com': 2,
  })
  t.match(records[0], { rcode_name: 'NOERROR', community_id: /^1:.{27}=$/ })
  t.strictSame(
    countsOf(await recordsOf(t, join(dir, 'threads'), join(dir, 'data-threads'))),
    countsOf(records),
  )
})

void t.test(
  'Suricata 7 answers version 3 with a warning and writes version 2: the same records',
  { skip },
  async t => {
    const dir = t.testdir({ 'sent.pcap': pcapOf([['dns', 'www.example.com']], start) })
    const change = (text: string) => text.replace('requests: yes', 'version: 3\n          $&')
    const [log = ''] = await runSuricata(join(dir, 'log'), join(dir, 'sent.pcap'), { change })
    t.match(readFileSync(log, 'utf8'), /"dns":\{"version":[23],/)
    t.strictSame(countsOf(await recordsOf(t, log, join(dir, 'data'))), { 'www.example.com example.com': 1 })
  },
)

void t.test('what it writes of real captures are the records of the recorded logs', { skip }, async t => {
  const shared = sharedData(t, '.')
  const recorded = shared === undefined ? '' : join(shared, 'eve', 'suricata-7.0.10', 'v2')
  // Suricata writes no threaded log whose path is longer than 255 characters: short names in a short folder.
  const dir = socketFolder(t)
  const names = shared === undefined ? [] : readdirSync(join(shared, 'pcaps'))
  let compared = 0
  for (const name of names) {
    const old = join(recorded, `${name}.eve.json`)
    if (!existsSync(old)) continue
    const at = (part: string) => join(dir, part)
    const pcap = join(shared ?? '', 'pcaps', name)
    await runSuricata(at('one'), pcap)
    await runSuricata(at('threads'), pcap, { threaded: true })
    const expected = countsOf(await recordsOf(t, old, at('data-old')))
    t.strictSame(countsOf(await recordsOf(t, at('one'), at('data-one'))), expected, name)
    t.strictSame(
      countsOf(await recordsOf(t, at('threads'), at('data-threads'))),
      expected,
      `${name}, threaded`,
    )
    compared += 1
    for (const part of ['one', 'threads', 'data-old', 'data-one', 'data-threads'])
      rmSync(at(part), { recursive: true })
  }
  if (shared !== undefined) t.equal(compared, 71)
})
