/** The HTTP server under fastify: its limits, broken requests, and error answers. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { isIPv6, type Socket } from 'node:net'
import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import {
  httpAsksMax,
  httpSearchesMax,
  httpConnectionsMax,
  httpHeaderBytesMax,
  httpHeadersMs,
  httpIdleMs,
  httpRequestMs,
  httpRequestsPerConnectionMax,
  httpNoTrafficMs,
  httpStopMs,
  httpSweepMs,
  httpBodyBytesMax,
  httpUrlCharsMax,
} from '../limits.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { answerBrokenName } from './domain-stats-routes.js'
import { type HttpLimits, services, type HttpOptions, type HttpService } from './options.js'
import { type Failing, plainText, send, sendError } from './respond.js'

export const httpLimits: HttpLimits = {
  headersMs: httpHeadersMs,
  requestMs: httpRequestMs,
  sweepMs: httpSweepMs,
  connectionsMax: httpConnectionsMax,
  asksMax: httpAsksMax,
  searchesMax: httpSearchesMax,
}

/** A certificate with its chain, and its key, as PEM. */
export interface TlsIdentity {
  readonly cert: string
  readonly key: string
}

export interface LimitedServer<S extends Server = Server> {
  readonly server: S
  /** Answers a malformed request with its error, if the connection is free for it, and ends the connection. */
  readonly onClientError: (error: { readonly code?: string }, socket: Socket) => void
}

const lastResponse = Symbol('the last response')
interface Watched extends Socket {
  [lastResponse]?: ServerResponse
}

const serverOptions = (limits: HttpLimits) => ({
  maxHeaderSize: httpHeaderBytesMax,
  headersTimeout: limits.headersMs,
  requestTimeout: limits.requestMs,
  connectionsCheckingInterval: limits.sweepMs,
  keepAliveTimeout: httpIdleMs,
  insecureHTTPParser: false,
  requireHostHeader: true,
})

/** Keeps the last response of each connection: see onClientError. */
const watching =
  (onRequest: RequestListener): RequestListener =>
  (request, response) => {
    const socket: Watched = request.socket
    socket[lastResponse] = response
    onRequest(request, response)
  }

export const createLimitedServer = (
  limits: HttpLimits,
  telemetry: Telemetry,
  onRequest: RequestListener,
): LimitedServer => withLimits(createServer(serverOptions(limits), watching(onRequest)), limits, telemetry)

/** The same with TLS. A handshake may take as long as the headers. */
export const createLimitedSecureServer = (
  identity: TlsIdentity,
  limits: HttpLimits,
  telemetry: Telemetry,
  onRequest: RequestListener,
): LimitedServer<SecureServer> =>
  withLimits(
    createSecureServer(
      { ...serverOptions(limits), ...identity, handshakeTimeout: limits.headersMs },
      watching(onRequest),
    ),
    limits,
    telemetry,
  )

const withLimits = <S extends Server | SecureServer>(
  server: S,
  limits: HttpLimits,
  telemetry: Telemetry,
): LimitedServer<S> => {
  server.maxConnections = limits.connectionsMax
  server.maxRequestsPerSocket = httpRequestsPerConnectionMax
  // No limit here: node would drop headers silently. The gate counts them, and httpHeaderBytesMax bounds them.
  server.maxHeadersCount = 0
  server.timeout = httpNoTrafficMs
  const reportLimit = (limit: string) => {
    telemetry({ kind: 'limit-reached', limit, count: 1 })
  }
  server.on('drop', () => {
    reportLimit('httpConnectionsMax')
  })
  return {
    server,
    onClientError: ({ code = '' }, socket: Watched) => {
      const [status, limit] = broken[code] ?? ['400 Bad Request']
      if (limit !== undefined) reportLimit(limit)
      if (isFree(socket[lastResponse]) && socket.writable && code !== 'ECONNRESET')
        socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      socket.destroySoon()
    },
  }
}

/**
 * Whether an error may be written to the connection: its last response is complete, or would answer the broken request
 * itself. Otherwise the client would take the error for the answer to an earlier request. (With pipelining, a response
 * that waits for another one has no socket yet.)
 */
const isFree = (last: ServerResponse | undefined): boolean =>
  last === undefined ||
  last.writableFinished ||
  (!last.req.complete && last.socket !== null && !last.headersSent)

/** The answers to malformed requests, by node's error code. */
const broken: Readonly<Record<string, readonly [status: string, limit?: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'httpHeaderBytesMax'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Content Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'httpRequestMs'],
}

/** The URL of what a server is bound to. Asked of the socket: fastify names 127.0.0.1 for a port at all addresses. */
export const addressOf = (server: Server, scheme: 'http' | 'https' = 'http'): string => {
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('the HTTP port is not bound to an address')
  const { address, port } = bound
  return `${scheme}://${isIPv6(address) ? `[${address}]` : address}:${port}`
}

/** Accepts no more requests and answers those that wait; connections still open after `httpStopMs` are cut. */
export const closeServer = async (server: Server, clock: Clock): Promise<void> => {
  const timer = new AbortController()
  void clock.sleep(httpStopMs, timer.signal).then(() => {
    if (!timer.signal.aborted) server.closeAllConnections()
  })
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  await closed
  timer.abort()
}

/** Opens fastify for routes and bodies. It logs nothing, and trusts no proxy. @param guard comes before the routes */
export const createApp = (
  options: HttpOptions,
  guard: (next: RequestListener) => RequestListener,
  failing: Failing,
): FastifyInstance => {
  const { telemetry, freqAnswer, serves = all } = options
  const limits = { ...httpLimits, ...options.limits }
  // fastify calls serverFactory, which sets the real handler.
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
    // The client has gone in the middle of its body: no answer.
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
  for (const path of [...reservedPaths, ...unserved])
    app.get(path, (_, reply) => {
      reply.callNotFound()
    })
  return app
}

const all: ReadonlySet<HttpService> = new Set(services)

/** Answered with 404: browsers and crawlers ask for them by themselves, and as names they would count as contacts. */
const reservedPaths = ['/', '/favicon.ico', '/robots.txt']

const badBody: Readonly<Record<number, string>> = {
  413: 'the body is too large',
  415: 'the body is not application/json',
}
