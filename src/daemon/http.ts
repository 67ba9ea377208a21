/** Opens the HTTP port of the daemon by the settings, and gives it access to the store, the answers and the status. */
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { siteCountsBy } from '../ask/site-counts.js'
import { siteFactsBy } from '../ask/site-facts.js'
import { resolveIn } from '../config/load.js'
import { apiifyPortDefault } from '../config/schema-apiify.js'
import { readListen } from '../config/schema-http.js'
import type { Config } from '../config/schema.js'
import { loadFreqTable } from '../freq/load.js'
import { score } from '../freq/score.js'
import type { ApiifyPort, ApiifyPortOptions } from '../http/apiify-port.js'
import { freqAnswer } from '../http/freq-server.js'
import type { BrowseRow, HttpOptions, HttpService, PassiveDns } from '../http/options.js'
import { openHttp, type HttpPort } from '../http/port.js'
import type { Domain } from '../model/domain.js'
import type { WhoisService } from '../http/whois-routes.js'
import type { Commands } from '../programs/commands.js'
import type { Clock } from '../time/clock.js'
import { nameOfText } from '../names/canonical.js'
import { parkedRanges } from '../names/network.js'
import { originKey } from '../store/schema.js'
import { version } from '../telemetry/report.js'
import { nearestTagged } from '../transfer/pdns-near.js'
import { readQuestion } from '../transfer/pdns-question.js'
import { tagPages } from '../transfer/tag-lines.js'
import type { Health } from './health.js'
import type { Parts, Settings, World } from './parts.js'

/** Reads the token file: one word, and the newline that an editor leaves behind it. */
const readToken = async (path: string): Promise<string> => {
  const token = (await readFile(path, 'utf8')).trim()
  if (!/^[!-~]{8,4096}$/.test(token))
    throw new Error(`${path}: not a token: one word of 8 or more printable ASCII characters`)
  return token
}

/** The handler of `/measure/x`; undefined if scores are off. It loads a table of its own, since it scores any text. */
const openFreqServer = async ({ enable_freq_scores, freq_table }: Config, dir: string | undefined) => {
  if (!enable_freq_scores) return undefined
  const table = await loadFreqTable(freq_table, dir ?? '.')
  return (url: string) => freqAnswer(url, name => score(table, name))
}

/** The name of the machine, with and without its domain. */
const namesOf = (host: string): string[] => [host, host.replace(/\..*$/s, '')]

const passiveOf = (
  { store, reader, sharing: { facts } }: Parts,
  { pdns }: Config,
  clock: Clock,
): PassiveDns => ({
  ...{ readQuestion, count: store.pdns.count, counts: store.pdns },
  tuples: (question, filter) => store.pdns.tuples(question, filter),
  askSite: facts && siteFactsBy(facts, clock),
  parked: parkedRanges(pdns.parking),
  tags: tag => tagPages(store, tag),
  near: options => nearestTagged(store, store.tagTable(), options),
  reduce: query => reader.reduce(query),
  ...{ origin: pdns.origin ?? store.meta(originKey) ?? '', siteOrigin: pdns.origin, circl: pdns.circl },
})

/** Asks for the counts of the site; undefined if this sensor shares none. */
const askSiteOf = ({ sharing: { counts, sensor } }: Parts, clock: World['clock'], signal: AbortSignal) => {
  if (counts === undefined || sensor === undefined) return undefined
  const ask = siteCountsBy(counts, sensor, clock)
  return (domains: readonly string[]) => ask(domains, signal)
}

/** The port that answers as APIify does, if there is one. */
const serveApiify = async (
  { apiify, ip_address }: Config,
  commands: Commands | undefined,
  common: Omit<ApiifyPortOptions, 'host' | 'port' | 'command' | 'commands'>,
): Promise<ApiifyPort | undefined> => {
  if (apiify?.command === undefined || !commands) return undefined
  const { command } = apiify
  const { host = ip_address, port = 0 } = readListen(apiify.port ?? apiifyPortDefault) ?? {}
  const { openApiifyPort } = await import('../http/apiify-port.js')
  return openApiifyPort({ ...common, command, commands, host, port })
}

type OpenPort = Pick<HttpPort, 'address' | 'close'>

/** Opens the ports of the settings, or none of them. */
const openPorts = async (
  config: Config,
  common: Omit<HttpOptions, 'host' | 'port' | 'serves'>,
  serves: ReadonlySet<HttpService>,
  commands: Commands | undefined,
): Promise<readonly OpenPort[]> => {
  const own = config.metrics_port === undefined ? undefined : readListen(config.metrics_port)
  const { ip_address: host, local_port: port } = config
  const opened: OpenPort[] = []
  try {
    const main = config.http ? await openHttp({ ...common, host, port, serves }) : undefined
    if (main) opened.push(main)
    const at = { host: own?.host ?? host, port: own?.port ?? 0 }
    const of = { serves: monitoring, freqAnswer: undefined, sums: main?.sums }
    const monitored = own && (await openHttp({ ...common, ...at, ...of }))
    if (monitored) opened.push(monitored)
    const { counts } = (main ?? monitored)?.sums ?? {}
    const asApiify = await serveApiify(config, commands, { ...common, counts })
    return asApiify ? [...opened, asApiify] : opened
  } catch (error) {
    await Promise.all(opened.map(port => port.close()))
    throw error
  }
}

/** Full records, if they are served. */
const openServedWhois = async (
  { store, reader, registries, telemetry }: Parts,
  config: Config,
  clock: Clock,
): Promise<(WhoisService & { readonly close: () => Promise<void> }) | undefined> => {
  if (!config.http || !config.http_serve.includes('whois')) return undefined
  const { openWhoisRecords, rankBy } = await import('../ask/whois-records.js')
  const reduce = (query: string) => reader.reduce(query)
  const { record: lookup } = registries
  const answers = store.commandAnswers()
  const records = lookup && openWhoisRecords({ lookup, reduce, answers, clock, telemetry })
  return {
    records,
    rankOf: rankBy(reduce, store.ranks()),
    close: async () => records?.close(),
  }
}

/**
 * Opens the HTTP port, the port for metrics and health, and the one of APIify.
 *
 * @throws Error if a port cannot be bound, or the token file cannot be read
 */
export const serveHttp = async (
  parts: Parts,
  { config, dir }: Settings,
  world: World,
  health: Health,
  signal: AbortSignal,
): Promise<Pick<HttpPort, 'address' | 'close'>> => {
  const { store, answering, telemetry } = parts
  const { clock } = world
  const row = (domain: Domain): BrowseRow[] => {
    const answer = answering.stored(domain)
    if (!answer) return []
    // By the registrable: a name below a private suffix has no registration of its own.
    const until = store.registrationOf(answer.registrable)?.freshUntil
    const expires = until === Infinity ? undefined : until
    return [{ domain: domain.domain, answer, expires, queries: domain.queries }]
  }
  const tokenFile = config.http_token_file
  const serves = servedBy(config)
  const whois = await openServedWhois(parts, config, clock)
  const common: Omit<HttpOptions, 'host' | 'port' | 'serves'> = {
    waitMs: config.http_wait_seconds * 1000,
    hosts: [...namesOf(hostname()), ...config.http_hosts],
    askName: (name, asking, until) => answering.ask(name, asking, until),
    askCached: name => answering.cache.get(nameOfText(name)),
    status: () => health(clock.now()),
    browse: (offset, limit) => {
      // For an offset behind the end SQLite would step through the whole table.
      const domains = offset < store.domainsCount() ? store.browse(offset, limit) : []
      return { rows: domains.flatMap(row), more: domains.length === limit }
    },
    get: domain => [store.domain(domain) ?? []].flat().flatMap(row)[0],
    freqAnswer: serves.has('freq') ? await openFreqServer(config, dir) : undefined,
    ...{ commands: parts.commands, whois },
    pdns: config.pdns.enabled ? passiveOf(parts, config, clock) : undefined,
    askSite: askSiteOf(parts, clock, signal),
    ...{ timezoneOffsetHours: config.timezone_offset, browseLimit: config.cache_browse_limit },
    ...{
      freqEnabled: config.enable_freq_scores,
      allow: config.http_allow,
      version,
      clock,
      telemetry,
      signal,
    },
    token: tokenFile === undefined ? undefined : await readToken(resolveIn(dir ?? '.', tokenFile)),
  }
  const ports = await openPorts(config, common, serves, parts.commands)
  return {
    address: ports[0]?.address ?? '',
    close: async () => {
      // With the ports: a question that waits for a registry is answered that the server stops.
      await Promise.all([whois?.close(), ...ports.map(port => port.close())])
    },
  }
}

const monitoring: ReadonlySet<HttpService> = new Set(['health', 'metrics'])

/** `freq_server: true` is an older way to write `freq` in `http_serve`. */
const servedBy = ({ http_serve, freq_server }: Config): ReadonlySet<HttpService> =>
  new Set([...http_serve, ...(freq_server ? (['freq'] as const) : [])])
