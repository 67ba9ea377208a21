/** domainstats.log rotated by the real logrotate in the middle of a run: each record is in one of its files, once. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import process from 'node:process'
import t, { type Test } from 'tap'
import { needs } from '../testing/external-programs.js'
import { recordOf } from '../testing/receivers.js'
import { openWithSinks } from '../testing/with-sinks.js'

/** The configuration that the project brings, for another log, run by whoever runs the test. */
const configFor = (log: string, pid: () => number | undefined, change: (text: string) => string) => {
  const text = readFileSync('systemd/logrotate.conf', 'utf8')
    .replace('/var/log/domainstats/domainstats.log', log)
    .replace(/^ *su .*\n/m, '')
    .replace('systemctl reload domainstats', `kill -HUP ${pid() ?? 0}`)
  return change(text)
}

const rotate = (t: Test, config: string, state: string): void => {
  const { status, stderr } = spawnSync('logrotate', ['--force', '--state', state, config], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  })
  t.equal(status, 0, stderr)
}

const linesIn = (path: string): string[] => {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').slice(0, -1)
}

const ways: Readonly<Record<string, (text: string) => string>> = {
  nocreate: text => text,
  create: text => text.replace('nocreate', 'create 0640'),
  'create, and no reload': text =>
    text.replace('nocreate', 'create 0640').replace(/postrotate[^]*endscript/, ''),
}

for (const [way, change] of Object.entries(ways))
  void t.test(`rotated by logrotate with ${way}`, { skip: needs('logrotate') }, async t => {
    const { run, ask, out, data } = openWithSinks(t, [])
    const files = () => readdirSync(data).filter(name => name.startsWith('domainstats.log'))
    const records = () => files().flatMap(name => linesIn(join(data, name)))
    const [config, state] = [join(data, 'logrotate.conf'), join(data, 'logrotate.state')]
    let daemon = run()
    const pid = () => daemon.child.pid
    for (let round = 0; round < 6; round++) {
      ask(round * 500, 500)
      // In the middle of these 500, or behind them.
      while (!existsSync(out) || records().length < round * 500 + 1 + 90 * round)
        await new Promise(resolve => setImmediate(resolve))
      writeFileSync(config, configFor(out, pid, change), { mode: 0o600 })
      rotate(t, config, state)
      if (round !== 3) continue
      await daemon.end('SIGKILL')
      daemon = run()
    }
    while (records().length < 3_000) await new Promise(resolve => setImmediate(resolve))
    t.equal(await daemon.end('SIGTERM'), 0)
    const ids = records().map(line => recordOf(line)['record_id'])
    t.equal(new Set(ids).size, 3_000)
    t.equal(ids.length, 3_000, 'none twice')
    t.ok(files().length >= 5, files().join(' '))
    t.ok(files().some(name => name.endsWith('.gz')))
  })
