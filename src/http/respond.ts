/** Writes answers: finished text with its length, and JSON errors. */
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { toJsonLine } from '../output/json.js'
import type { Telemetry } from '../telemetry/report.js'

// Without a charset, as domain_stats sends it: JSON has none (RFC 8259 11).
const json = 'application/json'
/** One JSON object a line (https://github.com/ndjson/ndjson-spec). */
export const ndjson = 'application/x-ndjson'
export const plainText = 'text/plain; charset=utf-8'

/** No caching, since answers change; nosniff, since none is a web page. */
export const commonHeaders = (type: string): Record<string, string> => ({
  'content-type': type,
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
})

const headersOf = (type: string, text: string): Record<string, string> => ({
  ...commonHeaders(type),
  'content-length': String(Buffer.byteLength(text)),
})

export const respond = (
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  more?: Readonly<Record<string, string>>,
): void => {
  response.writeHead(status, { ...headersOf(type, text), ...more })
  response.end(text)
}

/** JSON and its headers, made once for all requests with the same answer. */
export interface JsonAnswer {
  readonly body: string
  /** Names and values alternating, as `writeHead` takes them. */
  readonly headers: string[]
}

/** @param text compact JSON */
export const jsonAnswer = (text: string): JsonAnswer => {
  const body = `${text}\n`
  return { body, headers: Object.entries(headersOf(json, body)).flat() }
}

export const respondAnswer = (response: ServerResponse, { body, headers }: JsonAnswer): void => {
  response.writeHead(200, headers)
  response.end(body)
}

/** @param text compact JSON */
export const respondJson = (response: ServerResponse, text: string): void =>
  respondAnswer(response, jsonAnswer(text))

/** Bypasses fastify's reply.send, which costs a quarter of the speed and adds nothing here. */
export const send = (reply: FastifyReply, status: number, type: string, text: string): void => {
  reply.hijack()
  respond(reply.raw, status, type, text)
}

/** @param text compact JSON */
export const sendJson = (reply: FastifyReply, text: string): void => {
  reply.hijack()
  respondJson(reply.raw, text)
}

/** An error as JSON, in printable characters: the reason why something cannot be asked may quote a word of it. */
export const respondError = (
  response: ServerResponse,
  status: number,
  error: string,
  more?: Readonly<Record<string, string>>,
): void => respond(response, status, json, `${toJsonLine({ error })}\n`, { connection: 'close', ...more })

export const sendError = (reply: FastifyReply, status: number, error: string): void => {
  reply.hijack()
  respondError(reply.raw, status, error)
}

/** Why a request is refused, and with which status. No failure of the server. */
export class RefusedRequest extends Error {
  readonly status: number

  constructor(status: number, why: string) {
    super(why)
    this.status = status
  }
}

/** Ends a response whose answer failed. */
export type Failing = (response: ServerResponse) => (error: unknown) => void

export const createFailing =
  (telemetry: Telemetry, signal: AbortSignal): Failing =>
  response =>
  error => {
    if (error instanceof RefusedRequest && !response.headersSent) {
      respondError(response, error.status, error.message)
      return
    }
    if (!signal.aborted) telemetry({ kind: 'http-failed', error: String(error) })
    if (response.headersSent) response.destroy()
    else if (signal.aborted) respondError(response, 503, 'the server is stopping')
    else respondError(response, 500, 'the server failed')
  }

/** Answers with JSON when the promise resolves; 503 where too many questions wait already. */
export const answerOnce = <T>(
  response: ServerResponse,
  asked: Promise<T> | undefined,
  finish: (answer: T) => JsonAnswer,
  failing: Failing,
): void => {
  if (asked === undefined) respondError(response, 503, 'too many questions at once')
  else asked.then(answer => respondAnswer(response, finish(answer))).catch(failing(response))
}
