/** For `doctor`: whether the servers of look-ups answer, through the proxy if there is one, and what time it is there. */
import process from 'node:process'
import type { Config } from '../../config/schema.js'
import { clockSkewMs, examinationMs, examinedServersMax } from '../../limits.js'
import type { Way } from '../../lookup/net/addresses.js'
import { sendRequest, type Page } from '../../lookup/net/http-client.js'
import { builtInServices } from '../../lookup/rdap/bootstrap.data.js'
import { bootstrapUrl, loadBootstrapFile } from '../../lookup/rdap/bootstrap.js'
import { findService, servicesByHand, servicesOf } from '../../lookup/rdap/services.js'
import { ianaServer } from '../../lookup/whois/whois.js'
import { jsonEscaped } from '../../output/json.js'
import { userAgent } from '../../telemetry/report.js'
import { ok, warning, wrong, type Diagnosis } from './diagnosis.js'
import { whyUnreachable } from './reach.js'
import type { Site } from './site.js'

/** A server that is asked over HTTP. */
interface HttpServer {
  readonly what: string
  readonly url: URL
  /** Configured: it may be anywhere, and nothing works without it. */
  readonly byHand: boolean
}

export const examineNetwork = async (site: Site): Promise<Diagnosis[]> => {
  const { config } = site
  if (config.mode === 'off') return [ok('network', 'mode is off: no registry is asked')]
  const pages: Page[] = []
  const asked = (await serversOf(site)).map(async server => {
    const { finding, page } = await ask(server, site)
    if (page) pages.push(page)
    return finding
  })
  const findings = await Promise.all(asked)
  // One server that is down is its own affair; if none answers, no domain gets its age.
  const isCutOff = findings.every(({ state }) => state !== 'ok')
  return [
    ...proxyLine(),
    ...findings.map((finding): Diagnosis =>
      isCutOff && 'remedy' in finding ? { ...finding, state: 'wrong' } : finding,
    ),
    ...(config.whois === 'off' ? [] : [await examineWhois(site)]),
    ...comparedClock(pages, site),
  ]
}

/** Names in upper case are used only where those in lower case are not set, as by undici. Passwords are not shown. */
const proxyLine = (): Diagnosis[] => {
  const { env } = process
  const shown = ['https_proxy', 'http_proxy', 'no_proxy'].flatMap(name => {
    const value = env[name] ?? env[name.toUpperCase()] ?? ''
    return value === '' ? [] : [`${name.toUpperCase()}=${jsonEscaped(value.replace(/\/\/[^/@]*@/, '//…@'))}`]
  })
  return shown.length === 0 ? [] : [ok('network', `asked by way of ${shown.join(', ')}`)]
}

/** With `mode: isc` that server; else IANA, the registries of most names, and those that the settings name. */
const serversOf = async ({ config, dir }: Site): Promise<HttpServer[]> => {
  const { mode, isc, rdap } = config
  if (mode === 'isc')
    return isc.url === undefined ? [] : [{ what: 'the ISC', url: new URL(isc.url), byHand: true }]
  const file = await loadBootstrapFile(config, dir)
  const byHand = servicesByHand(rdap.servers)
  const listed = file ?? servicesOf(builtInServices)
  const own = Array.from(byHand, ([tld, [url]]) =>
    url ? [{ what: `the registry of .${tld}`, url: helpOf(url), byHand: true }] : [],
  )
  const most = ['com', 'org'].flatMap(tld => {
    const [url] = (findService(byHand, tld) ? undefined : findService(listed, tld)) ?? []
    return url ? [{ what: `the registry of .${tld}`, url: helpOf(url), byHand: false }] : []
  })
  const iana = { what: "IANA's list of registries", url: new URL(bootstrapUrl), byHand: false }
  return [...(file ? [] : [iana]), ...most, ...own.flat().slice(0, examinedServersMax)]
}

/** RFC 9082 3.1.6: a question that each RDAP server answers, about no name. */
const helpOf = (base: URL): URL => new URL('help', base)

const ask = async (
  { what, url, byHand }: HttpServer,
  { config, network, clock, signal }: Site,
): Promise<{ readonly finding: Diagnosis; readonly page?: Page }> => {
  const way: Way = byHand ? network.own : network.strangers
  const headers = {
    accept: 'application/json, application/rdap+json',
    'user-agent': userAgent(config.contact),
  }
  const { result } = await sendRequest(url, await way.dispatcher(), { headers, clock, signal }, examinationMs)
  const name = `${what} (${url.host})`
  if (result.kind === 'failed')
    return {
      finding: warning('network', `${name} does not answer: ${result.reason}`, remedyOf(config, byHand)),
    }
  if (result.kind === 'page' && result.outcome.kind !== 'well')
    return {
      finding: warning(
        'network',
        `${name} answers with status ${result.status}`,
        'it may have shut this address out, or be in trouble: name a contact in the settings, and see domainstats asked',
      ),
      page: result,
    }
  return { finding: ok('network', `${name} answers`), ...(result.kind === 'page' && { page: result }) }
}

const remedyOf = ({ mode }: Config, byHand: boolean): string =>
  byHand
    ? `see whether its address in the settings (${mode === 'isc' ? 'isc.url' : 'rdap.servers'}) is right, and whether a firewall is between`
    : 'let this machine reach it over https (port 443), name a proxy in HTTPS_PROXY, or say mode: off'

const examineWhois = async ({ network, clock, signal }: Site): Promise<Diagnosis> => {
  const { host, port } = ianaServer
  const why = await whyUnreachable({ host, port, lookup: network.strangers.resolve }, clock, signal)
  return why === undefined
    ? ok('network', `WHOIS (${host}) answers`)
    : warning(
        'network',
        `WHOIS (${host}, port ${port}) does not answer: ${why}`,
        'open port 43, which no proxy can replace, or say whois: off; only registries without RDAP need it',
      )
}

/** RFC 9110 6.6.1: the Date of an answer is the clock of its server. Two servers agree less by chance than one is wrong. */
const comparedClock = (pages: readonly Page[], { clock }: Site): Diagnosis[] => {
  const skews = pages
    .map(({ header }) => clock.now() - Date.parse(header('date') ?? ''))
    .filter(skew => !Number.isNaN(skew))
    .sort((a, b) => Math.abs(a) - Math.abs(b))
  const [least] = skews
  if (least === undefined) return []
  const seconds = Math.round(Math.abs(least) / 1000)
  if (Math.abs(least) <= clockSkewMs) return [ok('clock', `${seconds} s from that of the servers asked`)]
  return [
    wrong(
      'clock',
      `${seconds} s ${least > 0 ? 'ahead of' : 'behind'} that of the servers asked`,
      'set the clock, and start NTP: ages of domains and times of first contacts are wrong until then',
    ),
  ]
}
