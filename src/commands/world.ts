/** The real world for the daemon: the system's clock, its network, and a log for what is reported. */
import type { LookupFunction } from 'node:net'
import type { World } from '../daemon/parts.js'
import { resolveOwn, resolvePublic, type Way } from '../lookup/net/addresses.js'
import type { Report } from '../telemetry/report.js'
import { systemClock } from '../time/clock.js'
import { stdinOf, type Io } from './io.js'
import type { Log } from './log.js'

/** Reports that are logged as warnings. The others are logged as info, or only counted. */
const warnings: ReadonlySet<string> = new Set<Report['kind']>([
  'input-missing',
  'input-unreadable',
  'watch-failed',
  'input-refused',
  'input-not-understood',
  'input-truncated',
  'input-missed',
  'input-lost',
  'group-lost',
  'entries-claimed',
  'entries-trimmed',
  'output-stalled',
  'output-recovered',
  'output-not-rotated',
  'store-stalled',
  'sink-down',
  'feedback-failed',
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
  'isc-unencrypted',
  'suffixes-old',
  'updates-failed',
  'most-asked-failed',
  'http-unguarded',
  'http-failed',
  'notify-failed',
  'shared-down',
  'shared-refused',
  'shared-unsafe',
  'shared-foreign',
  'command-not-kept',
  'enrich-failed',
])
const counted: ReadonlySet<string> = new Set<Report['kind']>([
  'batch',
  'looked-up',
  'isc-asked',
  'times-corrected',
  'limit-reached',
  'committed',
  'alerts-muted',
  'sink-sent',
  'shared-asked',
  'enriched',
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
    variables: io.variables,
    network: { strangers: wayBy(resolvePublic()), own: wayBy(resolveOwn) },
    telemetry: report => {
      const level = isFirst(report) ? 'warn' : levelOf(report.kind)
      if (level) log[level](report)
    },
  }
}
