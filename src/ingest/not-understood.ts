/**
 * Logs of which nothing is understood. Each of their lines is skipped and counted; but whoever looks at a daemon that
 * runs, is ready and writes nothing must be told that it reads in vain.
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

/** Reasons that say nothing is understood. The last one is of other records of the sensor, of which most logs are full. */
const inVain = ['no-header', 'unknown-format', 'malformed', 'not-dns'] as const
/** Reasons that say nothing. */
const sayNothing = ['empty', 'comment', 'line-too-long'] as const

/** How many lines were skipped for each reason of inVain, and how many were understood. */
export interface Outcome {
  readonly skipped: readonly number[]
  readonly understood: number
}

/** @param tooLong lines that were passed over, and are none of `lines` */
export const outcomeOf = ({ lines, skips }: Pick<Tally, 'lines' | 'skips'>, tooLong = 0): Outcome => {
  const skipped = inVain.map(reason => skips.get(reason) ?? 0)
  const others = sayNothing.reduce((sum, reason) => sum + (skips.get(reason) ?? 0), -tooLong)
  return { skipped, understood: lines - others - sum(skipped) }
}

/** Lines of which nothing is known, not even that they are none of DNS. */
export const lost = ({ skipped }: Pick<Outcome, 'skipped'>): number => sum(skipped.slice(0, -1))

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

export interface Judgement extends Hint {
  readonly reason: LineSkip
  readonly lines: number
}

/**
 * What is to be said of a log whose lines came to this; undefined where some were understood, or there are too few.
 *
 * @param start the first bytes of the content
 * @param linesMin so many lines are needed; there are always needed notUnderstoodLinesMin to say that DNS is missing
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

/** Whether all of it are records of the sensor that are not of DNS. */
const hasOthersOnly = (skipped: readonly number[]): boolean => lost({ skipped }) === 0

/** For people. */
export const judgementText = ({ reason, lines, looksLike, remedy }: Judgement): string =>
  `none of its first ${lines} lines is understood (${reason}); it looks like ${looksLike}: ${remedy}`

/** The first line of some that is no comment, as far as it is shown. What is not printable ASCII stands as `\xhh`. */
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

/** The log at a path. */
interface Log {
  /** The content that is there; what follows is about it, but for what was told. */
  file: number
  skipped: readonly number[]
  isUnderstood: boolean
  /** The first line. */
  shown: string
  /** Something there was DNS once: a quiet hour is no reason to complain. */
  hadDns: boolean
  /** Epoch ms. */
  toldAt: number | undefined
  told: string
}

export class NotUnderstood {
  readonly #logs = new LRUCache<string, Log>(growingTo(checkpointsMax))

  /**
   * What is to be told when a chunk was read.
   *
   * @param before what the batch held before it, and `after`: since
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
    // The clock may have been set meanwhile.
    if (log.toldAt !== undefined && Math.abs(now - log.toldAt) < notUnderstoodAgainMs) return undefined
    log.toldAt = now
    return { kind: 'input-not-understood', path: checkpoint.path, ...found, first: log.shown }
  }

  /** The logs of which nothing is understood, and what was told of them. */
  *[Symbol.iterator](): Generator<{ readonly path: string; readonly text: string }> {
    for (const [path, { toldAt, told }] of this.#logs.entries())
      if (toldAt !== undefined) yield { path, text: told }
  }

  #logOf({ checkpoint: { path, file }, offset }: Chunk): Log {
    const known = this.#logs.get(path)
    const begun = { file, skipped: inVain.map(() => 0), isUnderstood: false, shown: '' }
    // Of what was begun in an earlier life, the first lines were judged then.
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
