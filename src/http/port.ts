/** Opens the HTTP port and its routes: those of domain_stats 1.x, `/v1`, passive DNS, freq_server, commands, WHOIS records, metrics and health. */
import type { RequestListener } from 'node:http'
import { httpStopMs } from '../limits.js'
import { createAsks, namesFirst } from './asks.js'
import { clientsOf } from './clients.js'
import { addCofRoutes } from './cof-routes.js'
import { addCommandRoutes } from './command-routes.js'
import { addDnsdbRoutes } from './dnsdb-routes.js'
import { addOriginalRoutes } from './domain-stats-routes.js'
import { originalAnswers } from './domain-stats.js'
import type { FastifyInstance } from 'fastify'
import { createGate, guarded, knowsOne } from './gate.js'
import { addHealthRoutes, addMetricsRoute } from './monitoring.js'
import { openapiText } from './openapi.js'
import type { HttpOptions, HttpSums, HttpService } from './options.js'
import { addPdnsCountRoutes } from './pdns-routes.js'
import { createFailing, type Failing, sendError, sendJson } from './respond.js'
import { createSearches } from './searches.js'
import { addressOf, createApp } from './server.js'
import { addTypedRoutes } from './v1.js'
import { addWhoisRoutes } from './whois-routes.js'

export interface HttpPort {
  /** The URL of the bound address: `http://127.0.0.1:5730`; `http://0.0.0.0:5730` for all addresses. */
  readonly address: string
  readonly sums: HttpSums
  /** Accepts no more requests and answers those that wait; connections still open after `httpStopMs` are cut. */
  readonly close: () => Promise<void>
}

/**
 * What starts a program: all below `/commands/` but statistics and lists. The router decodes a path before it looks, so a
 * first part with an escape in it may be `commands`, too.
 */
const asksCommand = /^\/+(?:commands|[^/]*%[^/]*)\/(?![\w-]+\/(?:stats|cache)$)./

/** What is kept of a command about a value. */
const keptAnswer = /^\/+commands\/[^/]+\/cache\/./

/**
 * Opens the port. When the signal aborts, questions stop waiting; only `close` closes the port.
 *
 * @throws Error if the port cannot be bound, or an entry of `allow` is not a network
 */
export const openHttp = async (options: HttpOptions): Promise<HttpPort> => {
  const { host, hosts, port, token, telemetry, signal, clock, status } = options
  const clients = clientsOf(options)
  const knows = token === undefined ? undefined : knowsOne(token)
  const gate = createGate({
    ...{ host, hosts, knows, posts: ['/v1/domains'], removes: keptAnswer, acts: asksCommand, clients },
  })
  const sums = options.sums ?? {
    counts: { requests: 0, refused: new Map() },
    asks: createAsks({ ...options, ...(options.limits?.asksMax && { asksMax: options.limits.asksMax }) }),
  }
  const { counts, asks } = sums
  const failing = createFailing(telemetry, signal)
  const finish = originalAnswers(options)
  const serves = (service: HttpService): boolean => options.serves?.has(service) ?? true
  const first = (next: RequestListener) =>
    serves('domain_stats') ? namesFirst(asks, finish, failing, next) : next
  const guard = (next: RequestListener) => guarded(gate, counts, telemetry, first(next))
  const app = createApp(options, guard, failing)

  if (serves('domain_stats')) addOriginalRoutes(app, options, asks, finish, failing)
  if (serves('v1')) addTypedRoutes(app, asks, failing, options.askSite)
  if (serves('pdns')) addPassiveRoutes(app, options, failing)
  if (serves('commands') && options.commands) addCommandRoutes(app, options.commands, failing)
  if (serves('whois') && options.whois) addWhoisRoutes(app, options.whois, failing)
  if (serves('metrics')) addMetricsRoute(app, status, sums, () => options.commands?.sums() ?? [], failing)
  if (serves('health')) addHealthRoutes(app, status)
  const isThere: Partial<Readonly<Record<HttpService, boolean>>> = {
    freq: options.freqAnswer !== undefined,
    pdns: options.pdns !== undefined,
    commands: options.commands !== undefined,
    whois: options.whois !== undefined,
  }
  const isServed = (service: HttpService) => serves(service) && isThere[service] !== false
  const document = openapiText(options.version, isServed, options.pdns?.circl)
  app.get('/openapi.json', (_, reply) => sendJson(reply, document))

  await app.listen({ host, port })
  const address = addressOf(app.server)
  telemetry({ kind: 'http-opened', address })
  if (clients.unguarded) telemetry({ kind: 'http-unguarded', address })

  return {
    address,
    sums,
    close: async () => {
      const timer = new AbortController()
      void clock.sleep(httpStopMs, timer.signal).then(() => {
        if (!timer.signal.aborted) app.server.closeAllConnections()
      })
      await app.close()
      timer.abort()
    },
  }
}

const addPassiveRoutes = (app: FastifyInstance, options: HttpOptions, failing: Failing): void => {
  const { pdns, limits } = options
  if (pdns === undefined) {
    for (const path of ['/pdns/*', '/dnsdb/*'])
      app.get(path, (_, reply) => sendError(reply, 404, 'passive DNS is off: see pdns.enabled'))
    return
  }
  const { searchesMax } = limits ?? {}
  const searches = createSearches({ ...options, ...(searchesMax !== undefined && { searchesMax }) })
  addCofRoutes(app, options, pdns, searches, failing)
  addDnsdbRoutes(app, options, pdns, searches, failing)
  addPdnsCountRoutes(app, options, pdns, searches, failing)
}
