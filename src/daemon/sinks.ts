/** Opens the sinks of a `run` by the settings: their transport, segments and cursors. */
import { statSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { resolveIn } from '../config/load.js'
import type { SinkSettings } from '../config/schema-sinks.js'
import type { Config } from '../config/schema.js'
import { facilityNumber, readSinkAddress } from '../config/sinks/syslog.js'
import { readSmall } from '../files/files.js'
import { certificateBytesMax } from '../limits.js'
import type { OpenSink } from '../output/sinks/sink.js'
import type { Sinks } from '../output/sinks/sinks.js'
import type { SyslogTarget } from '../output/sinks/syslog-transport.js'
import type { Store } from '../store/store.js'
import type { Report, Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'

/** A function for each sink, by its name, that opens its transport. */
type Openers = ReadonlyMap<string, OpenSink>

const noOpeners: Openers = new Map()

type SyslogSettings = Extract<SinkSettings, { type: 'syslog' }>

/**
 * Where a sink sends to, with the certificates that it needs.
 *
 * @throws Error that names the file of a certificate or key that cannot be read
 */
const targetOf = async (sink: SyslogSettings, dir: string): Promise<SyslogTarget> => {
  const address = readSinkAddress(sink.to)
  if (!address) throw new Error(`sinks: ${sink.to} is no address`)
  if (address.scheme === 'unix') return address
  const { scheme, ...at } = address
  if (scheme !== 'tls') return { scheme, ...at }
  const fileOf = async (key: 'ca_file' | 'cert_file' | 'key_file') => {
    const file = sink[key]
    if (file === undefined) return undefined
    return readSmall(resolveIn(dir, file), certificateBytesMax).catch((cause: unknown) => {
      throw new Error(`${key} of sink ${sink.name}: ${String(cause)}`, { cause })
    })
  }
  const [ca, cert, key] = [await fileOf('ca_file'), await fileOf('cert_file'), await fileOf('key_file')]
  return { scheme, ...at, files: { ca, cert, key } }
}

/** @throws Error as targetOf */
const syslogBy = async (sink: SyslogSettings, dir: string, clock: Clock): Promise<OpenSink> => {
  const { openSyslog } = await import('../output/sinks/syslog-transport.js')
  const header = {
    ...{ facility: facilityNumber(sink.facility), appName: sink.app_name },
    hostname: sink.hostname ?? hostname(),
  }
  return openSyslog(await targetOf(sink, dir), header, clock)
}

/** What opens a sink, by its type: a `switch` once there is another one. @throws Error as targetOf */
const openerOf = (sink: SinkSettings, dir: string, clock: Clock): Promise<OpenSink> =>
  syslogBy(sink, dir, clock)

/** The program whose sinks they are. */
interface Owner {
  readonly config: Config
  readonly dir: string | undefined
  /** True for `run`. */
  readonly exclusive: boolean
}

/**
 * The openers of all sinks. Undefined for a scan: its records are for the user, not for a SIEM.
 *
 * @throws Error as openerOf
 */
export const openersBy = async (
  { config, dir, exclusive }: Owner,
  clock: Clock,
): Promise<Openers | undefined> => {
  if (!exclusive || dir === undefined) return undefined
  if (config.sinks.length === 0) return noOpeners
  const opened = config.sinks.map(async sink => [sink.name, await openerOf(sink, dir, clock)] as const)
  return new Map(await Promise.all(opened))
}

export interface OpenSinksOptions {
  /** Undefined: the sinks of other processes are left alone. */
  readonly openers: Openers | undefined
  readonly config: Config
  readonly dir: string | undefined
  readonly store: Pick<Store, 'sinks'>
  readonly clock: Clock
  readonly random: () => number
  readonly telemetry: Telemetry
}

/**
 * Opens the segments, completes them after a crash, and creates a worker for each sink at its cursor. Nothing is sent yet.
 * If the settings have no sinks, old segments and cursors are removed.
 *
 * @throws Error of the system if the segments cannot be read or written
 */
export const openSinksBy = async (options: OpenSinksOptions): Promise<Sinks | undefined> => {
  const { openers, config, dir, store, telemetry } = options
  if (!openers || dir === undefined || (openers.size === 0 && !store.sinks.some())) return undefined
  const { Segments, removeSegments } = await import('../output/sinks/segments.js')
  const folder = join(dir, 'sinks')
  if (openers.size === 0) {
    await removeSegments(folder)
    store.sinks.end()
    return undefined
  }
  const { Sinks } = await import('../output/sinks/sinks.js')
  const { SinkWorker } = await import('../output/sinks/sink-worker.js')
  const durable = config.fsync === 'always'
  const segments = await Segments.open({ dir: folder, durable }, store.sinks.outbox())
  const cursors = store.sinks.begin([...openers.keys()], segments.end)
  const workers = config.sinks.flatMap(({ name, backlog_bytes: backlogBytes }) => {
    const [open, cursor] = [openers.get(name), cursors.get(name)]
    if (!open || !cursor) return []
    const move = (to: typeof cursor) => store.sinks.move(name, to)
    return [new SinkWorker({ ...options, name, open, backlogBytes, segments, cursor, store: move })]
  })
  return new Sinks(segments, workers, telemetry)
}

/**
 * True if the disk of the data folder is full: then segments that wait for sinks are deleted. False for an output on
 * another disk, where this would free nothing.
 */
export const isFullDisk = (report: Report, dir: string | undefined): boolean => {
  if (report.kind !== 'store-stalled' && report.kind !== 'output-stalled') return false
  if (dir === undefined || !/ENOSPC|EDQUOT|disk is full/.test(report.error)) return false
  return report.kind === 'store-stalled' || deviceOf(dirname(report.path)) === deviceOf(dir)
}

const deviceOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.dev
