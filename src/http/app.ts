/** fastify as we use it: routes and bodies. It logs nothing, sends nothing by itself, and trusts no proxy. */
import type { RequestListener } from 'node:http'
import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import { httpBodyBytesMax, httpUrlCharsMax } from '../limits.js'
import type { Failing } from './failing.js'
import { services, type HttpOptions, type Service } from './options.js'
import { answerBrokenName } from './original-routes.js'
import { plainText, send, sendError } from './send.js'
import { createLimitedServer, httpLimits } from './server.js'

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

const all: ReadonlySet<Service> = new Set(services)

/** Else they would be names: the shortest of all, and those that browsers and crawlers ask for by themselves. */
const nothingThere = ['/', '/favicon.ico', '/robots.txt']

const badBody: Readonly<Record<number, string>> = {
  413: 'the body is too large',
  415: 'the body is not application/json',
}
