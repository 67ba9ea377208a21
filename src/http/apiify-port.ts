/**
 * The port that answers as APIify does (github.com/MarkBaggett/apiify), for one command: `/VALUE`, `/stats`, `/cache`,
 * `/save` and `/delete/KEY`, all by GET. Who may ask is decided as for the HTTP port; behind that the rules of commands hold.
 */
import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import process from 'node:process'
import { commandRowsMax } from '../limits.js'
import type { Commands } from '../programs/commands.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { apiifyBody, apiifyCache, apiifyError, apiifyHelp, apiifyStats } from './apiify-answers.js'
import { clientsOf } from './clients.js'
import { createGate, guarded, knowsOne, pathOf } from './gate.js'
import type { HttpCounts, HttpLimits } from './options.js'
import { commonHeaders, createFailing, respondError } from './respond.js'
import { addressOf, closeServer, createLimitedServer, httpLimits } from './server.js'

export interface ApiifyPortOptions {
  readonly host: string
  /** Names of this machine, besides localhost, that a Host header may have. */
  readonly hosts: readonly string[]
  /** 0 for any. */
  readonly port: number
  /** The name of the command that it asks. */
  readonly command: string
  readonly commands: Pick<Commands, 'ask' | 'declared' | 'forget' | 'kept' | 'stats'>
  readonly token?: string | undefined
  readonly allow: readonly string[]
  /** Counts requests with those of another port, whose `/metrics` shows them. */
  readonly counts?: HttpCounts | undefined
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly signal: AbortSignal
  /** For tests: shorter than those of limits.ts. */
  readonly limits?: Partial<HttpLimits>
}

export interface ApiifyPort {
  /** `http://127.0.0.1:8000` */
  readonly address: string
  /** Accepts no more requests and answers those that wait; connections still open after `httpStopMs` are cut. */
  readonly close: () => Promise<void>
}

/** As urllib's unquote_plus. Undefined for what is no UTF-8. */
const unquoted = (path: string): string | undefined => {
  try {
    return decodeURIComponent(path.replaceAll('+', ' '))
  } catch {
    return undefined // URIError: the only one that it throws
  }
}

const deletion = '/delete/'

/** All but what only reads: values, which start the program, and deletions. */
const acts = /^(?!\/(?:stats|cache|save|favicon\.ico|robots\.txt)?$)/

/** What browsers and crawlers ask for by themselves: no value. */
const unasked = new Set(['/favicon.ico', '/robots.txt'])

/** The answers to paths. */
const answering = ({ command, commands }: ApiifyPortOptions, address: () => string) => {
  const settings = commands.declared().find(([name]) => name === command)?.[1]
  if (!settings) throw new Error(`apiify.command: ${command} is none of the commands`)
  const findsAll = 'argv' in settings && settings.result?.all === true
  const bodyOf = (answer: Parameters<typeof apiifyBody>[0]) => apiifyBody(answer, command, findsAll)

  const ask = async (value: string): Promise<string | Buffer> => {
    const outcome = await commands.ask(command, value)
    if (outcome.kind === 'refused') return apiifyError(`${command}: ${outcome.why}`)
    return bodyOf(outcome.answer)
  }
  const remove = (key: string): string =>
    commands.forget(command, key) === true ? `Deleted entry ${key}` : 'Entry not found in cache.'
  const stats = (): string => {
    const sums = commands.stats(command)
    return sums ? apiifyStats(sums, process.resourceUsage().maxRSS) : ''
  }

  return (path: string | undefined): string | Buffer | Promise<string | Buffer> => {
    if (path === undefined) return apiifyError('the path is not percent-encoded UTF-8')
    if (path === '/') return apiifyHelp(address())
    if (path === '/stats') return stats()
    if (path === '/cache')
      return apiifyCache(commands.kept(command, 'count', { offset: 0, limit: commandRowsMax }) ?? [], bodyOf)
    if (path === '/save') {
      // Answers are in the database when they are given; only the counts of their use are still in memory.
      commands.stats(command)
      return 'The cache has been committed to disk.'
    }
    return path.startsWith(deletion) ? remove(path.slice(deletion.length)) : ask(path.slice(1))
  }
}

const respondText = (response: ServerResponse, body: string | Buffer): void => {
  response.writeHead(200, {
    // Without a charset, as APIify sends it: the output of a program has any.
    ...commonHeaders('text/plain'),
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

const listenerOf = (options: ApiifyPortOptions, address: () => string): RequestListener => {
  const { host, hosts, token, counts, telemetry, signal } = options
  const gate = createGate({
    ...{ host, hosts, posts: [], acts, isOpen: () => false },
    knows: token === undefined ? undefined : knowsOne(token),
    clients: clientsOf(options),
  })
  const answer = answering(options, address)
  const failing = createFailing(telemetry, signal)
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = unquoted(pathOf(request))
    // APIify has no HEAD; one must neither run a program nor forget an answer.
    if (request.method !== 'GET')
      respondError(response, 405, 'this path does not take that method', { allow: 'GET' })
    else if (path !== undefined && unasked.has(path))
      respondError(response, 404, 'there is nothing at this path')
    else respondText(response, await answer(path))
  }
  return guarded(
    gate,
    counts ?? { requests: 0, refused: new Map() },
    telemetry,
    (request, response) => void route(request, response).catch(failing(response)),
  )
}

/**
 * Opens the port. Close the commands first: then a question that waits for a program is answered that the server stops.
 *
 * @throws Error if the port cannot be bound, there is no such command, or an entry of `allow` is not a network
 */
export const openApiifyPort = async (options: ApiifyPortOptions): Promise<ApiifyPort> => {
  const { host, port, clock, telemetry } = options
  const limits = { ...httpLimits, ...options.limits }
  let address = ''
  const { server, onClientError } = createLimitedServer(
    limits,
    telemetry,
    listenerOf(options, () => address),
  )
  server.on('clientError', onClientError)
  server.listen(port, host)
  await once(server, 'listening')
  address = addressOf(server)
  telemetry({ kind: 'apiify-opened', address, command: options.command })
  if (clientsOf(options).unguarded) telemetry({ kind: 'http-unguarded', address })
  return {
    address,
    close: () => closeServer(server, clock),
  }
}
