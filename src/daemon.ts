/** The daemon: reads, looks up and writes until it is told to stop. Knows everything, does nothing. */
import { setMaxListeners } from 'node:events'
import { addEfficiency, type Efficiency } from './pipeline/efficiency.js'
import { closeParts, openParts, type Settings, type World } from './parts.js'
import type { LineSource } from './pipeline/ingest.js'
import { runPipeline } from './pipeline/run.js'
import { createReducer } from './reduce/reducer.js'
import { foldersOf } from './tail/paths.js'
import { Scan } from './tail/scan.js'
import type { Input } from './tail/source.js'
import { Tail } from './tail/tail.js'
import { watchFolders } from './tail/watch.js'
import { createWake, type Wake } from './wake.js'

/**
 * Opens a data folder and finishes what a crash cut off. The signal is the life of everything that waits.
 *
 * @throws Error if a part cannot be opened, saying what to do
 */
export const openDaemon = async (settings: Settings, world: World, signal: AbortSignal) => {
  const { config, dir } = settings
  const { clock, telemetry } = world
  // Each wait of the bootstrap and the disk listens to it.
  setMaxListeners(0, signal)
  const parts = await openParts(settings, world, signal)
  const { store, output, committer, reader, rules, efficiency, registries, resolver } = parts
  try {
    await committer.recover(signal)
    if (rules.lookups)
      await registries.start(signal).catch((error: unknown) => {
        // Told to stop while the ISC kept it waiting: what follows ends at once, in good order.
        if (!signal.aborted) throw error
      })
  } catch (error) {
    await closeParts(parts)
    throw error
  }

  const read = (source: LineSource, wake: Wake, once: boolean) => {
    const onWaiting = () => resolver.call()
    const onEfficiency = (batch: Efficiency) => addEfficiency(efficiency, batch)
    const options = { source, reader, committer, rules, clock, wake, onWaiting, onEfficiency, telemetry }
    return runPipeline(options, resolver, once, signal)
  }
  const shared = {
    positions: dir === undefined ? [] : store.positions(),
    newFile: store.newFile,
    isOurs: output.isOurs,
    telemetry,
  }

  return {
    /** Follows the inputs until the signal aborts, or with `once` to their present end. */
    follow: async (inputs: readonly Input[], once: boolean): Promise<void> => {
      const wake = createWake()
      const tail = new Tail({ inputs, ...shared })
      const folders = (await Promise.all(inputs.map(foldersOf))).flat()
      if (!once) watchFolders(folders, config.poll_seconds * 1000, wake, clock, signal)
      await read(tail, wake, once).finally(() => tail.close())
    },
    /** Reads files from beginning to end. */
    scan: async (inputs: readonly Input[], onBytes?: (bytes: number) => void): Promise<void> => {
      const scan = new Scan({ inputs, stdin: world.stdin, onBytes, ...shared })
      await read(scan, createWake(), true).finally(() => scan.close())
    },
    /** What SIGHUP asks for: the output is opened again, and the ignore list read again. */
    reload: async (): Promise<void> => {
      output.reopen()
      reader.use(createReducer(await parts.ignored()))
    },
    close: () => closeParts(parts),
  }
}
