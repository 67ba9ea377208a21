/** What is said when something fails that cannot: the program ends, or it has a bug. */
import type { ServerResponse } from 'node:http'
import type { Telemetry } from '../telemetry.js'
import { respondAnswer, respondError, type JsonAnswer } from './send.js'

/** Ends a response whose answer failed. */
export type Failing = (response: ServerResponse) => (error: unknown) => void

export const createFailing =
  (telemetry: Telemetry, signal: AbortSignal): Failing =>
  response =>
  error => {
    if (!signal.aborted) telemetry({ kind: 'http-failed', error: String(error) })
    if (response.headersSent) response.destroy()
    else if (signal.aborted) respondError(response, 503, 'the server is stopping')
    else respondError(response, 500, 'the server failed')
  }

/** Answers with JSON once it is known; 503 where nobody could be asked. */
export const answerOnce = <T>(
  response: ServerResponse,
  asked: Promise<T> | undefined,
  finish: (answer: T) => JsonAnswer,
  failing: Failing,
): void => {
  if (asked === undefined) respondError(response, 503, 'too many questions at once')
  else asked.then(answer => respondAnswer(response, finish(answer))).catch(failing(response))
}
