/** The real world for the daemon, and how what it reports is told: a log on stderr, counters, records to look at. */
import type { Writable } from 'node:stream'
import { pino, type Logger } from 'pino'
import { EnvHttpProxyAgent } from 'undici'
import { systemClock } from '../clock.js'
import type { Counters } from '../counters.js'
import type { World } from '../daemon.js'
import { createHostLookup } from '../lookup/addresses.js'
import type { Config } from '../config/schema.js'
import type { Format } from '../output/format.js'
import { jsonFormat } from '../output/json.js'
import { tableFormat } from '../output/table.js'
import { zeekFormat } from '../output/zeek.js'
import type { DomainRecord } from '../record.js'
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
const counted = new Set<Report['kind']>(['batch', 'looked-up'])

/** @param level `info` for a daemon; `warn` where the log would stand between what the user wants to see */
export const openLog = (stderr: Writable, level: 'info' | 'warn'): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stderr)

/** The hosts that the site named itself: RDAP servers by hand, and proxies. */
const ownHosts = ({ rdap }: Config, env: NodeJS.ProcessEnv): Set<string> => {
  const proxies = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'].map(name => env[name] ?? '')
  const urls = [...Object.values(rdap.servers), ...proxies].filter(url => URL.canParse(url))
  return new Set(urls.map(url => new URL(url).hostname))
}

export const openWorld = (io: Io, config: Config, log: Logger, counters: Counters): World => ({
  clock: systemClock,
  random: Math.random,
  stdin: io.stdin,
  stdout: io.stdout,
  // Honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
  dispatcher: new EnvHttpProxyAgent({ connect: { lookup: createHostLookup(ownHosts(config, io.env)) } }),
  telemetry: report => {
    counters.count(report)
    if (warnings.has(report.kind)) log.warn(report)
    else if (!counted.has(report.kind)) log.info(report)
  },
})

/** How records are shown to whoever looks at stdout: a table on a terminal, JSON lines elsewhere. */
export const shownAs = (stdout: Io['stdout']): Format => (stdout.isTTY === true ? tableFormat : jsonFormat)

/** Shows records as they are written. */
export const showRecords = (stdout: Io['stdout']): ((records: readonly DomainRecord[]) => void) => {
  const format = shownAs(stdout)
  let header = format.header(0)
  return records => {
    stdout.write(header + records.map(format.line).join(''))
    header = ''
  }
}

/** The format of an output as configured; what goes to stdout suits whoever looks at it. */
export const formatFor = ({ output, format }: Config, stdout: Io['stdout']): Format => {
  if (format === 'zeek') return zeekFormat
  return output === '-' ? shownAs(stdout) : jsonFormat
}

/** What was read and written, for people. */
export const summary = (counters: Counters): string => {
  const { lines, questions, records, skips, alerts } = counters
  const list = (sums: object) =>
    Object.entries(sums)
      .map(([name, sum]) => `${String(sum)} ${name}`)
      .join(', ')
  const parts = [
    `${lines} lines, ${questions} questions`,
    `written: ${list(records.toJSON()) || 'nothing'}`,
    `alerts: ${list(alerts.toJSON()) || 'none'}`,
    `skipped: ${list(skips.toJSON()) || 'nothing'}`,
  ]
  return `${parts.join('\n')}\n`
}
