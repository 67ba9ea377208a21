/** Runs a feed as ingest would: takes its lines, and commits them. */
import type { Test } from 'tap'
import type { Report } from '../../telemetry/report.js'
import { systemClock } from '../../time/clock.js'
import { createWake } from '../../time/wake.js'
import type { Feed, FeedOptions } from '../feed.js'

export interface Collected {
  readonly feed: Feed
  /** The lines that were taken, without their newlines; each as latin1. */
  readonly lines: string[]
  /** The id that each of them has as its place. */
  readonly ids: string[]
  readonly reports: Report[]
  /** The cursors that were stored, the last one last. */
  readonly cursors: string[]
  /** Resolves when there are so many lines. */
  readonly got: (count: number) => Promise<void>
  /** Resolves when there is such a report. */
  readonly told: (kind: Report['kind']) => Promise<Report>
  /** Lines are taken, or not. */
  readonly hold: (isHeld: boolean) => void
  /** Stops the feed, as kill -9 would if `commits` was false. */
  readonly end: () => Promise<void>
}

/** @param commits false: lines are taken and nothing is committed */
export const collect = (
  t: Test,
  name: string,
  open: (options: FeedOptions) => Feed,
  commits = true,
): Collected => {
  const [lines, ids, reports, cursors] = [[], [], [], []] as [string[], string[], Report[], string[]]
  const [wake, changed, life] = [createWake(), createWake(), new AbortController()]
  let isHeld = false
  const telemetry = (report: Report) => {
    reports.push(report)
    changed.call()
  }
  const input = { path: name, format: 'auto', sensor: undefined, start: 'beginning' } as const
  const feed = open({ input, file: 1, pollMs: 20, onLines: wake.call, clock: systemClock, telemetry })
  const until = async (test: () => boolean) => {
    while (!test() && !life.signal.aborted) await changed.wait(life.signal)
  }
  const take = () => {
    for (const { bytes, feed: place } of isHeld ? [] : feed.take()) {
      const some = bytes.toString('latin1').split('\n')
      if (some.at(-1) === '') some.pop()
      for (const line of some) {
        lines.push(line)
        ids.push(place?.id ?? '')
      }
      if (!commits || !place?.cursor) continue
      cursors.push(place.cursor.at)
      feed.committed(place.cursor.at)
    }
    changed.call()
  }
  const running = feed.run(life.signal)
  const ingesting = (async () => {
    while (!life.signal.aborted) {
      await wake.wait(life.signal)
      take()
    }
  })()
  const end = async () => {
    life.abort()
    await Promise.all([running, ingesting])
  }
  t.teardown(end)
  return {
    ...{ feed, lines, ids, reports, cursors, end },
    got: count => until(() => lines.length >= count),
    told: async kind => {
      const find = () => reports.find(report => report.kind === kind)
      await until(() => find() !== undefined)
      return find() ?? Promise.reject(new Error(`the feed ended without ${kind}`))
    },
    hold: held => {
      isHeld = held
      if (!held) wake.call()
    },
  }
}
