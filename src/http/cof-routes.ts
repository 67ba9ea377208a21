/**
 * Passive DNS in the Common Output Format (draft-dulaunoy-dnsop-passive-dns-cof-13), one JSON object a line, with the paths
 * and headers of CIRCL's service and of D4's server: https://www.circl.lu/services/passive-dns/ and analyzer-d4-passivedns.
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { httpTuplesBytesMax, httpTuplesDefault, pdnsRowsMax } from '../limits.js'
import type { StoredTuple } from '../model/passive.js'
import { rrtypeOf } from '../names/rrtypes.js'
import { cofLine } from '../output/cof.js'
import { toJsonLine } from '../output/json.js'
import type { PdnsQuestion } from '../store/pdns-search.js'
import { answerTo } from '../transfer/pdns-answer.js'
import type { HttpOptions, PassiveDns } from './options.js'
import { readRows, type Rows } from './pdns-parameters.js'
import { type Failing, ndjson, RefusedRequest, respond, respondError, sendJson } from './respond.js'
import type { SearchEnd, Searches } from './searches.js'

/** Rows of one answer, and the number of rows before them. */
interface CofPage {
  readonly limit: number
  readonly cursor: number
  readonly isAsked: boolean
}

const wholeIn = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined)

/** Reads the headers with which CIRCL's clients ask for pages. @returns a string says what is wrong */
export const readCofPage = (headers: IncomingHttpHeaders): CofPage | string => {
  const count = headers['dribble-paginate-count']
  const limit = count === undefined ? httpTuplesDefault : wholeIn(String(count))
  if (limit === undefined || limit < 1) return 'dribble-paginate-count takes a number of rows'
  const cursor = wholeIn(String(headers['dribble-paginate-cursor'] ?? 0))
  if (cursor === undefined || cursor > pdnsRowsMax)
    return 'dribble-paginate-cursor takes the x-dribble-cursor of the page before'
  return { limit: Math.min(limit, httpTuplesDefault), cursor, isAsked: count !== undefined }
}

/** A network in a path: `192.0.2.0/24`, or as in DNSDB `192.0.2.0,24`. */
const withSlash = (text: string): string => text.replace(/^([\da-f.:[\]]+),(\d{1,3})$/i, '$1/$2')

/** Gathers lines up to a size, so that the header of the answer can say whether there are more. */
const gatherer = (lineOf: (row: StoredTuple) => string) => {
  const lines: string[] = []
  let bytes = 0
  return {
    lines,
    take: (rows: readonly StoredTuple[]): boolean => {
      for (const row of rows) {
        if (bytes >= httpTuplesBytesMax) return false
        const line = lineOf(row)
        bytes += Buffer.byteLength(line)
        lines.push(line)
      }
      return true
    },
  }
}

/** The headers of an answer that has not all rows. */
const moreHeaders = ({ cursor, isAsked }: CofPage, count: number, end: SearchEnd): Record<string, string> => {
  if (end === 'whole') return {}
  const why = `only ${count} rows are shown: ask for pages with the header dribble-paginate-count`
  const errors = isAsked && end !== 'time' ? {} : { 'x-dribble-errors': JSON.stringify({ incomplete: why }) }
  return { 'x-dribble-cursor': String(cursor + count), ...errors }
}

/** What stands for the star of a path. */
const wildcard = z.object({ '*': z.string() })

export const addCofRoutes = (
  app: FastifyInstance,
  options: HttpOptions,
  pdns: PassiveDns,
  searches: Searches,
  failing: Failing,
): void => {
  const search = async (
    response: ServerResponse,
    question: PdnsQuestion,
    page: CofPage,
    { filter, sort }: Rows,
  ): Promise<void> => {
    const { lines, take } = gatherer(row => cofLine(row, pdns.origin))
    const { cursor: offset, limit } = page
    // One more row tells that there are more.
    const pages = answerTo(question, { filter, sort, limit: offset + limit + 1 }, pdns)
    const end = await searches.run(response, { pages, offset, limit, take })
    if (end === undefined) respondError(response, 503, 'too many searches at once')
    else if (end === 'time' && lines.length === 0) respondError(response, 503, 'the search took too long')
    else respond(response, 200, ndjson, lines.join(''), moreHeaders(page, lines.length, end))
  }
  /** The rows that headers and parameters ask for. @throws RefusedRequest */
  const rowsOf = ({ headers, query }: FastifyRequest): { readonly page: CofPage; readonly rows: Rows } => {
    const page = readCofPage(headers)
    if (typeof page === 'string') throw new RefusedRequest(400, page)
    const rows = readRows(query, options.clock.now())
    const type = headers['dribble-filter-rrtype']
    // As CIRCL says: where it is no type, the answer is empty.
    const rrtype = type === undefined ? rows.filter.rrtype : (rrtypeOf(String(type)) ?? '')
    const limit = Math.min(page.limit, rows.limit ?? page.limit)
    return { page: { ...page, limit }, rows: { ...rows, filter: { ...rows.filter, rrtype } } }
  }
  const answer = async (request: FastifyRequest, response: ServerResponse, text: string) => {
    const question = await pdns.readQuestion(withSlash(text))
    if (typeof question === 'string') throw new RefusedRequest(400, `it cannot be asked for: ${question}`)
    const { page, rows } = rowsOf(request)
    await search(response, question, page, rows)
  }
  const serve = (path: string, ask: (request: FastifyRequest, response: ServerResponse) => Promise<void>) =>
    app.get(path, (request, reply) => {
      reply.hijack()
      ask(request, reply.raw).catch(failing(reply.raw))
    })
  for (const path of ['/pdns/query/*', ...(pdns.circl ? ['/query/*', '/fquery/*'] : [])])
    serve(path, (request, response) => answer(request, response, wildcard.parse(request.params)['*']))
  serve('/pdns/parked', async (request, response) => {
    const { page, rows } = rowsOf(request)
    await search(response, { kind: 'addresses', ranges: pdns.parked }, page, rows)
  })
  if (pdns.circl)
    app.get('/info', (_, reply) =>
      sendJson(reply, toJsonLine({ version: options.version, software: 'domainstats', stats: pdns.count() })),
    )
}
