/** The ingest loop: reads log lines in batches; each batch becomes sightings and records, and moves the checkpoints, in one transaction. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { BatchSize } from '../commit/batch-size.js'
import type { Committer } from '../commit/committer.js'
import { NotedAnswers } from '../detect/new-answer.js'
import type { Policy } from '../detect/policy.js'
import { batchMsMax } from '../limits.js'
import type { Cursor } from '../model/checkpoint.js'
import type { DomainRecord } from '../model/record.js'
import type { Claims } from '../sightings/claims.js'
import { askedBy, type Question } from '../sightings/question.js'
import { completed } from '../sightings/response.js'
import { sightings } from '../sightings/sightings.js'
import { watchesAddresses } from '../sightings/suppressed.js'
import type { NewPending } from '../store/pending.js'
import type { Store } from '../store/store.js'
import type { Known } from '../store/transaction.js'
import type { Chunk } from '../tail/tail.js'
import type { Efficiency } from '../telemetry/counters.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import type { Wake } from '../time/wake.js'
import { decidedAlready } from './awaiting.js'
import type { Batch } from './batch.js'
import { lost, outcomeOf, type NotUnderstood } from './not-understood.js'
import { mayPart, partOf } from './pieces.js'
import type { QuestionReader } from './reader.js'

/** Where whole lines come from. */
export interface LineSource {
  /** Looks for new, moved and vanished files. `now`: epoch ms. */
  readonly look: (now: number) => Promise<void>
  /** The next whole lines; empty when all is read to its present end. */
  readonly read: () => Promise<Chunk[]>
  /** `read` may block on a pipe: a batch ends before it, so that the lines already read are committed. */
  readonly mayWait: boolean
  /** Called after a commit, with the cursors that it stored. */
  readonly committed?: (cursors: readonly Cursor[]) => void
}

export interface IngestOptions {
  readonly source: LineSource
  readonly reader: QuestionReader
  readonly notUnderstood: NotUnderstood
  readonly committer: Committer
  readonly store: Pick<Store, 'watchOthers' | 'evictedCount'>
  readonly policy: Policy
  /** Undefined: the site's sensors share nothing. */
  readonly claims?: Claims | undefined
  readonly clock: Clock
  /** How long a transaction may take, because HTTP requests wait for it; Infinity without the HTTP API. */
  readonly commitMsMax: number
  /** Called when the source may have more. */
  readonly wake: Wake
  /** Called after each batch: how many questions were known, expired, unknown or suppressed. */
  readonly onEfficiency: (batch: Efficiency) => void
  /** Called when records may wait for a registry. */
  readonly onWaiting: () => void
  readonly telemetry: Telemetry
  /** Called in each turn of the loop; for the first time when the inputs are open. */
  readonly onTurn?: () => void
}

/**
 * Reads until the signal aborts, or with `once` up to the present end. An abort does not interrupt a commit.
 */
export const ingest = async (options: IngestOptions, once: boolean, signal: AbortSignal): Promise<void> => {
  const { source, clock, wake, store } = options
  const isChangedByOthers = store.watchOthers()
  let evicted = store.evictedCount()
  const size = new BatchSize(options.commitMsMax)
  const gatherer = new Gatherer(options, size)
  await source.look(clock.now())
  while (!signal.aborted) {
    options.onTurn?.()
    const gone = store.evictedCount()
    if (isChangedByOthers() || gone > evicted) options.reader.clear()
    evicted = gone
    const batch = await gatherer.next(signal)
    if (!batch.isEmpty) await commit(options, batch, size, signal)
    else if (once) return giveUp(options, signal)
    else await wake.wait(signal)
    // HTTP requests are served between two transactions.
    if (options.commitMsMax < Infinity) await nextTurn()
    // Not while a chunk is partly read: a look may reuse its buffer.
    if (batch.isEmpty || (gatherer.isDone && wake.taken())) await source.look(clock.now())
  }
}

/** Collects the lines for one transaction. */
class Gatherer {
  readonly #options: IngestOptions
  readonly #size: BatchSize
  /** Chunks that are in no batch yet, the first one from `#from` on. */
  #chunks: Chunk[] = []
  #from = 0

  constructor(options: IngestOptions, size: BatchSize) {
    this.#options = options
    this.#size = size
  }

  get isDone(): boolean {
    return this.#chunks.length === 0
  }

  /** Reads until the source has no more, the batch is full, or batchMsMax is over. */
  async next(signal: AbortSignal): Promise<Batch> {
    const { source, reader, clock } = this.#options
    const began = clock.now()
    const batch = reader.begin(began)
    const until = began + batchMsMax
    for (let isEnd = false; !isEnd;) {
      if (this.isDone) this.#chunks = await source.read()
      const now = clock.now()
      isEnd = this.isDone || source.mayWait || now >= until || signal.aborted
      while (!this.isDone && !batch.isFull(this.#size)) this.#readOne(batch, now)
      isEnd ||= batch.isFull(this.#size)
    }
    reader.finish(batch)
    return batch
  }

  #readOne(batch: Batch, now: number): void {
    const [chunk] = this.#chunks
    if (!chunk) return
    this.#from = readChunk(this.#options, chunk, this.#from, batch, now, this.#size)
    if (this.#from < chunk.bytes.length) return
    this.#chunks.shift()
    this.#from = 0
  }
}

/** @returns how far the chunk was read */
const readChunk = (
  options: IngestOptions,
  chunk: Chunk,
  from: number,
  batch: Batch,
  now: number,
  size: BatchSize,
): number => {
  const { reader, notUnderstood, telemetry } = options
  const { bytes, tooLong, input } = chunk
  const linesBefore = batch.tally.lines
  const before = outcomeOf(batch.tally)
  const { end, questions } = reader.read(chunk, batch, now, from, mayPart(chunk) ? size : undefined)
  const part = partOf(chunk, from, end)
  const after = outcomeOf(batch.tally, from === 0 ? tooLong : 0)
  batch.readOf(input.path, batch.tally.lines - linesBefore, lost(after) - lost(before))
  const report = notUnderstood.note(part, before, after, now)
  if (report) telemetry(report)
  if (chunk.feed) {
    if (chunk.feed.cursor) batch.passed(chunk.feed.cursor)
    return end
  }
  // The checkpoint passes a last line without newline only if it was understood: the sensor may still write its end.
  const isWhole = questions > 0 || bytes.length === 0 || bytes[end - 1] === newline
  if (isWhole) batch.reached({ ...part.checkpoint, header: reader.headerOf(part) })
  return end
}

const commit = async (
  { source, reader, committer, policy, claims, onWaiting, onEfficiency, telemetry }: IngestOptions,
  batch: Batch,
  size: BatchSize,
  signal: AbortSignal,
): Promise<void> => {
  const { questions, suppressed, responses, late, clients, checkpoints, cursors, tally, beginning } = batch
  const asking = late.length > 0 ? [...questions, ...late.map(({ question }) => question)] : questions
  const claimed = await claims?.claim(questions, signal)
  const written = await committer.commit(
    { ...askedBy(asking, clients), ...pendingAsked(responses) },
    (known, now) => {
      const noted = new NotedAnswers(known.networksOf, policy, now)
      const { amend, notable, answered } = completed(responses, known, policy, now, noted)
      const besides = { late, completed: notable, answered, noted, clients, claimed }
      const seen = sightings(questions, known, policy, now, besides)
      return {
        ...seen,
        amend,
        awaitsAddresses: watchesAddresses(known.tags, policy),
        ...{ checkpoints, cursors },
        counts: suppressed,
        passive: batch.passive,
      }
    },
    signal,
  )
  telemetry({ kind: 'batch', ...tally })
  if (!written) return
  if (cursors.length > 0) source.committed?.(cursors)
  size.took(written.ms, batch.isFull(size))
  reader.await(awaiting(written))
  reader.watchesAddresses = written.awaitsAddresses
  if (written.awaitsAddresses) reader.await(unanswered(questions, written))
  const counted = suppressed.reduce((sum, { count }) => sum + count, 0)
  // A domain was evicted meanwhile: its next line must be parsed, because it is a first contact again.
  if (written.uncounted > 0) reader.clear()
  else {
    reader.suppress(written.suppressed(), beginning, written.forgetful)
    reader.endClients(written.widelyAsked())
  }
  if (written.correctedTimes > 0) telemetry({ kind: 'times-corrected', count: written.correctedTimes })
  const { efficiency } = written
  onEfficiency({ ...efficiency, silent: efficiency.silent + counted })
  if (written.newClaims.length > 0) claims?.call()
  if (written.waiting || written.amend.length > 0) onWaiting()
}

/** A scan ends: releases the records that wait for a response that will not come. */
const giveUp = async (options: IngestOptions, signal: AbortSignal): Promise<void> => {
  const { reader, committer, policy, onWaiting } = options
  const nothing = { rcodeName: undefined, isNone: true as const }
  const responses = new Map(
    reader.takeAwaiting().map(({ pendingId, id }) => [pendingId, { id, response: nothing }] as const),
  )
  if (responses.size === 0) return
  const decide = (known: Known, now: number) => {
    const noted = new NotedAnswers(known.networksOf, policy, now)
    return { records: [], amend: completed(responses, known, policy, now, noted).amend }
  }
  await committer.commit(pendingAsked(responses), decide, signal)
  onWaiting()
}

const pendingAsked = (responses: ReadonlyMap<number, unknown>) =>
  responses.size > 0 ? { pendingIds: [...responses.keys()] } : {}

/** The new pending records that a response may complete, by transaction. */
const awaiting = ({
  newPending,
  pendingIds,
}: {
  readonly newPending: readonly NewPending[]
  readonly pendingIds: readonly number[]
}) =>
  newPending.flatMap(({ transaction = 0, facts }, at) => {
    const pendingId = pendingIds[at]
    return transaction === 0 || pendingId === undefined
      ? []
      : [[transaction, { pendingId, id: facts.id }] as const]
  })

/**
 * The questions without a pending record whose response is still to come, by transaction: an address in it may raise an alert.
 */
const unanswered = (
  questions: readonly Question[],
  {
    newPending,
    records,
  }: { readonly newPending: readonly NewPending[]; readonly records: readonly DomainRecord[] },
) => {
  const pending = new Set(newPending.map(({ transaction }) => transaction))
  const written = new Set(records.map(({ facts }) => facts.id))
  return questions
    .filter(({ transaction, isAwaited }) => isAwaited && transaction !== 0 && !pending.has(transaction))
    .map(question => {
      const id = written.size > 0 ? question.id() : ''
      return [question.transaction, decidedAlready(question, written.has(id) ? id : undefined)] as const
    })
}

const newline = 0x0a
