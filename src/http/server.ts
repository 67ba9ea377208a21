/** The bare server under fastify: its limits, and what becomes of those who run into them. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import {
  httpAsksMax,
  httpConnectionsMax,
  httpHeaderBytesMax,
  httpHeadersMs,
  httpIdleMs,
  httpRequestMs,
  httpRequestsPerConnectionMax,
  httpSilentMs,
  httpSweepMs,
} from '../limits.js'
import type { Telemetry } from '../telemetry.js'

/** Those that a test cannot wait for. */
export interface HttpLimits {
  readonly headersMs: number
  readonly requestMs: number
  readonly sweepMs: number
  readonly connectionsMax: number
  readonly asksMax: number
}

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
  server.timeout = httpSilentMs
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
