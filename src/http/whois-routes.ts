/** The paths of domain_stats 0.x: `/domain/<field,…>/<name>`, `/created/<name>` and `/alexa/<name>`. */
import type { FastifyInstance } from 'fastify'
import * as z from 'zod'
import type { WhoisRecords } from '../ask/whois-records.js'
import { toJsonLine } from '../output/json.js'
import { readFields, whoisJson, whoisText, whyNoRecord, wrongIn, type AskedField } from './whois-answers.js'
import { type Failing, plainText, RefusedRequest, respond, respondJson } from './respond.js'
import type { ServerResponse } from 'node:http'

/** Full records, for the service `whois`. */
export interface WhoisService {
  /** Undefined where no registry is asked. */
  readonly records: Pick<WhoisRecords, 'ask'> | undefined
  /** The place of a name's domain in the imported list of the most asked ones; undefined if it is not there. */
  readonly rankOf: (name: string) => number | undefined
}

const asked = z.object({
  params: z.object({ '*': z.string() }),
  query: z.object({ text: z.unknown().optional() }),
})

/** The name is the last part of the path; fields stand before it, between commas or, as in 0.x, slashes. */
const partsOf = (path: string): { readonly name: string; readonly fields: readonly string[] } => {
  const at = path.lastIndexOf('/')
  return { name: path.slice(at + 1), fields: at === -1 ? [] : path.slice(0, at).split('/') }
}

export const addWhoisRoutes = (
  app: FastifyInstance,
  { records, rankOf }: WhoisService,
  failing: Failing,
): void => {
  const answer = async (
    response: ServerResponse,
    name: string,
    fields: readonly AskedField[],
    asText: boolean,
  ): Promise<void> => {
    if (records === undefined) throw new RefusedRequest(404, 'no registry is asked: see mode')
    const outcome = await records.ask(name)
    if (outcome.kind === 'record') {
      const rank = rankOf(name)
      if (asText) respond(response, 200, plainText, whoisText(outcome, rank, fields))
      else respondJson(response, toJsonLine(whoisJson(outcome, rank, fields)))
      return
    }
    const { status, why } = whyNoRecord(outcome)
    // domain_stats 0.x had one status for all.
    if (asText && outcome.kind === 'absent') respond(response, 200, plainText, why)
    else throw new RefusedRequest(status, why)
  }
  const serve = (
    path: string,
    work: (response: ServerResponse, path: string, asText: boolean) => Promise<void> | void,
  ): void => {
    app.get(path, ({ params, query }, reply) => {
      const { params: { '*': rest }, query: { text } } = asked.parse({ params, query }) // prettier-ignore
      reply.hijack()
      const run = async () => work(reply.raw, rest, text !== undefined)
      run().catch(failing(reply.raw))
    })
  }

  serve('/domain/*', (response, path, asText) => {
    const { name, fields } = partsOf(path)
    const wanted = readFields(fields)
    const wrong = asText && wanted !== undefined ? undefined : wrongIn(wanted)
    if (wanted === undefined || wrong !== undefined) throw new RefusedRequest(400, wrong ?? '')
    return answer(response, name, wanted, asText)
  })
  serve('/created/*', (response, name, asText) =>
    answer(response, name, readFields(['creation_date']) ?? [], asText),
  )
  // A number is JSON, and what 0.x wrote as text; so is the 0 of a domain that is not in the list.
  serve('/alexa/*', (response, name) => {
    respondJson(response, String(rankOf(name) ?? 0))
  })
}
