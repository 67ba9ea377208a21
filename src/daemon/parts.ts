/** Opens the parts of the daemon by the settings, connects them, and closes them in reverse order. */
import type { Readable, Writable } from 'node:stream'
import { Answering } from '../ask/ask.js'
import { Committer, retryTransient, type RetryOptions } from '../commit/committer.js'
import type { Config } from '../config/schema.js'
import { policyOf, type Policy } from '../detect/policy.js'
import { openScores } from '../detect/scores.js'
import { NotUnderstood } from '../ingest/not-understood.js'
import { QuestionReader } from '../ingest/reader.js'
import type { SuppressionOf } from '../ingest/stored-names.js'
import { commitMsMax, sinkDrainMs, sinkStopMs, stopWithinMs } from '../limits.js'
import type { Registries } from '../lookup/lookup.js'
import type { Network } from '../lookup/net/addresses.js'
import { loadBootstrapFile } from '../lookup/rdap/bootstrap.js'
import type { Services } from '../lookup/rdap/services.js'
import { SentQueries } from '../lookup/sent-queries.js'
import type { DomainRecord } from '../model/record.js'
import type { Reducer } from '../names/psl.js'
import { openLogFile } from '../output/log-file.js'
import { type Output, type OutputFormat, openStdout } from '../output/output.js'
import { Rotation, ruleOf } from '../output/rotation.js'
import { Claimer, type ClaimerOptions } from '../resolve/claimer.js'
import { Outage } from '../resolve/outage.js'
import { Resolver } from '../resolve/resolver.js'
import { storedSuppressionBy } from '../sightings/suppressed.js'
import { lockOutput } from '../store/exclusive.js'
import { migrations } from '../store/schema.js'
import type { Store } from '../store/store.js'
import { emptyEfficiency, iscCounts, Counters, addEfficiency } from '../telemetry/counters.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { bootstrapIn } from './bootstrap-copy.js'
import { openEnrichment, type Enrichment } from './enrichment.js'
import { pushersOf, type PushersOptions } from './pushers.js'
import { openLookalikes, ownBrandsBy } from './lookalikes.js'
import { reducerBy, warnOfAge } from './names.js'
import { openSharing, sharingAlone, type Sharing } from './shared.js'
import { firstStart, openState, type State } from './state.js'
import { isFullDisk, openersBy, openSinksBy } from './sinks.js'

const readerBy = (
  { config, dir, skims }: Settings,
  reducer: Reducer,
  random: () => number,
  suppressionOf: SuppressionOf,
): QuestionReader => {
  // Of a throw-away store nobody could ask.
  const passive = config.pdns.enabled && dir !== undefined ? config.clients.record : undefined
  const countsClients = config.clients.record !== 'none'
  const sources = new Set(config.names_from)
  return new QuestionReader({ sources, reducer, skims, random, passive, countsClients, suppressionOf })
}

/* Registries and policy */

/**
 * Reads the files by which names are judged.
 *
 * @param dir the data folder; undefined if there is none
 * @throws Error that names the setting and says what is wrong with it
 */
export const loadJudging = async (config: Config, dir: string | undefined) => {
  const [scores, services, own] = await Promise.all([
    openScores(config, dir),
    loadBootstrapFile(config, dir),
    ownBrandsBy(config, dir),
  ])
  return { scores, services, own }
}

export interface JudgingOptions {
  readonly config: Config
  /** The services of `bootstrap_file`; undefined: IANA's file is fetched. */
  readonly services: Services | undefined
  readonly store: Store
  /** What names are judged by. */
  readonly names: Pick<Policy, 'scores' | 'resembles' | 'mayLeave'>
  /** What is shared with other sensors; undefined: nothing. */
  readonly sharing?: Sharing
  /** False: no look-ups, whatever the settings are. */
  readonly asks?: boolean
  /** First contacts are recorded and raise no alert. */
  readonly baseline: boolean
  readonly network: Network
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** Aborts when the program stops. */
  readonly signal: AbortSignal
}

/** For `mode: off`: look-ups are never made. */
const noRegistries: Registries = {
  lookup: () => Promise.resolve({ kind: 'unsupported', reason: 'no-rdap-service' }),
  serverOf: () => '',
  aheadOf: () => 0,
  readyIn: () => 0,
  hostsCount: () => 0,
  start: () => Promise.resolve(),
}

/** Opens the registries and the policy of verdicts. */
export const openJudging = async (options: JudgingOptions) => {
  const { config, services, store, names, asks = true, baseline } = options
  const { network, clock, telemetry, signal } = options
  const { shared, turns } = options.sharing ?? sharingAlone(clock)
  const efficiency = emptyEfficiency()
  const sent = new SentQueries(clock)
  const open = async () => {
    // Loaded only for look-ups: it is a fifth of the program.
    const { openLookup } = await import('../lookup/lookup.js')
    return openLookup({
      ...{ config, ...bootstrapIn(store), file: services, network, clock, telemetry, signal },
      ...{ shared, turns },
      onSent: sent.add,
      databaseVersion: `${migrations.length}.0`,
      efficiency: () => iscCounts(efficiency),
    })
  }
  const registries = config.mode === 'off' || !asks ? noRegistries : await open()
  const started = baseline ? Infinity : firstStart(store, clock.now())
  const outage = new Outage(telemetry)
  const { serverOf } = registries
  // Called for each record, so the server is looked for only during an outage.
  const isCutOff = (name: string) => outage.since !== undefined && outage.covers(serverOf(name))
  const policy = policyOf(config, { ...names, serverOf, isCutOff }, started)
  return { efficiency, registries, outage, policy, sent }
}

/**
 * An output with a lock, so that no second process writes to it: the two would break each other's lines. The lock is taken
 * when the output is first opened, so that `run` waits for a folder that cannot be written yet.
 */
export const lockedOutput = (output: Output): Output => {
  let unlock: (() => void) | undefined
  return {
    ...output,
    place: async () => {
      const place = await output.place()
      unlock ??= lockOutput(output.path)
      return place
    },
    close: async () => {
      await output.close()
      unlock?.()
    },
  }
}

/** The outside world, which tests replace: clock, randomness, streams, network, telemetry. */
export interface World {
  readonly clock: Clock
  /** Returns a number from 0 to 1, as Math.random. */
  readonly random: () => number
  readonly stdin: Readable
  readonly stdout: Writable
  readonly network: Network
  /** The environment, if a service manager may have started us. */
  readonly variables?: Readonly<Record<string, string | undefined>>
  readonly telemetry: Telemetry
}

export interface Settings {
  readonly config: Config
  /** The data folder; undefined for a throw-away store. */
  readonly dir: string | undefined
  readonly format: OutputFormat
  /** True for `run`: no other `run` may use this folder. */
  readonly exclusive: boolean
  /** Questions are answered, so commits must be short; also without `http`: see daemon/isc.ts. */
  readonly isAnswering?: boolean
  /** First contacts are recorded and raise no alert. */
  readonly baseline: boolean
  /** False (`--no-skim`): each line is parsed in full. Slower, with the same result. */
  readonly skims?: boolean
  /** Called with records once they are in the output. */
  readonly onRecords?: (records: readonly DomainRecord[]) => void
}

/** Opens the state, as soon as there is room on its disk. Undefined if the signal aborted before. */
const stateWithRoom = (
  settings: Settings,
  random: () => number,
  waiting: RetryOptions,
  signal: AbortSignal,
) =>
  retryTransient(
    () => new Promise<State>(done => done(openState(settings, random, waiting.telemetry))),
    waiting,
    signal,
  )

/** What this sensor shares; if that cannot be opened, the state is closed. */
const sharingOf = async (state: State, { config, dir }: Settings, world: World): Promise<Sharing> => {
  try {
    return await openSharing({ ...world, config, dir, store: state.store })
  } catch (error) {
    state.close()
    throw error
  }
}

/** Undefined: the sensor shares with nobody, so each of its first contacts is one of the site. */
const claimerOf = (
  { shared, sensor }: Sharing,
  { hold_seconds }: Config,
  options: Omit<ClaimerOptions, 'shared' | 'sensor' | 'waitMs'>,
): Claimer | undefined =>
  sensor === undefined ? undefined : new Claimer({ shared, sensor, waitMs: hold_seconds * 1000, ...options })

export type Parts = NonNullable<Awaited<ReturnType<typeof openParts>>>

/**
 * Opens all parts. Files that may be missing or wrong are read first, while nothing is locked or open that would have to be
 * closed again.
 *
 * @returns undefined if the signal aborted before the store could be opened: its disk may be full for hours
 */
export const openParts = async (settings: Settings, world: World, signal: AbortSignal) => {
  const { config, dir, format, baseline, isAnswering = config.http } = settings
  const { clock, random, network } = world
  const counters = new Counters()
  let giveWay = (): void => undefined
  const telemetry: Telemetry = report => {
    counters.count(report, clock.now())
    world.telemetry(report)
    if (isFullDisk(report, dir)) giveWay()
  }
  const { scores, services, own } = await loadJudging(config, dir)
  const openers = await openersBy(settings, clock)
  const reducer = () => reducerBy(config, dir, suffixes => warnOfAge(suffixes, clock.now(), telemetry))
  const reader = readerBy(settings, await reducer(), random, (...asked) => suppressionOf(...asked))

  const waiting = { path: dir ?? '', clock, telemetry }
  const state = await stateWithRoom(settings, random, waiting, signal)
  if (!state) return undefined
  const { store, path } = state
  const sharing = await sharingOf(state, settings, { ...world, telemetry })
  // Reading a million takes seconds: not in the first transaction, in which the database is locked.
  store.tagTable()
  const { output, rotation } = openOutput(settings, path, { ...world, telemetry }, signal)
  const onRecords = (records: readonly DomainRecord[]) => {
    counters.countRecords(records)
    answering.written(records)
    settings.onRecords?.(records)
  }
  const opening = { openers, config, dir, store, clock, random, telemetry }
  const sinks = await retryTransient(() => openSinksBy(opening), waiting, signal)
  giveWay = () => void sinks?.giveWay()
  const enrich: Enrichment['enrich'] = (...batch) => enrichment.enrich(...batch)
  const committer = new Committer({ store, output, format, sinks, enrich, clock, telemetry, onRecords })
  const lookalikes = await openLookalikes(own, store)
  const { resembles } = lookalikes
  const names = { scores, resembles, mayLeave: (name: string) => reader.mayLeave(name) }
  const judged = { config, services, store, names, sharing, baseline }
  const judging = await openJudging({ ...judged, network, clock, telemetry, signal })
  const { efficiency, registries, outage, policy, sent } = judging
  const suppressionOf = storedSuppressionBy(store, policy)
  const onSettled = (registrables: Iterable<string>) => {
    const settled = [...registrables]
    answering.settled(settled)
    // A pending alert about a registration ends the suppression of its names, in the log and over HTTP.
    if (settled.every(name => store.domain(name)?.pendingAlerts.length === 0)) return
    reader.clear()
    answering.forget()
  }
  const asking = { ...registries, policy, outage, random, onSettled }
  const waited = { commitMsMax: isAnswering ? commitMsMax : Infinity }
  const resolver = new Resolver({ store, committer, clock, telemetry, ...waited, ...asking, sent })
  const reduce = (query: string) => reader.reduce(query)
  const enriching = { store, reduce, network, committer, policy, clock, telemetry }
  const enrichment = await openEnrichment(settings, enriching, world.variables)
  const onAnswered = () => resolver.call()
  const claims = claimerOf(sharing, config, { store, committer, policy, clock, onAnswered })
  const pushing = { sharing, store, mayLeave: policy.mayLeave, reduce, onNewSalt: () => reader.clear() }
  const pushers = pushersOf({ ...pushing, record: recordBy(committer), ...waiting })
  const answering: Answering = new Answering({
    ...{ store, committer, policy, claims, clock, random, signal },
    ...{ reduce, onWaiting: () => resolver.call() },
    onEfficiency: batch => addEfficiency(efficiency, batch),
  })
  return {
    ...{ store, state, sharing, output, rotation, sinks, committer },
    ...{ reader, rooms: reader.rooms, reducer, policy },
    lookalikes,
    notUnderstood: new NotUnderstood(),
    ...{ counters, telemetry, efficiency, sent },
    ...waited,
    ...{ registries, outage, resolver, claims, ...pushers, answering, ...enrichment },
  }
}

const recordBy =
  (committer: Pick<Committer, 'commit'>): PushersOptions['record'] =>
  (pushed, signal) =>
    committer.commit({}, () => ({ records: [], ...pushed }), signal)

/**
 * Opens the output, and its rotation if `rotate` is set.
 *
 * @param path absolute; for stdout only a name
 */
const openOutput = (
  { config, format: { footer } }: Settings,
  path: string,
  { stdout, clock, telemetry }: World,
  signal: AbortSignal,
): { readonly output: Output; readonly rotation?: Rotation | undefined } => {
  const { rotate, keep, fsync } = config
  if (config.output === '-') return { output: openStdout(stdout, path) }
  const rule = ruleOf(rotate)
  const rotation = rule && new Rotation({ path, rule, keep, telemetry, signal })
  const options = { path, durable: fsync === 'always', footer, rotation, clock, telemetry }
  return { output: lockedOutput(openLogFile(options)), rotation }
}

/**
 * Closes all parts in reverse order, with a footer in the output. An error leaves nothing open.
 *
 * @param signal if it has aborted, the sinks get less time
 */
export const closeParts = async (parts: Parts, signal: AbortSignal): Promise<void> => {
  const { answering, committer, output, sharing, sinks, state } = parts
  try {
    await sharing.close()
    await answering.close()
    await committer.close(AbortSignal.timeout(stopWithinMs))
  } finally {
    try {
      await output.close()
      const drains = () => AbortSignal.any([signal, AbortSignal.timeout(sinkDrainMs)])
      await sinks?.close(signal.aborted ? AbortSignal.timeout(sinkStopMs) : drains())
    } finally {
      state.close()
    }
  }
}
