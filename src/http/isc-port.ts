/**
 * The port of the ISC server: `POST /isc` takes the commands of the ISC API of domain_stats 1.x, `/lists/` serves lists of
 * registrations, `/healthz` says that it is there. Nothing else is: what a hub knows of its clients is no client's business.
 */
import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { iscBodyBytesMax } from '../limits.js'
import { parseJson } from '../lookup/rdap/response.js'
import type { IscClient } from '../model/isc-client.js'
import type { AskName, NameAnswer } from '../model/record.js'
import type { Reducer } from '../names/psl.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { isLoopback } from './clients.js'
import { createGate, pathOf, respondRefusal, tokenDigest } from './gate.js'
import { ClientSums, CommandRates } from './isc-clients.js'
import { type IscCommandName, type IscStore, type IscTerms, openIscCommands } from './isc-commands.js'
import { listsPath, respondList } from './isc-lists.js'
import type { HttpLimits } from './options.js'
import { createFailing, plainText, RefusedRequest, respond, respondAnswer, respondError } from './respond.js'
import {
  addressOf,
  closeServer,
  createLimitedSecureServer,
  createLimitedServer,
  httpLimits,
  type TlsIdentity,
} from './server.js'

export interface IscPortOptions {
  readonly host: string
  /** 0 for any. */
  readonly port: number
  /** Undefined: plain HTTP. */
  readonly tls: TlsIdentity | undefined
  readonly terms: IscTerms
  /** The folder of lists, absolute; undefined: there are none. */
  readonly lists: string | undefined
  readonly store: IscStore
  readonly reduce: Reducer['reduce']
  readonly askName: AskName
  /** How long a QUERY waits for a registry, in ms. */
  readonly waitMs: number
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Ends the waits of questions. */
  readonly signal: AbortSignal
  /** For tests: shorter than those of limits.ts. */
  readonly limits?: Partial<HttpLimits>
}

export interface IscPort {
  /** `http://127.0.0.1:5731` */
  readonly address: string
  /** Takes another certificate for connections from now on. @throws Error if it is none, or not that of its key */
  readonly renew: (tls: TlsIdentity) => void
  /** Accepts no more requests and answers those that wait; connections still open after `httpStopMs` are cut. */
  readonly close: () => Promise<void>
}

/** The second for a client that was told to ask `/isc/`, the last for one that was given only host and port. */
const commandPaths = ['/isc', '/isc/', '/']

/** The body of a request as text. @throws RefusedRequest for one that is too large; Error if the client goes */
const readBody = async (request: IncomingMessage, telemetry: Telemetry): Promise<string> => {
  const chunks: Buffer[] = []
  let bytes = 0
  // A request that is destroyed takes the connection with it, on which the client is to be told why.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > iscBodyBytesMax) {
      telemetry({ kind: 'limit-reached', limit: 'iscBodyBytesMax', count: 1 })
      throw new RefusedRequest(413, 'the body is too large')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Asks for domains, as contacts, and bounds how many questions wait. Undefined where too many do. */
const openAsk = ({ askName, waitMs, telemetry, signal, limits }: IscPortOptions) => {
  const { asksMax } = { ...httpLimits, ...limits }
  // Which client asks is written nowhere: neither in the records, nor in the counts of clients of a domain.
  const asking = { peek: false, lookup: true, source: 'http', client: undefined, waitMs } as const
  let underWay = 0
  return (domain: string): Promise<NameAnswer> | undefined => {
    if (underWay >= asksMax) {
      telemetry({ kind: 'limit-reached', limit: 'httpAsksMax', count: 1 })
      return undefined
    }
    underWay += 1
    return askName(domain, asking, signal).finally(() => (underWay -= 1))
  }
}

/** Answers commands of clients that are known, by their rates, and notes what they did. */
const openAnswering = (options: IscPortOptions, sums: ClientSums, count: Count) => {
  const { terms, clock, telemetry } = options
  const commands = openIscCommands({ ...options, ask: openAsk(options) })
  const rates = new CommandRates()

  const answer = async (client: IscClient, request: IncomingMessage, response: ServerResponse) => {
    const { command, result, answer, onSent } = await commands.answer(
      client,
      parseJson(await readBody(request, telemetry)),
    )
    count(command, result)
    const now = clock.now()
    sums.add(client, result === 'denied' ? 'refused' : command === 'query' ? 'queries' : 'other', now)
    if (command === 'status') sums.write(now)
    if (onSent) response.once('finish', reporting(onSent, telemetry))
    respondAnswer(response, answer)
  }

  return async (client: IscClient, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const waitMs = rates.take(client.number, client.perMinute ?? terms.per_minute, clock.now())
    try {
      if (waitMs > 0) throw new RefusedRequest(429, 'more commands than your rate allows')
      await answer(client, request, response)
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error
      sums.add(client, 'refused', clock.now())
      count('none', String(error.status))
      const retry = waitMs > 0 ? { 'retry-after': String(Math.ceil(waitMs / 1000)) } : {}
      respondError(response, error.status, error.message, retry)
    }
  }
}

type Count = (command: IscCommandName | 'list' | 'none', result: string) => void

/** The response is sent by now: a failure can only be reported. */
const reporting = (work: () => void, telemetry: Telemetry) => (): void => {
  try {
    work()
  } catch (error) {
    telemetry({ kind: 'http-failed', error: String(error) })
  }
}

const openListener = (options: IscPortOptions, sums: ClientSums): RequestListener => {
  const { host, lists, store, telemetry, signal } = options
  const count: Count = (command, result) => telemetry({ kind: 'isc-asked', command, result })
  const answer = openAnswering(options, sums, count)
  const failing = createFailing(telemetry, signal)
  const clients = new WeakMap<IncomingMessage, IscClient>()
  const gate = createGate({
    ...{ host, hosts: undefined, posts: commandPaths },
    clients: { answers: () => true, all: true, unguarded: false },
    // What older clients load lists with sends no token.
    isOpen: path => path === '/healthz' || path.startsWith(listsPath),
    knows: (token, request) => {
      const client = token === '' ? undefined : store.isc.clientOf(tokenDigest(token))
      if (client) clients.set(request, client)
      return client !== undefined
    },
  })
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = gate(request)
    const path = pathOf(request)
    const client = clients.get(request)
    if (refusal) {
      count('none', refusal.reason)
      respondRefusal(response, refusal, telemetry)
    } else if (client && commandPaths.includes(path)) await answer(client, request, response)
    else if (path.startsWith(listsPath))
      count('list', String(await respondList(response, lists, path.slice(listsPath.length))))
    else if (path === '/healthz') respond(response, 200, plainText, 'ok\n')
    else respondError(response, 404, 'there is nothing at this path')
  }
  return (request, response) => {
    route(request, response).catch((error: unknown) => {
      // The client has gone in the middle of its body, or of a list: nobody waits for an answer.
      if (request.socket.destroyed) response.destroy()
      else failing(response)(error)
    })
  }
}

/**
 * Opens the port. When the signal aborts, questions stop waiting; only `close` closes the port.
 *
 * @throws Error if the port cannot be bound, or the certificate is none
 */
export const openIscPort = async (options: IscPortOptions): Promise<IscPort> => {
  const { host, port, tls, store, telemetry, clock } = options
  const onFailed = (error: unknown) => telemetry({ kind: 'http-failed', error: String(error) })
  const sums = new ClientSums(store, clock.now(), onFailed)
  const listener = openListener(options, sums)
  const limits = { ...httpLimits, ...options.limits }
  const secure = tls && createLimitedSecureServer(tls, limits, telemetry, listener)
  const { server, onClientError } = secure ?? createLimitedServer(limits, telemetry, listener)
  server.on('clientError', onClientError)
  server.listen(port, host)
  await once(server, 'listening')
  const address = addressOf(server, tls ? 'https' : 'http')
  telemetry({ kind: 'isc-opened', address })
  if (!tls && !isLoopback(host)) telemetry({ kind: 'isc-unencrypted', address })

  return {
    address,
    renew: identity => secure?.server.setSecureContext(identity),
    close: async () => {
      await closeServer(server, clock)
      sums.write(clock.now())
    },
  }
}
