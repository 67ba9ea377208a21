/** Opens the parts, wires them, and closes them in reverse. Knows everything, does nothing. */
import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Clock } from './clock.js'
import { resolveIn } from './config/load.js'
import type { Config } from './config/schema.js'
import { loadFreqTable } from './freq/load.js'
import { score } from './freq/score.js'
import { stopWithinMs } from './limits.js'
import { openLookup } from './lookup/open.js'
import type { Format } from './output/format.js'
import { openLogFile } from './output/log-file.js'
import { openStdout } from './output/stdout.js'
import { Committer } from './pipeline/committer.js'
import type { LineSource } from './pipeline/ingest.js'
import { QuestionReader } from './pipeline/questions.js'
import { Resolver } from './pipeline/resolve.js'
import { rulesOf } from './pipeline/rules.js'
import { runPipeline } from './pipeline/run.js'
import type { DomainRecord } from './record.js'
import { loadIgnored } from './reduce/ignored.js'
import { createReducer } from './reduce/reducer.js'
import { lockFolder } from './store/lock.js'
import { bootstrapIn } from './store/bootstrap.js'
import { openStore, type Store } from './store/store.js'
import { foldersOf } from './tail/paths.js'
import { Scan } from './tail/scan.js'
import type { Input } from './tail/source.js'
import { Tail } from './tail/tail.js'
import { watchFolders } from './tail/watch.js'
import type { Telemetry } from './telemetry.js'
import { userAgent } from './version.js'
import { createWake, type Wake } from './wake.js'

/** What the daemon is handed from outside: time, chance, streams, the network. */
export interface World {
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly stdin: Readable
  readonly stdout: Writable
  readonly dispatcher: Dispatcher
  readonly telemetry: Telemetry
}

export interface Settings {
  readonly config: Config
  /** The data folder; undefined for a throw-away store. */
  readonly dir: string | undefined
  readonly format: Format
  /** Nobody else may run on this folder. */
  readonly exclusive: boolean
  /** First contacts are recorded and not alerted. */
  readonly baseline: boolean
  /** Told of records once they are in the output. */
  readonly onRecords?: (records: readonly DomainRecord[]) => void
}

/**
 * Opens a data folder and finishes what a crash cut off. The signal is the life of everything that waits.
 *
 * @throws Error if a part cannot be opened, saying what to do
 */
export const openDaemon = async (settings: Settings, world: World, signal: AbortSignal) => {
  const { config, dir, format, onRecords } = settings
  const { clock, random, telemetry, dispatcher } = world
  // Each wait of the bootstrap and the disk listens to it.
  setMaxListeners(0, signal)
  const unlock = dir !== undefined && settings.exclusive ? lockFolder(dir) : () => undefined
  const durable = config.fsync === 'always'
  const isStdout = config.output === '-'
  // The one `run` of a folder goes on where the last one crashed; each scan to stdout is for itself.
  const own = settings.exclusive ? '-' : `-:${random()}`
  const path = isStdout ? own : resolveIn(dir ?? '.', config.output)
  const store = openStore(dir === undefined ? ':memory:' : join(dir, 'domainstats.sqlite'), durable, path)
  if (settings.exclusive) store.adopt()
  const output = isStdout
    ? openStdout(world.stdout, path)
    : openLogFile({ path, durable, footer: format.footer, clock, telemetry })

  const table = config.enable_freq_scores ? await loadFreqTable(config.freq_table, dir ?? '.') : undefined
  const started = settings.baseline ? Infinity : firstStart(store, clock.now())
  const rules = rulesOf(config, domain => table && score(table, domain), started)
  const committer = new Committer({
    store,
    output,
    format,
    clock,
    telemetry,
    ...(onRecords && { onRecords }),
  })
  const ignored = () =>
    loadIgnored(config.ignore, config.ignore_file && resolveIn(dir ?? '.', config.ignore_file))
  const reader = new QuestionReader(new Set(config.names_from), createReducer(await ignored()))
  const asking = { servers: config.rdap.servers, userAgent: userAgent(config.contact), dispatcher }
  const lookup = openLookup({ ...asking, ...bootstrapIn(store), clock, telemetry, signal })
  const mayLeave = (registrable: string) => reader.mayLeave(registrable)
  const resolver = new Resolver({ store, committer, lookup, rules, mayLeave, clock, random, telemetry })
  await committer.recover(signal)

  const read = (source: LineSource, wake: Wake, once: boolean) => {
    const onWaiting = () => resolver.call()
    const options = { source, reader, committer, rules, clock, wake, onWaiting, telemetry }
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
      reader.use(createReducer(await ignored()))
    },
    close: async (): Promise<void> => {
      await committer.close(AbortSignal.timeout(stopWithinMs))
      await output.close()
      store.close()
      unlock()
    },
  }
}

/** Epoch ms of the first start on this folder: learning counts from then. */
const firstStart = (store: Store, now: number): number => {
  const known = store.meta('started')
  if (known === undefined) store.putMeta('started', String(now))
  return known === undefined ? now : Number(known)
}
