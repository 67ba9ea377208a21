/** The status of the daemon for `/metrics`, `/readyz` and `/stats`: counters, queues, lag, problems and warnings. */
import { alerts as alertList } from '../detect/alerts.js'
import { lagSecondsMax, retryMs, riskMax, warnedInputsMax, storeFullPart } from '../limits.js'
import { jsonEscaped } from '../output/json.js'
import type { SinkState } from '../output/sinks/sink-worker.js'
import type { SitePusher } from '../resolve/site-pusher.js'
import type { InputStatus, DaemonStatus } from '../telemetry/status.js'
import type { Parts } from './parts.js'

/** Returns the present status. `now`: epoch ms. */
export type Health = (now: number) => DaemonStatus

/** A stall is over when it was not reported again. abs: the clock may have been set back meanwhile. */
export const stallOf = (
  { stall }: Pick<Parts['counters'], 'stall'>,
  now: number,
): Parts['counters']['stall'] => (stall && Math.abs(now - stall.at) < 3 * retryMs ? stall : undefined)

const lagging = (inputs: readonly InputStatus[]): string[] =>
  inputs
    .filter(({ lagSeconds }) => lagSeconds > lagSecondsMax)
    .map(({ path, lagSeconds }) => `${path} is read ${Math.round(lagSeconds)} s late`)

const filling = (count: number, max: number): string[] =>
  count >= max * storeFullPart
    ? [
        `${count} domains are in the store, which holds ${max} (domains_max): beyond it, those that are not registered ` +
          'are evicted',
      ]
    : []

const cutOff = ({ since }: Parts['outage']): string[] =>
  since === undefined
    ? []
    : [
        `no registry could be reached since ${new Date(since).toISOString()}: look-ups count as off, and names wait in ` +
          'the queue until one answers',
      ]

const apart =
  'the store that sensors share is away: this sensor goes on alone, and tells the site later what it has seen'

/** So that the first of a kind is an increase, too: Prometheus sees none from nothing to 1. */
const noAlerts = Object.fromEntries(alertList.map(({ name }) => [name, 0]))

const noRecords = (sinks: readonly SinkState[]): Record<string, number> =>
  Object.fromEntries(
    sinks.flatMap(({ name }) => ['sent', 'dropped', 'skipped'].map(result => [`${name} ${result}`, 0])),
  )

/** The warning about a sink that is down. Its error may quote the receiver's certificate, so it is escaped. */
const standing = ({ name, down, waitingBytes }: SinkState): string[] =>
  down === undefined
    ? []
    : [
        `sink ${name} takes no records since ${new Date(down.since).toISOString()} (${jsonEscaped(down.error)}): ${waitingBytes} bytes wait`,
      ]

const shown = (warnings: readonly string[]): string[] => {
  const more = warnings.length - warnedInputsMax
  return [...warnings.slice(0, warnedInputsMax), ...(more > 0 ? [`and ${more} more logs`] : [])]
}

/** How many records had each risk, from 0 on. */
const risksOf = (found: Readonly<Record<string, number>>): number[] =>
  Array.from({ length: riskMax + 1 }, (_, risk) => found[risk] ?? 0)

const waitingSeconds = (pusher: Pick<SitePusher, 'oldest'> | undefined, now: number): number =>
  Math.max(0, now - (pusher?.oldest() ?? now)) / 1000

type Judged = Pick<Parts, 'counters' | 'store' | 'efficiency' | 'outage'> &
  Partial<Pick<Parts, 'sinks' | 'pusher' | 'factPusher' | 'sharing'>>

/**
 * @param inputs the lag of each input
 * @param inVain warnings about logs that cannot be parsed, or cannot be read
 */
export const healthOf = (
  { counters, store, efficiency, outage, sinks, pusher, factPusher, sharing }: Judged,
  inputs: (now: number) => readonly InputStatus[],
  inVain: () => Iterable<string> = () => [],
): Health => {
  return now => {
    const { lines, questions, skips, notUnderstood, records, alerts, lookups, limits, commits } = counters
    const { missed, lost } = counters
    const lag = inputs(now)
    const stall = stallOf(counters, now)
    const sinkStates = sinks?.states ?? []
    return {
      ...{
        lines,
        questions,
        skips: skips.toJSON(),
        records: records.toJSON(),
        alerts: { ...noAlerts, ...alerts.toJSON() },
        risks: risksOf(counters.risks.toJSON()),
        muted: counters.muted,
      },
      ...{
        inputLines: counters.inputLines.toJSON(),
        notUnderstood: notUnderstood.toJSON(),
        lookups: lookups.toJSON(),
        iscCommands: counters.iscCommands.toJSON(),
        limits: limits.toJSON(),
        sinks: { ...noRecords(sinkStates), ...counters.sinks.toJSON() },
        shared: counters.shared.toJSON(),
        enriched: counters.enriched.toJSON(),
        commits: { ...commits },
        missed: { ...missed },
        lost: { ...lost },
        efficiency: { ...efficiency },
      },
      ...{
        lookupsQueued: store.queue.count(),
        recordsPending: store.pendingCount(),
        followupsDue: store.followupsDueCount(),
        claimsOpen: store.claims.openCount(),
        enrichmentsOpen: store.enrichments.count(),
        sharedAway: sharing?.shared.isAway() ?? false,
        countsWaiting: pusher?.waiting() ?? 0,
        countsWaitingSeconds: waitingSeconds(pusher, now),
        factsWaiting: factPusher?.waiting() ?? 0,
        factsWaitingSeconds: waitingSeconds(factPusher, now),
        domains: store.domainsCount(),
        domainsMax: store.domainsMax,
        evicted: store.evictedCount(),
      },
      inputs: lag,
      sinkStates: sinkStates.map(({ name, waitingBytes, down }) => ({
        ...{ name, waitingBytes },
        isDown: down !== undefined,
      })),
      stalled: { store: stall?.of === 'store', output: stall?.of === 'output' },
      problems: [...(stall ? [stall.problem] : []), ...lagging(lag)],
      warnings: [
        ...filling(store.domainsCount(), store.domainsMax),
        ...cutOff(outage),
        ...(sharing?.shared.isAway() ? [apart] : []),
        ...sinkStates.flatMap(standing),
        ...shown([...inVain()]),
      ],
    }
  }
}
