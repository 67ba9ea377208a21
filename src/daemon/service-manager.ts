/**
 * Tells systemd how the service is (sd_notify(3)): ready, alive, stopping, and one line for `systemctl status`.
 *
 * Node opens no Unix datagram sockets, so each message is a run of systemd-notify, which waits until systemd has read it
 * (since version 246). Its process is a child of ours: the unit needs NotifyAccess=all.
 */
import type { execFile } from 'node:child_process'
import { notifyTimeoutMs, serviceStatusMs } from '../limits.js'
import { jsonEscaped } from '../output/json.js'
import type { DaemonStatus } from '../telemetry/status.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clock } from '../time/clock.js'
import { createWake, type Wake } from '../time/wake.js'
import type { Health } from './health.js'

/** The variables by which systemd says where it listens, and for how long it waits for a sign of life. */
export type ServiceVariables = Readonly<
  Partial<Record<'NOTIFY_SOCKET' | 'WATCHDOG_USEC' | 'WATCHDOG_PID', string>>
>

export interface ServiceManagerOptions {
  readonly variables: ServiceVariables
  /** Of our process: a watchdog for another process is not ours (sd_watchdog_enabled(3)). */
  readonly pid: number
  readonly health: Health
  /** Asks the ingest loop for a turn. */
  readonly wake: Pick<Wake, 'call'>
  /** True while the loop waits for a full disk or a locked database, and reports it: a restart would not help. */
  readonly isStalled: (now: number) => boolean
  readonly clock: Clock
  readonly telemetry: Telemetry
}

/**
 * Reads logs, and tells systemd meanwhile, if it started us.
 *
 * @param read calls its argument in each turn of the ingest loop. The first turn means that the inputs are open
 * @param signal aborts when the program stops
 */
export const withServiceManager = async <T>(
  options: ServiceManagerOptions,
  read: (turn: () => void) => Promise<T>,
  signal: AbortSignal,
): Promise<T> => {
  if (!options.variables.NOTIFY_SOCKET) return read(() => undefined)
  // Also ends when reading fails.
  const life = new AbortController()
  const end = () => life.abort()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  const turns = createWake()
  const told = tell(options, turns, life.signal)
  try {
    return await read(turns.call)
  } finally {
    signal.removeEventListener('abort', end)
    end()
    await told
  }
}

const tell = async (options: ServiceManagerOptions, turns: Wake, signal: AbortSignal): Promise<void> => {
  const { clock, health, isStalled } = options
  // Only now: it takes each start of Node some ms, and few are made by systemd.
  const { execFile: run } = await import('node:child_process')
  const send = senderBy(options, run)
  const watchdogMs = watchdogOf(options)
  const everyMs = Math.min(serviceStatusMs, (watchdogMs ?? Infinity) / 2)
  await turns.wait(signal)
  if (!signal.aborted) await send('READY=1', statusLine(health(clock.now())))
  for (;;) {
    turns.taken()
    // Where nothing comes the loop sleeps: this makes it take a turn.
    options.wake.call()
    await clock.sleep(everyMs, signal)
    if (signal.aborted) break
    const now = clock.now()
    const isAlive = turns.taken() || isStalled(now)
    const watchdog = isAlive && watchdogMs !== undefined ? ['WATCHDOG=1'] : []
    await send(...watchdog, isAlive ? statusLine(health(now)) : hung)
  }
  await send('STOPPING=1', 'STATUS=stopping')
}

const hung = 'STATUS=reading stands still: the watchdog starts the service again'

/** How often systemd wants a sign of life, at the least; undefined if it wants none from us. */
const watchdogOf = ({ variables, pid }: ServiceManagerOptions): number | undefined => {
  const { WATCHDOG_USEC = '', WATCHDOG_PID } = variables
  const ms = Number(WATCHDOG_USEC) / 1_000
  const isOurs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid
  return isOurs && ms > 0 && Number.isFinite(ms) ? ms : undefined
}

/** Sends assignments. A failure is reported once, until a message is sent; without the program none is tried again. */
const senderBy = ({ telemetry }: ServiceManagerOptions, run: typeof execFile) => {
  let isMissing = false
  let isReported = false
  return (...assignments: readonly string[]): Promise<void> =>
    new Promise(done => {
      if (isMissing) {
        done()
        return
      }
      run('systemd-notify', assignments, { timeout: notifyTimeoutMs }, (error, _stdout, stderr) => {
        isMissing = error?.code === 'ENOENT'
        if (error && !isReported) telemetry({ kind: 'notify-failed', error: stderr.trim() || error.message })
        isReported = error !== null
        done()
      })
    })
}

const count = (number: number): string => number.toLocaleString('en-US')

/** One line for `systemctl status`: the first problem, or what was done so far. */
export const statusLine = (status: DaemonStatus): string => {
  const { problems, lines, domains, lookupsQueued } = status
  const [first] = problems
  const more = problems.length > 1 ? `, and ${problems.length - 1} more problems: see /readyz` : ''
  // An error may quote a path: systemd takes one line of UTF-8.
  if (first !== undefined) return `STATUS=${jsonEscaped(first)}${more}`
  return `STATUS=${count(lines)} lines read, ${count(domains)} domains known, ${count(lookupsQueued)} names wait for a look-up`
}
