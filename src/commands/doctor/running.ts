/** For `doctor`: the live `run` by its own words, and what it writes to. */
import { readFile } from 'node:fs/promises'
import { resolveIn } from '../../config/load.js'
import { readListen } from '../../config/schema-http.js'
import type { SinkSettings } from '../../config/schema-sinks.js'
import type { Config } from '../../config/schema.js'
import { readSinkAddress } from '../../config/sinks/syslog.js'
import { whyUnwritable } from '../../files/rights.js'
import { examinationMs } from '../../limits.js'
import { jsonEscaped } from '../../output/json.js'
import { readRedisAddress } from '../../redis/address.js'
import { messageOf, ok, warning, wrong, type Diagnosis } from './diagnosis.js'
import { whyUnreachable } from './reach.js'
import type { Site } from './site.js'

/** Whether a `run` is live, and what it says of itself at the port for health. */
export const examineRun = async (site: Site): Promise<Diagnosis[]> => {
  const { config, dir, isLive } = site
  if (!isLive)
    return [
      wrong(
        'run',
        'none is live on this folder',
        'start it (systemctl start domainstats); if it ends again, its log says why (journalctl -u domainstats)',
      ),
    ]
  const port = portOf(config)
  if (port === undefined)
    return [ok('run', 'live; with metrics_port or http in the settings it would say here how it is')]
  try {
    const answer = await fetch(`http://${port}/readyz`, {
      headers: await authorizationOf(config, dir),
      signal: AbortSignal.any([site.signal, AbortSignal.timeout(examinationMs)]),
    })
    return saidBy(port, answer.status, await answer.text())
  } catch (error) {
    site.signal.throwIfAborted()
    return [
      wrong(
        'run',
        `live, but its port ${port} does not answer: ${messageOf(error)}`,
        'see whether that is its port (--http); restart it if that stays so: its log says what it does',
      ),
    ]
  }
}

/** The port that has `/readyz`; undefined if there is none, or if it is chosen by the system. */
const portOf = ({ http, http_serve, ip_address, local_port, metrics_port }: Config): string | undefined => {
  const own = metrics_port === undefined ? undefined : readListen(metrics_port)
  const { host, port } = own ?? {
    host: undefined,
    port: http && http_serve.includes('health') ? local_port : 0,
  }
  return port === 0 ? undefined : `${reachable(host ?? ip_address)}:${port}`
}

/** All addresses of the machine are reached by its own one. */
const reachable = (host: string): string => {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

const authorizationOf = async (
  { http_token_file: file }: Config,
  dir: string,
): Promise<Record<string, string>> =>
  file === undefined
    ? {}
    : { authorization: `Bearer ${(await readFile(resolveIn(dir, file), 'utf8')).trim()}` }

/** The lines of /readyz: problems, and `warning: …`. */
const saidBy = (port: string, status: number, text: string): Diagnosis[] => {
  if (status !== 200 && status !== 503)
    return [
      warning(
        'run',
        `its port ${port} answers with status ${status}`,
        'this user or address may not ask it: see http_token_file, http_allow and http_serve',
      ),
    ]
  const lines = text.split('\n').filter(line => line !== '' && line !== 'ready')
  const said = lines.map(line => {
    const plain = line.replace(/^warning: /, '')
    const remedy = 'docs/failures.md says what it does about it, and what you can do'
    return line === plain
      ? wrong('run', jsonEscaped(plain), remedy)
      : warning('run', jsonEscaped(plain), remedy)
  })
  return said.length > 0 ? said : [ok('run', `live, and ready (${port})`)]
}

/** Whether each sink can be reached, or written to. */
export const examineSinks = ({ config, dir, clock, signal }: Site): Promise<Diagnosis[]> =>
  Promise.all(
    config.sinks.map(async sink => {
      const name = `${sink.name} (${sink.type})`
      const place = placeOf(sink)
      if (place === undefined) return ok('sink', `${name}: UDP, which says nothing of who listens`)
      const why =
        'file' in place
          ? whyUnwritable(resolveIn(dir, place.file))
          : await whyUnreachable(place.to, clock, signal)
      if (why === undefined) return ok('sink', `${name}: ${'file' in place ? 'can be written' : 'answers'}`)
      return wrong(
        'sink',
        `${name}: ${jsonEscaped(why)}`,
        'file' in place
          ? 'make its folder, and let the user of the run write to it; nothing is lost up to backlog_bytes'
          : 'nothing is lost up to its backlog_bytes: start the receiver, or correct its address in sinks',
      )
    }),
  )

type Place =
  | { readonly file: string }
  | { readonly to: { readonly host: string; readonly port: number } | { readonly path: string } }

/** Where a sink sends to; undefined for UDP. */
const placeOf = (sink: SinkSettings): Place | undefined => {
  switch (sink.type) {
    case 'syslog': {
      const address = readSinkAddress(sink.to)
      if (address?.scheme === 'unix') return { to: { path: address.path } }
      return address && address.scheme !== 'udp'
        ? { to: { host: address.host, port: address.port } }
        : undefined
    }
    case 'http':
    case 'elasticsearch':
    case 'splunk-hec':
    case 'loki': {
      const { hostname, port, protocol } = new URL(sink.url)
      const standard = protocol === 'https:' ? 443 : 80
      return {
        to: { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? standard : Number(port) },
      }
    }
    case 'redis': {
      const { path, hosts: [host] = [] } = readRedisAddress(sink.to) ?? {}
      return path === undefined ? host && { to: host } : { to: { path } }
    }
    case 'wazuh':
    case 'zeek-intel':
      return { file: sink.path }
  }
}
