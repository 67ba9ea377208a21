/** The paths under `/commands`: the answers of commands that the settings declare, and what is kept of them. */
import type { FastifyInstance } from 'fastify'
import * as z from 'zod'
import { commandRowsMax } from '../limits.js'
import { isoTime, toJsonLine } from '../output/json.js'
import type { CommandOutcome, CommandRefusal, Commands } from '../programs/commands.js'
import { commandAnswerSorts } from '../store/command-answers.js'
import { type Failing, jsonAnswer, RefusedRequest, respondAnswer } from './respond.js'

/* The zod schemas give `/openapi.json`. */

const text = z.union([z.string(), z.number(), z.null()])
const match = z.union([text, z.array(text), z.record(z.string(), text)])
const fact = z.union([text, z.boolean()])
const time = z.iso.datetime()

export const commandAnswer = z.object({
  command: z.string(),
  value: z.string().describe('In its canonical text.'),
  cached: z.boolean(),
  age: z.int().min(0).describe('Seconds since the run.'),
  result: z
    .union([match, z.array(match), z.record(z.string(), z.union([fact, z.array(fact)]))])
    .describe(
      'The output, what the expression took from it, or the facts of a service; null where nothing was found.',
    ),
  encoding: z.literal('base64').optional().describe('The output is no UTF-8.'),
  exit: z
    .int()
    .nullable()
    .optional()
    .describe('The exit code; null if a signal ended the program; not there if none was run.'),
  signal: z.string().optional(),
  error: z.string().optional().describe('Why the run failed.'),
  ms: z.int().min(0).describe('How long it took.'),
})

const count = z.int().min(0)

export const commandList = z.object({
  commands: z.array(
    z.object({ name: z.string(), accepts: z.string().describe('The kind of its values, or an expression.') }),
  ),
})
export const commandStats = z.object({
  command: z.string(),
  ...{ runs: count, failed: count, cached: count, shared: count, refused: count },
  ...{ running: count, waiting: count },
  cache: z.object({ answers: count, bytes: count, hits: count }).describe('What is kept.'),
})
export const commandRows = z.object({
  answers: z.array(
    z.object({
      value: z.string(),
      time: time.describe('When it was asked.'),
      expires: time.optional(),
      count: count.describe('How often the answer was given from the cache.'),
      bytes: count,
    }),
  ),
})
export const commandForgotten = z.object({ removed: z.literal(true) })

const statuses: Readonly<Record<CommandRefusal, number>> = {
  'unknown-command': 404,
  'bad-value': 400,
  busy: 503,
  'not-started': 502,
}

const page = z.object({
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.coerce.number().int().min(0).max(commandRowsMax).default(100),
  sort: z.enum(commandAnswerSorts).default('key'),
})

const found = <T>(answer: T | undefined): T => {
  if (answer === undefined) throw new RefusedRequest(404, 'the settings declare no such command')
  return answer
}

const answerIn = (outcome: CommandOutcome): object => {
  if (outcome.kind === 'answered') return outcome.answer
  throw new RefusedRequest(statuses[outcome.reason], outcome.why)
}

const inWords = `offset and limit (at most ${commandRowsMax}) are whole numbers, sort is one of ${commandAnswerSorts.join(', ')}`

const rowsOf = (commands: Commands, name: string, query: unknown): z.output<typeof commandRows> => {
  const { data } = page.safeParse(query)
  if (data === undefined) throw new RefusedRequest(400, inWords)
  const rows = [...found(commands.kept(name, data.sort, data))]
  return {
    answers: rows.map(({ value, at, expires, hits, bytes }) => ({
      ...{ value, time: isoTime(at), ...(expires !== undefined && { expires: isoTime(expires) }) },
      ...{ count: hits, bytes },
    })),
  }
}

const named = z.object({ name: z.string() })
const asked = z.object({ name: z.string(), '*': z.string() })

interface Asking {
  readonly params: unknown
  readonly query: unknown
}

export const addCommandRoutes = (app: FastifyInstance, commands: Commands, failing: Failing): void => {
  const serve = (
    method: 'GET' | 'DELETE',
    url: string,
    answer: (request: Asking) => object | Promise<object>,
  ) =>
    app.route({
      ...{ method, url },
      handler: ({ params, query }, reply) => {
        reply.hijack()
        const run = async () =>
          respondAnswer(reply.raw, jsonAnswer(toJsonLine(await answer({ params, query }))))
        run().catch(failing(reply.raw))
      },
    })

  serve('GET', '/commands', () => ({
    commands: commands.declared().map(([name, { accepts }]) => ({ name, accepts })),
  }))
  serve('GET', '/commands/:name/stats', ({ params }) => {
    const { name } = named.parse(params)
    return { command: name, ...found(commands.stats(name)) }
  })
  serve('GET', '/commands/:name/cache', ({ params, query }) =>
    rowsOf(commands, named.parse(params).name, query),
  )
  // The value may hold a slash, as a network does.
  serve('GET', '/commands/:name/*', async ({ params }) => {
    const { name, '*': value } = asked.parse(params)
    return answerIn(await commands.ask(name, value))
  })
  serve('DELETE', '/commands/:name/cache/*', ({ params }) => {
    const { name, '*': value } = asked.parse(params)
    if (!found(commands.forget(name, value)))
      throw new RefusedRequest(404, 'nothing is kept about this value')
    return { removed: true }
  })
}
