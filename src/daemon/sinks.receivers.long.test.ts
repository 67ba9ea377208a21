/** Records beside the log, from the program itself to receivers on loopback. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { certificateFor } from '../testing/certificate.js'
import { start } from '../testing/process.js'
import { readinessOf, sumOf } from '../testing/ready.js'
import {
  receiveTcp,
  receiveTls,
  receiveUdp,
  receiveUnix,
  socketFolder,
  type Receiver,
} from '../testing/receivers.js'
import { openWithSinks, sinkLine } from '../testing/with-sinks.js'

void t.test('each record of the log reaches each sink, in its order', async t => {
  const localhost = certificateFor('localhost')
  const all: Readonly<Record<string, Receiver>> = {
    udp: await receiveUdp(),
    tcp: await receiveTcp(),
    tls: await receiveTls(localhost),
    unix: await receiveUnix(join(socketFolder(t), 's')),
  }
  const caFile = (name: string) => (name === 'tls' ? ', ca_file: ca.pem' : '')
  const sinks = Object.entries(all).map(([name, { to }]) => sinkLine(name, to, caFile(name)))
  const { data, run, ask, records } = openWithSinks(t, sinks)
  writeFileSync(join(data, 'ca.pem'), localhost.cert)
  const daemon = run('--http', '0')
  ask(0, 100)
  for (const { got } of Object.values(all)) await got(100)
  for (const [name, { messages }] of Object.entries(all)) {
    const lines = messages.map(message => message.slice(message.indexOf('{')))
    t.same(lines, records(), name)
    t.match(
      messages[0],
      /^<28>1 2023-11-14T22:13:20\.000000Z \S+ domainstats - record - \{"_path":"domainstats"/,
    )
  }
  const { untilMetrics, ready } = readinessOf(daemon)
  const metrics = await untilMetrics(found => sumOf(found, 'sink_records_total') === 400)
  t.equal(metrics.get('sink_records_total{sink="tls",result="sent"}'), 100)
  t.equal((await ready()).text, 'ready\n')
  t.equal(await daemon.end('SIGTERM'), 0)
  for (const receiver of Object.values(all)) await receiver.close()
})

void t.test(
  'a new sink begins at the newest record, one that stays goes on, and without sinks nothing is left',
  async t => {
    const [old, late] = [await receiveTcp(), await receiveTcp()]
    const { data, run, ask, written, configure } = openWithSinks(t, [sinkLine('old', old.to)])
    const first = run()
    ask(0, 20)
    await old.got(20)
    t.equal(await first.end('SIGTERM'), 0)
    configure([sinkLine('late', late.to), sinkLine('old', old.to)])
    const second = run()
    ask(20, 5)
    await late.got(5)
    await old.got(25)
    t.same([late.messages.length, old.messages.length], [5, 25], 'an end in good order repeats nothing')
    t.equal(await second.end('SIGTERM'), 0)
    configure([])
    const third = run()
    ask(25, 1)
    await written(26)
    t.equal(await third.end('SIGTERM'), 0)
    t.equal(existsSync(join(data, 'sinks')), false)
    t.same([late.messages.length, old.messages.length], [5, 25])
    await Promise.all([old.close(), late.close()])
  },
)

void t.test('run --once sends its records before it ends; a scan has no sinks', async t => {
  const receiver = await receiveTcp()
  const { run, data, log, ask } = openWithSinks(t, [sinkLine('siem', receiver.to)])
  ask(0, 50)
  const pass = run('--once')
  await receiver.got(50)
  t.equal(await pass.end('SIGCONT'), 0)
  const scan = start('scan', '--data', data, log)
  t.equal(await scan.end('SIGCONT'), 0)
  t.equal(receiver.messages.length, 50)
  await receiver.close()
})

void t.test('a certificate that is not there ends the start, and check says so', async t => {
  const { run, data } = openWithSinks(t, [sinkLine('siem', 'tls://localhost:6514', ', ca_file: none.pem')])
  const daemon = run()
  t.match(await daemon.says(/no such file/), /ca_file of sink siem: .*none\.pem: no such file/)
  t.equal(await daemon.end('SIGCONT'), 1)
  const check = start('check', '--data', data)
  t.match(await check.says(/no such file/), /ca_file of sink siem/)
  t.equal(await check.end('SIGCONT'), 1)
})
