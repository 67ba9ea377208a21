/** A registry on loopback for a daemon in its own process: answers RDAP over HTTP and records the queries. */
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Test } from 'tap'
import type { Certificate } from './certificate.js'
import { freePort } from './ports.js'

/** An answer; `never`: no answer at all. */
export type Reply =
  { readonly status: number; readonly headers?: Record<string, string>; readonly body?: object } | 'never'

export interface Registry {
  /** For `rdap.servers`. */
  readonly url: string
  /** Its name in `paces`. */
  readonly host: string
  readonly port: number
  /** The names that it was asked for, in order. */
  readonly asked: readonly string[]
  /** Resolves when the names pass the test, which runs at each query. */
  readonly until: (test: (asked: readonly string[]) => boolean) => Promise<void>
  /** Stops it before the end of the test. */
  readonly close: () => Promise<void>
}

/** @param date an ISO 8601 instant */
export const registeredOn = (name: string, date: string): Reply => ({
  status: 200,
  body: {
    objectClassName: 'domain',
    ldhName: name,
    events: [{ eventAction: 'registration', eventDate: date }],
  },
})

const answer = (response: ServerResponse, reply: Reply): void => {
  if (reply === 'never') return
  response.writeHead(reply.status, { 'content-type': 'application/rdap+json', ...reply.headers })
  response.end(reply.body === undefined ? '{}' : JSON.stringify(reply.body))
}

/**
 * Starts a registry, which runs until the end of the test.
 *
 * @param reply returns the answer to the nth query (from 1) for a name; `path` is that of the query
 * @param latencyMs the time before each answer
 * @param port 0: any free port
 * @param tls the certificate for HTTPS; undefined: HTTP
 */
export const openRegistry = async (
  t: Test,
  reply: (name: string, nth: number, path: string) => Reply,
  { latencyMs = 0, port = 0, tls }: { latencyMs?: number; port?: number; tls?: Certificate } = {},
): Promise<Registry> => {
  const asked: string[] = []
  const times = new Map<string, number>()
  const listener: RequestListener = ({ url: path = '' }, response) => {
    const name = path.split('/').pop() ?? ''
    const nth = (times.get(name) ?? 0) + 1
    times.set(name, nth)
    asked.push(name)
    if (latencyMs === 0) answer(response, reply(name, nth, path))
    else setTimeout(() => answer(response, reply(name, nth, path)), latencyMs).unref()
  }
  const server = tls ? createSecureServer(tls, listener) : createServer(listener)
  server.listen(port === 0 ? await freePort() : port, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    // The program may still run, and ask: a connection that was under way would keep the server open for ever.
    server.on('connection', (socket: Socket) => void socket.destroy())
    server.close()
    server.closeAllConnections()
    await closed
  }
  t.teardown(close)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
  const host = `127.0.0.1:${address.port}`
  return {
    ...{ url: `http://${host}/`, host, port: address.port, asked, close },
    until: async test => {
      while (!test(asked)) await once(server, 'request')
    },
  }
}
