/** The gate: what every request has to pass before anything looks at what it asks for. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, RequestListener } from 'node:http'
import { isIP, isIPv4, isIPv6, type Socket } from 'node:net'
import { httpHeadersMax, httpUrlCharsMax } from '../limits.js'
import type { Telemetry } from '../telemetry/report.js'
import type { Clients } from './clients.js'
import type { HttpCounts } from './options.js'
import { respondError } from './respond.js'

export interface Refusal {
  readonly status: number
  readonly reason:
    | 'client'
    | 'cross-site'
    | 'foreign-host'
    | 'method'
    | 'target'
    | 'token'
    | 'too-many-headers'
    | 'url-too-long'
  readonly headers?: Readonly<Record<string, string>>
}

export interface GateOptions {
  /** What the port is bound to: an address, or a name. */
  readonly host: string
  /** The names that this machine has, besides localhost. */
  readonly hosts: readonly string[]
  readonly token?: string | undefined
  readonly clients: Clients
}

export type Gate = (request: IncomingMessage) => Refusal | undefined
type Check = Gate

/** What is refused, and why; undefined for a request that may pass. A target in absolute form is cut to its path. */
export const createGate = ({ host, hosts, token, clients }: GateOptions): Gate => {
  const checks: Check[] = [
    ...(clients.all ? [] : [clientCheck(clients)]),
    headersCheck,
    request => (target(request).length > httpUrlCharsMax ? urlTooLong : undefined),
    oneHostCheck,
    targetCheck,
    hostCheck(['localhost', ...(isIP(host) ? [] : [host]), ...hosts]),
    crossSiteCheck,
    methodCheck,
    ...(token === undefined ? [] : [tokenCheck(token)]),
  ]
  return request => {
    for (const check of checks) {
      const refusal = check(request)
      if (refusal) return refusal
    }
    return undefined
  }
}

const urlTooLong: Refusal = { status: 414, reason: 'url-too-long' }

const target = ({ url }: IncomingMessage): string => url ?? ''
const path = (request: IncomingMessage): string => target(request).replace(/\?.*$/s, '')

/** An address is looked at once a connection. */
const clientCheck = ({ answers }: Clients): Check => {
  const known = new WeakMap<Socket, boolean>()
  return ({ socket }) => {
    const seen = known.get(socket)
    const answered = seen ?? answers(socket.remoteAddress)
    if (seen === undefined) known.set(socket, answered)
    return answered ? undefined : { status: 403, reason: 'client' }
  }
}

const absoluteForm = /^https?:\/\/([^/?#]*)(\/.*)?$/is

/** RFC 9112 3.2.2: a server takes an absolute target, too. It must mean us, as the Host header does. */
const targetCheck: Check = request => {
  if (target(request).startsWith('/')) return undefined
  const [, authority, rest = '/'] = absoluteForm.exec(target(request)) ?? []
  if (authority === undefined || authority.toLowerCase() !== request.headers.host?.toLowerCase())
    return { status: 400, reason: 'target' }
  request.url = rest
  return undefined
}

/**
 * A page that somebody's browser shows may point its own host name at our address (DNS rebinding); the Host header
 * still has that name. No name leads to us but those that are ours; an address cannot be pointed elsewhere. Any port will
 * do, since a tunnel brings its own; and what sends no Host (HTTP/1.0) is no browser.
 */
const hostCheck = (names: readonly string[]): Check => {
  const ours = new Set(names.map(nameOfHost))
  // A client says the same each time.
  let last: string | undefined
  return ({ headers: { host } }) => {
    if (host === last) return undefined
    if (host !== undefined && !isAddress(withoutPort(host)) && !ours.has(nameOfHost(withoutPort(host))))
      return { status: 403, reason: 'foreign-host' }
    last = host
    return undefined
  }
}

const withoutPort = (host: string): string => host.replace(/:\d{1,5}$/, '')
const nameOfHost = (host: string): string => host.toLowerCase().replace(/\.$/, '')

/** An IPv6 address stands in brackets (RFC 3986 3.2.2). */
const isAddress = (host: string): boolean =>
  isIPv4(host) || (host.startsWith('[') && host.endsWith(']') && isIPv6(host.slice(1, -1)))

/** node would cut off the rest without a word: what stands there, a second Host say, would be seen by nobody. */
const headersCheck: Check = ({ rawHeaders }) =>
  rawHeaders.length > 2 * httpHeadersMax ? { status: 431, reason: 'too-many-headers' } : undefined

/** RFC 9112 3.2: more than one Host is an error, whichever of them is meant. `headers` has the first one only. */
const oneHostCheck: Check = ({ rawHeaders }) => {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts += 1
  return hosts > 1 ? { status: 400, reason: 'foreign-host' } : undefined
}

/**
 * No page of another origin may ask in the name of whoever looks at it: it would use up first contacts. A browser that
 * reaches us by http at an address sends no Sec-Fetch-Site (we are no secure context), and for an image no Origin:
 * there its Referer tells.
 */
const crossSiteCheck: Check = ({ headers }) => {
  const { host, origin, referer } = headers
  const site = headers['sec-fetch-site']
  if (origin === undefined && site === undefined)
    return referer === undefined || referer === '' || isOf(referer, host) ? undefined : crossSite
  return (origin === undefined || isOf(origin, host)) && ownSite.has(site) ? undefined : crossSite
}

const crossSite: Refusal = { status: 403, reason: 'cross-site' }
const ownSite = new Set<unknown>([undefined, 'same-origin', 'none'])

/** Whether an origin, or a page, is of the host that was asked. */
const isOf = (url: string, host: string | undefined): boolean =>
  host !== undefined && /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]?.toLowerCase() === host.toLowerCase()

const methodCheck: Check = request => {
  const reads = request.method === 'GET' || request.method === 'HEAD'
  if (reads && !target(request).startsWith('/v1/domains')) return undefined
  const takesPost = path(request) === '/v1/domains'
  if (takesPost ? request.method === 'POST' : reads) return undefined
  return { status: 405, reason: 'method', headers: { allow: takesPost ? 'POST' : 'GET, HEAD' } }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Compared by digest: so in constant time, whatever the lengths. Whether we live is no secret. */
const tokenCheck = (token: string): Check => {
  const wanted = digest(token)
  return request => {
    const [, shown = ''] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? []
    const passes = timingSafeEqual(digest(shown), wanted) || path(request) === '/healthz'
    return passes ? undefined : { status: 401, reason: 'token', headers: { 'www-authenticate': 'Bearer' } }
  }
}

/* The guard at the gate: turns away what does not pass, says why, and counts. */

const says: Readonly<Record<Refusal['reason'], string>> = {
  client: 'this address is not answered: see http_allow',
  'cross-site': 'pages of another origin are not answered',
  'foreign-host': 'the Host header names another host: see http_hosts',
  method: 'this path does not take that method',
  target: 'the request target means another host',
  token: 'a bearer token is needed',
  'too-many-headers': 'there are too many headers',
  'url-too-long': 'the URL is too long',
}

const limits: Partial<Readonly<Record<Refusal['reason'], string>>> = {
  'too-many-headers': 'httpHeadersMax',
  'url-too-long': 'httpUrlCharsMax',
}

/** A client whose base URL ends in a slash asks for `//name`; the original's framework led it to `/name`. */
const withOneSlash = (url: string): string => (url.startsWith('//') ? url.replace(/^\/+/, '/') : url)

/** Every request passes here first, whatever it asks for and however broken its path is. */
export const guarded =
  (gate: Gate, counts: HttpCounts, telemetry: Telemetry, next: RequestListener): RequestListener =>
  (request, response) => {
    counts.requests += 1
    const refusal = gate(request)
    if (refusal === undefined) {
      request.url = withOneSlash(request.url ?? '/')
      next(request, response)
      return
    }
    const { status, reason, headers } = refusal
    counts.refused.set(reason, (counts.refused.get(reason) ?? 0) + 1)
    const limit = limits[reason]
    if (limit !== undefined) telemetry({ kind: 'limit-reached', limit, count: 1 })
    respondError(response, status, says[reason], headers)
  }
