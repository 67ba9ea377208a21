/** The commands of the ISC API of domain_stats 1.x: CONFIG, STATUS and QUERY of a client that is known. */
import * as z from 'zod'
import { iscVersionCharsMax } from '../limits.js'
import { asciiOnly, isProhibited, readProhibited } from '../lookup/isc/responses.js'
import type { IscClient, IscClientStatus } from '../model/isc-client.js'
import type { NameAnswer } from '../model/record.js'
import { nameOfText } from '../names/canonical.js'
import type { Reducer } from '../names/psl.js'
import type { Store } from '../store/store.js'
import type { Clock } from '../time/clock.js'
import {
  deniedAnswer,
  iscJson,
  type IscQueryAnswer,
  isWhole,
  knownAnswer,
  unaskableAnswer,
} from './isc-answers.js'
import { type JsonAnswer, RefusedRequest } from './respond.js'

/** The settings of the section `isc_server` that answers depend on. */
export interface IscTerms {
  readonly min_software_version: string
  readonly min_database_version: string
  readonly prohibited_tlds: readonly string[]
  readonly interval_minutes: number
  readonly per_minute: number
  readonly first_contact_clients: number
}

export type IscStore = Pick<Store, 'isc' | 'iscChanges' | 'iscAskers'>

export interface IscCommandOptions {
  readonly terms: IscTerms
  readonly store: IscStore
  readonly reduce: Reducer['reduce']
  /** Asks for a domain, as a contact. Undefined where too many questions wait already. */
  readonly ask: (domain: string) => Promise<NameAnswer> | undefined
  readonly clock: Clock
}

export type IscCommandName = 'config' | 'status' | 'query'

/** What came of a command, for `/metrics`: `ok`, `denied`, or of a QUERY the category of the domain. */
export interface IscResult {
  readonly command: IscCommandName
  readonly result: string
  readonly answer: JsonAnswer
  /** To be called when the client has the answer. */
  readonly onSent?: () => void
}

/* What a client sends */

const version = z
  .union([z.string(), z.number()])
  .transform(text => asciiOnly(String(text), iscVersionCharsMax))
  .optional()
  .catch(undefined)
const counts = (most: number) => z.array(z.number().nonnegative()).max(most).catch([])

/** Odd members are left out: a STATUS is for the operator to read, and no reason to turn a sensor away. */
const status = z.object({
  client_version: version,
  database_version: version,
  cache_efficiency: counts(3),
  database_efficiency: counts(2),
})
const query = z.object({ domain: z.string().min(1) })
const command = z.looseObject({
  command: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['config', 'status', 'query'])),
})

const malformed = () =>
  new RefusedRequest(400, 'the body is no command: config, status, or query with a domain')

/* Answers */

const configOf = (terms: IscTerms): JsonAnswer =>
  iscJson({
    min_software_version: terms.min_software_version,
    // The client that came with the specification reads this name, and one that follows its example the one below.
    min_client_version: terms.min_software_version,
    min_database_version: terms.min_database_version,
    prohibited_tlds: terms.prohibited_tlds,
    prohitited_tlds: terms.prohibited_tlds, // sic
  })

/** Opens the commands. `answer` throws RefusedRequest for a body that is none, and where too many questions wait. */
export const openIscCommands = ({ terms, store, reduce, ask, clock }: IscCommandOptions) => {
  const config = configOf(terms)
  const prohibited = readProhibited(terms.prohibited_tlds)
  const { first_contact_clients: k } = terms

  const statusOf = (client: IscClient, body: unknown): IscResult => {
    const { data } = status.safeParse(body)
    if (!data) throw malformed()
    const told: IscClientStatus = {
      ...{ software: data.client_version, database: data.database_version },
      ...{ cache: data.cache_efficiency, databaseHits: data.database_efficiency, at: clock.now() },
    }
    store.iscChanges.putStatus(client.number, told)
    const answer = iscJson({ interval: terms.interval_minutes, deny_client: client.denied ?? '' })
    return { command: 'status', result: client.denied === undefined ? 'ok' : 'denied', answer }
  }

  const error = (result: string, answer: IscQueryAnswer): IscResult => ({
    ...{ command: 'query', result, answer: iscJson(answer) },
  })

  const queryOf = async (client: IscClient, body: unknown): Promise<IscResult> => {
    const { data } = query.safeParse(body)
    if (!data) throw malformed()
    if (client.denied !== undefined) return error('denied', deniedAnswer(client.denied))
    const reduced = reduce(nameOfText(data.domain))
    if (typeof reduced === 'string') return error('no-name', unaskableAnswer(reduced))
    if (isProhibited(reduced.name, prohibited)) return error('prohibited', unaskableAnswer('prohibited-tld'))
    const { domain } = reduced
    // The domain alone: what the client asked below it is nobody's business.
    const contact = store.iscAskers.contact(domain, client.number, k, clock.now())
    const asked = ask(domain)
    if (asked === undefined) throw new RefusedRequest(503, 'too many questions at once')
    const answer = await asked
    if (answer.kind === 'none') return error('no-name', unaskableAnswer(answer.reason))
    const { registered, expires, category } = answer.verdict
    const alerts = store.isc.alertsOf(domain)
    const told = { contact, clients: k, alerts, now: clock.now() }
    return {
      ...{ command: 'query', result: category },
      answer: iscJson(knownAnswer(answer, told), registered === undefined || expires !== undefined),
      ...(contact.isFirst &&
        isWhole(answer) && {
          onSent: () => store.iscAskers.told(domain, client.number, clock.now()),
        }),
    }
  }

  return {
    /** @param body JSON, unchecked */
    answer: async (client: IscClient, body: unknown): Promise<IscResult> => {
      const { data } = command.safeParse(body)
      if (!data) throw malformed()
      if (data.command === 'config') return { command: 'config', result: 'ok', answer: config }
      return data.command === 'status' ? statusOf(client, body) : await queryOf(client, body)
    },
  }
}
