/**
 * Passive DNS in the Common Output Format (draft-dulaunoy-dnsop-passive-dns-cof-13), one JSON object a line, with the paths
 * and headers of CIRCL's service and of D4's server: https://www.circl.lu/services/passive-dns/ and analyzer-d4-passivedns.
 */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { httpTuplesBytesMax, httpTuplesDefault, pdnsRowsMax, siteRowsMax } from '../limits.js'
import { siteIsFull, siteQuestionOf } from '../ask/site-facts.js'
import type { SiteTuple, StoredTuple } from '../model/passive.js'
import { rrtypeOf } from '../names/rrtypes.js'
import { cofLine, siteCofLine } from '../output/cof.js'
import { toJsonLine } from '../output/json.js'
import { factFilter, type PdnsFilter, type PdnsQuestion } from '../store/pdns-search.js'
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

interface PagedRows {
  readonly page: CofPage
  readonly rows: Rows
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
const gatherer = <Row>(lineOf: (row: Row) => string) => {
  const lines: string[] = []
  let bytes = 0
  return {
    lines,
    take: (rows: readonly Row[]): boolean => {
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

const errorHeader = (incomplete: string) => ({ 'x-dribble-errors': JSON.stringify({ incomplete }) })

/** The headers of an answer that has not all rows. */
const headersOf = (
  { cursor, isAsked }: CofPage,
  count: number,
  end: SearchEnd,
  incomplete: string | undefined,
): Record<string, string> => {
  if (end === 'whole') return incomplete === undefined ? {} : errorHeader(incomplete)
  const why = `only ${count} rows are shown: ask for pages with the header dribble-paginate-count`
  const errors = isAsked && end !== 'time' ? {} : errorHeader(why)
  return { 'x-dribble-cursor': String(cursor + count), ...errors }
}

/** What stands for the star of a path. */
const wildcard = z.object({ '*': z.string() })

/** Whether the site is asked, and the other parameters. */
const withSite = z.looseObject({ site: z.unknown().optional() })

/** Where rows come from, and how they are written. */
interface RowSource<Row> {
  readonly tuples: (question: PdnsQuestion, filter: PdnsFilter) => Iterable<readonly Row[]>
  readonly lineOf: (row: Row) => string
  /** Why rows are missing that no page has. */
  readonly incomplete?: string | undefined
}

/** The facts of the site about a question. @throws RefusedRequest if it cannot be asked, or does not answer */
const siteSource = async (
  question: PdnsQuestion,
  { askSite, siteOrigin }: PassiveDns,
  signal: AbortSignal,
): Promise<RowSource<SiteTuple>> => {
  const asked = siteQuestionOf(question)
  if (typeof asked === 'string') throw new RefusedRequest(400, `site: ${asked}`)
  if (askSite === undefined) throw new RefusedRequest(400, 'site: this sensor shares no passive DNS')
  const { rows, isWhole, isCut, isFull } = await askSite(asked, signal)
  if (!isWhole && rows.length === 0)
    throw new RefusedRequest(503, 'the store that sensors share did not answer')
  const why = [
    ...(isWhole ? [] : ['the store that sensors share did not answer everything']),
    ...(isCut ? [`the site knows more than ${siteRowsMax} rows`] : []),
    ...(isFull ? [`perhaps these are not all: ${siteIsFull}`] : []),
  ]
  return {
    tuples: (_, filter) => [rows.filter(factFilter(filter))],
    lineOf: row => siteCofLine(row, siteOrigin),
    incomplete: why.length > 0 ? why.join('; ') : undefined,
  }
}

export const addCofRoutes = (
  app: FastifyInstance,
  options: HttpOptions,
  pdns: PassiveDns,
  searches: Searches,
  failing: Failing,
): void => {
  const ours: RowSource<StoredTuple> = { tuples: pdns.tuples, lineOf: row => cofLine(row, pdns.origin) }
  const search = async <Row extends StoredTuple>(
    response: ServerResponse,
    question: PdnsQuestion,
    source: RowSource<Row>,
    { page, rows: { filter, sort } }: PagedRows,
  ): Promise<void> => {
    const { lines, take } = gatherer(source.lineOf)
    const { cursor: offset, limit } = page
    // One more row tells that there are more.
    const pages = answerTo(question, { filter, sort, limit: offset + limit + 1 }, source)
    const end = await searches.run(response, { pages, offset, limit, take })
    if (end === undefined) respondError(response, 503, 'too many searches at once')
    else if (end === 'time' && lines.length === 0) respondError(response, 503, 'the search took too long')
    else respond(response, 200, ndjson, lines.join(''), headersOf(page, lines.length, end, source.incomplete))
  }
  /** The rows that headers and parameters ask for. @throws RefusedRequest */
  const rowsOf = ({ headers }: FastifyRequest, query: unknown): PagedRows => {
    const page = readCofPage(headers)
    if (typeof page === 'string') throw new RefusedRequest(400, page)
    const rows = readRows(query, options.clock.now())
    const type = headers['dribble-filter-rrtype']
    // As CIRCL says: where it is no type, the answer is empty.
    const rrtype = type === undefined ? rows.filter.rrtype : (rrtypeOf(String(type)) ?? '')
    const limit = Math.min(page.limit, rows.limit ?? page.limit)
    return { page: { ...page, limit }, rows: { ...rows, filter: { ...rows.filter, rrtype } } }
  }
  const ofSite = async (question: PdnsQuestion): Promise<RowSource<SiteTuple>> => {
    // The rows wait in memory, so there are not many such answers at once.
    const source = await searches.counted(() => siteSource(question, pdns, options.signal))
    if (source === undefined) throw new RefusedRequest(503, 'too many searches at once')
    return source
  }
  const answer = async (request: FastifyRequest, response: ServerResponse, text: string) => {
    const question = await pdns.readQuestion(withSlash(text))
    if (typeof question === 'string') throw new RefusedRequest(400, `it cannot be asked for: ${question}`)
    const { site, ...query } = withSite.parse(request.query)
    const rows = rowsOf(request, query)
    if (site === undefined) await search(response, question, ours, rows)
    else await search(response, question, await ofSite(question), rows)
  }
  const serve = (path: string, ask: (request: FastifyRequest, response: ServerResponse) => Promise<void>) =>
    app.get(path, (request, reply) => {
      reply.hijack()
      ask(request, reply.raw).catch(failing(reply.raw))
    })
  for (const path of ['/pdns/query/*', ...(pdns.circl ? ['/query/*', '/fquery/*'] : [])])
    serve(path, (request, response) => answer(request, response, wildcard.parse(request.params)['*']))
  serve('/pdns/parked', async (request, response) => {
    await search(response, { kind: 'addresses', ranges: pdns.parked }, ours, rowsOf(request, request.query))
  })
  if (pdns.circl)
    app.get('/info', (_, reply) =>
      sendJson(reply, toJsonLine({ version: options.version, software: 'domainstats', stats: pdns.count() })),
    )
}
