/** Gaps: what was read last of a log could not be found again, and something else is there. Each is told once. */
import { firstTimeBytes, epochSecondsMax } from '../limits.js'
import type { Telemetry } from '../telemetry/report.js'

/* The time of the first line of a log, as far as it can be told without knowing the format: for a report only. */

/** Zeek's TSV begins each line with it; in JSON it is `ts` or `timestamp`. Epoch seconds or ms, or ISO 8601. */
const stamps = /(?:^|\n)(\d{9,13}(?:\.\d+)?)\t|"(?:ts|timestamp)":\s*"?([^",}\n]{9,40})/

/** @returns epoch ms; undefined where none is found */
export const firstTime = (lines: Buffer): number | undefined => {
  const found = stamps.exec(lines.subarray(0, firstTimeBytes).toString('latin1'))
  const text = found?.[1] ?? found?.[2]
  if (text === undefined) return undefined
  const number = Number(text)
  // Suricata writes its offset without a colon.
  if (Number.isNaN(number)) return Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) || undefined
  return number > epochSecondsMax ? number : number * 1000
}

interface Gap {
  /** The path under which the log is written. */
  readonly path: string
  /** Epoch ms: the last change of what was read last. */
  readonly from: number
  /** Until then it may still be found: as `tell` counts. */
  readonly until: number
  /** Epoch ms of the first line that there is after it; undefined as long as nothing is there. */
  to?: number
}

export class Gaps {
  readonly #telemetry: Telemetry
  readonly #byLog = new Map<string, Gap>()
  /** Of the last `tell`. */
  #awake = 0

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
  }

  /** @param isNew what comes next was not reached yet */
  open(log: string, gap: Omit<Gap, 'to'>, isNew: boolean): void {
    const { to } = this.#byLog.get(log) ?? {}
    this.#byLog.set(log, isNew || to === undefined ? gap : { ...gap, to })
  }

  /** It was found after all. */
  close(log: string): void {
    this.#byLog.delete(log)
  }

  /** The first lines of a part of a log that was never read before. `changed`: epoch ms, the last change of that part. */
  reach(log: string, lines: Buffer, changed: number, now: number): void {
    const gap = this.#byLog.get(log)
    if (!gap || gap.to !== undefined) return
    gap.to = Math.min(firstTime(lines) ?? changed, now)
    this.tell(this.#awake)
  }

  /**
   * Tells of the gaps whose ends are known, and which nothing is expected to close any more.
   *
   * @param awake for how long somebody has looked, in ms
   */
  tell(awake: number): void {
    this.#awake = awake
    for (const [log, { path, from, to, until }] of this.#byLog) {
      if (to === undefined || until > awake) continue
      this.#byLog.delete(log)
      // What comes next began before the last change: nothing was written in between.
      if (to <= from) continue
      const iso = (ms: number) => new Date(ms).toISOString()
      this.#telemetry({
        kind: 'input-missed',
        path,
        from: iso(from),
        to: iso(to),
        seconds: (to - from) / 1000,
      })
    }
  }
}
