/** The real world for the daemon: the system's clock, the network, and a log for what it reports. */
import type { Logger } from 'pino'
import { EnvHttpProxyAgent } from 'undici'
import { systemClock } from '../clock.js'
import type { Counters } from '../counters.js'
import type { World } from '../daemon.js'
import { createHostLookup } from '../lookup/addresses.js'
import type { Config } from '../config/schema.js'
import type { Report } from '../telemetry.js'
import type { Io } from './io.js'

/** Reports that an operator must see. The others are news, or counted only. */
const warnings = new Set<Report['kind']>([
  'input-missing',
  'input-unreadable',
  'input-truncated',
  'output-stalled',
  'output-recovered',
  'store-stalled',
  'bootstrap-failed',
  'lookup-crashed',
])
const counted = new Set<Report['kind']>(['batch', 'looked-up', 'times-corrected'])

/** The hosts that the site named itself. */
const ownHosts = ({ rdap }: Config): Set<string> =>
  new Set(Object.values(rdap.servers).map(url => new URL(url).hostname))

export const openWorld = (io: Io, config: Config, log: Logger, counters: Counters): World => ({
  clock: systemClock,
  random: Math.random,
  stdin: io.stdin,
  stdout: io.stdout,
  // Honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
  dispatcher: new EnvHttpProxyAgent({ connect: { lookup: createHostLookup(ownHosts(config)) } }),
  telemetry: report => {
    counters.count(report)
    if (warnings.has(report.kind)) log.warn(report)
    else if (!counted.has(report.kind)) log.info(report)
  },
})
