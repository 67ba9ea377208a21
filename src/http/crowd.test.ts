/** Many idle or very slow connections: they are bounded and closed, and the port goes on answering. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { httpConnectionsMax } from '../limits.js'
import { isLarge } from '../testing/large.js'
import { openPort, request, type Port } from './testing/port.js'

/** 10,000 take twenty seconds. */
const idle = isLarge ? 10_000 : httpConnectionsMax + 200

const name = 'GET /sans.org HTTP/1.1'

/** What the kernel surely keeps until the port takes it: of more some would only seem to be connected. */
const atOnce = 100

/** Opens so many connections that send the given text and no more. */
const crowd = async (t: Test, { number }: Port, count: number, says: string): Promise<Socket[]> => {
  const sockets: Socket[] = []
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  while (sockets.length < count) {
    const next = Array.from({ length: Math.min(atOnce, count - sockets.length) }, () =>
      connect(number, '127.0.0.1'),
    )
    sockets.push(...next)
    for (const socket of next) socket.on('error', () => undefined).resume()
    await Promise.all(next.map(socket => once(socket, 'connect').catch(() => undefined)))
    for (const socket of next) if (says !== '') socket.write(says)
  }
  return sockets
}

const gone = async (socket: Socket): Promise<void> => {
  // Not `once` of events: being reset is one way to go.
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve))
}

void t.test(`${idle} idle connections, of which so many may be as there are places`, async t => {
  // So long that none of them is cut off for its silence.
  const limits = { headersMs: 600_000, requestMs: 600_000 }
  const port = await openPort(t, undefined, { limits })
  const speaker = connect(port.number, '127.0.0.1')
  t.teardown(() => speaker.destroy())
  await once(speaker, 'connect')
  const early = await crowd(t, port, httpConnectionsMax - 1, '')
  const late = await crowd(t, port, idle - httpConnectionsMax, name)
  // Connections over the limit are closed at once.
  await Promise.all(late.map(gone))
  t.notOk(
    early.some(socket => socket.closed),
    'those who came first are still there',
  )
  // An open connection is answered as before.
  speaker.write(`${name}\r\nHost: localhost\r\n\r\n`)
  const [answer] = (await once(speaker, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 200 /)
  t.match(port.reports.at(-1), { kind: 'limit-reached', limit: 'httpConnectionsMax' })
  const [first] = early
  const closed = first && once(first, 'close')
  first?.destroy()
  await closed
  let heard = ''
  while (heard === '') heard = await port.raw(request(name)).catch(() => '')
  t.match(heard, /^HTTP\/1\.1 200 /, 'a place that is free again is taken')
})

void t.test(
  'connections that drip their headers, or send nothing, are closed; other clients do not wait for them',
  async t => {
    const limits = { headersMs: 300, requestMs: 400, sweepMs: 20 }
    const port = await openPort(t, undefined, { limits })
    const crowds = await Promise.all(
      ['', 'G', `${name}\r\nHost: localhost\r\nX: `].map(says => crowd(t, port, 50, says)),
    )
    const drip = (socket: Socket): void => {
      if (!socket.destroyed) socket.write('x', () => setImmediate(drip, socket))
    }
    for (const socket of crowds[2] ?? []) drip(socket)
    t.match(await port.get('/sans.org'), { status: 200 })
    await Promise.all(crowds.flat().map(gone))
    t.equal(port.asked.length, 1)
  },
)
