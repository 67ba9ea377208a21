/** The program under a watchdog: with a recorder in the place of systemd-notify, and with the real one. */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { needs } from '../testing/external-programs.js'
import { startFaulty, writeFaults } from '../testing/faulty.js'
import { recordNotify, withEnvironment } from '../testing/notify-recorder.js'
import { start, started } from '../testing/process.js'
import { zeekLines } from '../testing/zeek-lines.js'

const settings = 'mode: "off"\nhttp: true\nlocal_port: 0\npoll_seconds: 0.1\n'

const site = (dir: string) => {
  const [data, log] = [join(dir, 'data'), join(dir, 'dns.log')]
  mkdirSync(data)
  writeFileSync(join(data, 'domainstats.yaml'), settings)
  writeFileSync(log, zeekLines(['first.com']))
  return { data, log, args: ['run', '--data', data, '--zeek', log] }
}

void t.test('a write that never ends ends the signs of life; one that fails does not', async t => {
  const dir = t.testdir({})
  const { log, args } = site(dir)
  const { until } = recordNotify(t, dir, { WATCHDOG_USEC: '1000000' })
  const daemon = startFaulty(t, join(dir, 'faults'), ...args)
  const [ready = ''] = await until(all => all.length === 1)
  t.match(ready, /^READY=1 STATUS=\d lines read, /)
  t.match(await daemon.says('input-opened'), /http-opened/, 'the port listens, and the inputs are open')
  const alive = 'WATCHDOG=1 STATUS='
  await until(all => all.filter(one => one.startsWith(alive)).length > 2)

  const faults = join(dir, 'faults')
  writeFaults(faults, [{ does: 'write', code: 'EIO', file: 'domainstats.log' }])
  appendFileSync(log, zeekLines(['second.com'], 1))
  await until(all => all.filter(one => one.startsWith(`${alive}output-stalled`)).length > 2)

  writeFaults(faults, [{ does: 'write', code: 'never-ends', file: 'domainstats.log' }])
  const still = 'STATUS=reading stands still'
  const messages = await until(all => all.filter(one => one.startsWith(still)).length > 2)
  const from = messages.findIndex(one => one.startsWith(still))
  t.ok(
    messages.slice(from).every(one => one.startsWith(still)),
    messages.join('\n'),
  )
})

void t.test('systemd is told that it stops', async t => {
  const dir = t.testdir({})
  const { until } = recordNotify(t, dir)
  const daemon = start(...site(dir).args)
  t.teardown(() => daemon.end('SIGKILL'))
  await until(all => all.length === 1)
  t.equal(await daemon.end('SIGTERM'), 0)
  t.equal((await until(all => all.length === 2)).at(-1), 'STOPPING=1 STATUS=stopping')
})

/** Binds a datagram socket as systemd does, and prints each message. The barrier of systemd-notify is passed by the end of `recv`. */
const listener = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True: print(s.recv(65536).decode().replace('\\n', ' '), flush=True)
`

const missing = needs('systemd-notify') || needs('python3')
void t.test('the real systemd-notify sends it to a socket of datagrams', { skip: missing }, async t => {
  // The path of a socket has at most 107 bytes (unix(7)).
  const short = mkdtempSync(join(tmpdir(), 'notify-'))
  t.teardown(() => rmSync(short, { recursive: true }))
  const socket = join(short, 'socket')
  const python = spawn('python3', ['-c', listener, socket], { stdio: ['ignore', 'pipe', 'pipe'] })
  const systemd = started(python)
  t.teardown(() => systemd.end('SIGKILL'))
  await systemd.says('bound')
  withEnvironment(t, { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000000' })
  const daemon = start(...site(t.testdir({})).args)
  t.teardown(() => daemon.end('SIGKILL'))
  await systemd.says(/READY=1 STATUS=.*[^]*WATCHDOG=1 STATUS=1 lines read/)
  t.equal(await daemon.end('SIGTERM'), 0)
  t.match(await systemd.says('STOPPING=1'), /\nSTOPPING=1 STATUS=stopping\n/)
  t.notMatch(await daemon.says(''), 'notify-failed')
})
