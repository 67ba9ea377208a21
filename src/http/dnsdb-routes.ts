/** Passive DNS by DNSDB's API version 2, for `dnsdbq` and other clients of DNSDB: lookup, summarize, rate_limit and ping. */
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { pdnsRowsMax } from '../limits.js'
import {
  createSummary,
  type DnsdbParameters,
  type DnsdbPath,
  type DnsdbQuestion,
  readDnsdb,
  safCond,
  safLine,
} from './dnsdb.js'
import type { HttpOptions, PassiveDns } from './options.js'
import { commonHeaders, type Failing, ndjson, RefusedRequest, respondError, sendJson } from './respond.js'
import { writeSlowly, type SearchEnd, type Searches } from './searches.js'

/** Nobody counts how often a client asks. */
const rateLimit = JSON.stringify({
  rate: {
    reset: 'n/a',
    limit: 'unlimited',
    remaining: 'n/a',
    results_max: pdnsRowsMax,
    offset_max: pdnsRowsMax,
  },
})

const endLines: Readonly<Record<SearchEnd, string>> = {
  whole: safCond('succeeded'),
  limit: safCond('limited', 'Result limit reached'),
  enough: safCond('limited', 'Count limit reached'),
  time: safCond('limited', 'Time limit reached'),
  left: '',
}

const verbs = ['lookup', 'summarize'] as const
type Verb = (typeof verbs)[number]

interface DnsdbRequest {
  Params: DnsdbPath
  Querystring: DnsdbParameters
}

export const addDnsdbRoutes = (
  app: FastifyInstance,
  { clock, signal, telemetry }: Pick<HttpOptions, 'clock' | 'signal' | 'telemetry'>,
  pdns: PassiveDns,
  searches: Searches,
  failing: Failing,
): void => {
  /** Streams the answer: its last line says whether it is whole, since the status was sent before. */
  const stream = async (response: ServerResponse, verb: Verb, asked: DnsdbQuestion): Promise<void> => {
    const { question, filter, limit, offset, maxCount, isHuman } = asked
    const summary = createSummary(maxCount)
    const running = searches.run(response, {
      ...{ pages: pdns.tuples(question, filter), offset, limit },
      take: async rows => {
        if (verb === 'summarize') return summary.add(rows)
        await writeSlowly(response, rows.map(row => safLine(row, isHuman)).join(''))
        return true
      },
    })
    if (running === undefined) {
      respondError(response, 503, 'too many searches at once')
      return
    }
    response.writeHead(200, commonHeaders(ndjson))
    response.write(safCond('begin'))
    try {
      const end = await running
      response.end(summary.line(isHuman) + endLines[end])
    } catch (error) {
      if (!signal.aborted) telemetry({ kind: 'http-failed', error: String(error) })
      response.end(safCond('failed', signal.aborted ? 'the server is stopping' : 'the server failed'))
    }
  }
  const answer = async (request: FastifyRequest<DnsdbRequest>, response: ServerResponse, verb: Verb) => {
    const asked = readDnsdb(request.params, request.query, clock.now())
    if (verb === 'summarize' && asked.offset > 0) throw new RefusedRequest(416, 'a summary takes no offset')
    await stream(response, verb, asked)
  }

  for (const verb of verbs)
    for (const rest of ['', '/:type', '/:type/:bailiwick'])
      app.get<DnsdbRequest>(`/dnsdb/v2/${verb}/:side/:kind/:value${rest}`, (request, reply) => {
        reply.hijack()
        answer(request, reply.raw, verb).catch(failing(reply.raw))
      })
  app.get('/dnsdb/v2/rate_limit', (_, reply) => sendJson(reply, rateLimit))
  app.get('/dnsdb/v2/ping', (_, reply) => sendJson(reply, JSON.stringify({ ping: 'ok' })))
}
