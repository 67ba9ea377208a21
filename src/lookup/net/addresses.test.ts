import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { LookupFunction } from 'node:net'
import t, { type Test } from 'tap'
import { Agent } from 'undici'
import { handClock } from '../../testing/hand-clock.js'
import { noPacing } from '../testing/network.js'
import { resolveOwn, resolvePublic } from './addresses.js'
import { exchange } from './http-client.js'

const [typeA, typeAaaa] = [1, 28]

/** The DNS records, by name and type. */
const zone: Readonly<Record<string, readonly number[]>> = {
  'rdap.example 1': [9, 9, 9, 9],
  'six.example 28': [0x26, 0x20, 0, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfe],
  'inside.example 1': [10, 0, 0, 7],
  'inside-six.example 28': [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7],
}

/** A name that has a public address in the first answer, and a private one from then on. */
const rebinding = 'rebind.example 1'

/** An answer to a DNS query (RFC 1035 4.1): the question again, and a record or the code NXDOMAIN. */
const answerTo = (query: Buffer, seen: Set<string>): Buffer => {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const key = `${labels.join('.')} ${query.readUInt16BE(at + 1)}`
  const data = key === rebinding ? (seen.has(key) ? [10, 0, 0, 7] : [9, 9, 9, 9]) : zone[key]
  seen.add(key)
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

/** A DNS server on loopback. Gives its address. */
const openServer = async (t: Test) => {
  const socket = createSocket('udp4')
  const seen = new Set<string>()
  socket.on('message', (query, { port }) => {
    socket.send(answerTo(query, seen), port, '127.0.0.1')
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => void socket.close())
  return { at: `127.0.0.1:${socket.address().port}` }
}

void t.test('a name with a private address is not connected to, and the answer says so', async t => {
  const server = await openServer(t)
  const lookup = resolvePublic([server.at])
  await t.rejects(find(lookup, 'inside.example'), { code: 'EPRIVATE' })
  await t.rejects(find(lookup, 'inside-six.example'), { code: 'EPRIVATE' })
  const agent = new Agent({ connect: { lookup } })
  t.teardown(() => agent.close())
  const pacing = noPacing()
  const stranger = { dispatcher: () => Promise.resolve(agent), resolve: lookup }
  const own = { dispatcher: () => Promise.resolve(new Agent()), resolve: resolveOwn }
  const got = await exchange(new URL('https://inside.example/'), {
    network: { strangers: stranger, own },
    headers: {},
    byHand: false,
    pacing,
    clock: handClock(0),
    timeoutMs: 5_000,
    signal: new AbortController().signal,
  })
  t.same(got, { kind: 'failed', host: 'inside.example', reason: 'private-address' })
  t.strictSame(pacing.notes, ['inside.example turn', 'inside.example over'], 'no server, no word of it')
})

type Found = string | { readonly address: string; readonly family: number }[]

const find = (lookup: LookupFunction, host: string, all = true): Promise<Found> =>
  new Promise((resolve, reject) => {
    lookup(host, { all }, (error, found) => (error ? reject(error) : resolve(found)))
  })

void t.test("a host is resolved by DNS, without the system's resolver", async t => {
  const server = await openServer(t)
  const lookup = resolvePublic([server.at])
  t.same(await find(lookup, 'rdap.example'), [{ address: '9.9.9.9', family: 4 }])
  t.equal(await find(lookup, 'rdap.example', false), '9.9.9.9')
  t.same(await find(lookup, 'six.example'), [{ address: '2620:fe::fe', family: 6 }])
})

void t.test('a host that does not exist is an error', async t => {
  const server = await openServer(t)
  await t.rejects(find(resolvePublic([server.at]), 'gone.example'), { code: 'ENOTFOUND' })
})

void t.test('DNS rebinding: the second answer is checked like the first', async t => {
  const server = await openServer(t)
  const lookup = resolvePublic([server.at])
  t.equal(await find(lookup, 'rebind.example', false), '9.9.9.9')
  await t.rejects(find(lookup, 'rebind.example', false), { code: 'EPRIVATE' })
})

void t.test('a configured host may be in /etc/hosts, and be private', async t => {
  t.match(await find(resolveOwn, 'localhost'), [{ address: /^(127\.0\.0\.1|::1)$/ }])
})
