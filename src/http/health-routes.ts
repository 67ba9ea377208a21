/** What monitoring asks: the metrics, whether it lives, and whether it can do its work. */
import type { FastifyInstance } from 'fastify'
import type { Status } from '../status.js'
import type { Failing } from './failing.js'
import { createMetrics } from './metrics.js'
import type { HttpSums } from './options.js'
import { plainText, respond, send } from './send.js'

export const addMetricsRoute = (
  app: FastifyInstance,
  status: () => Status,
  { counts, asks }: HttpSums,
  failing: Failing,
): void => {
  const metrics = createMetrics(status, counts, asks)
  app.get('/metrics', (_, reply) => {
    reply.hijack()
    metrics
      .text()
      .then(text => respond(reply.raw, 200, metrics.contentType, text))
      .catch(failing(reply.raw))
  })
}

export const addHealthRoutes = (app: FastifyInstance, status: () => Status): void => {
  app.get('/healthz', (_, reply) => send(reply, 200, plainText, 'ok\n'))
  app.get('/readyz', (_, reply) => {
    const { problems, warnings } = status()
    const warned = warnings.map(warning => `warning: ${warning}`)
    if (problems.length === 0) send(reply, 200, plainText, lines(['ready', ...warned]))
    else send(reply, 503, plainText, lines([...problems, ...warned]))
  })
}

const lines = (texts: readonly string[]): string => texts.map(text => `${text}\n`).join('')
