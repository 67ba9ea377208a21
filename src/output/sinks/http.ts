/**
 * Sinks over HTTP: a POST for each batch. The receiver has the records when it has answered with 2xx.
 *
 * A receiver may take a part of a batch, and it may refuse records for what is in them. When the rest of a batch is sent
 * again, what was taken is left out. What is refused is skipped, but only if the receiver takes other records of the same
 * batch: where it refuses all of them, the mistake is in its settings or ours, and records wait until that is mended.
 */
import { promisify } from 'node:util'
import { gzip as zip } from 'node:zlib'
import { EnvHttpProxyAgent, request } from 'undici'
import {
  sinkAnswerBytesMax,
  sinkPostBytes,
  sinkPostRecordsMax,
  sinkReasonCharsMax,
  sinkRefusedMax,
} from '../../limits.js'
import type { Clock } from '../../time/clock.js'
import { readRetryAfter } from '../../time/retry-after.js'
import { recordIdOf, type HttpProtocol, type RecordVerdict } from './http-protocols.js'
import { RetryLater, type OpenSink, type Sink, type SinkRecord, type SkippedRecords } from './sink.js'
import type { TlsFiles } from './stream.js'

export interface HttpTarget {
  /** http or https. */
  readonly url: string
  readonly files: TlsFiles
  /** Reads the value of the header Authorization, each time anew; undefined if none is sent. */
  readonly readAuthorization: (() => Promise<string>) | undefined
  /** The body is compressed. */
  readonly gzip: boolean
}

/** The address of the API. A path that the operator has copied with its end is left as it is. */
export const endpointOf = (url: string, { path, search }: Pick<HttpProtocol, 'path' | 'search'>): URL => {
  const endpoint = new URL(url)
  if (!endpoint.pathname.endsWith(path)) endpoint.pathname = endpoint.pathname.replace(/\/$/, '') + path
  if (search !== '') endpoint.search = search
  return endpoint
}

interface Answer {
  readonly status: number
  readonly header: (name: string) => string | undefined
  /** At most sinkAnswerBytesMax of it. */
  readonly text: string
  readonly isWhole: boolean
}

const compress = promisify(zip)

/** Reads an answer up to sinkAnswerBytesMax. The rest of a longer one is not waited for. */
const collect = async (body: AsyncIterable<Uint8Array>): Promise<Pick<Answer, 'text' | 'isWhole'>> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > sinkAnswerBytesMax) break // leaving the loop destroys the stream
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, sinkAnswerBytesMax))
  return { text, isWhole: bytes <= sinkAnswerBytesMax }
}

const inOneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, sinkReasonCharsMax)

/** The answer as a reason: its status, and the beginning of its text. */
const reasonOf = ({ status, text, header }: Answer): string => {
  if (status >= 300 && status < 400)
    return inOneLine(
      `${status}, a redirect to ${header('location') ?? 'nowhere'}: put that into url if it is right`,
    )
  return inOneLine(`${status} ${text}`)
}

/** Statuses that are about the records: 400, 413 (too large) and 422. */
const isRefusal = ({ status }: Answer): boolean => status === 400 || status === 413 || status === 422

/** A host with two addresses fails with an AggregateError, which has no message of its own. */
const theOnlyError = (error: unknown): never => {
  throw error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error
}

class HttpSink implements Sink {
  readonly batchBytes = sinkPostBytes
  readonly #target: HttpTarget
  readonly #protocol: HttpProtocol
  readonly #clock: Clock
  readonly #endpoint: URL
  readonly #dispatcher: EnvHttpProxyAgent
  #authorization: string | undefined
  /** The ids that the receiver has taken of the batch that is being sent: a further try leaves them out. */
  readonly #taken = new Set<string>()
  /** The records that it has refused in this try, and why. */
  readonly #refused = new Map<string, string>()

  constructor(target: HttpTarget, protocol: HttpProtocol, clock: Clock) {
    this.#target = target
    this.#protocol = protocol
    this.#clock = clock
    this.#endpoint = endpointOf(target.url, protocol)
    // Behind a proxy (HTTPS_PROXY, NO_PROXY) the files are for the receiver, too, not for the proxy.
    this.#dispatcher = new EnvHttpProxyAgent({
      connect: { ...target.files },
      requestTls: { ...target.files },
    })
  }

  async send(records: readonly SinkRecord[], signal: AbortSignal): Promise<readonly SkippedRecords[]> {
    this.#refused.clear()
    const ids = new Set(records.map(recordIdOf))
    for (const id of this.#taken) if (!ids.has(id)) this.#taken.delete(id)
    const rest = records.filter(record => !this.#taken.has(recordIdOf(record)))
    for (let at = 0; at < rest.length; at += sinkPostRecordsMax)
      await this.#deliver(rest.slice(at, at + sinkPostRecordsMax), signal)
    this.#demandOneTaken()
    this.#taken.clear()
    const { size: count } = this.#refused
    const [reason] = this.#refused.values()
    return reason === undefined ? [] : [{ records: count, reason }]
  }

  /** Sends records, in halves where the receiver refuses them together. */
  async #deliver(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    const answer = await this.#post(records, signal)
    if (isRefusal(answer) && records.length > 1) {
      const half = Math.ceil(records.length / 2)
      await this.#deliver(records.slice(0, half), signal)
      return this.#deliver(records.slice(half), signal)
    }
    let busy: string | undefined
    const verdicts = this.#verdictsOf(answer, records.length)
    for (const [at, record] of records.entries()) {
      const verdict = verdicts[at]
      if (verdict?.kind === 'taken') this.#taken.add(recordIdOf(record))
      else if (verdict?.kind === 'refused') this.#refused.set(recordIdOf(record), inOneLine(verdict.reason))
      else busy ??= inOneLine(verdict?.reason ?? 'no answer')
    }
    if (busy !== undefined) throw new Error(busy)
    // It takes none: this is not about single records.
    if (this.#refused.size >= sinkRefusedMax) this.#demandOneTaken()
  }

  /** @throws Error with the first reason if records were refused, and none was taken */
  #demandOneTaken(): void {
    const [reason] = this.#refused.values()
    if (reason !== undefined && this.#taken.size === 0) throw new Error(reason)
  }

  /** @throws Error, or RetryLater, if the receiver has taken none of them, or nobody knows */
  #verdictsOf(answer: Answer, count: number): readonly RecordVerdict[] {
    const { status, text, isWhole, header } = answer
    const reason = reasonOf(answer)
    if (isRefusal(answer)) return [{ kind: 'refused', reason }]
    if (status < 200 || status > 299) {
      const afterMs = readRetryAfter(header('retry-after'), this.#clock.now())
      throw afterMs === undefined ? new Error(reason) : new RetryLater(reason, afterMs)
    }
    if (!this.#protocol.verdicts) return Array.from({ length: count }, () => ({ kind: 'taken' }))
    if (!isWhole) throw new Error(`the answer is longer than ${sinkAnswerBytesMax} bytes`)
    try {
      return this.#protocol.verdicts(text, count)
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      throw new Error(`the answer is no JSON: ${inOneLine(text)}`, { cause })
    }
  }

  /** Posts records. If the receiver refuses our token and its file holds another one by now, it is sent once more. */
  async #post(records: readonly SinkRecord[], signal: AbortSignal): Promise<Answer> {
    const json = this.#protocol.body(records, this.#clock.now())
    const body = this.#target.gzip ? await compress(json) : json
    const { readAuthorization } = this.#target
    this.#authorization ??= await readAuthorization?.()
    const answer = await this.#request(body, signal)
    if ((answer.status !== 401 && answer.status !== 403) || !readAuthorization) return answer
    const before = this.#authorization
    this.#authorization = await readAuthorization()
    return this.#authorization === before ? answer : this.#request(body, signal)
  }

  async #request(body: string | Buffer, signal: AbortSignal): Promise<Answer> {
    const headers = {
      ...this.#protocol.headers,
      'user-agent': 'domainstats',
      // RFC 9110 12.5.3: without this header a server may use any encoding.
      'accept-encoding': 'identity',
      ...(this.#target.gzip && { 'content-encoding': 'gzip' }),
      ...(this.#authorization !== undefined && { authorization: this.#authorization }),
    }
    const options = { method: 'POST', headers, body, signal, dispatcher: this.#dispatcher } as const
    const response = await request(this.#endpoint, options).catch(theOnlyError)
    const header = (name: string): string | undefined =>
      [response.headers[name] ?? []].flat().join(', ') || undefined
    return { status: response.statusCode, header, ...(await collect(response.body)) }
  }

  /** Each request has its answer by now, or was given up. */
  async close(): Promise<void> {
    await this.#dispatcher.destroy()
  }
}

/** Opens a sink over HTTP. Nothing is connected yet. */
export const openHttpSink =
  (target: HttpTarget, protocol: HttpProtocol, clock: Clock): OpenSink =>
  () =>
    new HttpSink(target, protocol, clock)
