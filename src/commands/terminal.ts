/** What commands share: streams and signals, the data folder, the log on stderr, tables and summaries, `--since`. */
import { existsSync } from 'node:fs'
import { mkdir, stat } from 'node:fs/promises'
import type { LookupFunction } from 'node:net'
import { dirname, join } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pino, type Logger } from 'pino'
import * as z from 'zod'
import type { Config } from '../config/schema.js'
import type { World } from '../daemon/parts.js'
import { codeOf, whyRefused } from '../files/rights.js'
import { resolveOwn, resolvePublic, type Way } from '../lookup/net/addresses.js'
import type { DomainRecord } from '../model/record.js'
import { jsonEscaped, toJsonLine, jsonFormat } from '../output/json.js'
import type { OutputFormat } from '../output/output.js'
import { tableFormat, wrapped } from '../output/table.js'
import { zeekFormat } from '../output/zeek.js'
import { openReader } from '../store/reader.js'
import type { Counters } from '../telemetry/counters.js'
import type { Report } from '../telemetry/report.js'
import { systemClock } from '../time/clock.js'
import { readIsoOrHttpDate } from '../transfer/list.js'

/** The streams and signals of a command. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  /** Aborts at SIGTERM and SIGINT. */
  readonly signal: AbortSignal
  /** Sets the handler of SIGHUP. */
  readonly onHangup: (reload: () => void) => void
}

/** Standard input, ended when the signal aborts: a terminal or a pipe may never end by itself. */
export const stdinOf = ({ stdin, signal }: Io): Readable => {
  const end = () => {
    stdin.pause()
    stdin.push(null)
  }
  signal.addEventListener('abort', end, { once: true })
  return stdin
}

/** Wrong usage of the command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/*
 * The data folder. Most commands need an existing one, so that a mistyped name does not become a new, empty one. Some
 * create it, but none creates its parent.
 */

/** @throws UsageError if there is no such folder; Error if this user may not enter it */
export const demandFolder = async (dir: string): Promise<void> => {
  const found = await stat(dir).catch(codeOf)
  if (found === 'ENOENT') throw new UsageError(`${jsonEscaped(dir)} is not there.`)
  if (typeof found === 'string')
    throw new Error(`${jsonEscaped(whyRefused(dir, 'enter') ?? `${dir}: ${found}`)}.`)
  if (!found.isDirectory()) throw new UsageError(`${jsonEscaped(dir)} is no folder.`)
  const why = whyRefused(dir, 'enter')
  if (why !== undefined) throw new Error(`${jsonEscaped(why)}.`)
}

/**
 * Creates the folder if it does not exist.
 *
 * @param onMade called if it was created, to tell the user
 * @throws UsageError if its parent does not exist; Error if it cannot be created
 */
export const makeFolder = async (dir: string, onMade: () => void): Promise<void> => {
  const code = await mkdir(dir, { mode: 0o750 }).then(() => undefined, codeOf)
  if (code === undefined) {
    onMade()
    return
  }
  if (code === 'EEXIST') return demandFolder(dir)
  const above = dirname(dir)
  if (code === 'ENOENT')
    throw new UsageError(
      `${jsonEscaped(dir)} is not there, and neither is ${jsonEscaped(above)}, in which it would be made.`,
    )
  const why = whyRefused(above, 'write') ?? code
  throw new Error(`${jsonEscaped(dir)} is not there, and cannot be made: ${jsonEscaped(why)}.`)
}

/* The program's own log on stderr: JSON lines for a collector, sentences on a terminal */

type Write = (about: object, message?: string) => void

/** Each function writes one line. */
export interface Log {
  readonly info: Write
  readonly warn: Write
  readonly error: Write
}

/** @param level `info` for a daemon; `warn` for a command that prints results */
export const openLog = (stderr: Io['stderr'], level: 'info' | 'warn'): Log => {
  const log = openPino(stderr, level)
  return {
    info: level === 'info' ? (about, message) => log.info(about, message) : () => undefined,
    warn: (about, message) => log.warn(about, message),
    error: (about, message) => log.error(about, message),
  }
}

const openPino = (stderr: Io['stderr'], level: string): Logger => {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  // With `warn` there may be a progress bar in this line: it is erased, and drawn again below.
  const before = level === 'warn' ? '\r\x1b[K' : ''
  const readable = { write: (line: string) => void stderr.write(before + sentence(line)) }
  return pino(options, stderr.isTTY === true ? readable : stderr)
}

const logLine = z.looseObject({
  time: z.string(),
  level: z.number(),
  kind: z.string().optional(),
  msg: z.string().optional(),
})

/** `08:15:30 input-opened path="/logs/dns.log" offset=0` */
const sentence = (line: string): string => {
  const { time, level, kind, msg, ...rest } = logLine.parse(JSON.parse(line))
  const details = Object.entries(rest).map(([key, value]) => `${key}=${toJsonLine({ value }).slice(9, -1)}`)
  const weight = level > 30 ? ['warning:'] : []
  return `${[time.slice(11, 19), ...weight, kind ?? msg ?? '', ...details].join(' ')}\n`
}

/* Records on stdout, and summaries on stderr */

/** The format of records on stdout: a table on a terminal, JSON lines elsewhere. */
const shownAs = (stdout: Io['stdout']): OutputFormat =>
  stdout.isTTY === true ? tableFormat(() => stdout.columns) : jsonFormat

/** `--show`: prints records as they are written. */
export const showRecords = (stdout: Io['stdout']): ((records: readonly DomainRecord[]) => void) => {
  const format = shownAs(stdout)
  let header = format.header(0)
  return records => {
    stdout.write(header + records.map(format.line).join(''))
    header = ''
  }
}

/** The format of the output: as configured, or a table for a terminal. */
export const formatFor = ({ output, format }: Config, stdout: Io['stdout']): OutputFormat => {
  if (format === 'zeek') return zeekFormat
  return output === '-' ? shownAs(stdout) : jsonFormat
}

/** Sums with their names, in the order given: `3 NEW, 1 UNKNOWN`. */
const inWords = (sums: object): string =>
  Object.entries(sums)
    .map(([name, sum]) => `${String(sum)} ${name}`)
    .join(', ')

/** Why a command was ended from outside: the reader of stdout closed the pipe, or the signal aborted. */
export const endOf = ({ stdout, signal }: Io): 'reader-left' | 'stopped' | undefined => {
  const { errored } = stdout
  if (errored !== null && 'code' in errored && errored.code === 'EPIPE') return 'reader-left'
  return signal.aborted ? 'stopped' : undefined
}

const endings = {
  'reader-left': 'stopped before the end: nobody reads the output any more',
  stopped: 'stopped before the end: it was told to',
} as const

/** Prints to stderr what was read and written, and why it ended early, if it did. */
export const sayDone = (counters: Counters, io: Io): void => {
  const { lines, questions, timesCorrected } = counters
  const records = inWords(counters.records.toJSON())
  const alerts = inWords(counters.alerts.toJSON())
  const skips = inWords(counters.skips.toJSON())
  const limits = inWords(counters.limits.toJSON())
  // A reader that closed the pipe has read an unknown part of the last batch.
  const unknown = endOf(io) === 'reader-left'
  const parts = [
    `${lines} lines, ${questions} questions`,
    ...(unknown && records === '' ? [] : [`written: ${records || 'nothing'}`]),
    ...(unknown && alerts === '' ? [] : [`alerts: ${alerts || 'none'}`]),
    `skipped: ${skips || 'nothing'}`,
    ...(limits === '' ? [] : [`limits reached: ${limits}`]),
    ...(timesCorrected > 0 ? [`${timesCorrected} impossible times count as now`] : []),
  ]
  for (const part of parts) io.stderr.write(`${fitted(part, io.stderr)}\n`)
  sayEnd(io)
}

/** Prints to stderr why the command ended early, if it did. */
export const sayEnd = (io: Io): void => {
  const end = endOf(io)
  if (end !== undefined) io.stderr.write(`${endings[end]}\n`)
}

/** Breaks a list at its commas, to the width of a terminal. */
const fitted = (line: string, { isTTY, columns = 0 }: Io['stderr']): string =>
  isTTY === true && columns > 0 ? wrapped(line.split(/(?<=,) /), columns - 2).join('\n  ') : line

/** The summary of a `run` in one line, for a terminal. */
export const stopped = ({ lines, questions, records, alerts, skips }: Counters): string => {
  const total = (sums: typeof records) => Object.values(sums.toJSON()).reduce((all, sum) => all + sum, 0)
  return (
    `stopped: ${lines} lines read with ${questions} questions, ${total(skips)} skipped; ` +
    `${total(records)} records written with ${total(alerts)} alerts`
  )
}

const file = 'domainstats.sqlite'

/**
 * Opens the state of a data folder for reading.
 *
 * @throws UsageError if there is none: a mistyped --data must not become a new, empty one
 * @throws Error if it cannot be opened
 */
export const openStateToRead = (dir: string, signal: AbortSignal): ReturnType<typeof openReader> => {
  if (!existsSync(join(dir, file))) throw new UsageError(`${dir} holds no ${file}.`)
  return openReader(join(dir, file), signal)
}

/** Reports that are logged as warnings. The others are logged as info, or only counted. */
const warnings: ReadonlySet<string> = new Set<Report['kind']>([
  'input-missing',
  'input-unreadable',
  'input-refused',
  'input-not-understood',
  'input-truncated',
  'input-missed',
  'input-lost',
  'output-stalled',
  'output-recovered',
  'output-not-rotated',
  'store-stalled',
  'sink-down',
  'sink-dropped',
  'sink-skipped',
  'bootstrap-failed',
  'lookup-crashed',
  'server-slowed',
  'server-down',
  'server-refused',
  'network-down',
  'isc-failed',
  'isc-denied',
  'http-unguarded',
  'http-failed',
])
const counted: ReadonlySet<string> = new Set<Report['kind']>([
  'batch',
  'looked-up',
  'times-corrected',
  'limit-reached',
  'committed',
  'sink-sent',
])

/**
 * The log level of a kind of report; undefined if it is only counted. The first `limit-reached` of each limit is a warning,
 * too.
 */
export const levelOf = (kind: string): 'warn' | 'info' | undefined => {
  if (warnings.has(kind)) return 'warn'
  return counted.has(kind) ? undefined : 'info'
}

/** Honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY. A proxy resolves names itself, so the SSRF policy cannot check its addresses. */
const wayBy = (resolve: LookupFunction): Way => {
  let opened: ReturnType<Way['dispatcher']> | undefined
  const open = async () => {
    const { EnvHttpProxyAgent } = await import('../lookup/net/undici.js')
    return new EnvHttpProxyAgent({ connect: { lookup: resolve } })
  }
  const dispatcher = async () => {
    opened ??= open()
    try {
      return await opened
    } catch (error) {
      opened = undefined
      throw error
    }
  }
  return { dispatcher, resolve }
}

/** Creates a check for the first `limit-reached` of each limit: only that one is logged, the others are counted. */
const firstTime = () => {
  const reported = new Set<string>()
  return (report: Report): boolean => {
    if (report.kind !== 'limit-reached' || reported.has(report.limit)) return false
    reported.add(report.limit)
    return true
  }
}

/** The World of the real system: its clock, its network, and the log. */
export const openWorld = (io: Io, log: Log): World => {
  const isFirst = firstTime()
  return {
    clock: systemClock,
    random: Math.random,
    stdin: stdinOf(io),
    stdout: io.stdout,
    network: { strangers: wayBy(resolvePublic()), own: wayBy(resolveOwn) },
    telemetry: report => {
      const level = isFirst(report) ? 'warn' : levelOf(report.kind)
      if (level) log[level](report)
    },
  }
}

/**
 * Writes the pieces to a stream, no faster than it is read, and leaves it open. Resolves without an error when the signal
 * aborts, as it does when a reader closes the pipe.
 */
export const writeAll = async (
  stream: Writable,
  pieces: Iterable<string>,
  signal: AbortSignal,
): Promise<void> => {
  try {
    await pipeline(Readable.from(pieces), stream, { end: false, signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * Parses `--since`: a duration before now (`24h`), or a date.
 *
 * @returns epoch ms
 * @throws UsageError for any other text
 */
export const timeSince = (text: string, now: number): number => {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  const ms = count === '' ? readIsoOrHttpDate(text) : now - Number(count) * (units[unit] ?? 0)
  if (ms === undefined)
    throw new UsageError('--since takes a time like 24h, 7d, 2026-11-21 or 2026-11-21T08:00:00Z.')
  return ms
}
