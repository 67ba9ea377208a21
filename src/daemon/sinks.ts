/** Opens the sinks of a `run` by the settings: their transport, segments and cursors. */
import { statSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { resolveIn } from '../config/load.js'
import type { SinkSettings } from '../config/schema-sinks.js'
import type { Config } from '../config/schema.js'
import { facilityNumber, readSinkAddress } from '../config/sinks/syslog.js'
import { certificateBytesMax, redisEntriesDefault } from '../limits.js'
import type { HttpProtocol } from '../output/sinks/http-protocols.js'
import type { OpenSink } from '../output/sinks/sink.js'
import type { Sinks } from '../output/sinks/sinks.js'
import type { SyslogTarget } from '../output/sinks/syslog-transport.js'
import type { Store } from '../store/store.js'
import type { Report, Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { redisTargetOf } from './redis.js'
import { readSettingFile, tlsFilesOf } from './setting-files.js'

/** A function for each sink, by its name, that opens its transport. */
type Openers = ReadonlyMap<string, OpenSink>

const noOpeners: Openers = new Map()

type SettingsOf<T extends SinkSettings['type']> = Extract<SinkSettings, { type: T }>
type SyslogSettings = SettingsOf<'syslog'>
type HttpSettings = SettingsOf<'http' | 'elasticsearch' | 'splunk-hec' | 'loki'>

/** Whose a setting is, for messages. */
const whose = ({ name }: Pick<SinkSettings, 'name'>): string => `sink ${name}`

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
  return { scheme, ...at, files: await tlsFilesOf(sink, whose(sink), dir) }
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

const protocolOf = async (sink: HttpSettings): Promise<HttpProtocol> => {
  const protocols = await import('../output/sinks/http-protocols.js')
  switch (sink.type) {
    case 'http':
      return sink.as === 'json' ? protocols.jsonProtocol : protocols.ndjsonProtocol
    case 'elasticsearch':
      return protocols.elasticsearchProtocol(sink.index, sink.under)
    case 'splunk-hec': {
      const { host = hostname(), source, sourcetype, index } = sink
      return protocols.splunkProtocol({ host, source, sourcetype, index })
    }
    case 'loki':
      return protocols.lokiProtocol({ labels: sink.labels, tenant: sink.tenant })
  }
}

/** What stands before the token in the header Authorization. */
const tokenSchemes = { http: 'Bearer', elasticsearch: 'ApiKey', 'splunk-hec': 'Splunk', loki: 'Bearer' }

/**
 * Reads the header Authorization from the file of a sink; undefined if it has none.
 *
 * @throws Error as readSettingFile, and for a token of which a header cannot consist
 */
const authorizationOf = (sink: HttpSettings, dir: string): (() => Promise<string>) | undefined => {
  const { name, token_file: token, basic_auth_file: basic } = sink
  const fileOf = (key: string, file: string) =>
    readSettingFile(key, whose(sink), resolveIn(dir, file), certificateBytesMax)
  if (token !== undefined)
    return async () => {
      const text = (await fileOf('token_file', token)).trim()
      if (/^[!-~]+$/.test(text)) return `${tokenSchemes[sink.type]} ${text}`
      throw new Error(`token_file of sink ${name}: ${token}: not one word of ASCII characters`)
    }
  if (basic === undefined) return undefined
  return async () => {
    const text = (await fileOf('basic_auth_file', basic)).trim()
    if (/^[^:\p{Cc}]+:\P{Cc}*$/u.test(text)) return `Basic ${Buffer.from(text).toString('base64')}`
    throw new Error(`basic_auth_file of sink ${name}: ${basic}: not one line user:password`)
  }
}

/** @throws Error as tlsFilesOf and authorizationOf */
const httpBy = async (sink: HttpSettings, dir: string, clock: Clock): Promise<OpenSink> => {
  const readAuthorization = authorizationOf(sink, dir)
  // A file that is missing ends the start, as that of a certificate does.
  await readAuthorization?.()
  const { url, gzip } = sink
  const files = await tlsFilesOf(sink, whose(sink), dir)
  const { openHttpSink } = await import('../output/sinks/http.js')
  return openHttpSink({ url, gzip, files, readAuthorization }, await protocolOf(sink), clock)
}

/** @throws Error as redisTargetOf */
const redisBy = async (sink: SettingsOf<'redis'>, dir: string, clock: Clock): Promise<OpenSink> => {
  const { openRedisSink } = await import('../output/sinks/redis.js')
  const { to, stream = '', entries_max: entriesMax = redisEntriesDefault, list, mode = 'rpush' } = sink
  const target = await redisTargetOf(to, sink, whose(sink), dir)
  return openRedisSink(target, list === undefined ? { stream, entriesMax } : { list, mode }, clock)
}

const zeekIntelBy = async (sink: SettingsOf<'zeek-intel'>, dir: string, clock: Clock): Promise<OpenSink> => {
  const { openZeekIntel } = await import('../output/sinks/zeek-intel.js')
  const { alerts, source, rows_max: rowsMax, every_seconds: seconds } = sink
  return openZeekIntel(
    { path: resolveIn(dir, sink.path), source, alerts, rowsMax, everyMs: 1000 * seconds },
    clock,
  )
}

const wazuhBy = async (sink: SettingsOf<'wazuh'>, dir: string, clock: Clock): Promise<OpenSink> => {
  const { openWazuh } = await import('../output/sinks/wazuh.js')
  return openWazuh({ path: resolveIn(dir, sink.path), bytesMax: sink.bytes_max }, clock)
}

/** What opens a sink, by its type. @throws Error as syslogBy and httpBy */
const openerOf = (sink: SinkSettings, dir: string, clock: Clock): Promise<OpenSink> => {
  switch (sink.type) {
    case 'syslog':
      return syslogBy(sink, dir, clock)
    case 'http':
    case 'elasticsearch':
    case 'splunk-hec':
    case 'loki':
      return httpBy(sink, dir, clock)
    case 'redis':
      return redisBy(sink, dir, clock)
    case 'zeek-intel':
      return zeekIntelBy(sink, dir, clock)
    case 'wazuh':
      return wazuhBy(sink, dir, clock)
  }
}

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
