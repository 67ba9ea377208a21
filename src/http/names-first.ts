/**
 * The short way of most requests: for one plain name. A router and its request and reply would cost a fifth of such an
 * answer. All other requests take the long way; a name in another dress comes to the same answer there.
 */
import type { RequestListener, ServerResponse } from 'node:http'
import type { NameAnswer } from '../name-answer.js'
import type { Asks } from './asks.js'
import { answerOnce, type Failing } from './failing.js'
import { respondAnswer, type JsonAnswer } from './send.js'

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
      const answer = asks.warm(name)
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
