/** The daemon with an ISC: what it learns there, and what it does when the ISC does not want it. */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from '../config/load.js'
import { iscServer, type IscServer } from '../lookup/testing/isc-server.js'
import { jsonFormat } from '../output/json.js'
import { migrations } from '../store/schema.js'
import { type Report, version } from '../telemetry/report.js'
import { startHere } from '../testing/in-process.js'
import { ended } from '../testing/ended.js'
import { handClock } from '../testing/hand-clock.js'
import { testIo } from '../testing/io.js'
import { followRecords } from '../testing/record-log.js'
import { startSpiedHere } from '../testing/spied.js'
import { zeekLine, zeekLines } from '../testing/zeek-lines.js'
import { openDaemon } from './daemon.js'

const queries = ({ received }: IscServer) => received.filter(({ command }) => command === 'query')

const prepare = (t: Test, isc: IscServer, lines: string) => {
  const dir = t.testdir({
    data: {
      'domainstats.yaml': `mode: isc\nemit: distinct\nhold_seconds: 60\nisc:\n  url: ${isc.url.href}\n  token: secret\n`,
    },
    'dns.log': lines,
  })
  const [data, dns] = [join(dir, 'data'), join(dir, 'dns.log')]
  const args = ['run', '--data', data, '--zeek', dns]
  const run = (...flags: string[]) => startHere(t, ...args, ...flags)
  const runSpied = (...flags: string[]) => startSpiedHere(t, {}, ...args, ...flags)
  return { run, runSpied, data, dns, log: followRecords(t, join(data, 'domainstats.log')) }
}

void t.test('the answer of the ISC is in the record, its alerts behind ours', async t => {
  const isc = await iscServer(t)
  isc.script.query = {
    seen_by_web: '1995-08-14 04:00:00',
    expires: '2030-08-13 04:00:00',
    seen_by_isc: '2020-05-06 07:08:09',
    alerts: ['A phishing campaign', 'ISC-FIRST-CONTACT'],
  }
  const { runSpied, log } = prepare(t, isc, zeekLine(0, 'www.riverstone.com'))
  const daemon = runSpied('--once', '--no-wait')
  t.equal((await ended(daemon)).code, 0)
  t.match(log.look(), [
    {
      query: 'www.riverstone.com',
      category: 'ESTABLISHED',
      alerts: ['YOUR-FIRST-CONTACT', 'ISC-FIRST-CONTACT', 'A phishing campaign'],
      seen_by_web: '1995-08-14T04:00:00',
      seen_by_isc: '2020-05-06T07:08:09',
    },
  ])
  t.strictSame(queries(isc), [{ command: 'query', domain: 'riverstone.com' }])
  t.ok(isc.headers.every(({ authorization }) => authorization === 'Bearer secret'))
  t.strictSame(await daemon.out(), [`connect ${isc.url.host}`], 'no registry and nobody else was spoken to')
})

void t.test('it wants a newer version: the start fails with its words, and locks nothing', async t => {
  const isc = await iscServer(t)
  const content = isc.script.config
  isc.script.config = { min_software_version: '99.0', min_database_version: '1.0', prohibited_tlds: [] }
  const { run, log } = prepare(t, isc, zeekLine(0, 'www.riverstone.com'))
  const refused = await ended(run('--once', '--no-wait'))
  t.equal(refused.code, 1)
  t.match(refused.said, `the ISC at ${isc.url.host} wants software version 99.0 or later, this is `)
  t.match(refused.said, /: update domainstats/)
  t.notMatch(refused.said, /secret/)
  t.strictSame([log.look(), queries(isc)], [[], []])

  isc.script.config = content
  t.equal((await ended(run('--once', '--no-wait'))).code, 0)
  t.match(log.look(), [{ query: 'www.riverstone.com', category: 'ESTABLISHED' }])
})

void t.test('it does not want to be asked by us: look-ups stop, and the log says why', async t => {
  const isc = await iscServer(t)
  isc.script.status = { interval: 60, deny_client: 'Too many questions from you.' }
  const { run, log, dns } = prepare(t, isc, '')
  const daemon = run()
  const said = await daemon.says('isc-denied.*\n')
  t.match(said, /"level":40,.*"kind":"isc-denied","message":"Too many questions from you\."/)
  appendFileSync(dns, zeekLines(['www.riverstone.com', 'stonegarden.com']))
  const records = await log.until(({ length }) => length >= 2)
  t.ok(records.every(({ category, reason }) => category === 'ERROR' && reason === 'isc-denied'))
  t.strictSame(queries(isc), [])
  t.equal(await daemon.end(), 0)
})

void t.test('SIGTERM while it waits for the ISC ends the daemon cleanly', async t => {
  const isc = await iscServer(t)
  const asked = new Promise<void>(resolve => (isc.script.config = () => resolve()))
  const daemon = prepare(t, isc, zeekLine(0, 'www.riverstone.com')).run()
  await asked
  t.equal(await daemon.end(), 0)
  t.notMatch(await daemon.says(''), /aborted/)
})

void t.test('names below its prohibited TLDs are never sent', async t => {
  const isc = await iscServer(t)
  isc.script.config = { min_software_version: '0.1', min_database_version: '1.0', prohibited_tlds: ['.de'] }
  const { run, log } = prepare(t, isc, zeekLines(['kleine-sternwarte.de', 'riverstone.com']))
  t.equal((await ended(run('--once', '--no-wait'))).code, 0)
  const said = log.look().map(({ query, category, reason }) => [query, category, reason])
  t.strictSame(said.sort(), [
    ['kleine-sternwarte.de', 'UNKNOWN', 'prohibited-tld'],
    ['riverstone.com', 'ESTABLISHED', undefined],
  ])
  t.strictSame(queries(isc), [{ command: 'query', domain: 'riverstone.com' }])
})

void t.test('STATUS reports to the ISC how many names were known', async t => {
  const isc = await iscServer(t)
  let onStatus = (): void => undefined
  isc.script.status = response => {
    response.end('{"interval":1}')
    onStatus()
  }
  const statuses = () => isc.received.filter(({ command }) => command === 'status')
  const { data, dns, log } = prepare(t, isc, zeekLine(0, 'riverstone.com'))
  const { config } = await loadConfig(data)
  const clock = handClock(Date.UTC(2026, 10, 21, 12))
  const { stdin, stdout, signal, stop } = testIo()
  const reports: Report[] = []
  const telemetry = (report: Report) => void reports.push(report)
  const world = { clock, random: () => 0.5, stdin, stdout, network: isc.network, telemetry }
  const settings = { config, dir: data, format: jsonFormat, exclusive: true, baseline: false }
  const daemon = await openDaemon(settings, world, signal)
  if (!daemon) throw new Error('not opened')
  const input = { path: dns, format: 'auto' as const, sensor: undefined, start: 'beginning' as const }
  const following = daemon.follow([input])

  // One name that is new; then one that was written just now, and one whose registration is known by now.
  await log.until(({ length }) => length >= 1)
  appendFileSync(dns, zeekLines(['riverstone.com', 'www.riverstone.com'], 1))
  await log.until(({ length }) => length >= 2)
  // At the start nothing was known, and nothing asked; a minute later the next one is due.
  while (statuses().length < 2) {
    const told = new Promise<void>(resolve => (onStatus = resolve))
    clock.pass(60_000)
    await told
  }
  const versions = { command: 'status', client_version: version, database_version: `${migrations.length}.0` }
  t.strictSame(statuses().slice(0, 2), [
    { ...versions, cache_efficiency: [0, 0, 0], database_efficiency: [0, 0] },
    { ...versions, cache_efficiency: [1, 2, 0], database_efficiency: [1, 1] },
  ])
  stop()
  await following
  await daemon.close()
  t.strictSame(reports.filter(({ kind }) => kind === 'isc-failed'), []) // prettier-ignore
})
