/** Collects what one transaction will write: questions, responses, counts and checkpoints. */
import type { BatchSize } from '../commit/batch-size.js'
import {
  batchClientsMax,
  batchKeptBytesMax,
  batchPassiveMax,
  batchQuestionsMax,
  batchSuppressedMax,
  lineSlabBytes,
} from '../limits.js'
import type { Checkpoint, Cursor } from '../model/checkpoint.js'
import type { Skip } from '../model/event.js'
import type { NotedClient } from '../sightings/clients.js'
import type { KeptLine, LateResponse, LineQuestion, Question } from '../sightings/question.js'
import { answeredMore, type Answered, type Response } from '../sightings/response.js'
import type { SuppressedName } from '../skim/skimmer.js'
import type { UncountedClient } from '../skim/uncounted.js'
import type { PendingAwaiting } from './awaiting.js'
import type { PassiveBatch } from './passive.js'

export interface Tally {
  lines: number
  questions: number
  readonly skips: Map<Skip, number>
  /** By input, as configured: lines, and those of them that were not understood. */
  readonly inputLines: Map<string, number>
  readonly notUnderstood: Map<string, number>
}

/** Tells whether the table of suppressed names was cleared since the batch began. */
export interface Beginning {
  /** How often the table had been cleared when the batch began. */
  readonly generation: number
  /** The number of the batch, from 1 on. */
  readonly number: number
}

export class Batch {
  readonly tally: Tally = {
    ...{ lines: 0, questions: 0, skips: new Map() },
    ...{ inputLines: new Map(), notUnderstood: new Map() },
  }
  readonly questions: Question[] = []
  /** Questions of Suricata, by the number of their transaction. */
  readonly #transactions = new Map<number, LineQuestion>()
  /** Responses to questions of earlier batches, by the id of the pending record. */
  readonly #responses = new Map<number, Answered>()
  /** Responses to questions of earlier batches that were decided without them. */
  readonly late: LateResponse[] = []
  /** The suppressed names of this batch, once it is read. */
  suppressed: readonly SuppressedName[] = []
  /** Names that the store knew as suppressed when it was asked before the transaction: each is as much work as a question. */
  recalled = 0
  /** How many suppressed names the batch has so far. */
  suppressedCount = 0
  /** Clients that the skim saw for the first time with a name, in their order. */
  readonly clients: NotedClient[] = []
  /** How many statements for passive DNS the skim has counted in this batch so far. */
  statements = 0
  readonly beginning: Beginning
  /** Undefined if passive DNS is off. */
  readonly passive: PassiveBatch | undefined
  readonly #checkpoints = new Map<number, Checkpoint>()
  /** By input. */
  readonly #cursors = new Map<string, Cursor>()
  /** Copies of the lines that hold questions: the read buffer is overwritten by the next read. */
  #slab = Buffer.alloc(0)
  #filled = 0
  #bytes = 0

  constructor(beginning: Beginning, passive?: PassiveBatch) {
    this.beginning = beginning
    this.passive = passive
  }

  skip(reason: Skip, count = 1): void {
    this.tally.skips.set(reason, (this.tally.skips.get(reason) ?? 0) + count)
  }

  /** Adds what was read of an input. @param input as configured */
  readOf(input: string, lines: number, lost: number): void {
    const { inputLines, notUnderstood } = this.tally
    if (lines > 0) inputLines.set(input, (inputLines.get(input) ?? 0) + lines)
    if (lost > 0) notUnderstood.set(input, (notUnderstood.get(input) ?? 0) + lost)
  }

  ask(question: LineQuestion): void {
    this.questions.push(question)
    if (question.transaction !== 0) this.#transactions.set(question.transaction, question)
  }

  /** @param awaiting the record of an earlier batch that waits for the response */
  answer(response: Response, transaction: number, awaiting: PendingAwaiting | undefined): void {
    this.#transactions.get(transaction)?.answer(response)
    if (!awaiting) return
    const before = this.#responses.get(awaiting.pendingId)
    const { id } = awaiting
    this.#responses.set(awaiting.pendingId, { id, response: answeredMore(before?.response, response) })
  }

  get responses(): ReadonlyMap<number, Answered> {
    return this.#responses
  }

  askedBy(uncounted: UncountedClient): void {
    this.clients.push({ ...uncounted, behind: this.questions.length })
  }

  keep(bytes: Buffer, from: number, to: number): KeptLine {
    const length = to - from
    if (this.#filled + length > this.#slab.length) {
      this.#slab = Buffer.allocUnsafe(Math.max(lineSlabBytes, length))
      this.#filled = 0
    }
    const at = this.#filled
    bytes.copy(this.#slab, at, from, to)
    this.#filled += length
    this.#bytes += length
    return { bytes: this.#slab, at, end: at + length }
  }

  reached(checkpoint: Checkpoint): void {
    this.#checkpoints.set(checkpoint.file, checkpoint)
  }

  /** As `reached`, of an input that is no file. */
  passed(cursor: Cursor): void {
    this.#cursors.set(cursor.input, cursor)
  }

  get cursors(): readonly Cursor[] {
    return [...this.#cursors.values()]
  }

  get checkpoints(): readonly Checkpoint[] {
    return [...this.#checkpoints.values()]
  }

  /** True if a transaction would have nothing to write. */
  get isEmpty(): boolean {
    const { lines, skips } = this.tally
    return this.#checkpoints.size === 0 && this.#cursors.size === 0 && lines === 0 && skips.size === 0
  }

  /** Whether it holds as much as one transaction covers. */
  isFull(size: BatchSize): boolean {
    return (
      this.questions.length + this.late.length + this.recalled >= size.of(batchQuestionsMax) ||
      this.suppressedCount >= size.of(batchSuppressedMax) ||
      this.clients.length >= size.of(batchClientsMax) ||
      this.#bytes >= batchKeptBytesMax ||
      (this.passive?.size ?? 0) + this.statements >= size.of(batchPassiveMax)
    )
  }
}
