/** A registry on loopback for the daemon as a process: RDAP over HTTP, with a memory of what it was asked. */
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Test } from 'tap'
import type { Certificate } from './certificate.js'

/** What it says; `never` leaves whoever asks without an answer. */
export type Reply =
  { readonly status: number; readonly headers?: Record<string, string>; readonly body?: object } | 'never'

export interface Registry {
  /** For `rdap.servers`. */
  readonly url: string
  /** As politeness and `paces` know it. */
  readonly host: string
  readonly port: number
  /** The names, in the order of the questions. */
  readonly asked: readonly string[]
  /** Looks at each question. */
  readonly until: (test: (asked: readonly string[]) => boolean) => Promise<void>
  /** Ends before the test does. */
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
 * Starts one. It runs until the end of the test.
 *
 * @param reply what it says about a name that it is asked for the nth time (from 1)
 * @param latencyMs before each answer
 * @param port a certain one, or any
 * @param tls by HTTPS, with this certificate
 */
export const openRegistry = async (
  t: Test,
  reply: (name: string, nth: number) => Reply,
  { latencyMs = 0, port = 0, tls }: { latencyMs?: number; port?: number; tls?: Certificate } = {},
): Promise<Registry> => {
  const asked: string[] = []
  const times = new Map<string, number>()
  const listener: RequestListener = (request, response) => {
    const name = request.url?.split('/').pop() ?? ''
    const nth = (times.get(name) ?? 0) + 1
    times.set(name, nth)
    asked.push(name)
    if (latencyMs === 0) answer(response, reply(name, nth))
    else setTimeout(() => answer(response, reply(name, nth)), latencyMs).unref()
  }
  const server = tls ? createSecureServer(tls, listener) : createServer(listener)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
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
