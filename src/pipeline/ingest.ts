/** The first half of the story: what the sensors wrote becomes sightings and records, and the positions move. */
import type { Clock } from '../clock.js'
import { batchMsMax } from '../limits.js'
import type { Store } from '../store/store.js'
import type { Telemetry } from '../telemetry.js'
import type { Chunk } from '../tail/tail.js'
import type { Wake } from '../wake.js'
import { Batch } from './batch.js'
import type { Committer } from './committer.js'
import type { Efficiency } from './efficiency.js'
import { askedBy } from './question.js'
import type { QuestionReader } from './questions.js'
import type { Rules } from './rules.js'
import { sightings } from './sightings.js'

/** Where whole lines come from. */
export interface LineSource {
  /** Looks for new, moved and vanished files. `now`: epoch ms. */
  readonly look: (now: number) => Promise<void>
  /** The next whole lines; empty when all is read to its present end. */
  readonly read: () => Promise<Chunk[]>
  /** `read` may wait until somebody writes into a pipe: what was read before is not kept waiting with it. */
  readonly mayWait: boolean
}

export interface IngestOptions {
  readonly source: LineSource
  readonly reader: QuestionReader
  readonly committer: Committer
  readonly store: Pick<Store, 'watchOthers' | 'evictedCount'>
  readonly rules: Rules
  readonly clock: Clock
  /** Called when the source may have more. */
  readonly wake: Wake
  /** Told how much of the traffic was known. */
  readonly onEfficiency: (batch: Efficiency) => void
  /** Called when records may wait for a registry. */
  readonly onWaiting: () => void
  readonly telemetry: Telemetry
}

/**
 * Reads for ever, or with `once` up to the present end. A batch that is being committed when the signal aborts is
 * finished.
 */
export const ingest = async (options: IngestOptions, once: boolean, signal: AbortSignal): Promise<void> => {
  const { source, clock, wake, store } = options
  const isChangedByOthers = store.watchOthers()
  let evicted = store.evictedCount()
  await source.look(clock.now())
  while (!signal.aborted) {
    const gone = store.evictedCount()
    if (isChangedByOthers() || gone > evicted) options.reader.familiar.forget()
    evicted = gone
    const batch = await gather(options, signal)
    if (!batch.isEmpty) await commit(options, batch, signal)
    else if (once) return
    else await wake.wait(signal)
    if (batch.isEmpty || wake.taken()) await source.look(clock.now())
  }
}

/** Reads what one transaction covers: all that is there, but only so much, and for so long. */
const gather = async ({ source, reader, clock }: IngestOptions, signal: AbortSignal): Promise<Batch> => {
  const batch = new Batch(reader.familiar.begin())
  const until = clock.now() + batchMsMax
  for (;;) {
    const chunks = await source.read()
    const now = clock.now()
    for (const chunk of chunks) readChunk(reader, chunk, batch, now)
    const isOver = chunks.length === 0 || source.mayWait || batch.isFull || now >= until
    if (isOver || signal.aborted) return batch
  }
}

const readChunk = (reader: QuestionReader, chunk: Chunk, batch: Batch, now: number): void => {
  const { bytes, position } = chunk
  const questions = reader.read(chunk, batch, now)
  // A last line without newline is passed only if it was understood: otherwise its end may still be written.
  const isWhole = questions > 0 || bytes.length === 0 || bytes[bytes.length - 1] === newline
  if (isWhole) batch.reached({ ...position, header: reader.headerOf(chunk) })
}

/** One batch, one transaction. */
const commit = async (
  { reader, committer, rules, onWaiting, onEfficiency, telemetry }: IngestOptions,
  { questions, silent, positions, tally, beginning }: Batch,
  signal: AbortSignal,
): Promise<void> => {
  const written = await committer.commit(
    askedBy(questions),
    (known, now) => ({ ...sightings(questions, known, rules, now), positions, counts: silent }),
    signal,
  )
  telemetry({ kind: 'batch', ...tally })
  if (!written) return
  const counted = silent.reduce((sum, { count }) => sum + count, 0)
  // A domain was forgotten meanwhile: it is met anew when its next line comes.
  if (written.uncounted > 0) reader.familiar.forget()
  else reader.familiar.learn(written.silences(), beginning)
  if (written.correctedTimes > 0) telemetry({ kind: 'times-corrected', count: written.correctedTimes })
  const { efficiency } = written
  onEfficiency({ ...efficiency, silent: efficiency.silent + counted })
  if (written.waiting) onWaiting()
}

const newline = 0x0a
