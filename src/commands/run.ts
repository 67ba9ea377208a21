/** `domainstats run`, which follows the sensors' logs, and `isc-server`, which is the same with another port. */
import { resolve } from 'node:path'
import { loadConfig, type Overrides } from '../config/load.js'
import { readListen } from '../config/schema-http.js'
import type { Config } from '../config/schema.js'
import { openDaemon, type LeftOver } from '../daemon/daemon.js'
import { followedFiles } from '../daemon/inputs.js'
import { isoTime } from '../output/json.js'
import { hourMs } from '../time/clock.js'
import { makeFolder } from './data-folder.js'
import { UsageError, type Io } from './io.js'
import { openLog, type Log } from './log.js'
import { formatFor, sayDone, sayEnd, showRecords, stopped } from './terminal.js'
import { openWorld } from './world.js'
import { leftOverText, showWaiting } from './waiting.js'

export interface RunFlags {
  readonly data: string
  readonly zeek: readonly string[]
  readonly suricata: readonly string[]
  readonly output: string | undefined
  readonly once: boolean
  /** With `once`: waits until the registries have answered, not only for the hold time. */
  readonly wait: boolean
  readonly show: boolean
  readonly skim: boolean
  /** `[HOST:]PORT` */
  readonly http?: string | undefined
  /** For `isc-server`: that port is opened, and logs need not be followed. */
  readonly isc?: { readonly listen: string | undefined }
}

/** Inputs from flags; paths are relative to the working directory. */
const inputsFrom = ({ zeek, suricata }: RunFlags): Config['inputs'] => {
  const input = (format: 'zeek' | 'suricata') => (path: string) => ({
    path: resolve(path),
    format,
    sensor: undefined,
    start: 'beginning' as const,
  })
  return [...zeek.map(input('zeek')), ...suricata.map(input('suricata'))]
}

export const outputFrom = (output: string | undefined): string | undefined =>
  output === undefined || output === '-' ? output : resolve(output)

/** The settings of `--http`; the schema checks address and port. @throws UsageError if it is none */
export const httpFrom = (http: string | undefined): Overrides => {
  if (http === undefined) return {}
  const listen = readListen(http)
  if (!listen) throw new UsageError(`--http ${http}: not a port, or HOST:PORT.`)
  const { host, port } = listen
  return { http: true, local_port: port, ...(host !== undefined && { ip_address: host }) }
}

/** The settings with the `--listen` of `isc-server`. @throws UsageError if it is none */
const listeningAt = (config: Config, listen: string | undefined): Config => {
  if (listen === undefined) return config
  if (!readListen(listen)) throw new UsageError(`--listen ${listen}: not a port, or HOST:PORT.`)
  return { ...config, isc_server: { ...config.isc_server, listen } }
}

/** Logged at each start, so that users know why first contacts raise no alert. `until`, `now`: epoch ms. */
const logLearning = (log: Log, until: number, now: number): void => {
  if (until <= now) return
  const hours = Math.ceil((until - now) / hourMs)
  const left = hours > hoursADay ? `${Math.ceil(hours / hoursADay)} more days` : `${hours} more hours`
  log.info({ until: isoTime(until) }, `learning for ${left}: first contacts raise no alert`)
}
const hoursADay = 24

/** @throws UsageError without inputs and without an HTTP port; with `once`, Error if an input was missing or not read */
export const runFollowing = async (flags: RunFlags, io: Io): Promise<void> => {
  const dir = resolve(flags.data)
  const inputs = inputsFrom(flags)
  const { config: loaded, file } = await loadConfig(dir, {
    inputs: inputs.length > 0 ? inputs : undefined,
    output: outputFrom(flags.output),
    ...httpFrom(flags.http),
  })
  const config = listeningAt(loaded, flags.isc?.listen)
  if (config.inputs.length === 0 && !config.http && !config.apiify && !flags.isc)
    throw new UsageError(
      `Nothing to follow. Give --zeek or --suricata, or inputs in ${file ?? `${dir}/domainstats.yaml`}.`,
    )

  const log = openLog(io.stderr, flags.once ? 'warn' : 'info')
  await makeFolder(dir, () => log.warn({ path: dir }, 'data-folder-made'))
  const world = openWorld(io, log)
  const show = flags.show ? { onRecords: showRecords(io.stdout) } : {}
  const daemon = await openDaemon(
    {
      config,
      dir,
      format: formatFor(config, io.stdout),
      exclusive: true,
      isAnswering: config.http || flags.isc !== undefined,
      baseline: false,
      skims: flags.skim,
      ...show,
    },
    world,
    io.signal,
  )
  if (!daemon) {
    if (flags.once) sayEnd(io)
    else log.info({}, 'stopped before it was ready')
    return
  }
  io.onHangup(() => {
    daemon.reload().then(
      () => log.info({}, 'reloaded'),
      (error: unknown) => log.error({ error: String(error) }, 'not reloaded: the old ignore list stays'),
    )
  })
  const { now } = world.clock
  logLearning(log, daemon.learningUntil, now())
  const hasTable = io.stdout.isTTY === true && (flags.show || config.output === '-')
  const waiting = flags.once ? await showWaiting(io, hasTable, world.clock) : undefined
  let left: LeftOver | undefined
  try {
    if (config.http || config.metrics_port !== undefined || config.apiify) await daemon.serve()
    if (flags.isc) await daemon.serveIsc()
    const followed = followedFiles(config.inputs, dir)
    if (flags.once && followed.length < config.inputs.length)
      io.stderr.write('With --once only files are read: a socket, a list and a stream have no end.\n')
    left = await daemon.follow(followed, waiting && { drains: flags.wait, onLeft: waiting.onLeft })
  } finally {
    waiting?.stop()
    await daemon.close()
    // A terminal gets a sentence, a collector all counters.
    if (io.stderr.isTTY === true) log.info({}, stopped(daemon.counters))
    else log.info({ counters: daemon.counters }, 'stopped')
  }
  if (!flags.once) return
  sayDone(daemon.counters, io)
  io.stderr.write(leftOverText(left, true))
  const { unreadable } = daemon.counters
  if (unreadable > 0) throw new Error(`${unreadable} inputs are not there, or could not be read to their end`)
}

/** `isc-server`: a `run` with the port of the ISC server. @throws as runFollowing */
export const runIscServer = (
  { data, listen }: { readonly data: string; readonly listen: string | undefined },
  io: Io,
): Promise<void> =>
  runFollowing(
    {
      ...{ data, zeek: [], suricata: [], output: undefined },
      ...{ once: false, wait: true, show: false, skim: true, isc: { listen } },
    },
    io,
  )
