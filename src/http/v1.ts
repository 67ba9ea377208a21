/** The paths under `/v1`: typed JSON with the field names of domainstats.log. */
import type { FastifyInstance } from 'fastify'
import * as z from 'zod'
import type { AskSite } from '../ask/site-counts.js'
import { scoreNames } from '../detect/scores.js'
import { httpNamesMax, queryCharsMax, riskMax } from '../limits.js'
import { nameSkips } from '../model/event.js'
import type { SiteCount } from '../shared/counts.js'
import { type NameAnswer, resemblances } from '../model/record.js'
import { serviceKinds } from '../model/service.js'
import { tagNames } from '../model/tag.js'
import { nameMeant } from '../names/pasted.js'
import { isoTime, toJsonLine } from '../output/json.js'
import type { Asks } from './asks.js'
import { answerOnce, type Failing, jsonAnswer, sendError } from './respond.js'

/* The zod schemas give the types and `/openapi.json`. */

const time = z.iso.datetime()

const scoreMembers = Object.fromEntries(
  [...scoreNames.original, ...scoreNames.ours].map(name => [name, z.number().optional()]),
)

const site = z
  .object({
    queries: z.int().min(0).describe('Queries that all sensors of the site have counted.'),
    queries_here: z.int().min(0).describe('Of these: by this sensor, as the site knows it.'),
    last_seen: time.optional(),
    clients: z.int().min(0).optional().describe('Distinct clients, if any was counted.'),
    clients_estimated: z
      .literal(true)
      .optional()
      .describe('That number is an estimate, or a sensor had more clients than it counts.'),
    sensors: z.int().min(0).describe('Sensors that have seen the domain.'),
  })
  .describe('What the site has counted of the domain; absent if the shared store does not answer in time.')

const known = z
  .object({
    kind: z.literal('known'),
    name: z.string().describe('The name as it was asked.'),
    query: z
      .string()
      .describe(
        'The name in lower case, without a final dot; of a pasted URL or evil[.]com, the host it means.',
      ),
    query_unicode: z.string().optional(),
    domain: z.string().describe('The registered domain, which first contact is kept for.'),
    registrable: z.string().describe('The domain that its registry knows.'),
    category: z.enum(['NEW', 'ESTABLISHED', 'UNKNOWN', 'ERROR', 'PENDING']),
    alerts: z.array(z.string()),
    reason: z.string().optional().describe('Why the category is UNKNOWN or ERROR.'),
    first_contact: z.boolean().describe('Whether this question was the first contact with the domain.'),
    ...scoreMembers,
    registered: time.optional(),
    expires: time.optional(),
    age_days: z.int().min(0).optional(),
    hosted_on: z
      .string()
      .optional()
      .describe('The hoster that gave out the name: it has no registration of its own.'),
    resembles: z.string().optional().describe('The known name that the domain looks like, whatever its age.'),
    resembles_by: z
      .enum(resemblances)
      .optional()
      .describe(
        'How: similar characters, a typing error, the name between hyphens, at the beginning or the end, or below another public suffix.',
      ),
    first_seen: time.optional().describe('First contact.'),
    isc_seen: time.optional().describe('When the ISC first saw the domain.'),
    registered_by: z.string().optional().describe('The source of the date.'),
    tags: z
      .array(z.enum(tagNames))
      .optional()
      .describe('The tags of the name and of those above it, if any.'),
    service: z
      .enum(serviceKinds)
      .optional()
      .describe('The kind of public service that the name belongs to, by the built-in list.'),
    risk: z
      .int()
      .min(0)
      .max(riskMax)
      .describe('What is known of the name in one number, to sort by; it proves nothing.'),
    risk_reasons: z
      .array(z.string())
      .describe('What the risk is made of, the heaviest first: a name and percent.'),
    site: site.optional(),
  })
  .describe('A name below a registered domain.')

const none = z
  .object({
    kind: z.literal('none'),
    name: z.string().describe('The name as it was asked.'),
    reason: z.enum(nameSkips),
  })
  .describe('A name without a registrable domain, or one that is ignored here. It never leaves the machine.')

export const typedAnswer = z.discriminatedUnion('kind', [known, none])
export const typedAnswers = z.object({ results: z.array(typedAnswer).describe('In the order of the names.') })
export const names = z.object({
  names: z.array(z.string().max(queryCharsMax)).min(1).max(httpNamesMax),
  contact: z
    .boolean()
    .optional()
    .describe('Whether each of them is a contact, as a question of a sensor is. Without it nothing is kept.'),
})

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoTime(ms))

/** The latest time that a Date holds (ECMA-262 21.4.1.1): whoever can write to the shared store may say anything. */
const latestTime = 8.64e15

const typedSite = (count: SiteCount): z.output<typeof site> => ({
  ...{ queries: count.queries, queries_here: count.own },
  last_seen: count.last > 0 && count.last <= latestTime ? isoTime(count.last) : undefined,
  clients: count.clients > 0 ? count.clients : undefined,
  clients_estimated: count.areClientsExact || count.clients === 0 ? undefined : true,
  sensors: count.sensors,
})

/** @param name as it was asked @param ofSite what the site has counted, if it was asked */
export const typed = (
  name: string,
  answer: NameAnswer,
  ofSite?: ReadonlyMap<string, SiteCount>,
): z.output<typeof typedAnswer> => {
  if (answer.kind === 'none') return { kind: 'none', name, reason: answer.reason }
  const { query, queryUnicode, domain, registrable, scores, resembles, seenByYou, firstContact } = answer
  const { registeredBy, verdict } = answer
  const count = ofSite?.get(domain)
  return {
    kind: 'known',
    name,
    query,
    query_unicode: queryUnicode,
    domain,
    registrable,
    category: verdict.category,
    alerts: [...verdict.alerts],
    reason: verdict.reason,
    first_contact: firstContact,
    ...scores,
    registered: iso(verdict.registered),
    expires: iso(verdict.expires),
    age_days: verdict.ageDays,
    hosted_on: verdict.hostedOn,
    resembles: resembles?.name,
    resembles_by: resembles?.how,
    first_seen: iso(seenByYou),
    isc_seen: iso(verdict.seenByIsc),
    registered_by: registeredBy,
    ...(verdict.tags.length > 0 && { tags: [...verdict.tags] }),
    service: answer.service,
    risk: verdict.risk,
    risk_reasons: [...verdict.riskReasons],
    site: count && typedSite(count),
  }
}

interface Query {
  Querystring: Readonly<Record<string, unknown>>
}

const inWords = `want {"names":[...],"contact":true|false} with 1 to ${httpNamesMax} names of at most ${queryCharsMax} characters`

/** Answers, with the counts of the site where they were asked for. */
interface Sited<T> {
  readonly answers: T
  readonly ofSite: ReadonlyMap<string, SiteCount> | undefined
}

const domainsOf = (answers: readonly NameAnswer[]): string[] => [
  ...new Set(answers.flatMap(answer => (answer.kind === 'known' ? [answer.domain] : []))),
]

/** @param askSite undefined: this sensor shares no counts */
export const addTypedRoutes = (
  app: FastifyInstance,
  asks: Asks,
  failing: Failing,
  askSite?: (domains: readonly string[]) => ReturnType<AskSite>,
): void => {
  /** A question costs the shared store a command for each name, so it is asked only with `?site`. */
  const sited = <T>(
    asked: Promise<T> | undefined,
    query: Query['Querystring'],
    all: (answers: T) => readonly NameAnswer[],
  ): Promise<Sited<T>> | undefined => {
    const isWanted = query['site'] !== undefined && askSite !== undefined
    return asked?.then(async answers => ({
      answers,
      ofSite: isWanted ? await askSite(domainsOf(all(answers))) : undefined,
    }))
  }

  // GET is safe (RFC 9110 9.2.1): a dashboard that shows a name must not use up its first contact.
  app.get<{ Params: { name: string } } & Query>('/v1/domains/:name', (request, reply) => {
    const { name } = request.params
    const asked = asks.one(nameMeant(name), true, request.raw)
    reply.hijack()
    const finish = ({ answers, ofSite }: Sited<NameAnswer>) =>
      jsonAnswer(toJsonLine(typed(name, answers, ofSite)))
    answerOnce(
      reply.raw,
      sited(asked, request.query, answer => [answer]),
      finish,
      failing,
    )
  })
  app.post<{ Body: unknown } & Query>('/v1/domains', (request, reply) => {
    const { data } = names.safeParse(request.body)
    if (data === undefined) {
      sendError(reply, 400, inWords)
      return
    }
    const isContact = data.contact === true && request.query['peek'] === undefined
    const asked = asks.all(data.names.map(nameMeant), !isContact, request.raw)
    const finish = ({ answers, ofSite }: Sited<readonly NameAnswer[]>) =>
      jsonAnswer(
        toJsonLine({ results: answers.map((answer, i) => typed(data.names[i] ?? '', answer, ofSite)) }),
      )
    reply.hijack()
    answerOnce(reply.raw, sited(asked, request.query, all => all), finish, failing) // prettier-ignore
  })
}
