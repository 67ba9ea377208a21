/** A question: an event whose name is a candidate for a verdict. */
import { createHash } from 'node:crypto'
import { fieldCharsMax } from '../limits.js'
import type { Event } from '../model/event.js'
import type { Asking, Facts, QuestionSource } from '../model/record.js'
import { clientFieldsAs, type ClientRecord } from '../names/client-address.js'
import type { Reduced } from '../names/psl.js'
import { answeredMore, type Response } from './response.js'

export interface Question {
  readonly event: Event
  /** The query in A-labels: what is written once a window. */
  readonly name: string
  readonly domain: string
  readonly registrable: string
  readonly unicode: string | undefined
  readonly sensor: string | undefined
  readonly source: QuestionSource
  readonly response: Response
  /** The number of its transaction (skim/skimmer.ts) where its response has a line of its own; 0 where there is none. */
  readonly transaction: number
  /** That line is not read yet, and will be, as far as the log was seen. */
  readonly isAwaited: boolean
  /** Made only for what is written: hashing every line would cost more than reading it. */
  readonly id: () => string
}

/** A line that is kept: from `at` to before `end` in bytes that it shares with others. */
export interface KeptLine {
  readonly bytes: Buffer
  readonly at: number
  readonly end: number
}

/** Where a question stands. */
export interface LineAddress {
  /** Of the line in the file. */
  readonly offset: number
  /** Of the question in its line. */
  readonly index: number
  /** As in Question. */
  readonly transaction?: number
  readonly isAwaited?: boolean
}

/** A question in a line. A whole batch of them is kept: so it is made of as few objects as can be. */
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
  readonly #offset: number
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

  /** Its response was read. */
  answer(response: Response): void {
    const before = this.#response ?? (this.event.isResponse ? this.event : undefined)
    this.#response = answeredMore(before, response)
    this.#isAwaited = false
  }

  id(): string {
    return idOf(this.#offset, this.#bytes.subarray(this.#at, this.#end), this.#index)
  }
}

/** What is known of a question before its registry answered. @param clients what may be kept of who asked */
export const factsOf = (
  question: Question,
  clients: ClientRecord,
  { ts, seenByYou, scores, alerts }: Pick<Facts, 'ts' | 'seenByYou' | 'scores' | 'alerts'>,
): Facts => {
  const { event, response } = question
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
    scores,
    alerts,
    origHost,
    origPort,
    respHost: event.respHost,
    respPort: event.respPort,
    proto: short(event.proto),
    qtypeName: short(event.qtypeName),
    rcodeName: short(response.rcodeName),
    answers: response.answers,
    communityId,
    sensor: question.sensor,
    source: question.source,
  }
}

/** A sensor writes some dozens of characters into such a field; whoever writes a line of a megabyte is none. */
const short = (text: string | undefined): string | undefined => text?.slice(0, fieldCharsMax)

/** What must be known to decide on a batch of questions. */
export const askedBy = (questions: readonly Question[]) => {
  const domains = new Set<string>()
  for (const { domain, registrable } of questions) domains.add(domain).add(registrable)
  return { domains }
}

/**
 * A question that is asked of us. It stands in no line of a log that its id could be made of: time and chance tell
 * it from all others.
 *
 * @param ts epoch ms
 * @param chance text that no other question of this millisecond has
 */
export const askedOfUs = (
  reduced: Reduced,
  { client, source }: Asking,
  ts: number,
  chance: string,
): Question => {
  const id = createHash('sha256').update(`${ts}\n${chance}\n${reduced.query}`).digest('hex').slice(0, 32)
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
 * The id of a record: the first 128 bits of SHA-256 over the line's byte offset, its bytes without the newline and
 * the index of the question in it, the three set apart by newlines. No path and no inode in it.
 */
export const idOf = (offset: number, line: Buffer, index: number): string =>
  createHash('sha256').update(`${offset}\n`).update(line).update(`\n${index}`).digest('hex').slice(0, 32)

/** The id of what is written of a question later, when its registry has answered: another document for a SIEM. */
export const followupIdOf = (first: string): string =>
  createHash('sha256').update(`${first}\nfollow-up`).digest('hex').slice(0, 32)
