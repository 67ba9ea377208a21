/**
 * Asks a service over HTTPS for JSON: with a key from a file, within limits of time and size, and never while the server
 * wants to be left alone. No redirect is followed: it would hand the key to whoever it names.
 */
import * as z from 'zod'
import { controlsEscaped } from '../../config/problem.js'
import { serviceBases } from '../../config/schema-services.js'
import { readSmall } from '../../files/files.js'
import { responseBytesMax, serviceKeyBytes, serviceListMax, serviceTextCharsMax } from '../../limits.js'
import type { Network, Way } from '../../lookup/net/addresses.js'
import { type NoPage, type Page, sendRequest } from '../../lookup/net/http-client.js'
import { openPacing } from '../../lookup/pacing/pacing.js'
import type { Pacing } from '../../lookup/pacing/token-bucket.js'
import type { Clock } from '../../time/clock.js'
import {
  type CommandResult,
  type Fact,
  type CommandFacts,
  notStarted,
  type SourceOutcome,
} from '../answer.js'

export interface ServiceOptions {
  /** The data folder, to which paths are relative. */
  readonly dir: string
  readonly network: Network
  /** That of all commands: what a server asks of one holds for the others. */
  readonly pacing: Pacing
  readonly clock: Clock
}

/** `at_once` and `per_minute` of each command are its pace; here is only for how long a server is left alone. */
export const openServicePacing = (clock: Clock): Pacing =>
  openPacing({ clock, paceOf: () => ({ perSecond: 1_000, burst: 1_000, atOnce: 1_000 }) })

/** What a page says, or why it says nothing. */
export type ServiceReading =
  | { readonly kind: 'result'; readonly result: CommandResult }
  | { readonly kind: 'failed'; readonly error: string }

/**
 * How to reach a service where the settings place it, which may be anywhere; or where everybody finds it, which is on the
 * public internet.
 */
export const wayTo = (base: string, { own, strangers }: Network): Way =>
  Object.values<string>(serviceBases).includes(base) ? strangers : own

export interface ServiceRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** How we reach its host. */
  readonly way: Way
  readonly timeoutSeconds: number
  /** Reads an answer with one of these statuses; all others are failures. */
  readonly statuses: readonly number[]
  readonly read: (page: Page) => ServiceReading
}

const seconds = (ms: number): string => `${Math.ceil(ms / 1000)} s`

const whyNoPage = ({ reason }: NoPage, { timeoutSeconds }: ServiceRequest): string => {
  switch (reason) {
    case 'timeout':
      return `it took longer than timeout_seconds: ${timeoutSeconds}`
    case 'answer-too-large':
      return `it answered with more than ${responseBytesMax} bytes`
    case 'malformed-answer':
      return 'its answer has an unknown or broken Content-Encoding'
    case 'private-address':
      return 'its host has no address of the public internet'
    case 'bad-redirect':
      return 'it answered with a redirect, and none is followed'
    case 'network-error':
    case 'rate-limited':
      return 'it cannot be reached'
  }
}

const whyRefused = ({ status, outcome }: Page): string => {
  const pause = outcome.kind === 'busy' ? outcome.retryAfterMs : undefined
  return `it answered with HTTP ${status}${pause === undefined ? '' : `, and asks for a pause of ${seconds(pause)}`}`
}

const understood = (
  request: ServiceRequest,
  result: Awaited<ReturnType<typeof sendRequest>>['result'],
): ServiceReading => {
  if (result.kind === 'redirect')
    return { kind: 'failed', error: 'it answered with a redirect, and none is followed' }
  if (result.kind === 'failed') return { kind: 'failed', error: whyNoPage(result, request) }
  if (!request.statuses.includes(result.status)) return { kind: 'failed', error: whyRefused(result) }
  return request.read(result)
}

/**
 * Asks once.
 *
 * @throws the signal's reason when it aborts
 */
export const askService = async (
  request: ServiceRequest,
  { pacing, clock }: ServiceOptions,
  signal: AbortSignal,
): Promise<SourceOutcome> => {
  const { url, headers, way } = request
  const waitMs = pacing.readyIn(url.host)
  if (waitMs > 0)
    return { kind: 'not-asked', reason: 'busy', why: `${url.host} is left alone for ${seconds(waitMs)} more` }
  const server = pacing.server(url.host)
  const release = await server.acquire(signal)
  const began = clock.now()
  try {
    const options = { headers: { accept: 'application/json', ...headers }, clock, signal }
    const hop = await sendRequest(url, await way.dispatcher(), options, request.timeoutSeconds * 1000)
    if (hop.outcome) server.observe(hop.outcome)
    const answer = understood(request, hop.result)
    const ms = Math.round(Math.max(0, clock.now() - began))
    return answer.kind === 'result'
      ? { kind: 'answered', answer: { result: answer.result, ms }, isKept: true }
      : { kind: 'answered', answer: { result: null, error: answer.error, ms }, isKept: true }
  } finally {
    release()
  }
}

/* Keys */

/** What an HTTP header may hold: RFC 9110 5.5, without blanks at its ends. */
const headerValue = /^[!-~](?:[ -~]*[!-~])?$/

/** Reads a key. @throws Error that names the file, and never its content */
export const readKey = async (path: string): Promise<string> => {
  const key = (await readSmall(path, serviceKeyBytes)).trim()
  if (!headerValue.test(key)) throw new Error(`${path}: not a key: one line of printable ASCII characters`)
  return key
}

/** Asks with the key of a file, which may have changed since the last time. */
export const withKey = async (
  path: string | undefined,
  ask: (key: string | undefined) => Promise<SourceOutcome>,
): Promise<SourceOutcome> => {
  let key: string | undefined
  try {
    key = path === undefined ? undefined : await readKey(path)
  } catch (error) {
    return notStarted(`key_file: ${error instanceof Error ? error.message : String(error)}`)
  }
  return ask(key)
}

/* Answers */

/** A text of others, cut to serviceTextCharsMax, with its control characters escaped. */
export const textFrom = (text: string): string => controlsEscaped(text.slice(0, serviceTextCharsMax))

const scalar = z.union([z.string().transform(textFrom), z.number(), z.boolean(), z.null()])

/** A text, number or boolean of JSON, or a list of them; null for anything else. */
export const factOf = (value: unknown): CommandFacts[string] => {
  if (!Array.isArray(value)) return scalar.safeParse(value).data ?? null
  return value.slice(0, serviceListMax).map((one: unknown): Fact => scalar.safeParse(one).data ?? null)
}

/** Reads JSON of a shape. */
export const shapedJson = <T extends z.ZodType>(schema: T, text: string): z.output<T> | undefined => {
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined // SyntaxError
  }
}

export const noSuchJson: ServiceReading = {
  kind: 'failed',
  error: 'it answered with something else than its JSON',
}

/** A part of a path of a URL, or of its query. Also what encodeURIComponent lets through, and URL escapes here and there. */
export const percentEncoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
