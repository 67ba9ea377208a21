import { join } from 'node:path'
import t, { type Test } from 'tap'
import { certificateFor } from '../../testing/certificate.js'
import {
  receiveTcp,
  receiveTls,
  receiveUdp,
  receiveUnix,
  socketFolder,
  type Receiver,
} from '../../testing/receivers.js'
import { systemClock } from '../../time/clock.js'
import type { SinkRecord } from './sink.js'
import { openSyslog, type SyslogTarget } from './syslog-transport.js'

const header = { facility: 3, appName: 'domainstats', hostname: 'sensor1' }

const records = (...ids: readonly string[]): SinkRecord[] =>
  ids.map(id => {
    const fields = { ts: '2026-11-21T08:15:30.123456Z', record_id: id, query: 'a\nb\u2028ü' }
    return { line: JSON.stringify(fields), fields }
  })

const live = () => new AbortController().signal

const openAt = (target: SyslogTarget) => {
  const lost: string[] = []
  return { sink: openSyslog(target, header, systemClock)(error => void lost.push(String(error))), lost }
}

const portOf = ({ to }: Receiver): number => Number(/:(\d+)$/.exec(to)?.[1])

const at = (receiver: Receiver) => ({ host: '127.0.0.1', port: portOf(receiver) })

const localhost = certificateFor('localhost')
const files = { ca: localhost.cert, cert: undefined, key: undefined }

const ways: Readonly<Record<string, (t: Test) => Promise<readonly [Receiver, SyslogTarget]>>> = {
  udp: async () => {
    const receiver = await receiveUdp()
    return [receiver, { scheme: 'udp', ...at(receiver) }]
  },
  tcp: async () => {
    const receiver = await receiveTcp()
    return [receiver, { scheme: 'tcp', ...at(receiver) }]
  },
  unix: async t => {
    const path = join(socketFolder(t), 's')
    return [await receiveUnix(path), { scheme: 'unix', path }]
  },
  tls: async () => {
    const receiver = await receiveTls(localhost)
    return [receiver, { scheme: 'tls', host: 'localhost', port: portOf(receiver), files }]
  },
  'tls with a certificate of ours': async () => {
    const ours = certificateFor('sensor1')
    const receiver = await receiveTls(localhost, ours.cert)
    const both = { ...files, cert: ours.cert, key: ours.key }
    return [receiver, { scheme: 'tls', host: 'localhost', port: portOf(receiver), files: both }]
  },
}

for (const [way, open] of Object.entries(ways))
  void t.test(`${way}: messages arrive whole and in order, over one connection`, async t => {
    const [receiver, target] = await open(t)
    const { sink, lost } = openAt(target)
    t.same(await sink.send(records('a', 'b'), live()), [])
    t.same(await sink.send(records('c'), live()), [])
    await receiver.got(3)
    t.same(
      receiver.messages,
      ['a', 'b', 'c'].map(
        id =>
          '<30>1 2026-11-21T08:15:30.123456Z sensor1 domainstats - record - ' +
          `{"ts":"2026-11-21T08:15:30.123456Z","record_id":"${id}","query":"a\\nb\\u2028\\u00fc"}`,
      ),
    )
    await sink.close(live())
    t.same(lost, [])
    await receiver.close()
  })

void t.test('a message that is too long is left out, and counted', async t => {
  const receiver = await receiveTcp()
  const { sink } = openAt({ scheme: 'tcp', ...at(receiver) })
  const fields = { record_id: 'long', query: 'x'.repeat(9_000) }
  t.match(
    await sink.send([...records('a'), { line: JSON.stringify(fields), fields }, ...records('b')], live()),
    [{ records: 1, reason: /^longer than a syslog message may be/ }],
  )
  await receiver.got(2)
  t.same([...receiver.ids()], ['a', 'b'])
  await sink.close(live())
  await receiver.close()
})

void t.test('a receiver that does not listen is a failure', async t => {
  const receiver = await receiveTcp()
  await receiver.close()
  await t.rejects(openAt({ scheme: 'tcp', ...at(receiver) }).sink.send(records('a'), live()), {
    code: 'ECONNREFUSED',
  })
  const unix = openAt({ scheme: 'unix', path: join(socketFolder(t), 'none') }).sink
  await t.rejects(unix.send(records('a'), live()), { code: 'ENOENT' })
  await unix.close(live())
})

void t.test(
  'over UDP a missing receiver is seen with the second datagram, if its host answers with ICMP',
  async t => {
    const receiver = await receiveUdp()
    await receiver.close()
    const { sink, lost } = openAt({ scheme: 'udp', ...at(receiver) })
    const fails = async () => {
      for (let tries = 0; tries < 100; tries++) await sink.send(records('a'), live())
    }
    await t.rejects(fails(), { code: 'ECONNREFUSED' })
    t.ok(lost.length <= 1)
    await sink.close(live())
  },
)

void t.test('when the receiver disconnects, that is reported, and the next send connects again', async t => {
  const receiver = await receiveTcp()
  const port = portOf(receiver)
  const lost: string[] = []
  let onLost = (): void => undefined
  const told = new Promise<void>(resolve => (onLost = resolve))
  const open = openSyslog({ scheme: 'tcp', host: '127.0.0.1', port }, header, systemClock)
  const sink = open(error => {
    lost.push(String(error))
    onLost()
  })
  await sink.send(records('a'), live())
  await receiver.got(1)
  await receiver.close()
  await told
  t.equal(lost.length, 1)
  const again = await receiveTcp(port)
  await sink.send(records('b'), live())
  await again.got(1)
  await sink.close(live())
  await again.close()
})

void t.test('a receiver without a valid certificate gets nothing', async t => {
  const other = await receiveTls(certificateFor('other.test'))
  const target = { scheme: 'tls', host: 'localhost', port: portOf(other) } as const
  await t.rejects(openAt({ ...target, files }).sink.send(records('a'), live()), /certificate|signature/)
  const wrongName = { ca: undefined, cert: undefined, key: undefined }
  await t.rejects(openAt({ ...target, files: wrongName }).sink.send(records('a'), live()), /self-signed/)
  t.same(other.messages, [])
  await other.close()
})

void t.test('a send or close with an aborted signal ends at once', async t => {
  const receiver = await receiveTcp()
  const { sink } = openAt({ scheme: 'tcp', ...at(receiver) })
  await t.rejects(sink.send(records('a'), AbortSignal.abort()))
  await sink.close(AbortSignal.abort())
  await receiver.close()
})
