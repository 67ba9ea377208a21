/** The shell of the program, as a process. Needs the build in dist/. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { endWithTest, program } from './testing/process.js'

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
