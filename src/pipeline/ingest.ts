/** The first half of the story: what the sensors wrote becomes sightings and records, and the positions move. */
import type { Clock } from '../clock.js'
import type { Telemetry } from '../telemetry.js'
import type { Chunk } from '../tail/tail.js'
import type { Wake } from '../wake.js'
import type { Committer } from './committer.js'
import type { Efficiency } from './efficiency.js'
import { askedBy } from './question.js'
import { emptyTally, type QuestionReader } from './questions.js'
import type { Rules } from './rules.js'
import { sightings } from './sightings.js'

/** Where whole lines come from. */
export interface LineSource {
  /** Looks for new, moved and vanished files. `now`: epoch ms. */
  readonly look: (now: number) => Promise<void>
  /** The next whole lines; empty when all is read to its present end. */
  readonly read: () => Promise<Chunk[]>
}

export interface IngestOptions {
  readonly source: LineSource
  readonly reader: QuestionReader
  readonly committer: Committer
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
  const { source, clock, wake } = options
  await source.look(clock.now())
  while (!signal.aborted) {
    const chunks = await source.read()
    if (chunks.length > 0) await ingestBatch(options, chunks, signal)
    else if (once) return
    else await wake.wait(signal)
    if (chunks.length === 0 || wake.taken()) await source.look(clock.now())
  }
}

/** One batch, one transaction. */
const ingestBatch = async (
  { reader, committer, rules, onWaiting, onEfficiency, telemetry }: IngestOptions,
  chunks: readonly Chunk[],
  signal: AbortSignal,
): Promise<void> => {
  const tally = emptyTally()
  const read = chunks.map(chunk => ({ chunk, questions: reader.read(chunk, tally) }))
  const questions = read.flatMap(one => one.questions)
  const positions = read
    .filter(isWhole)
    .map(({ chunk }) => ({ ...chunk.position, header: reader.headerOf(chunk) }))
  const written = await committer.commit(
    askedBy(questions),
    (known, now) => ({ ...sightings(questions, known, rules, now), positions }),
    signal,
  )
  telemetry({ kind: 'batch', ...tally })
  if (written && written.correctedTimes > 0)
    telemetry({ kind: 'times-corrected', count: written.correctedTimes })
  if (written) onEfficiency(written.efficiency)
  if (written?.waiting === true) onWaiting()
}

/** A last line without newline is passed only if it was understood: otherwise its end may still be written. */
const isWhole = ({ chunk, questions }: { chunk: Chunk; questions: readonly unknown[] }): boolean =>
  questions.length > 0 || chunk.bytes.length === 0 || chunk.bytes[chunk.bytes.length - 1] === newline

const newline = 0x0a
