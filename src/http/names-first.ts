/**
 * The short way of most requests: for one plain name. A router and its request and reply would cost a fifth of such an
 * answer. All other requests take the long way; a name in another dress comes to the same answer there.
 */
import type { RequestListener } from 'node:http'
import type { NameAnswer } from '../name-answer.js'
import type { Asks } from './asks.js'
import { answerOnce, type Failing } from './failing.js'

/** Two labels at least: no path of ours has a dot in it, but for this one. */
const plainName = /^\/(?!openapi\.json$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/i

export const namesFirst =
  (
    asks: Asks,
    textOf: (answer: NameAnswer) => string,
    failing: Failing,
    next: RequestListener,
  ): RequestListener =>
  (request, response) => {
    const { method, url = '' } = request
    if (method === 'GET' && plainName.test(url))
      answerOnce(response, asks.one(url.slice(1), false, request), textOf, failing)
    else next(request, response)
  }
