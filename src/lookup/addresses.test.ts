import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { Agent } from 'undici'
import { createHostLookup } from './addresses.js'
import { get } from './get.js'

const [typeA, typeAaaa] = [1, 28]

/** The records that are there, by name and type. */
const zone: Readonly<Record<string, readonly number[]>> = {
  'rdap.example 1': [9, 9, 9, 9],
  'six.example 28': [0x26, 0x20, 0, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfe],
  'inside.example 1': [10, 0, 0, 7],
  'inside-six.example 28': [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7],
}

/** An answer to a DNS query (RFC 1035 4.1): the question again, and a record or the code NXDOMAIN. */
const answerTo = (query: Buffer): Buffer => {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const data = zone[`${labels.join('.')} ${query.readUInt16BE(at + 1)}`]
  const header = Buffer.from(query.subarray(0, 12))
  header.writeUInt16BE(data ? 0x8180 : 0x8183, 2)
  header.writeUInt16BE(data ? 1 : 0, 6)
  header.writeUInt16BE(0, 10)
  const question = query.subarray(12, at + 5)
  if (!data) return Buffer.concat([header, question])
  const record = Buffer.from([
    0xc0,
    12,
    0,
    data.length === 4 ? typeA : typeAaaa,
    0,
    1,
    0,
    0,
    0,
    60,
    0,
    data.length,
  ])
  return Buffer.concat([header, question, record, Buffer.from(data)])
}

/** A DNS server on loopback. Gives its address, and the list of what it was asked. */
const openServer = async (t: Test) => {
  const socket = createSocket('udp4')
  let asked = 0
  socket.on('message', (query, { port }) => {
    asked += 1
    socket.send(answerTo(query), port, '127.0.0.1')
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => void socket.close())
  return { at: `127.0.0.1:${socket.address().port}`, asked: () => asked }
}

void t.test(
  'a name that leads into a private network is not connected to, and the answer says so',
  async t => {
    const server = await openServer(t)
    const lookup = createHostLookup(new Set(), [server.at])
    await t.rejects(find(lookup, 'inside.example'), { code: 'EPRIVATE' })
    await t.rejects(find(lookup, 'inside-six.example'), { code: 'EPRIVATE' })
    const dispatcher = new Agent({ connect: { lookup } })
    t.teardown(() => dispatcher.close())
    const { signal } = new AbortController()
    const got = await get(new URL('https://inside.example/'), {
      dispatcher,
      headers: {},
      byHand: false,
      signal,
    })
    t.same(got, { kind: 'failed', reason: 'private-address' })
  },
)

type Found = string | { readonly address: string; readonly family: number }[]

const find = (lookup: ReturnType<typeof createHostLookup>, host: string, all = true): Promise<Found> =>
  new Promise((resolve, reject) => {
    lookup(host, { all }, (error, found) => (error ? reject(error) : resolve(found)))
  })

void t.test('a host is found by DNS, without the resolver of the system', async t => {
  const server = await openServer(t)
  const lookup = createHostLookup(new Set(), [server.at])
  t.same(await find(lookup, 'rdap.example'), [{ address: '9.9.9.9', family: 4 }])
  t.equal(await find(lookup, 'rdap.example', false), '9.9.9.9')
  t.same(await find(lookup, 'six.example'), [{ address: '2620:fe::fe', family: 6 }])
})

void t.test('a host that is not there is an error', async t => {
  const server = await openServer(t)
  await t.rejects(find(createHostLookup(new Set(), [server.at]), 'gone.example'), { code: 'ENOTFOUND' })
})

void t.test('a host that the site named itself may stand in /etc/hosts: DNS is not asked', async t => {
  const server = await openServer(t)
  const found = await find(createHostLookup(new Set(['localhost']), [server.at]), 'localhost')
  t.match(found, [{ address: /^(127\.0\.0\.1|::1)$/ }])
  t.equal(server.asked(), 0)
})
