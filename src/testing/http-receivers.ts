/**
 * Receivers over HTTP on loopback. Each checks the bodies that come by the published schema of its API, keeps the records,
 * and answers as the product does; a test may let it fail instead.
 */
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'
import type { Test } from 'tap'
import * as z from 'zod'
import type { Certificate } from './certificate.js'
import { freePort } from './ports.js'

export interface Post {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Unpacked. */
  readonly body: string
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

type Json = Readonly<Record<string, unknown>>

/** What a post says to a receiver. */
interface Taken {
  /** The ids of the records in it that it keeps. */
  readonly ids: readonly string[]
  readonly reply: Reply
}

/** The API of a product. @throws Error for a body that is none of it */
export type HttpApi = (post: Post) => Taken

const record = z.looseObject({ _path: z.literal('domainstats'), record_id: z.string(), ts: z.iso.datetime() })

const idIn = (json: unknown): string => record.parse(json).record_id

const linesIn = (body: string): Json[] => {
  if (!body.endsWith('\n')) throw new Error('no newline at the end')
  return body
    .slice(0, -1)
    .split('\n')
    .map(line => JSON.parse(line) as Json)
}

const demand = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what)
}

export const asJson: HttpApi = ({ headers, body }) => {
  demand(headers['content-type'] === 'application/json', 'content-type')
  return { ids: z.array(record).parse(JSON.parse(body)).map(idIn), reply: { status: 200 } }
}

export const asNdjson: HttpApi = ({ headers, body }) => {
  demand(headers['content-type'] === 'application/x-ndjson', 'content-type')
  return { ids: linesIn(body).map(idIn), reply: { status: 202 } }
}

const bulkAction = z.strictObject({ create: z.strictObject({ _id: z.string().min(1).max(512) }) })
const bulkDocument = record.extend({ '@timestamp': z.iso.datetime() })

/** What became of a document: a status, and with it an error. */
type Fate = (id: string, document: Json) => { readonly status: number; readonly error?: Json } | undefined

/**
 * `_bulk`, with documents that are there once each.
 *
 * @param fate of a document that is not indexed
 * @param documents the ids of those that are there already
 */
export const asElasticsearch = (
  fate: Fate = () => undefined,
  documents: Set<string> = new Set(),
): HttpApi => {
  return ({ url, headers, body }) => {
    const { pathname, searchParams } = new URL(url, 'http://es')
    demand(pathname === '/domainstats/_bulk', pathname)
    demand(searchParams.get('filter_path')?.startsWith('errors,items.*.status') === true, 'filter_path')
    demand(headers['content-type'] === 'application/x-ndjson', 'content-type')
    const lines = linesIn(body)
    demand(lines.length % 2 === 0, 'an action without a document')
    const ids: string[] = []
    const items = lines.flatMap((line, at) => {
      if (at % 2 === 1) return []
      const { _id: id } = bulkAction.parse(line).create
      const document = bulkDocument.parse(lines[at + 1])
      demand(id === document.record_id, 'the id of another record')
      const refused = fate(id, document)
      if (refused) return [{ create: refused }]
      if (documents.has(id)) {
        const error = { type: 'version_conflict_engine_exception', reason: `[${id}]: version conflict` }
        return [{ create: { status: 409, error } }]
      }
      documents.add(id)
      ids.push(id)
      return [{ create: { status: 201 } }]
    })
    const errors = items.some(({ create: { status } }) => status > 299)
    return { ids, reply: { status: 200, body: JSON.stringify({ errors, items }) } }
  }
}

const hecEvent = z.strictObject({
  time: z.number(),
  host: z.string().min(1),
  source: z.string(),
  sourcetype: z.string(),
  index: z.string().optional(),
  event: record,
})

/** The event collector with one token. */
export const asSplunk =
  (token: () => string): HttpApi =>
  ({ url, headers, body }) => {
    demand(url === '/services/collector/event', url)
    if (headers.authorization !== `Splunk ${token()}`)
      return { ids: [], reply: { status: 403, body: '{"text":"Invalid token","code":4}' } }
    const events = linesIn(body).map(line => hecEvent.parse(line))
    for (const { time, event } of events)
      demand(Math.abs(time - Date.parse(event.ts) / 1000) < 0.001, 'another time')
    return {
      ids: events.map(({ event }) => event.record_id),
      reply: { status: 200, body: '{"text":"Success","code":0}' },
    }
  }

const lokiPush = z.strictObject({
  streams: z
    .array(
      z.strictObject({
        stream: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().min(1)),
        values: z.array(z.tuple([z.string().regex(/^\d{19}$/), z.string()])).min(1),
      }),
    )
    .min(1),
})

/** Loki's push. Entries of a stream come in the order of their times. */
export const asLoki: HttpApi = ({ url, headers, body }) => {
  demand(url === '/loki/api/v1/push' && headers['content-type'] === 'application/json', url)
  const { streams } = lokiPush.parse(JSON.parse(body))
  for (const { stream, values } of streams) {
    demand(stream['job'] !== undefined && Object.keys(stream).length <= 15, 'labels')
    const times = values.map(([time]) => time)
    demand(String(times) === String([...times].sort()), 'entries without order')
  }
  const entries = streams.flatMap(({ values }) => values)
  return { ids: entries.map(([, line]) => idIn(JSON.parse(line))), reply: { status: 204 } }
}

/** What a receiver does instead of answering as its product does. */
export type Instead = Reply | 'stall' | 'hang-up' | ((response: ServerResponse) => void) | undefined

export interface HttpReceiver {
  /** Its address, for the setting `url`. */
  readonly url: string
  readonly port: number
  /** All that came, also what it did not take. */
  readonly posts: readonly Post[]
  /** The ids that it has taken, as often as they came. */
  readonly ids: readonly string[]
  /** Why a body was none of the API. */
  readonly faults: readonly string[]
  /** Resolves when it has `count` different records. */
  readonly got: (count: number) => Promise<void>
  /** Resolves when `count` posts have come. */
  readonly asked: (count: number) => Promise<void>
  readonly close: () => Promise<void>
}

export interface HttpReceiverOptions {
  /** What it does with a post instead, counted from 1. */
  readonly instead?: (nth: number, post: Post) => Instead
  readonly port?: number
  readonly certificate?: Certificate
  /** Clients must have a certificate signed by this one. */
  readonly clientCa?: string
}

const textOf = async (request: AsyncIterable<Buffer>, encoding: string | undefined): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  return (encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString()
}

const postOf = ({ method, url, headers }: IncomingMessage, body: string): Post => ({
  ...{ method: String(method), url: String(url), headers, body },
})

const answer = (response: ServerResponse, { status, headers = {}, body = '' }: Reply): void => {
  response.writeHead(status, headers).end(body)
}

/** Starts a receiver on loopback, which ends with the test. */
export const receiveHttp = async (
  t: Pick<Test, 'teardown'>,
  api: HttpApi,
  { instead = () => undefined, port = 0, certificate, clientCa }: HttpReceiverOptions = {},
): Promise<HttpReceiver> => {
  const [posts, ids, faults]: [Post[], string[], string[]] = [[], [], []]
  const watchers = new Set<() => void>()
  const until = (condition: () => boolean) =>
    new Promise<void>(resolve => {
      const look = () => {
        if (!condition()) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  const onRequest: RequestListener = (request, response) => {
    void textOf(request, request.headers['content-encoding']).then(
      body => {
        const post = postOf(request, body)
        posts.push(post)
        const other = instead(posts.length, post)
        if (other === 'hang-up') request.socket.destroy()
        else if (typeof other === 'function') other(response)
        else if (typeof other === 'object') answer(response, other)
        else if (other === undefined)
          try {
            const taken = api(post)
            ids.push(...taken.ids)
            answer(response, taken.reply)
          } catch (error) {
            faults.push(String(error))
            answer(response, { status: 500, body: String(error) })
          }
        for (const look of watchers) look()
      },
      // The client has left in the middle of its body.
      () => request.socket.destroy(),
    )
  }
  const server = certificate
    ? createTlsServer(
        { ...certificate, ...(clientCa !== undefined && { ca: clientCa, requestCert: true }) },
        onRequest,
      )
    : createServer(onRequest)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)))
  })
  server.listen(port === 0 ? await freePort() : port, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  t.teardown(close)
  const { port: own } = server.address() as AddressInfo
  return {
    ...{ port: own, posts, ids, faults, close },
    url: certificate ? `https://localhost:${own}` : `http://127.0.0.1:${own}`,
    got: count => until(() => new Set(ids).size >= count),
    asked: count => until(() => posts.length >= count),
  }
}
