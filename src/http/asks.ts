/** The questions that wait for an answer: how many there may be, and on whose behalf. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { httpAsksMax } from '../limits.js'
import type { AskName, NameAnswer } from '../model/record.js'
import type { Telemetry } from '../telemetry/report.js'
import { plainAddress } from './clients.js'
import { answerOnce, type Failing, respondAnswer, type JsonAnswer } from './respond.js'

export interface Asks {
  /**
   * Asks for each name, in their order; undefined where too many wait already. Rejects as the pipeline does: the
   * program ends, or a bug.
   */
  readonly all: (
    names: readonly string[],
    peek: boolean,
    request: IncomingMessage,
  ) => Promise<NameAnswer[]> | undefined
  /** The same for one name. */
  readonly one: (name: string, peek: boolean, request: IncomingMessage) => Promise<NameAnswer> | undefined
  /** The answer that can be given at once. Throws where `one` would reject. */
  readonly cached: (name: string) => NameAnswer | undefined
  /** Answers so far, by category. */
  readonly answers: ReadonlyMap<string, number>
  /** Names that wait now. */
  readonly underWay: () => number
}

interface Options {
  readonly askName: AskName
  readonly askCached?: (name: string) => NameAnswer | undefined
  readonly waitMs: number
  readonly asksMax?: number
  readonly telemetry: Telemetry
  readonly signal: AbortSignal
}

const clientOf = ({ socket }: IncomingMessage) => ({
  host: socket.remoteAddress && plainAddress(socket.remoteAddress),
  port: socket.remotePort,
})

export const createAsks = (options: Options): Asks => {
  const { askName, askCached, waitMs, asksMax = httpAsksMax, telemetry, signal } = options
  const answers = new Map<string, number>()
  let underWay = 0

  const begin = (count: number): boolean => {
    const fits = underWay + count <= asksMax
    if (fits) underWay += count
    else telemetry({ kind: 'limit-reached', limit: 'httpAsksMax', count })
    return fits
  }
  const count = (answer: NameAnswer): void => {
    const category = answer.kind === 'known' ? answer.verdict.category : 'none'
    answers.set(category, (answers.get(category) ?? 0) + 1)
  }
  const told = (answer: NameAnswer): NameAnswer => {
    underWay -= 1
    count(answer)
    return answer
  }
  const failed = (error: unknown): never => {
    underWay -= 1
    throw error
  }
  const ask = (name: string, peek: boolean, client: ReturnType<typeof clientOf>) =>
    askName(name, { peek, lookup: !peek, source: 'http', client, waitMs }, signal).then(told, failed)
  return {
    one: (name, peek, request) => (begin(1) ? ask(name, peek, clientOf(request)) : undefined),
    all: (names, peek, request) => {
      if (!begin(names.length)) return undefined
      const client = clientOf(request)
      return Promise.all(names.map(name => ask(name, peek, client)))
    },
    cached: name => {
      const answer = askCached?.(name)
      if (answer) count(answer)
      return answer
    },
    answers,
    underWay: () => underWay,
  }
}

/*
 * The short way of most requests: for one plain name. A router and its request and reply would cost a fifth of such an
 * answer. All other requests take the long way; a name in another dress comes to the same answer there.
 */

/** Two labels at least: of the other paths only these have a dot in them. */
const plainName = /^\/(?!openapi\.json$|favicon\.ico$|robots\.txt$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/i

export const namesFirst = (
  asks: Asks,
  finish: (answer: NameAnswer) => JsonAnswer,
  failing: Failing,
  next: RequestListener,
): RequestListener => {
  /** True if it was answered at once: without a promise, which costs a tenth of it. */
  const isAnswered = (name: string, response: ServerResponse): boolean => {
    try {
      const answer = asks.cached(name)
      if (answer) respondAnswer(response, finish(answer))
      return answer !== undefined
    } catch (error) {
      failing(response)(error)
      return true
    }
  }
  return (request, response) => {
    const { method, url = '' } = request
    if (method !== 'GET' || !plainName.test(url)) {
      next(request, response)
      return
    }
    const name = url.slice(1)
    if (!isAnswered(name, response)) answerOnce(response, asks.one(name, false, request), finish, failing)
  }
}
