/** `/pdns/top`, `subdomains`, `new`, `unanswered`, `near` and `tags`: what the commands of `domainstats pdns` and `tag list` print. */
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { pdnsDaysDefault, pdnsTopDefault } from '../limits.js'
import type { Tag } from '../model/tag.js'
import { unmappedAddress } from '../names/address.js'
import {
  levelLine,
  newNamesLine,
  topAddressLine,
  topDomainLine,
  topNameLine,
  unansweredLine,
} from '../transfer/pdns-count-lines.js'
import {
  mostUnanswered,
  newNames,
  subdomainLevels,
  topAddresses,
  topDomains,
  topNames,
} from '../transfer/pdns-counts.js'
import { nearLine } from '../transfer/pdns-near.js'
import { tagLine } from '../transfer/tag-lines.js'
import type { HttpOptions, PassiveDns } from './options.js'
import {
  nearParameters,
  newParameters,
  readParameters,
  tagParameters,
  topParameters,
  unansweredParameters,
} from './pdns-parameters.js'
import { type Failing, ndjson, RefusedRequest, respond, respondError } from './respond.js'
import type { Searches } from './searches.js'

/** Lines that come all at once, behind steps that yield nothing. */
function* linesOf<Row>(
  steps: Generator<unknown, readonly Row[]>,
  lineOf: (row: Row) => string,
): Generator<readonly string[], void> {
  for (let next = steps.next(); ; next = steps.next()) {
    if (next.done === true) {
      yield next.value.map(lineOf)
      return
    }
    yield []
  }
}

function* tagLines(pages: Iterable<readonly Tag[]>): Generator<readonly string[], void> {
  for (const page of pages) yield page.map(tagLine)
}

const addressOf = z.object({ address: z.string() })
const domainOf = z.object({ domain: z.string() })

type Count = (request: FastifyRequest, pdns: PassiveDns) => Iterable<readonly string[]>

const top: Count = ({ query }, { counts, reduce }) => {
  const { by, limit = pdnsTopDefault } = readParameters(topParameters, query)
  switch (by) {
    case 'addresses':
      return linesOf(topAddresses(counts, limit), topAddressLine)
    case 'names':
      return linesOf(topDomains(counts, reduce, limit), topDomainLine)
    case 'questions':
    case 'clients':
      return linesOf(topNames(counts, by, limit), topNameLine)
  }
}

const unanswered: Count = ({ query }, { counts }) => {
  const { rcode, limit = pdnsTopDefault } = readParameters(unansweredParameters, query)
  return linesOf(mostUnanswered(counts, rcode, limit), unansweredLine)
}

export const addPdnsCountRoutes = (
  app: FastifyInstance,
  { clock }: Pick<HttpOptions, 'clock'>,
  pdns: PassiveDns,
  searches: Searches,
  failing: Failing,
): void => {
  const answer = async (response: ServerResponse, pages: Iterable<readonly string[]>): Promise<void> => {
    const lines: string[] = []
    const take = (some: readonly string[]) => lines.push(...some) > 0
    const end = await searches.run(response, { pages, offset: 0, limit: Infinity, take })
    if (end === undefined) respondError(response, 503, 'too many searches at once')
    else if (end === 'time') respondError(response, 503, 'the count took too long')
    else respond(response, 200, ndjson, lines.join(''))
  }
  const serve = (
    path: string,
    count: (request: FastifyRequest) => Iterable<readonly string[]> | Promise<Iterable<readonly string[]>>,
  ) =>
    app.get(path, (request, reply) => {
      reply.hijack()
      const run = async () => answer(reply.raw, await count(request))
      run().catch(failing(reply.raw))
    })

  serve('/pdns/top', request => top(request, pdns))
  serve('/pdns/unanswered', request => unanswered(request, pdns))
  serve('/pdns/new', ({ query }) => {
    const { days = pdnsDaysDefault } = readParameters(newParameters, query)
    return linesOf(newNames(pdns.counts, days, clock.now()), newNamesLine)
  })
  serve('/pdns/tags', ({ query }) => tagLines(pdns.tags(readParameters(tagParameters, query).tag)))
  serve('/pdns/near/:address', ({ params, query }) => {
    const address = unmappedAddress(addressOf.parse(params).address)
    if (!address) throw new RefusedRequest(400, 'no address')
    const { tag, limit = pdnsTopDefault } = readParameters(nearParameters, query)
    return linesOf(pdns.near({ address, tag, limit }), nearLine)
  })
  serve('/pdns/subdomains/:domain', async ({ params }) => {
    const { domain } = domainOf.parse(params)
    const question = await pdns.readQuestion(domain.replace(/^\*\./, ''))
    if (typeof question === 'string' || question.kind !== 'name')
      throw new RefusedRequest(400, 'no domain name')
    return linesOf(subdomainLevels(pdns.counts, question.names), levelLine)
  })
}
