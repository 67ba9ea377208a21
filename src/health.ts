/** How the daemon is: its sums, what waits, how far it is behind, and what keeps it from its work. */
import { lagSecondsMax, retryMs, domainsCountKeptMs } from './limits.js'
import type { Parts } from './parts.js'
import type { InputStatus, Status } from './status.js'

/** Someone who asks for the status. @param now epoch ms */
export type Health = (now: number) => Status

/** Counting all domains takes a while: they are counted once in so many seconds. */
const domainsCounter = (count: () => number) => {
  let counted = { at: -Infinity, count: 0 }
  return (now: number): number => {
    if (now - counted.at >= domainsCountKeptMs || now < counted.at) counted = { at: now, count: count() }
    return counted.count
  }
}

/** A stall is over when it was not told of again. */
const stalls = ({ stall }: Parts['counters'], now: number): string[] =>
  stall && now - stall.at < 3 * retryMs ? [stall.problem] : []

const lagging = (inputs: readonly InputStatus[]): string[] =>
  inputs
    .filter(({ lagSeconds }) => lagSeconds > lagSecondsMax)
    .map(({ path, lagSeconds }) => `${path} is read ${Math.round(lagSeconds)} s late`)

/** @param inputs how far each is behind */
export const healthOf = (
  { counters, store, efficiency }: Parts,
  inputs: (now: number) => readonly InputStatus[],
): Health => {
  const domains = domainsCounter(store.domainsCount)
  return now => {
    const { lines, questions, skips, records, alerts, lookups, limits, commits } = counters
    const lag = inputs(now)
    return {
      ...{ lines, questions, skips: skips.toJSON(), records: records.toJSON(), alerts: alerts.toJSON() },
      ...{
        lookups: lookups.toJSON(),
        limits: limits.toJSON(),
        commits: { ...commits },
        efficiency: { ...efficiency },
      },
      ...{
        queue: store.queue.count(),
        held: store.heldCount(),
        owed: store.owedCount(),
        domains: domains(now),
      },
      inputs: lag,
      problems: [...stalls(counters, now), ...lagging(lag)],
    }
  }
}
