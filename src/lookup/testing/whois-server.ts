/** A WHOIS server, played by a real TCP server on loopback, and what a look-up needs to reach it. */
import { createServer, type LookupFunction, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { Network } from '../net/addresses.js'
import type { WhoisServer } from '../whois/client.js'
import { mockAgent } from './network.js'

/** What the server does once it was asked. */
export type Talk = (socket: Socket, query: string) => void

/** Talks until it is hung up on. */
export const endless: Talk = socket => {
  const talk = (): void => {
    while (!socket.destroyed && socket.write(`${'x'.repeat(78)}\r\n`));
    socket.once('drain', talk)
  }
  talk()
}

/** A byte at a time, for ever. @param each called before each of them */
export const dripping =
  (each: () => void): Talk =>
  socket => {
    const drip = (): void => {
      each()
      if (!socket.destroyed) socket.write('x', () => setImmediate(drip))
    }
    drip()
  }

/** Breaks the connection in the middle of an answer. Whether that comes over as a reset is up to the kernel. */
export const cutOff: Talk = socket => void socket.write('domain: ', () => socket.resetAndDestroy())

export interface PlayedServer extends WhoisServer {
  /** The questions, in their order, without the line end. */
  readonly asked: readonly string[]
  /** Resolves when no connection is open. */
  readonly closed: () => Promise<void>
}

/** @param answers by question (or one for all): a text, or something worse than an answer */
export const whoisServer = async (
  t: Test,
  answers: Readonly<Record<string, string | Talk>> | string | Talk,
): Promise<PlayedServer> => {
  const asked: string[] = []
  const open = new Set<Promise<void>>()
  const server = createServer(socket => {
    open.add(new Promise(resolve => socket.once('close', () => resolve())))
    socket.on('error', () => undefined)
    let heard = ''
    socket.on('data', piece => {
      if (heard.endsWith('\r\n')) return
      heard += piece.toString()
      if (!heard.endsWith('\r\n')) return
      const query = heard.slice(0, -2)
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

/** Any host is this machine; to strangers' hosts leads no way when they are `private`. */
export const loopbackNetwork = (t: Test, strangers: 'reached' | 'private' = 'reached'): Network => {
  const agent = mockAgent(t)
  const dispatcher = () => Promise.resolve(agent)
  return {
    own: { dispatcher, resolve: loopback },
    strangers: { dispatcher, resolve: strangers === 'private' ? inside : loopback },
  }
}
