/** The progress of `scan` and `run --once` while records wait for registries, and their summary of records still waiting. */
import type { LeftOver } from '../daemon/daemon.js'
import { drainStalledMsMax, drainReportMs } from '../limits.js'
import type { Clock } from '../time/clock.js'
import type { Io } from './io.js'

export interface Waiting {
  /** Called with the number of waiting records. */
  readonly onLeft: (left: number) => void
  readonly stop: () => void
}

const barFormat = 'registries: {bar} {value} of {total} records | {eta_formatted} left'

/** @param hasTable records are printed to the same terminal: a progress bar and a table would overwrite each other */
export const showWaiting = async (io: Io, hasTable: boolean, clock: Clock): Promise<Waiting> => {
  if (io.stderr.isTTY !== true || hasTable) return printWaiting(io, clock)
  const { openBar } = await import('./fix.js')
  let bar: ReturnType<typeof openBar>
  let most = 0
  return {
    onLeft: left => {
      if (left === 0) return
      most = Math.max(most, left)
      bar ??= openBar(io, most, barFormat)
      bar?.setTotal(most)
      bar?.update(most - left)
    },
    stop: () => bar?.stop(),
  }
}

const printWaiting = (io: Io, clock: Clock): Waiting => {
  let most = 0
  let due = -Infinity
  return {
    onLeft: left => {
      most = Math.max(most, left)
      if (left === 0 || clock.now() < due) return
      due = clock.now() + drainReportMs
      io.stderr.write(`waiting for registries: ${left} of ${most} records are left\n`)
    },
    stop: () => undefined,
  }
}

const counted = (count: number): string => (count === 1 ? '1 record' : `${count} records`)

/**
 * The text about records that still wait; empty if none does.
 *
 * @param isKept the next `run` of the folder continues with them
 */
export const leftOverText = ({ isStalled, held, followups }: LeftOver, isKept: boolean): string => {
  if (held + followups === 0) return ''
  const why = isStalled
    ? `No registry has answered for ${drainStalledMsMax / 1000} s, or may be asked soon.\n`
    : ''
  if (isKept)
    return `${why}${counted(held + followups)} still without an answer: the next run goes on with them.\n`
  const lost = [
    ...(held > 0 ? [`${counted(held)} not written`] : []),
    ...(followups > 0 ? [`${counted(followups)} without a follow-up`] : []),
  ]
  return `${why}Left: ${lost.join(', ')}.\n`
}
