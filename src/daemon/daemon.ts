/** The daemon: connects the parts of the program, and runs ingest and resolver until the signal aborts. */
import { setMaxListeners } from 'node:events'
import process from 'node:process'
import type { HttpPort } from '../http/port.js'
import { ingest, type IngestOptions, type LineSource } from '../ingest/ingest.js'
import { waitForAnswers, type Ending } from '../resolve/drain.js'
import type { Claimer } from '../resolve/claimer.js'
import type { Enricher } from '../enrich/enricher.js'
import type { Resolver } from '../resolve/resolver.js'
import type { SitePusher } from '../resolve/site-pusher.js'
import { Sources } from '../feeds/sources.js'
import type { Store } from '../store/store.js'
import { lagOf } from '../tail/followed.js'
import { foldersOf } from '../tail/inputs.js'
import { Scan } from '../tail/scan.js'
import type { Input } from '../tail/source.js'
import { Tail } from '../tail/tail.js'
import { createIdleCheck, watchFolders, type WatchOptions } from '../tail/watch.js'
import { addEfficiency, type Efficiency } from '../telemetry/counters.js'
import { createWake, type Wake } from '../time/wake.js'
import { withFeedback } from './feedback.js'
import { healthOf, stallOf, type Health } from './health.js'
import { openFeeds, type OpenFeedsOptions } from './inputs.js'
import type { ServedIsc } from './isc.js'
import { withLookalikes } from './lookalikes.js'
import { closeParts, openParts, type Parts, type Settings, type World } from './parts.js'
import { withServiceManager } from './service-manager.js'
import { withUpdates } from './updates.js'

export interface PipelineOptions extends IngestOptions {
  readonly store: Store
  readonly resolver: Resolver
  readonly claims?: Claimer | undefined
  readonly enricher?: Enricher | undefined
  /** Of counts, and of facts. */
  readonly pusher?: Pick<SitePusher, 'run'> | undefined
  readonly factPusher?: Pick<SitePusher, 'run'> | undefined
  /** The hold time of the settings, in ms, whatever `unresolved` says. */
  readonly holdMs: number
}

/**
 * Runs ingest, resolver, claimer and enricher together; an error of one stops the others. Without an ending it reads until the signal aborts;
 * with one, to the present end of the inputs, and then waits for registries.
 *
 * @returns true if records still wait and no registry answers
 * @throws the error that ended one of them
 */
export const runPipeline = async (
  options: PipelineOptions,
  ending: Ending | undefined,
  signal: AbortSignal,
): Promise<boolean> => {
  const life = new AbortController()
  // Each look-up under way adds a listener.
  setMaxListeners(0, life.signal)
  const end = () => life.abort()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  const read = async () => {
    await ingest(options, ending !== undefined, life.signal)
    if (ending === undefined || life.signal.aborted) return false
    const isStalled = await waitForAnswers(options, ending)
    await enricher?.settled()
    return isStalled
  }
  const { resolver, claims, enricher, pusher, factPusher } = options
  const reading = read().finally(end)
  const all = [
    reading,
    ...[resolver, claims, enricher, pusher, factPusher].flatMap(
      one => one?.run(life.signal).finally(end) ?? [],
    ),
  ]
  // If one fails, wait for the others: the caller closes the store and the output.
  await Promise.allSettled(all)
  signal.removeEventListener('abort', end)
  await Promise.all(all)
  return reading
}

/** The pending records when a pass ends. */
export interface LeftOver {
  /** No registry answers any more. */
  readonly isStalled: boolean
  /** `held`: not written yet. `followups`: written, and their follow-up is due. */
  readonly held: number
  readonly followups: number
}

const leftOver = ({ store, policy }: Pick<Parts, 'store' | 'policy'>, isStalled: boolean): LeftOver => ({
  isStalled,
  held: store.pendingCount(),
  followups: policy.lookups ? store.followupsDueCount() : 0,
})

/** Recovers the output and the rotation after a crash, starts the sinks, and asks the ISC for its CONFIG. */
const begin = async (
  { committer, rotation, sinks, policy, registries }: Parts,
  signal: AbortSignal,
): Promise<void> => {
  await committer.recover(signal)
  // After `recover`, which may append to a rotated log.
  rotation?.tidy()
  sinks?.start()
  if (policy.lookups)
    await registries.start(signal).catch((error: unknown) => {
      // Stopped while it waited for the ISC: all further steps end at once.
      if (!signal.aborted) throw error
    })
}

/** Warnings about inputs that cannot be parsed, or cannot be read. */
const warningsOf = function* (
  { notUnderstood }: Pick<Parts, 'notUnderstood'>,
  tail: Tail,
  sources: Sources | undefined,
): Generator<string> {
  for (const { path, text } of notUnderstood) if (tail.has(path) || sources?.has(path) === true) yield text
  if (sources) yield* sources.warnings()
  for (const why of tail.unreadable()) yield `${why}: nothing of it is read until it may be`
  for (const { path, why } of tail.refused()) yield `${path} ${why.message}, and not read: ${why.remedy}`
}

/** Wakes the reader when there may be more in the files, until the signal aborts. */
const watch = async (
  inputs: readonly Input[],
  tail: Tail,
  options: WatchOptions,
  wake: Wake,
  signal: AbortSignal,
): Promise<void> => {
  const folders = (await Promise.all(inputs.map(foldersOf))).flat()
  const isIdle = createIdleCheck(inputs, () => tail.followed)
  watchFolders(folders, { ...options, isIdle }, wake, signal)
}

/**
 * The files and the feeds as one source. `end` stops the feeds, and closes the files.
 *
 * @param options undefined: without the feeds of the settings
 */
const together = async (tail: Tail, options: OpenFeedsOptions | undefined, signal: AbortSignal) => {
  const all = new Sources(tail, options ? await openFeeds(options) : [])
  const life = new AbortController()
  const running = all.run(AbortSignal.any([signal, life.signal]))
  const end = async (): Promise<void> => {
    life.abort()
    await running
    await all.close()
    await tail.close()
  }
  return { all, end }
}

/** Reopens the output, and reads the ignore list again. */
const reload = async ({ output, reader, reducer, answering }: Parts): Promise<void> => {
  output.reopen()
  reader.use(await reducer())
  answering.forget()
}

const ignored = (): void => undefined

/** So that `/metrics` tells an input of which nothing was read yet as 0. */
const countFromZero = ({ counters }: Parts, inputs: Iterable<{ readonly path: string }>): void => {
  for (const { path } of inputs) counters.inputLines.add(path, 0)
}

/** What is done while the inputs are read: feedback and the most asked domains are kept up to date, published registrations are taken, and systemd is told. */
const attended = (
  parts: Parts,
  settings: Settings,
  world: World,
  { once, wake, health, signal }: { once: boolean; wake: Wake; health: Health; signal: AbortSignal },
  read: (turn: () => void) => Promise<LeftOver>,
): Promise<LeftOver> => {
  const isStalled = (now: number) => stallOf(parts.counters, now) !== undefined
  const { telemetry } = parts
  const { clock, variables = {} } = world
  const told = once ? {} : variables
  const how = { clock, once, signal }
  return withServiceManager(
    { variables: told, pid: process.pid, health, wake, isStalled, clock, telemetry },
    turn =>
      withFeedback(parts, settings, how, () =>
        withLookalikes(parts, settings.config, how, () =>
          withUpdates(parts, settings, world, how, () => read(turn)),
        ),
      ),
    signal,
  )
}

/** The ports of the daemon, each loaded only if it is opened: their libraries take a tenth of a second. */
const portsOf = (parts: Parts, settings: Settings, world: World, health: Health, signal: AbortSignal) => {
  let http: Pick<HttpPort, 'address' | 'close'> | undefined
  let isc: ServedIsc | undefined
  return {
    /** Opens the HTTP port. Returns its address. */
    serve: async (): Promise<string> => {
      const { serveHttp } = await import('./http.js')
      http = await serveHttp(parts, settings, world, health, signal)
      return http.address
    },
    /** Opens the port of the ISC server. Returns its address. */
    serveIsc: async (): Promise<string> => {
      const { serveIsc } = await import('./isc.js')
      isc = await serveIsc(parts, settings, world, signal)
      return isc.address
    },
    reload: async (): Promise<void> => isc?.reload(),
    close: async (): Promise<void> => {
      // A question over HTTP that waits for a program is answered that the server stops.
      await Promise.all([parts.commands?.close(), http?.close(), isc?.close()])
    },
  }
}

/**
 * Opens a data folder, and recovers after a crash.
 *
 * @param signal ends all waits of the program
 * @returns undefined if the signal aborted before anything was opened
 * @throws Error with a remedy, if a part cannot be opened
 */
export const openDaemon = async (settings: Settings, world: World, signal: AbortSignal) => {
  const { config, dir } = settings
  const { clock } = world
  // Each wait for the bootstrap file and the disk adds a listener.
  setMaxListeners(0, signal)
  const parts = await openParts(settings, world, signal)
  if (!parts) return undefined
  const { store, output, reader, rooms, policy, resolver, telemetry } = parts
  try {
    await begin(parts, signal)
  } catch (error) {
    await closeParts(parts, signal)
    throw error
  }

  const read = async (source: LineSource, wake: Wake, ending?: Ending, onTurn = ignored) => {
    const onWaiting = () => resolver.call()
    const onEfficiency = (batch: Efficiency) => addEfficiency(parts.efficiency, batch)
    const holdMs = config.hold_seconds * 1000
    const options = { ...parts, source, clock, wake, holdMs, onWaiting, onEfficiency, onTurn }
    return leftOver(parts, await runPipeline(options, ending, signal))
  }
  const checkpoints = dir === undefined ? [] : store.checkpoints()
  reader.resume(checkpoints)
  const shared = { checkpoints, newFile: store.newFile, isOurs: output.isOurs, clock, telemetry, rooms }

  let tail: Tail | undefined
  let sources: Sources | undefined
  const inVain = () => (tail ? warningsOf(parts, tail, sources) : [])
  const lag = (now: number) => [...lagOf(tail?.followed ?? [], now), ...(sources?.status(now) ?? [])]
  const health = healthOf(parts, lag, inVain)
  const ports = portsOf(parts, settings, world, health, signal)

  return {
    counters: parts.counters,
    /** Epoch ms until which first contacts raise no alert. */
    learningUntil: policy.learningUntil,
    /** The number of hosts that may be asked, and the queries that were sent. */
    ...{ hostsCount: parts.registries.hostsCount, sent: parts.sent },
    serve: ports.serve,
    serveIsc: ports.serveIsc,
    /** Follows the inputs until the signal aborts; with an ending only the files, to their present end. Returns what still waits. */
    follow: async (inputs: readonly Input[], ending?: Ending): Promise<LeftOver> => {
      const wake = createWake()
      const once = ending !== undefined
      const following = new Tail({ inputs, catchUpDays: config.catch_up_days, once, ...shared })
      tail = following
      if (!once) await watch(inputs, following, { pollSeconds: config.poll_seconds, ...shared }, wake, signal)
      const feeds = once || dir === undefined ? undefined : { ...parts, config, dir, wake, clock }
      const { all, end } = await together(following, feeds, signal)
      sources = all
      countFromZero(parts, [...inputs, ...all.status(clock.now())])
      return attended(parts, settings, world, { once, wake, health, signal }, turn =>
        read(all, wake, ending, turn).finally(end),
      )
    },
    /** Reads files once, from beginning to end. Returns what still waits. */
    scan: async (
      inputs: readonly Input[],
      ending: Ending,
      onBytes?: (bytes: number) => void,
    ): Promise<LeftOver> => {
      const scan = new Scan({ inputs, stdin: world.stdin, onBytes, ...shared })
      return read(scan, createWake(), ending).finally(() => scan.close())
    },
    /** For SIGHUP. */
    reload: async (): Promise<void> => {
      await ports.reload()
      await reload(parts)
    },
    close: async (): Promise<void> => {
      await ports.close()
      await closeParts(parts, signal)
    },
  }
}
