/** A fake WHOIS server on loopback, and a network through which a look-up reaches it. */
import { createServer, type LookupFunction, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { Network } from '../net/addresses.js'
import type { WhoisServer } from '../whois/client.js'
import { mockAgent } from './network.js'

/** What the server does after a query. */
export type Talk = (socket: Socket, query: string) => void

/** Writes without end, until the client closes. */
export const endless: Talk = socket => {
  const talk = (): void => {
    while (!socket.destroyed && socket.write(`${'x'.repeat(78)}\r\n`));
    socket.once('drain', talk)
  }
  talk()
}

/** Writes a byte at a time, without end. @param each called before each byte */
export const dripping =
  (each: () => void): Talk =>
  socket => {
    const drip = (): void => {
      each()
      if (!socket.destroyed) socket.write('x', () => setImmediate(drip))
    }
    drip()
  }

/** Resets the connection in the middle of an answer. The kernel may turn that into a plain close. */
export const cutOff: Talk = socket => void socket.write('domain: ', () => socket.resetAndDestroy())

export interface PlayedServer extends WhoisServer {
  /** The queries, in order, without the line end. */
  readonly asked: readonly string[]
  /** Resolves when no connection is open. */
  readonly closed: () => Promise<void>
}

/** @param answers by query, or one for all: a text, or a behaviour */
export const whoisServer = async (
  t: Test,
  answers: Readonly<Record<string, string | Talk>> | string | Talk,
): Promise<PlayedServer> => {
  const asked: string[] = []
  const open = new Set<Promise<void>>()
  const server = createServer(socket => {
    open.add(new Promise(resolve => socket.once('close', () => resolve())))
    socket.on('error', () => undefined)
    let received = ''
    socket.on('data', piece => {
      if (received.endsWith('\r\n')) return
      received += piece.toString()
      if (!received.endsWith('\r\n')) return
      const query = received.slice(0, -2)
      asked.push(query)
      const answer = typeof answers === 'object' ? (answers[query] ?? '') : answers
      if (typeof answer === 'string') socket.end(answer)
      else answer(socket, query)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise<void>(resolve => void server.close(() => resolve())))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  const closed = async (): Promise<void> => {
    await Promise.all(open)
  }
  return { host: '127.0.0.1', port: address.port, byHand: true, asked, closed }
}

const loopback: LookupFunction = (_host, options, callback) => {
  if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
  else callback(null, '127.0.0.1', 4)
}

const inside: LookupFunction = (_host, _options, callback) =>
  callback(Object.assign(new Error('inside'), { code: 'EPRIVATE' }), '')

/** Each host name leads to loopback. With `private`, hosts of referrals and redirects are refused as private addresses. */
export const loopbackNetwork = (t: Test, strangers: 'reached' | 'private' = 'reached'): Network => {
  const agent = mockAgent(t)
  const dispatcher = () => Promise.resolve(agent)
  return {
    own: { dispatcher, resolve: loopback },
    strangers: { dispatcher, resolve: strangers === 'private' ? inside : loopback },
  }
}
