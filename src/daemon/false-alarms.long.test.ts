/**
 * How many alerts the detectors raise in the real logs of the shared test data. Each domain that few people ask for is taken
 * for young, which is far more than are: at most `alertsPerDay` of a log and day are then to be looked at.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { dayMs } from '../time/clock.js'
import { startHere } from '../testing/in-process.js'
import { sharedData } from '../testing/shared-data.js'
import { filesUnder } from '../parse/testing/real-log.js'
import { openDnsTopDomains } from '../transfer/top-domains.data.js'
import { alertName } from '../model/record.js'

const alertsPerDay = 3
/** Those that accuse a host or a domain. DGA-LIKE stands for one name, and only helps to sort. */
const accusing: ReadonlySet<string> = new Set([
  'LOOKALIKE',
  'SERVICE-MIX',
  'SPREAD',
  'DNS-TUNNEL',
  'DGA-BURST',
])
/** What the logs were made to show. */
const planted: ReadonlySet<string> = new Set(['r-1x.com', 'tunnel.com'])
/** Days before the test: the age of a domain that is taken for young. */
const youngDays = 5

interface Line {
  readonly ts: string
  readonly domain: string
  readonly alerts: readonly string[]
}

const recordsOf = (path: string): Line[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Line)

const run = async (t: Test, ...args: readonly string[]): Promise<void> => {
  t.equal(await startHere(t, ...args).ended, 0, args.join(' '))
}

/** What many ask for: the domains that OpenDNS saw most, and those of companies and projects that are older than these logs. */
const popular: ReadonlySet<string> = new Set([
  ...openDnsTopDomains.split('\n'),
  ...['gstatic.com', 'debian.org', 'digitalocean.com', 'paloaltonetworks.com', 'mozaws.net', 'pki.goog'],
  ...['cpp.edu', 'segment.com'],
])
const dateOf = (domain: string): string => {
  const days = popular.has(domain) ? 5_000 : youngDays
  return new Date(Date.now() - days * dayMs).toISOString()
}

/** Logs, without what tells of them. Smaller ones hold some lines of a test of another program. */
const isLog = (path: string): boolean =>
  !/\/truth\/|expectations|README|\.md$/.test(path) && statSync(path).size > 2_000

/** The alerts of a log, by the day of their question. */
const alertsOf = async (t: Test, log: string): Promise<Map<string, string[]>> => {
  const dir = t.testdir({ 'domainstats.yaml': 'mode: off\npdns: { enabled: false }\n' })
  const [names, output, ages] = ['names', 'records', 'ages.csv'].map(name => join(dir, name))
  if (names === undefined || output === undefined || ages === undefined) return new Map()
  await run(t, 'scan', log, '--output', names)
  const domains = new Set(recordsOf(names).map(({ domain }) => domain))
  writeFileSync(
    ages,
    ['domain,created,expires', ...[...domains].map(one => `${one},${dateOf(one)},`)].join('\n'),
  )
  await run(t, 'import', ages, '--data', dir)
  await run(t, 'scan', log, '--data', dir, '--output', output)
  const days = new Map<string, string[]>()
  for (const { ts, domain, alerts } of recordsOf(output)) {
    if (planted.has(domain)) continue
    const day = ts.slice(0, 10)
    for (const alert of alerts)
      if (accusing.has(alertName(alert))) days.set(day, [...(days.get(day) ?? []), `${domain} ${alert}`])
  }
  return days
}

void t.test('the real logs', async t => {
  const logs = ['zeek', 'eve'].flatMap(folder => {
    const found = sharedData(t, folder)
    return found === undefined ? [] : filesUnder(found).filter(isLog)
  })
  const all: string[] = []
  for (const log of logs)
    await t.test(basename(log), async t => {
      for (const [day, alerts] of await alertsOf(t, log)) {
        all.push(...alerts)
        t.ok(alerts.length <= alertsPerDay, `${day}: ${alerts.join(', ')}`)
      }
    })
  t.comment(`${logs.length} logs: ${all.join(', ')}`)
})
