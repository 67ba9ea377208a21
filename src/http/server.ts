/** The bare server under fastify: its limits, and what becomes of those who run into them. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import {
  httpAsksMax,
  httpConnectionsMax,
  httpHeaderBytesMax,
  httpHeadersMs,
  httpIdleMs,
  httpRequestMs,
  httpRequestsPerConnectionMax,
  httpNoTrafficMs,
  httpSweepMs,
  httpBodyBytesMax,
  httpUrlCharsMax,
} from '../limits.js'
import type { Telemetry } from '../telemetry/report.js'
import { answerBrokenName } from './domain-stats-routes.js'
import { type HttpLimits, services, type HttpOptions, type HttpService } from './options.js'
import { type Failing, plainText, send, sendError } from './respond.js'

export const httpLimits: HttpLimits = {
  headersMs: httpHeadersMs,
  requestMs: httpRequestMs,
  sweepMs: httpSweepMs,
  connectionsMax: httpConnectionsMax,
  asksMax: httpAsksMax,
}

export interface LimitedServer {
  readonly server: Server
  /** Says what was wrong with what is no request, where somebody still listens, and ends the connection. */
  readonly onClientError: (error: { readonly code?: string }, socket: Socket) => void
}

const lastResponse = Symbol('the last response')
interface Watched extends Socket {
  [lastResponse]?: ServerResponse
}

export const createLimitedServer = (
  limits: HttpLimits,
  telemetry: Telemetry,
  onRequest: RequestListener,
): LimitedServer => {
  const options = {
    maxHeaderSize: httpHeaderBytesMax,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.sweepMs,
    keepAliveTimeout: httpIdleMs,
    insecureHTTPParser: false,
    requireHostHeader: true,
  }
  const server = createServer(options, (request, response) => {
    const socket: Watched = request.socket
    socket[lastResponse] = response
    onRequest(request, response)
  })
  server.maxConnections = limits.connectionsMax
  server.maxRequestsPerSocket = httpRequestsPerConnectionMax
  // The gate counts them: node would not refuse what is more, but leave it out. httpHeaderBytesMax bounds them here.
  server.maxHeadersCount = 0
  server.timeout = httpNoTrafficMs
  const bit = (limit: string) => {
    telemetry({ kind: 'limit-reached', limit, count: 1 })
  }
  server.on('drop', () => {
    bit('httpConnectionsMax')
  })
  return {
    server,
    onClientError: ({ code = '' }, socket: Watched) => {
      const [status, limit] = broken[code] ?? ['400 Bad Request']
      if (limit !== undefined) bit(limit)
      if (isFree(socket[lastResponse]) && socket.writable && code !== 'ECONNRESET')
        socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      socket.destroySoon()
    },
  }
}

/**
 * Whether a word may be said on the connection of its last response: if that is sent, or if it would answer just the
 * request that is broken. Else it would be taken for the answer to an earlier one. (A response that waits for its turn
 * has no socket yet.)
 */
const isFree = (last: ServerResponse | undefined): boolean =>
  last === undefined ||
  last.writableFinished ||
  (!last.req.complete && last.socket !== null && !last.headersSent)

/** What is wrong with a request that never became one, by node's name for it. */
const broken: Readonly<Record<string, readonly [status: string, limit?: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'httpHeaderBytesMax'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Content Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'httpRequestMs'],
}

/* fastify as we use it: routes and bodies. It logs nothing, sends nothing by itself, and trusts no proxy. */

/** @param guard stands between the server and the routes */
export const createApp = (
  options: HttpOptions,
  guard: (next: RequestListener) => RequestListener,
  failing: Failing,
): FastifyInstance => {
  const { telemetry, freqAnswer, serves = all } = options
  const limits = { ...httpLimits, ...options.limits }
  // The one is made for the other, by fastify.
  let onClientError: ReturnType<typeof createLimitedServer>['onClientError'] = (_, socket) => socket.destroy()
  const app = fastify({
    logger: false,
    trustProxy: false,
    bodyLimit: httpBodyBytesMax,
    routerOptions: { maxParamLength: httpUrlCharsMax },
    serverFactory: listener => {
      const made = createLimitedServer(limits, telemetry, guard(listener))
      onClientError = made.onClientError
      return made.server
    },
    clientErrorHandler: (error, socket) => onClientError(error, socket),
    // A path that cannot be decoded.
    frameworkErrors: (_, request, reply) => {
      if (serves.has('domain_stats')) answerBrokenName(reply, request.raw.url ?? '', options)
      else sendError(reply, 400, 'the path is not percent-encoded UTF-8')
    },
  })
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler((error: FastifyError, { raw }, reply) => {
    // Who breaks off in the middle of a body wants no answer, or has it.
    if (raw.destroyed && !raw.complete) {
      reply.hijack()
      return
    }
    const status = error.statusCode ?? 500
    if (status >= 500) {
      reply.hijack()
      failing(reply.raw)(error)
      return
    }
    if (status === 413) telemetry({ kind: 'limit-reached', limit: 'httpBodyBytesMax', count: 1 })
    sendError(reply, status, badBody[status] ?? 'the body is not JSON')
  })
  app.setNotFoundHandler((request, reply) => {
    const freq = freqAnswer?.(request.raw.url ?? '/')
    if (freq === undefined) sendError(reply, 404, 'there is nothing at this path')
    else send(reply, freq.status, plainText, freq.text)
  })
  const unserved = serves.has('health') ? [] : ['/healthz', '/readyz']
  if (!serves.has('metrics')) unserved.push('/metrics')
  for (const path of [...nothingThere, ...unserved])
    app.get(path, (_, reply) => {
      reply.callNotFound()
    })
  return app
}

const all: ReadonlySet<HttpService> = new Set(services)

/** Else they would be names: the shortest of all, and those that browsers and crawlers ask for by themselves. */
const nothingThere = ['/', '/favicon.ico', '/robots.txt']

const badBody: Readonly<Record<number, string>> = {
  413: 'the body is too large',
  415: 'the body is not application/json',
}
