/** What is said when something fails that cannot: the program ends, or it has a bug. */
import type { FastifyReply } from 'fastify'
import type { Telemetry } from '../telemetry.js'
import { sendError, sendJson } from './send.js'

/** Ends a reply whose answer failed. */
export type Failing = (reply: FastifyReply) => (error: unknown) => void

export const createFailing =
  (telemetry: Telemetry, signal: AbortSignal): Failing =>
  reply =>
  error => {
    if (!signal.aborted) telemetry({ kind: 'http-failed', error: String(error) })
    if (reply.raw.headersSent) reply.raw.destroy()
    else if (signal.aborted) sendError(reply, 503, 'the server is stopping')
    else sendError(reply, 500, 'the server failed')
  }

/** Answers with JSON once it is known; 503 where nobody could be asked. */
export const answerOnce = <T>(
  reply: FastifyReply,
  asked: Promise<T> | undefined,
  text: (answer: T) => string,
  failing: Failing,
): void => {
  if (asked === undefined) sendError(reply, 503, 'too many questions at once')
  else asked.then(answer => sendJson(reply, text(answer))).catch(failing(reply))
}
