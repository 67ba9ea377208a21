/**
 * Counts the clients that ask for a domain, in the domain's row. `clients.record` holds here, too: with `prefix` a network
 * counts as one client, and with `none` no client is counted.
 */
import type { Draft } from '../detect/suppression.js'
import { addressBytes, addressText } from '../names/address.js'
import { clientFieldsAs, type ClientRecord } from '../names/client-address.js'
import { clientsIn, withClient } from '../model/client-sketch.js'
import type { Question } from './question.js'

/** A client that the skim saw for the first time with a name. */
export interface NotedClient {
  readonly name: string
  readonly domain: string
  /** As the log has it. */
  readonly client: string
  /** How many questions of its batch came before it. */
  readonly behind: number
}

/** What a record says of the clients: see Facts in model/record.ts. */
export interface ClientsSeen {
  readonly clients?: number | undefined
  readonly clientFirst?: true | undefined
}

const nobody: ClientsSeen = {}

/** In place of hashes: more than clientsExactMax have asked. Nobody needs to know how many of a thousand there are. */
const many = Buffer.of(0)

/** Whether a domain has so few clients that each is counted. */
export const hasFewClients = ({ clients }: Pick<Draft, 'clients'>): boolean =>
  clients === null || clients.length > many.length

/**
 * The client of a question, by which it is counted; undefined if it is not known, or may not be. Sensors write IPv6 addresses
 * in more than one form.
 *
 * @param text as the log has it
 */
export const clientKey = (text: string | undefined, record: ClientRecord): string | undefined => {
  const { origHost } = clientFieldsAs(record, { origHost: text })
  const bytes = origHost?.includes(':') ? addressBytes(origHost) : undefined
  return bytes ? addressText(bytes) : origHost
}

/** How many clients have asked for a domain; undefined if none is known, and beyond clientsExactMax. */
export const clientCountOf = (domain: Pick<Draft, 'clients'> | undefined): number | undefined =>
  domain === undefined || domain.clients === null || !hasFewClients(domain)
    ? undefined
    : clientsIn(domain.clients).count

export class ClientCounts {
  readonly #record: ClientRecord
  readonly #hash: (client: string) => number

  /** @param hash of a client, as the store has it */
  constructor(record: ClientRecord, hash: (client: string) => number) {
    this.#record = record
    this.#hash = hash
  }

  /** The client of a question, by which it is counted. A client of the HTTP port asks for others. */
  keyOf({ event, source }: Question): string | undefined {
    return source === 'log' ? clientKey(event.origHost, this.#record) : undefined
  }

  /** Counts the client of a question from a log. @param client as keyOf gives it */
  see(domain: Draft, { source }: Question, client: string | undefined): ClientsSeen {
    if (source !== 'log') return nobody
    const before = domain.clients
    this.#add(domain, client)
    const clients = clientCountOf(domain)
    if (clients === undefined) return nobody
    return { clients, clientFirst: (before !== null && domain.clients !== before) || undefined }
  }

  /** Counts a client that the skim noted. @param text as the log has it */
  note(domain: Draft, text: string): void {
    this.#add(domain, clientKey(text, this.#record))
  }

  #add(domain: Draft, client: string | undefined): void {
    if (client === undefined || !hasFewClients(domain)) return
    const clients = withClient(domain.clients, this.#hash(client))
    domain.clients = clientsIn(clients).isExact ? clients : many
  }
}
