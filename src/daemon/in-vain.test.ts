/** Silence must not look like health: logs that are read in vain, through the whole program. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { runCommandLine } from '../commands/command-line.js'
import { testIo } from '../testing/io.js'
import { startHere } from '../testing/in-process.js'
import { readinessOf, sumOf } from '../testing/ready.js'
import { zeekLine } from '../testing/zeek-lines.js'

const zstd = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.alloc(40, 7)])
const rows = Array.from(
  { length: 60 },
  (_, n) => `17956000${10 + n}.5\tCab${n}\t::1\t5\twww.a${n}.com\n`,
).join('')
const flows = '{"timestamp":"2026-11-21T08:00:00Z","flow_id":1,"event_type":"flow"}\n'.repeat(60)

/** A folder of logs, and a data folder. */
const setUp = (t: Test, logs: Readonly<Record<string, string | Buffer>>) => {
  const dir = t.testdir({
    logs: {},
    data: { 'domainstats.yaml': 'mode: off\nlocal_port: 0\ninputs: [{ path: ../logs }]\n' },
  })
  const path = (name: string) => join(dir, 'logs', name)
  for (const [name, content] of Object.entries(logs)) writeFileSync(path(name), content)
  return { data: join(dir, 'data'), logs: join(dir, 'logs'), path }
}

void t.test('run reports each log once, also on /readyz, which stays ready, and counts by input', async t => {
  const { data, path, logs } = setUp(t, { 'dns.log': rows, 'eve.json': flows, 'dns.old.log.zst': zstd })
  writeFileSync(
    join(data, 'domainstats.yaml'),
    'mode: off\nlocal_port: 0\nhttp: true\ninputs: [{ path: ../logs }]\n',
  )
  const daemon = startHere(t, 'run', '--data', data)
  const { ready, untilMetrics } = readinessOf(daemon)
  await untilMetrics(metrics => sumOf(metrics, 'lines_total') === 120)
  const { status, text } = await ready()
  t.equal(status, 200)
  t.match(text, /^ready\nwarning: /)
  t.match(
    text,
    `warning: ${path('dns.log')}: none of its first 60 lines is understood (no-header); it looks like`,
  )
  t.match(
    text,
    `warning: ${path('eve.json')}: none of its first 60 lines is understood (not-dns); it looks like`,
  )
  t.match(
    text,
    `${path('dns.old.log.zst')} is packed with zstd, and not read: zstdcat ${path('dns.old.log.zst')} |`,
  )
  appendFileSync(path('dns.log'), rows)
  const metrics = await untilMetrics(metrics => sumOf(metrics, 'lines_total') === 180)
  t.equal(metrics.get(`input_not_understood_total{input="${logs}"}`), 120)
  appendFileSync(path('dns.log'), zeekLine(1, 'www.shop.com'))
  await untilMetrics(metrics => sumOf(metrics, 'questions_total') === 1)
  t.notMatch((await ready()).text, path('dns.log'))
  const said = await daemon.says('input-understood')
  const kinds = said.split('\n').flatMap(line => /"level":40.*"kind":"([a-z-]+)"/.exec(line)?.[1] ?? [])
  t.same(kinds.sort(), ['input-not-understood', 'input-not-understood', 'input-refused'])
  t.equal(await daemon.end(), 0)
})

const outcome = async (...args: string[]) => {
  const io = testIo()
  const code = await runCommandLine(args, io)
  return { code, stdout: io.out(), stderr: io.err() }
}

void t.test('scan fails for a log that it cannot read, with the command that unpacks it', async t => {
  const { logs, path } = setUp(t, { 'dns.log': zeekLine(1, 'www.shop.com'), 'dns.1.log.zst': zstd })
  const { code, stdout, stderr } = await outcome('scan', '--no-lookup', logs)
  t.equal(code, 1)
  t.match(stdout, 'www.shop.com')
  t.match(stderr, 'is packed with zstd')
  t.match(stderr, `zstdcat ${path('dns.1.log.zst')} | domainstats scan -`)
})

void t.test('scan reports a log of which no line can be parsed', async t => {
  const { logs } = setUp(t, { 'dns.log': rows })
  const { code, stderr } = await outcome('scan', '--no-lookup', logs)
  t.equal(code, 0)
  t.match(stderr, /input-not-understood.*no-header.*Zeek TSV without its header/)
})

void t.test('check: has an entry for each, and for none that is well', async t => {
  const { data, path } = setUp(t, {
    ...{ 'dns.log': rows, 'eve.json': flows, 'dns.old.log.zst': zstd },
    ...{ 'dns.new.log': zeekLine(1, 'www.shop.com'), 'dns.gone.log': '', 'eve.1.json': flows.slice(0, 700) },
    'dns.packed.log': gzipSync(zeekLine(1, 'www.shop.com')),
  })
  const { code, stdout } = await outcome('check', '--data', data)
  t.equal(code, 0)
  const entry = (name: string) => stdout.split('\n').find(line => line.includes(`${path(name)}: `))
  t.match(entry('dns.log'), /warning: none of its first 60 lines is understood \(no-header\); .*#fields/)
  t.match(
    entry('eve.json'),
    /warning: none of its first 60 lines is understood \(not-dns\); .*suricata\.yaml/,
  )
  t.match(entry('dns.old.log.zst'), /warning: is packed with zstd, and not read: zstdcat/)
  for (const name of ['dns.new.log', 'dns.gone.log', 'eve.1.json', 'dns.packed.log'])
    t.match(entry(name), /: readable$/, name)
  t.match(stdout, /\nok, but for 3 warnings\n$/)
})
