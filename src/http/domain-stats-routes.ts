/** The routes of domain_stats 1.x, and `/showcache` of the tool before it. */
import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { httpRowsMax } from '../limits.js'
import type { NameAnswer } from '../model/record.js'
import { nameOfText } from '../names/canonical.js'
import { toALabels, toUnicode } from '../names/hostname.js'
import type { DaemonStatus } from '../telemetry/status.js'
import type { Asks } from './asks.js'
import { plainAddress } from './clients.js'
import { jsonText, originalText, reportText, rowText, type OriginalStyle, intOf } from './domain-stats.js'
import type { HttpOptions } from './options.js'
import { answerOnce, type Failing, plainText, send, sendError, sendJson, type JsonAnswer } from './respond.js'

interface Sums {
  readonly hit: number
  readonly miss: number
  readonly fail: number
  readonly good: number
}

const sumsOf = ({ efficiency, lookups }: DaemonStatus): Sums => {
  const { silent, known, expired, unknown } = efficiency
  let [fail, good] = [0, 0]
  // As domain_stats counts: every look-up without a date is a failure.
  for (const [key, count] of Object.entries(lookups))
    if (key.endsWith(' registered')) good += count
    else fail += count
  return { hit: silent + known, miss: expired + unknown, fail, good }
}

/** The sums of `/stats` since the start or the last reset. A reset does not change `/metrics`: counters only grow. */
export const createStats = (status: () => DaemonStatus) => {
  let since: Sums = { hit: 0, miss: 0, fail: 0, good: 0 }
  return {
    reset: (): void => {
      since = sumsOf(status())
    },
    text: (): string => {
      const now = status()
      const { hit, miss, fail, good } = sumsOf(now)
      return jsonText({
        hit: hit - since.hit,
        miss: miss - since.miss,
        rdap_fail: fail - since.fail,
        rdap_good: good - since.good,
        size: now.domains,
        warnings: now.problems,
      })
    },
  }
}

interface Query {
  Querystring: Readonly<Record<string, string | readonly string[] | undefined>>
}
type QueryRequest = FastifyRequest<Query>

const first = (request: QueryRequest, key: string): string | undefined => {
  const value = request.query[key]
  return typeof value === 'object' ? value[0] : value
}

/** A number as Flask reads it: a malformed one counts as not given. */
const count = (request: QueryRequest, key: string, otherwise: number): number =>
  intOf(first(request, key) ?? '') ?? otherwise

const text = (value: string): string => jsonText({ text: value })

export const addOriginalRoutes = (
  app: FastifyInstance,
  options: HttpOptions,
  asks: Asks,
  finish: (answer: NameAnswer) => JsonAnswer,
  failing: Failing,
): void => {
  const { browse, get, freqEnabled, timezoneOffsetHours } = options
  const style: OriginalStyle = { freqEnabled, timezoneOffsetHours }
  const rowsMax = Math.min(options.browseLimit, httpRowsMax)
  const stats = createStats(options.status)

  app.get<{ Params: { name: string } } & Query>('/:name', (request, reply) => {
    const asked = asks.one(request.params.name, request.query['peek'] !== undefined, request.raw)
    reply.hijack()
    answerOnce(reply.raw, asked, finish, failing)
  })
  app.get('/stats', (_, reply) => sendJson(reply, stats.text()))
  app.get('/stats-reset', (_, reply) => {
    stats.reset()
    sendJson(reply, text('Success'))
  })
  app.get<Query>('/cache_browse', (request, reply) => {
    const offset = count(request, 'offset', 0)
    const asked = count(request, 'limit', 100)
    // In domain_stats a negative limit means no limit, and a negative offset gives no rows.
    const limit = asked < 0 ? rowsMax : Math.min(asked, rowsMax)
    const { rows, more } = limit > 0 && offset >= 0 ? browse(offset, limit) : { rows: [], more: false }
    const next = more ? [nextText(request, offset + limit, limit)] : []
    sendJson(reply, `[${[...next, ...rows.map(row => rowText(row, style))].join(',')}]`)
  })
  app.get<Query>('/cache_get', (request, reply) => {
    const domain = first(request, 'domain')
    const row = domain ? get(toALabels(nameOfText(domain))) : undefined
    const otherwise = domain ? 'That domain is not in the database.' : 'Try /cache_get?domain=markbaggett.com'
    sendJson(reply, row ? rowText(row, style) : text(otherwise))
  })
  app.get<Query>('/depuny', (request, reply) => {
    const name = first(request, 'domain')?.toLowerCase()
    sendJson(reply, name ? jsonText(toUnicode(name) ?? name) : text('Try /depuny?domain=xn--bcher-kva.de'))
  })
  app.get('/showcache', (_, reply) => send(reply, 200, plainText, reportText(browse(0, rowsMax).rows, style)))
}

/** The link to the next page, at the Host of this request; an HTTP/1.0 request may lack one. */
const nextText = ({ raw }: FastifyRequest, offset: number, limit: number): string =>
  jsonText({
    next: `http://${raw.headers.host ?? ownHost(raw)}/cache_browse?offset=${offset}&limit=${limit}`,
  })

const ownHost = ({ socket: { localAddress = '', localPort = 80 } }: IncomingMessage): string => {
  const address = plainAddress(localAddress)
  return `${isIPv6(address) ? `[${address}]` : address}:${localPort}`
}

/**
 * Answers a path that cannot be decoded. A path of one part can only be a name: as in domain_stats, it gets the answer for
 * a name without a registered domain.
 */
export const answerBrokenName = (reply: FastifyReply, url: string, style: OriginalStyle): void => {
  if (/^\/[^/?#]*(\?|#|$)/.test(url))
    sendJson(reply, originalText({ kind: 'none', reason: 'not-a-hostname' }, style))
  else sendError(reply, 400, 'the path is not percent-encoded UTF-8')
}
