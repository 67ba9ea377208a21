/**
 * Reports logs of which no line is understood. Their lines are only skipped and counted: without the report a daemon
 * that reads in vain looks healthy.
 */
import { LRUCache } from 'lru-cache'
import { notUnderstoodAgainMs, notUnderstoodLinesMin, checkpointsMax, shownBytesMax } from '../limits.js'
import { growingTo } from '../model/lru.js'
import type { LineSkip } from '../model/event.js'
import { hintOf, type Hint } from '../parse/hint.js'
import type { ParserOptions } from '../parse/record.js'
import type { Chunk } from '../tail/tail.js'
import type { Report } from '../telemetry/report.js'
import type { Tally } from './batch.js'

/** Skips that count as not understood. The last one is weaker evidence: most EVE logs are full of other records. */
const inVain = ['no-header', 'unknown-format', 'malformed', 'not-dns'] as const
/** Skips that are no evidence either way. */
const sayNothing = ['empty', 'comment', 'line-too-long'] as const

/** How many lines were skipped for each reason of inVain, and how many were understood. */
export interface Outcome {
  readonly skipped: readonly number[]
  readonly understood: number
}

/** @param tooLong lines that were passed over: they are in `skips`, but not in `lines` */
export const outcomeOf = ({ lines, skips }: Pick<Tally, 'lines' | 'skips'>, tooLong = 0): Outcome => {
  const skipped = inVain.map(reason => skips.get(reason) ?? 0)
  const others = sayNothing.reduce((sum, reason) => sum + (skips.get(reason) ?? 0), -tooLong)
  return { skipped, understood: lines - others - sum(skipped) }
}

/** Lines that no parser understood; records of other types are not among them. */
export const lost = ({ skipped }: Pick<Outcome, 'skipped'>): number => sum(skipped.slice(0, -1))

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

export interface Judgement extends Hint {
  readonly reason: LineSkip
  readonly lines: number
}

/**
 * Why nothing of a log is understood; undefined if some lines are, or if there are too few to tell.
 *
 * @param start the first bytes of the content
 * @param linesMin lines that suffice, unless only DNS is missing: that takes notUnderstoodLinesMin
 */
export const judge = (
  { skipped, understood }: Outcome,
  stated: ParserOptions['stated'],
  start: Buffer,
  linesMin: number = notUnderstoodLinesMin,
): Judgement | undefined => {
  const lines = sum(skipped)
  const most = Math.max(...skipped)
  const reason = inVain[skipped.indexOf(most)] ?? 'malformed'
  const isEnough = lines >= (hasOthersOnly(skipped) ? notUnderstoodLinesMin : linesMin) && lines > 0
  return understood === 0 && isEnough ? { reason, lines, ...hintOf(reason, stated, start) } : undefined
}

/** Whether all are records of the sensor, but none of DNS. */
const hasOthersOnly = (skipped: readonly number[]): boolean => lost({ skipped }) === 0

export const judgementText = ({ reason, lines, looksLike, remedy }: Judgement): string =>
  `none of its first ${lines} lines is understood (${reason}); it looks like ${looksLike}: ${remedy}`

/** The first line that is no comment, shortened. Other bytes than printable ASCII become `\xhh`, to forge no output. */
export const shownOf = (lines: Buffer): string => {
  let at = 0
  while (lines[at] === hash && lines.indexOf(newline, at) !== -1) at = lines.indexOf(newline, at) + 1
  const end = lines.indexOf(newline, at)
  const shown = lines.subarray(at, Math.min(at + shownBytesMax, end === -1 ? lines.length : end))
  return shown
    .toString('latin1')
    .replace(/[^ -[\]-~]/g, c => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
const [hash, newline] = [0x23, 0x0a]

interface Log {
  /** The file now at the path: `skipped`, `isUnderstood` and `shown` are about it. */
  file: number
  skipped: readonly number[]
  isUnderstood: boolean
  shown: string
  /** The path has had DNS records: an hour without any is no fault. */
  hadDns: boolean
  /** Epoch ms. */
  toldAt: number | undefined
  told: string
}

export class NotUnderstood {
  readonly #logs = new LRUCache<string, Log>(growingTo(checkpointsMax))

  /**
   * Called for each chunk that was read. @returns a report if the log is not understood, or is again
   *
   * @param before of the batch before the chunk, and `after` it
   * @param now epoch ms
   */
  note(chunk: Chunk, before: Outcome, after: Outcome, now: number): Report | undefined {
    const { checkpoint, bytes, input } = chunk
    const log = this.#logOf(chunk)
    if (log.isUnderstood || bytes.length === 0) return undefined
    if (log.shown === '') log.shown = shownOf(bytes)
    log.skipped = log.skipped.map((count, at) => count + (after.skipped[at] ?? 0) - (before.skipped[at] ?? 0))
    if (after.understood > before.understood) return this.#isUnderstood(checkpoint.path, log)
    const found = judge({ skipped: log.skipped, understood: 0 }, input.format, checkpoint.head)
    if (!found || (log.hadDns && hasOthersOnly(log.skipped))) return undefined
    log.told = `${checkpoint.path}: ${judgementText(found)}`
    // Math.abs: the clock may have been set back.
    if (log.toldAt !== undefined && Math.abs(now - log.toldAt) < notUnderstoodAgainMs) return undefined
    log.toldAt = now
    return { kind: 'input-not-understood', path: checkpoint.path, ...found, first: log.shown }
  }

  /** The logs that are not understood, with the latest report of each. */
  *[Symbol.iterator](): Generator<{ readonly path: string; readonly text: string }> {
    for (const [path, { toldAt, told }] of this.#logs.entries())
      if (toldAt !== undefined) yield { path, text: told }
  }

  #logOf({ checkpoint: { path, file }, offset }: Chunk): Log {
    const known = this.#logs.get(path)
    const begun = { file, skipped: inVain.map(() => 0), isUnderstood: false, shown: '' }
    // Read from mid-file after a restart: its first lines were judged before.
    const log = known ?? { ...begun, hadDns: offset > 0, toldAt: undefined, told: '' }
    if (!known) this.#logs.set(path, log)
    else if (known.file !== file) Object.assign(known, begun)
    return log
  }

  #isUnderstood(path: string, log: Log): Report | undefined {
    const wasTold = log.toldAt !== undefined
    Object.assign(log, { isUnderstood: true, hadDns: true, toldAt: undefined, told: '', shown: '' })
    return wasTold ? { kind: 'input-understood', path } : undefined
  }
}
