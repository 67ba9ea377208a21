/** The daemon: reads, looks up and writes until it is told to stop. Knows everything, does nothing. */
import { setMaxListeners } from 'node:events'
import type { HttpPort } from '../http/port.js'
import { ingest, type IngestOptions, type LineSource } from '../ingest/ingest.js'
import { waitForAnswers, type Ending } from '../resolve/drain.js'
import type { Resolver } from '../resolve/resolver.js'
import type { Store } from '../store/store.js'
import { lagOf } from '../tail/followed.js'
import { foldersOf } from '../tail/inputs.js'
import { Scan } from '../tail/scan.js'
import type { Input } from '../tail/source.js'
import { Tail } from '../tail/tail.js'
import { createIdleCheck, watchFolders } from '../tail/watch.js'
import { addEfficiency, type Efficiency } from '../telemetry/counters.js'
import { createWake, type Wake } from '../time/wake.js'
import { healthOf } from './health.js'
import { closeParts, openParts, type Parts, type Settings, type World } from './parts.js'

/* Both halves of the story together: they end together, and an error of one ends the other. */

export interface PipelineOptions extends IngestOptions {
  readonly store: Store
  readonly resolver: Resolver
  /** The hold time of the settings, in ms, whatever `unresolved` says. */
  readonly holdMs: number
}

/**
 * Reads until the signal aborts, or with an ending to the present end, and then waits for registries.
 *
 * @returns true if records wait still and no registry answers
 * @throws whatever ended one of the two
 */
export const runPipeline = async (
  options: PipelineOptions,
  ending: Ending | undefined,
  signal: AbortSignal,
): Promise<boolean> => {
  const life = new AbortController()
  // Every look-up under way listens to it.
  setMaxListeners(0, life.signal)
  const end = () => life.abort()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  const read = async () => {
    await ingest(options, ending !== undefined, life.signal)
    return ending !== undefined && !life.signal.aborted && (await waitForAnswers(options, ending))
  }
  const both = [read().finally(end), options.resolver.run(life.signal).finally(end)] as const
  // Nothing may be closed under the one that is still at work when the other has failed.
  await Promise.allSettled(both)
  signal.removeEventListener('abort', end)
  const [isStalled] = await Promise.all(both)
  return isStalled
}

/** Records without the answer of a registry when a pass ends. */
export interface LeftOver {
  /** No registry answers any more. */
  readonly isStalled: boolean
  /** Not written yet; written, and owed a follow-up. */
  readonly held: number
  readonly followups: number
}

const leftOver = ({ store, policy }: Pick<Parts, 'store' | 'policy'>, isStalled: boolean): LeftOver => ({
  isStalled,
  held: store.pendingCount(),
  followups: policy.lookups ? store.followupsDueCount() : 0,
})

/** Finishes what a crash cut off, and hears what the far side wants before anybody is looked up. */
const begin = async (
  { committer, rotation, sinks, policy, registries }: Parts,
  signal: AbortSignal,
): Promise<void> => {
  await committer.recover(signal)
  // Not before: what the crash cut off may belong into a rotated log.
  rotation?.tidy()
  sinks?.start()
  if (policy.lookups)
    await registries.start(signal).catch((error: unknown) => {
      // Told to stop while the ISC kept it waiting: what follows ends at once, in good order.
      if (!signal.aborted) throw error
    })
}

/**
 * Opens a data folder and finishes what a crash cut off. The signal is the life of everything that waits; undefined if
 * it aborted before there was anything to close.
 *
 * @throws Error if a part cannot be opened, saying what to do
 */
export const openDaemon = async (settings: Settings, world: World, signal: AbortSignal) => {
  const { config, dir } = settings
  const { clock } = world
  // Each wait of the bootstrap and the disk listens to it.
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

  const read = async (source: LineSource, wake: Wake, ending?: Ending): Promise<LeftOver> => {
    const onWaiting = () => resolver.call()
    const onEfficiency = (batch: Efficiency) => addEfficiency(parts.efficiency, batch)
    const holdMs = config.hold_seconds * 1000
    const options = { ...parts, source, clock, wake, holdMs, onWaiting, onEfficiency }
    return leftOver(parts, await runPipeline(options, ending, signal))
  }
  const checkpoints = dir === undefined ? [] : store.checkpoints()
  reader.resume(checkpoints)
  const shared = { checkpoints, newFile: store.newFile, isOurs: output.isOurs, telemetry, rooms }

  let tail: Tail | undefined
  /** What is to be said of logs that are there and are not understood, or not read. */
  const inVain = function* (): Generator<string> {
    if (!tail) return
    for (const { path, text } of parts.notUnderstood) if (tail.has(path)) yield text
    for (const { path, why } of tail.refused()) yield `${path} ${why.message}, and not read: ${why.remedy}`
  }
  const health = healthOf(parts, now => lagOf(tail?.followed ?? [], now), inVain)
  let port: Pick<HttpPort, 'close'> | undefined

  return {
    counters: parts.counters,
    /** Epoch ms until which first contacts raise no alert. */
    learningUntil: policy.learningUntil,
    /** How many hosts might be asked outside, and what was sent to whom. */
    ...{ hostsCount: parts.registries.hostsCount, sent: parts.sent },
    /** Answers over HTTP from now on, until it is closed. Gives the address. */
    serve: async (): Promise<string> => {
      // Loaded only where there is a port: the libraries behind it take a tenth of a second.
      const { serveHttp } = await import('./http.js')
      const opened = await serveHttp(parts, settings, world, health, signal)
      port = opened
      return opened.address
    },
    /** Follows the inputs until the signal aborts, or with an ending to their present end. Gives what waits still. */
    follow: async (inputs: readonly Input[], ending?: Ending): Promise<LeftOver> => {
      const wake = createWake()
      const once = ending !== undefined
      const following = new Tail({ inputs, catchUpDays: config.catch_up_days, once, ...shared })
      tail = following
      const folders = (await Promise.all(inputs.map(foldersOf))).flat()
      const isIdle = createIdleCheck(inputs, () => following.followed)
      if (!ending) watchFolders(folders, config.poll_seconds * 1000, wake, clock, signal, isIdle)
      return read(following, wake, ending).finally(() => following.close())
    },
    /** Reads files from beginning to end. Gives what waits still. */
    scan: async (
      inputs: readonly Input[],
      ending: Ending,
      onBytes?: (bytes: number) => void,
    ): Promise<LeftOver> => {
      const scan = new Scan({ inputs, stdin: world.stdin, onBytes, ...shared })
      return read(scan, createWake(), ending).finally(() => scan.close())
    },
    /** What SIGHUP asks for: the output is opened again, and the ignore list read again. */
    reload: async (): Promise<void> => {
      output.reopen()
      reader.use(await parts.reducer())
      parts.answering.forget()
    },
    close: async (): Promise<void> => {
      await port?.close()
      await closeParts(parts, signal)
    },
  }
}
