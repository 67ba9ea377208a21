/**
 * Reports gaps (`input-missed`): after a start the log that was read last could not be found, and another one is there.
 * Lines written in between are missing. Each gap is reported once.
 */
import { firstTimeBytes, epochSecondsMax } from '../limits.js'
import type { Telemetry } from '../telemetry/report.js'

/** A time stamp: first in a line of Zeek TSV, `ts` or `timestamp` in JSON. Epoch seconds or ms, or ISO 8601. */
const stamps = /(?:^|\n)(\d{9,13}(?:\.\d+)?)\t|"(?:ts|timestamp)":\s*"?([^",}\n]{9,40})/

/**
 * The time of the first line of a log whose format is not known yet. For reports only.
 *
 * @returns epoch ms; undefined if no time stamp is found
 */
export const firstTime = (lines: Buffer): number | undefined => {
  const found = stamps.exec(lines.subarray(0, firstTimeBytes).toString('latin1'))
  const text = found?.[1] ?? found?.[2]
  if (text === undefined) return undefined
  const number = Number(text)
  // Suricata writes the UTC offset without a colon.
  if (Number.isNaN(number)) return Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) || undefined
  return number > epochSecondsMax ? number : number * 1000
}

interface Gap {
  /** The path under which the log is written. */
  readonly path: string
  /** Epoch ms: the last change of the file that was read last. */
  readonly from: number
  /** The gap is reported when `polledMs` has reached this: until then the file may still come to an archive. */
  readonly until: number
  /** Epoch ms of the first line after the gap; undefined until a line is read. */
  to?: number
}

export class Gaps {
  readonly #telemetry: Telemetry
  readonly #byLog = new Map<string, Gap>()
  /** Of the last `reportDue`. */
  #polledMs = 0

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
  }

  /** @param isNew no line after the gap was read yet */
  open(log: string, gap: Omit<Gap, 'to'>, isNew: boolean): void {
    const { to } = this.#byLog.get(log) ?? {}
    this.#byLog.set(log, isNew || to === undefined ? gap : { ...gap, to })
  }

  /** The file was found after all. */
  close(log: string): void {
    this.#byLog.delete(log)
  }

  /**
   * Called with the first lines of a file that was never read before: they end the gap.
   *
   * @param changed epoch ms, the last change of that file
   */
  reach(log: string, lines: Buffer, changed: number, now: number): void {
    const gap = this.#byLog.get(log)
    if (!gap || gap.to !== undefined) return
    gap.to = Math.min(firstTime(lines) ?? changed, now)
    this.reportDue(this.#polledMs)
  }

  /**
   * Reports the gaps whose end is known and whose wait is over.
   *
   * @param polledMs for how long we have polled; see ArchiveSearch
   */
  reportDue(polledMs: number): void {
    this.#polledMs = polledMs
    for (const [log, { path, from, to, until }] of this.#byLog) {
      if (to === undefined || until > polledMs) continue
      this.#byLog.delete(log)
      // The next file began before the last change of this one: nothing was written in between.
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
