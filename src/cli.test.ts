/** The shell of the program, as a process. Needs the build in dist/. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { endWithTest, program, start, untilFile } from './testing/process.js'
import { readinessOf } from './testing/ready.js'
import { openRegistry, registeredOn } from './testing/registry.js'
import { zeekLines } from './testing/zeek-lines.js'

/** Whether a process is ours by now, and handles SIGHUP: the first bit of proc(5) `SigCgt`. */
const handlesHangup = (pid: number | undefined): boolean => {
  const at = (name: string) => readFileSync(`/proc/${pid ?? 'self'}/${name}`, 'utf8')
  const caught = /SigCgt:\s*(\w+)/.exec(at('status'))?.[1] ?? '0'
  return at('cmdline').startsWith(process.execPath) && (BigInt(`0x${caught}`) & 1n) === 1n
}

void t.test('nothing of ours is loaded before signals are handled', t => {
  t.notMatch(readFileSync('src/cli.ts', 'utf8'), /^import (?!type ).*'\.\.?\//m)
  t.end()
})

void t.test('a SIGHUP during loading does not end the program', { skip: !existsSync('/proc') }, async t => {
  // Through a shell, which handles no signal: until it is executed, a forked process shows the handlers of this one.
  const words = [process.execPath, program, 'scan', 'samples/zeek/dns.log', '--no-lookup']
  const child = endWithTest(spawn('sh', ['-c', 'NODE_OPTIONS= exec "$0" "$@"', ...words]))
  const ended = once(child, 'exit')
  while (!handlesHangup(child.pid)) await new Promise(resolve => setImmediate(resolve))
  child.kill('SIGHUP')
  t.strictSame(await ended, [0, null])
})

// chokidar tells of the line, undici asks the registry, fastify and prom-client answer: they are files of their own.
void t.test('each library that stands beside the program is found where it is needed', async t => {
  const registry = await openRegistry(t, name => registeredOn(name, '2011-05-14T08:21:07Z'))
  const dir = t.testdir({
    'domainstats.yaml': `poll_seconds: 60\nhttp: true\nlocal_port: 0\nrdap:\n  servers:\n    com: ${registry.url}\n`,
    'dns.log': zeekLines(['first.com']),
  })
  const [log, out] = [join(dir, 'dns.log'), join(dir, 'domainstats.log')]
  const daemon = start('run', '--data', dir, '--zeek', log)
  await untilFile(out, text => text.includes('first.com'))
  const { metrics } = readinessOf(daemon)
  t.ok((await metrics()).has('lines_total'))
  appendFileSync(log, zeekLines(['second.com'], 1))
  t.match(await untilFile(out, text => text.includes('second.com')), /"category":"ESTABLISHED"/)
  t.equal(await daemon.end('SIGTERM'), 0)
  t.notMatch(await daemon.says(''), /Warning|watch-failed/)
})
