/** Every command beside a live `run`, which is another process: each works, and the `run` goes on. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ended } from '../testing/ended.js'
import { startHere } from '../testing/in-process.js'
import { start, untilFile } from '../testing/process.js'
import { saveBootstrap } from '../testing/state.js'

const line = (name: string): string =>
  `${JSON.stringify({ _path: 'dns', ts: Date.now() / 1000, uid: 'C1', query: name, proto: 'udp' })}\n`

void t.test('beside a live run', async t => {
  const dir = t.testdir({
    data: {
      'domainstats.yaml': 'mode: rdap\nwhois: off\nhold_seconds: 0\nemit: distinct\npdns: {enabled: true}\n',
    },
    'dns.log': '',
  })
  const [data, log] = [join(dir, 'data'), join(dir, 'dns.log')]
  const out = join(data, 'domainstats.log')
  // A TLD with a registry on loopback: no query leaves this machine.
  saveBootstrap(data, ['invalidtld'])
  writeFileSync(join(dir, 'list.csv'), 'example.com,1995-08-14,2030-08-13\n')
  const fact = {
    rrname: 'a.com',
    rrtype: 'A',
    rdata: '192.0.2.1',
    time_first: 1500000000,
    time_last: Math.floor(Date.now() / 1000),
  }
  writeFileSync(join(dir, 'facts.cof'), JSON.stringify(fact))
  writeFileSync(join(dir, 'scanned.log'), line('www.scanned.com'))
  const daemon = start('run', '--data', data, '--zeek', log)
  t.teardown(() => void daemon.child.kill('SIGKILL'))
  appendFileSync(log, line('www.first.com'))
  await untilFile(out, text => text.includes('www.first.com'))

  const copy = join(dir, 'copy.sqlite')
  const commands: readonly (readonly [argv: readonly string[], code: number, said: RegExp])[] = [
    [['run', '--data', data, '--zeek', log], 1, /another domainstats run uses .*--data/],
    [['scan', '--no-lookup', '--data', data, join(dir, 'scanned.log')], 0, /www\.scanned\.com/],
    [['import', join(dir, 'list.csv'), '--data', data], 0, /1 registrations imported/],
    [['export', join(dir, 'all.json'), '--data', data], 0, /3 domains exported/],
    [['fix', '--data', data], 0, /0 dates found/],
    [['query', '--peek', 'example.com', '--data', data], 0, /"domain":"example\.com"/],
    [['list', '--data', data], 0, /first\.com/],
    [['check', '--data', data], 0, /database: ok, 3 domains, 0 held, \d in the queue/],
    [['backup', copy, '--data', data], 0, /pages copied/],
    [['pdns', 'import', join(dir, 'facts.cof'), '--data', data], 0, /1 new facts imported/],
    [['pdns', 'export', '-', '--data', data], 0, /"rrname":"a\.com".*1 rows exported/s],
  ]
  for (const [at, [argv, code, said]] of commands.entries()) {
    const done = await ended(startHere(t, ...argv))
    t.match(done, { code, said }, argv.join(' '))
    t.ok(existsSync(join(data, 'domainstats.sqlite-wal')), 'nobody closed the database under the run')
    appendFileSync(log, line(`after-${at}.first.com`))
    await untilFile(out, text => text.includes(`after-${at}.first.com`))
  }
  t.equal(await daemon.end('SIGTERM'), 0)
  const records = readFileSync(out, 'utf8').trim().split('\n')
  t.equal(records.filter(record => /"query":"www\.first\.com"(?!.*"followup_of")/.test(record)).length, 1)
  t.notOk(existsSync(join(data, 'domainstats.sqlite-wal')), 'closed in good order')
})
