/** The paths under `/v1`. */
import type { FastifyInstance } from 'fastify'
import { httpNamesMax, queryCharsMax } from '../limits.js'
import type { NameAnswer } from '../name-answer.js'
import { toJsonLine } from '../output/json.js'
import { nameMeant } from '../reduce/pasted.js'
import type { Asks } from './asks.js'
import { answerOnce, type Failing } from './failing.js'
import { jsonAnswer, sendError } from './send.js'
import { names as wanted, typed } from './typed.js'

interface Query {
  Querystring: Readonly<Record<string, unknown>>
}

const inWords = `want {"names":[...],"contact":true|false} with 1 to ${httpNamesMax} names of at most ${queryCharsMax} characters`

export const addTypedRoutes = (app: FastifyInstance, asks: Asks, failing: Failing): void => {
  // Who reads makes no contact (RFC 9110 9.2.1): a dashboard that shows a name must not use up its first contact.
  app.get<{ Params: { name: string } }>('/v1/domains/:name', (request, reply) => {
    const { name } = request.params
    const asked = asks.one(nameMeant(name), true, request.raw)
    reply.hijack()
    answerOnce(reply.raw, asked, answer => jsonAnswer(toJsonLine(typed(name, answer))), failing)
  })
  app.post<{ Body: unknown } & Query>('/v1/domains', (request, reply) => {
    const { data } = wanted.safeParse(request.body)
    if (data === undefined) {
      sendError(reply, 400, inWords)
      return
    }
    const isContact = data.contact === true && request.query['peek'] === undefined
    const asked = asks.all(data.names.map(nameMeant), !isContact, request.raw)
    const finish = (answers: readonly NameAnswer[]) =>
      jsonAnswer(toJsonLine({ results: answers.map((answer, i) => typed(data.names[i] ?? '', answer)) }))
    reply.hijack()
    answerOnce(reply.raw, asked, finish, failing)
  })
}
