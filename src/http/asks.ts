/** Asks the pipeline for the names of HTTP requests, bounds how many wait, and counts the answers. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { httpAsksMax } from '../limits.js'
import type { AskName, NameAnswer } from '../model/record.js'
import type { Telemetry } from '../telemetry/report.js'
import { plainAddress } from './clients.js'
import { answerOnce, type Failing, respondAnswer, type JsonAnswer } from './respond.js'

export interface Asks {
  /**
   * Asks for each name; the answers are in the same order. Undefined where too many names wait already. Rejects when the
   * program ends, or by a bug.
   */
  readonly all: (
    names: readonly string[],
    peek: boolean,
    request: IncomingMessage,
  ) => Promise<NameAnswer[]> | undefined
  /** The same for one name. */
  readonly one: (name: string, peek: boolean, request: IncomingMessage) => Promise<NameAnswer> | undefined
  /** The cached answer, if there is one. Throws where `one` would reject. */
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
  const settled = (answer: NameAnswer): NameAnswer => {
    underWay -= 1
    count(answer)
    return answer
  }
  const failed = (error: unknown): never => {
    underWay -= 1
    throw error
  }
  const ask = (name: string, peek: boolean, client: ReturnType<typeof clientOf>) =>
    askName(name, { peek, lookup: !peek, source: 'http', client, waitMs }, signal).then(settled, failed)
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

/** At least two labels, so that no path of another route matches except those with a dot. */
const plainName = /^\/(?!openapi\.json$|favicon\.ico$|robots\.txt$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/i

/**
 * A fast path before the router, for `GET /<plain name>`: fastify would cost a fifth of the time. All other requests go to
 * `next`, where a name that needs decoding gets the same answer.
 */
export const namesFirst = (
  asks: Asks,
  finish: (answer: NameAnswer) => JsonAnswer,
  failing: Failing,
  next: RequestListener,
): RequestListener => {
  /** Answers from the cache, if possible: without a promise, which costs a tenth of the time. */
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
