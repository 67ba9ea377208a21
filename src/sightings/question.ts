/** A question: an event whose name gets a verdict, from a line of a log or from a client. And the ids of records. */
import { hash } from 'node:crypto'
import { fieldCharsMax } from '../limits.js'
import type { Event } from '../model/event.js'
import type { Asking, Burst, Facts, QuestionSource } from '../model/record.js'
import { clientFieldsAs, type ClientRecord } from '../names/client-address.js'
import type { Reduced } from '../names/psl.js'
import { serviceOf } from '../names/services.js'
import { answeredMore, type Response } from './response.js'

export interface Question {
  readonly event: Event
  /** The query in A-labels: its next records are suppressed. */
  readonly name: string
  readonly domain: string
  readonly registrable: string
  readonly unicode: string | undefined
  readonly sensor: string | undefined
  readonly source: QuestionSource
  readonly response: Response
  /** The number of its transaction (skim/skimmer.ts) if its response has a line of its own; otherwise 0. */
  readonly transaction: number
  /** The line of its response was not read yet and is expected. */
  readonly isAwaited: boolean
  /** Computed only for a record: hashing each line would cost more than reading it. */
  readonly id: () => string
}

/** A response whose question has no pending record: it was decided in an earlier batch, or only counted. */
export interface LateResponse {
  /** With the event and the place of the response. */
  readonly question: Question
  /** The record of the question; undefined if none was written. */
  readonly followupOf: string | undefined
}

/** A line that is kept for its batch: the bytes from `at` to before `end` of a shared buffer. */
export interface KeptLine {
  readonly bytes: Buffer
  readonly at: number
  readonly end: number
}

/** The place of a question. */
export interface LineAddress {
  /** Byte offset of the line in the file; for an input that is no file, what the feed says in its place. */
  readonly offset: number | string
  /** Index of the question in its line. */
  readonly index: number
  /** As in Question. */
  readonly transaction?: number
  readonly isAwaited?: boolean
}

/** A question from a line of a log. A batch keeps thousands, so each is made of few objects. */
export class LineQuestion implements Question {
  readonly name: string
  readonly domain: string
  readonly registrable: string
  readonly unicode: string | undefined
  readonly event: Event
  readonly sensor: string | undefined
  readonly source = 'log'
  readonly transaction: number
  readonly #bytes: Buffer
  readonly #offset: number | string
  readonly #at: number
  readonly #end: number
  readonly #index: number
  #response: Response | undefined
  #isAwaited: boolean

  constructor(
    event: Event,
    { name, domain, registrable, unicode }: Reduced,
    sensor: string | undefined,
    { bytes, at, end }: KeptLine,
    { offset, index, transaction = 0, isAwaited = false }: LineAddress,
  ) {
    this.event = event
    this.name = name
    this.domain = domain
    this.registrable = registrable
    this.unicode = unicode
    this.sensor = sensor
    this.#bytes = bytes
    this.#offset = offset
    this.#at = at
    this.#end = end
    this.#index = index
    this.transaction = transaction
    this.#isAwaited = isAwaited
  }

  get response(): Response {
    return this.#response ?? this.event
  }

  get isAwaited(): boolean {
    return this.#isAwaited
  }

  /** Adds a response that was read. */
  answer(response: Response): void {
    const before = this.#response ?? (this.event.isResponse ? this.event : undefined)
    this.#response = answeredMore(before, response)
    this.#isAwaited = false
  }

  id(): string {
    return idOf(this.#offset, this.#bytes.subarray(this.#at, this.#end), this.#index)
  }
}

/** What the domain's row says of a question. */
type Contact = Pick<
  Facts,
  | 'ts'
  | 'seenByYou'
  | 'firstHere'
  | 'claimDue'
  | 'scores'
  | 'alerts'
  | 'newNetworks'
  | 'clients'
  | 'clientFirst'
  | 'resembles'
>

/**
 * The facts of a question.
 *
 * @param clients `clients.record`
 */
export const factsOf = (question: Question, clients: ClientRecord, found: Contact): Facts => {
  const { event, response } = question
  const {
    ts,
    seenByYou,
    firstHere,
    claimDue,
    scores,
    alerts,
    newNetworks,
    clients: clientsCount,
    clientFirst,
    resembles,
  } = found
  const { origHost, origPort, communityId } = clientFieldsAs(clients, event)
  return {
    id: question.id(),
    ts,
    uid: short(event.uid),
    query: event.query,
    queryUnicode: question.unicode,
    domain: question.domain,
    registrable: question.registrable,
    seenByYou,
    firstHere,
    claimDue,
    scores,
    alerts,
    clients: clientsCount,
    clientFirst,
    origHost,
    origPort,
    respHost: event.respHost,
    respPort: event.respPort,
    proto: short(event.proto),
    qtypeName: short(event.qtypeName),
    rcodeName: short(response.rcodeName),
    answers: response.answers,
    newNetworks,
    resembles,
    communityId,
    sensor: question.sensor,
    source: question.source,
    service: serviceOf(question.name)?.kind,
  }
}

/** Cuts a field: a sensor writes some dozens of characters, but a forged line may have a megabyte. */
const short = (text: string | undefined): string | undefined => text?.slice(0, fieldCharsMax)

/** The domains to read from the store for a batch of questions. @param others whose rows it changes, too */
export const askedBy = (
  questions: readonly Pick<Question, 'domain' | 'registrable'>[],
  others: Iterable<{ readonly domain: string }> = [],
) => {
  const domains = new Set<string>()
  for (const { domain, registrable } of questions) {
    domains.add(domain)
    if (registrable !== domain) domains.add(registrable)
  }
  for (const { domain } of others) domains.add(domain)
  return { domains }
}

/**
 * A question from a client, over HTTP or on the command line. There is no line to make its id of, so the id is made of the
 * time and a random text.
 *
 * @param ts epoch ms
 * @param chance a text that no other question of this millisecond has
 */
export const askedOfUs = (
  reduced: Reduced,
  { client, source }: Asking,
  ts: number,
  chance: string,
): Question => {
  const id = digestOf(`${ts}\n${chance}\n${reduced.query}`)
  const event: Event = {
    ...{ ts, uid: undefined, query: reduced.query, origHost: client?.host, origPort: client?.port },
    ...{ respHost: undefined, respPort: undefined, proto: undefined, qtypeName: undefined },
    ...{ rcodeName: undefined, communityId: undefined, transaction: undefined },
  }
  const { name, domain, registrable, unicode } = reduced
  return {
    ...{ event, name, domain, registrable, unicode, sensor: undefined, source, id: () => id },
    ...{ response: event, transaction: 0, isAwaited: false },
  }
}

/**
 * The id of a record: the first 128 bits, in hex, of SHA-256 over the line's byte offset, its bytes without the newline,
 * and the index of the question in it, separated by newlines. Path and inode are no part of it, so it survives a rotation.
 *
 * In a Redis stream the id of the entry takes the place of the offset. A line of a list or a socket has no place that would
 * be the same if it came again, so there it is 0: equal lines have equal ids. They tell of the same event to the microsecond,
 * so what a receiver would drop for its id says nothing new.
 */
export const idOf = (offset: number | string, line: Buffer, index: number): string => {
  const most = line.length + 2 * numberChars
  if (most > scratch.length) scratch = Buffer.allocUnsafeSlow(most)
  let end = scratch.write(`${offset}\n`, 'latin1')
  end += line.copy(scratch, end)
  end += scratch.write(`\n${index}`, end, 'latin1')
  return digestOf(scratch.subarray(0, end))
}

/** Room for a number, or for the id of an entry (two numbers of 64 bits), and a newline. */
const numberChars = 48
/** In one piece, since three updates of a hash take three times as long. */
let scratch = Buffer.allocUnsafeSlow(4096)

const digestOf = (content: Buffer | string): string => hash('sha256', content, 'hex').slice(0, 32)

/** The id of the follow-up that says of a record what the addresses of a response added. */
export const answeredIdOf = (first: string): string => digestOf(`${first}\ntagged`)

/** The id of the follow-up of a record, which is a document of its own in a SIEM. */
export const followupIdOf = (first: string): string => digestOf(`${first}\nfollow-up`)

/** The id of the follow-up that takes a first contact back. */
export const lostContactIdOf = (first: string): string => digestOf(`${first}\nfirst elsewhere`)

/** The id of the follow-up that says what commands answered. @param entries their entries in the settings: each answers once */
export const enrichedIdOf = (first: string, entries: readonly string[]): string =>
  digestOf(`${first}\nenriched ${entries.join(' ')}`)

/** The id of a record that tells of a burst: the question that completes it has a record of its own. */
export const burstIdOf = (first: string, kind: Burst['kind']): string =>
  digestOf(`${first}\nburst ${kind === 'suffix' ? 'suffix' : 'client'}`)
