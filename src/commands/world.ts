/** The real world for the daemon: the system's clock, the network, and a log for what it reports. */
import type { LookupFunction } from 'node:net'
import { systemClock } from '../clock.js'
import type { World } from '../parts.js'
import { resolveOwn, resolvePublic } from '../lookup/addresses.js'
import type { Way } from '../lookup/network.js'
import type { Report } from '../telemetry.js'
import { stdinOf, type Io } from './io.js'
import type { Log } from './log.js'

/** Reports that an operator must see. The others are news, or counted only. */
const warnings = new Set<Report['kind']>([
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
const counted = new Set<Report['kind']>([
  'batch',
  'looked-up',
  'times-corrected',
  'limit-reached',
  'committed',
])

/** Honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY. A proxy resolves names itself: what it reaches is its business. */
const wayBy = (resolve: LookupFunction): Way => {
  let opened: ReturnType<Way['dispatcher']> | undefined
  const open = async () => {
    // undici takes 80 ms to load.
    const { EnvHttpProxyAgent } = await import('undici')
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

/** Each limit is told of once; how often it bit is counted. */
const firstTime = () => {
  const told = new Set<string>()
  return (report: Report): boolean => {
    if (report.kind !== 'limit-reached' || told.has(report.limit)) return false
    told.add(report.limit)
    return true
  }
}

export const openWorld = (io: Io, log: Log): World => {
  const isFirst = firstTime()
  return {
    clock: systemClock,
    random: Math.random,
    stdin: stdinOf(io),
    stdout: io.stdout,
    network: { strangers: wayBy(resolvePublic()), own: wayBy(resolveOwn) },
    telemetry: report => {
      if (warnings.has(report.kind) || isFirst(report)) log.warn(report)
      else if (!counted.has(report.kind)) log.info(report)
    },
  }
}
