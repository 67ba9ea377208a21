/** The feedback of a `run` to Suricata: datasets and rules in a folder, by the settings, kept up to date. */
import { mkdir } from 'node:fs/promises'
import { resolveIn } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { type FeedbackOptions, writeFeedback } from '../transfer/feedback.js'
import type { Clock } from '../time/clock.js'
import { meanwhile, type Following } from './meanwhile.js'
import type { Parts, Settings } from './parts.js'

/** By the settings of the site. */
export const feedbackOptionsOf = ({ feedback, new_days, tags }: Config): FeedbackOptions => ({
  newDays: feedback.new_days ?? new_days,
  ...{ namesMax: feedback.names_max, sid: feedback.sid },
  sparesTrusted: tags.trust_drops.includes('YOUNG'),
})

interface Feedback {
  /** Writes what has changed. Reports failures; it never rejects. */
  readonly write: (signal: AbortSignal) => Promise<void>
  readonly everyMs: number
}

/** Undefined without a folder for it, and for a scan. */
const feedbackBy = (
  { store, reader, telemetry }: Parts,
  { config, dir, exclusive }: Settings,
  clock: Clock,
): Feedback | undefined => {
  if (config.feedback.folder === undefined || dir === undefined || !exclusive) return undefined
  const folder = resolveIn(dir, config.feedback.folder)
  const options = feedbackOptionsOf(config)
  let isDown = false
  const reduce = (name: string) => reader.reduce(name)

  const write = async (signal: AbortSignal): Promise<void> => {
    try {
      await mkdir(folder, { recursive: true, mode: 0o750 })
      const tools = { store, tagTable: store.tagTable, reduce, now: clock.now() }
      const { sets, changed } = await writeFeedback(folder, options, tools, signal)
      isDown = false
      if (changed.length === 0) return
      const leftOut = Object.values(sets).reduce((sum, set) => sum + set.leftOut, 0)
      if (leftOut > 0) telemetry({ kind: 'limit-reached', limit: 'feedback.names_max', count: leftOut })
      const names = {
        ...{ new: sets.new.names, threat: sets.threat.names },
        ...{ interest: sets.interest.names, seen: sets.seen.names },
      }
      telemetry({ kind: 'feedback-written', folder, ...names, leftOut })
    } catch (error) {
      if (signal.aborted || isDown) return
      isDown = true
      telemetry({ kind: 'feedback-failed', folder, error: String(error) })
    }
  }

  return { write, everyMs: config.feedback.every_seconds * 1_000 }
}

/** Reads logs, and keeps the feedback up to date meanwhile; with `once` it is written when they are read. */
export const withFeedback = async <T>(
  parts: Parts,
  settings: Settings,
  following: Following,
  read: () => Promise<T>,
): Promise<T> => {
  const { clock, once, signal } = following
  const feedback = feedbackBy(parts, settings, clock)
  if (!feedback) return read()
  const { write, everyMs } = feedback
  if (!once) return meanwhile(write, { everyMs, firstMs: 0 }, following, read)
  const result = await read()
  await write(signal)
  return result
}
