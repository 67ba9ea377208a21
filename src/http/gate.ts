/** The checks that every request passes before it is routed: client, headers, host, origin, method, token. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
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
    | 'silent-browser'
    | 'target'
    | 'token'
    | 'too-many-headers'
    | 'url-too-long'
  readonly headers?: Readonly<Record<string, string>>
}

export interface GateOptions {
  /** What the port is bound to: an address, or a name. */
  readonly host: string
  /**
   * The names that this machine has, besides localhost. Undefined: any name is right, since every request needs a token, and
   * no web page has one.
   */
  readonly hosts: readonly string[] | undefined
  /** Whether a token lets a request in; undefined: none is needed. */
  readonly knows?: ((token: string, request: IncomingMessage) => boolean) | undefined
  /** The paths that need no token; `/healthz` by default. */
  readonly isOpen?: (path: string) => boolean
  /** The paths that take POST, and nothing else. */
  readonly posts: readonly string[]
  /** The paths of what can only be removed; undefined: there are none. */
  readonly removes?: RegExp | undefined
  /** The paths that start a program or forget an answer by GET; undefined: there are none. */
  readonly acts?: RegExp | undefined
  readonly clients: Clients
}

export type Gate = (request: IncomingMessage) => Refusal | undefined
type Check = Gate

/** Gives why a request is refused; undefined if it may pass. Cuts a target in absolute form to its path. */
export const createGate = (options: GateOptions): Gate => {
  const { host, hosts, knows, isOpen = isHealth, posts, removes, acts, clients } = options
  const checks: Check[] = [
    ...(clients.all ? [] : [clientCheck(clients)]),
    headersCheck,
    request => (target(request).length > httpUrlCharsMax ? urlTooLong : undefined),
    oneHostCheck,
    targetCheck,
    ...(hosts ? [hostCheck(['localhost', ...(isIP(host) ? [] : [host]), ...hosts])] : []),
    crossSiteCheck,
    ...(acts ? [silentBrowserCheck(acts)] : []),
    methodCheck(posts, removes),
    ...(knows ? [tokenCheck(knows, isOpen)] : []),
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
/** The target of a request without its query. */
export const pathOf = (request: IncomingMessage): string => target(request).replace(/\?.*$/s, '')
const isHealth = (path: string): boolean => path === '/healthz'

/** Checked once a connection. */
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

/** RFC 9112 3.2.2: a server accepts an absolute target, too. Its host must equal the Host header. */
const targetCheck: Check = request => {
  if (target(request).startsWith('/')) return undefined
  const [, authority, rest = '/'] = absoluteForm.exec(target(request)) ?? []
  if (authority === undefined || authority.toLowerCase() !== request.headers.host?.toLowerCase())
    return { status: 400, reason: 'target' }
  request.url = rest
  return undefined
}

/**
 * DNS rebinding: a web page may point its own host name at our address, and the Host header then has that name. Only our
 * own names are accepted, and addresses, which cannot be rebound. The port is ignored, since a tunnel has another one; a
 * request without Host (HTTP/1.0) comes from no browser.
 */
const hostCheck = (names: readonly string[]): Check => {
  const ownNames = new Set(names.map(nameOfHost))
  // Most clients send the same Host each time: it is checked once.
  let last: string | undefined
  return ({ headers: { host } }) => {
    if (host === last) return undefined
    if (host !== undefined && !isAddress(withoutPort(host)) && !ownNames.has(nameOfHost(withoutPort(host))))
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

/** Node drops headers beyond its limit silently, and with them perhaps a second Host: so we refuse. */
const headersCheck: Check = ({ rawHeaders }) =>
  rawHeaders.length > 2 * httpHeadersMax ? { status: 431, reason: 'too-many-headers' } : undefined

/** RFC 9112 3.2: more than one Host is an error. Counted in `rawHeaders`, since `headers` keeps only the first. */
const oneHostCheck: Check = ({ rawHeaders }) => {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts += 1
  return hosts > 1 ? { status: 400, reason: 'foreign-host' } : undefined
}

/**
 * CSRF: a page of another origin must not ask through its visitor's browser, since it would use up first contacts. Over
 * plain http at an address a browser sends no Sec-Fetch-Site (no secure context), and for an image no Origin either: then
 * the Referer is checked.
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

/** Whether the URL of an origin or page has the host of the request. */
const isOf = (url: string, host: string | undefined): boolean =>
  host !== undefined && /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]?.toLowerCase() === host.toLowerCase()

/**
 * Over plain http at an address, an image of another site's page with referrerpolicy=no-referrer makes a browser ask with
 * none of these three headers. Most paths may be asked so, since no page can read the answer; but no page may start a
 * program. What a page cannot add is taken for a sign of another client: a token in a header of its own (that of basic
 * authentication a browser sends by itself), and the name of PowerShell, which calls itself Mozilla, too.
 */
const isSilentBrowser = ({ headers }: IncomingMessage): boolean =>
  /^Mozilla\/(?!.*PowerShell\/)/.test(headers['user-agent'] ?? '') &&
  [headers['sec-fetch-site'], headers.origin, headers.referer].every(from => (from ?? '') === '') &&
  headers['x-api-key'] === undefined &&
  !/^Bearer /i.test(headers.authorization ?? '')

/** @param acts the paths that no silent browser may ask for */
const silentBrowserCheck =
  (acts: RegExp): Check =>
  request =>
    acts.test(pathOf(request)) && isSilentBrowser(request)
      ? { status: 403, reason: 'silent-browser' }
      : undefined

/** @param removes the paths of what can only be removed */
const methodCheck =
  (posts: readonly string[], removes: RegExp | undefined): Check =>
  request => {
    const path = pathOf(request)
    const refused = (allow: string): Refusal => ({ status: 405, reason: 'method', headers: { allow } })
    if (removes?.test(path) === true) return request.method === 'DELETE' ? undefined : refused('DELETE')
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (reads && !posts.some(post => target(request).startsWith(post))) return undefined
    const takesPost = posts.includes(path)
    if (takesPost ? request.method === 'POST' : reads) return undefined
    return refused(takesPost ? 'POST' : 'GET, HEAD')
  }

/** What is compared and kept of a token. It is as random as its digest, so it needs no salt and no slow hash. */
export const tokenDigest = (token: string): Buffer => createHash('sha256').update(token).digest()

/** The password of basic authentication (RFC 7617), whatever the user is. */
const passwordIn = (credentials: string): string =>
  Buffer.from(credentials, 'base64').toString('latin1').replace(/^[^:]*:?/, '') // prettier-ignore

/** The token as a bearer (RFC 6750), as clients of DNSDB show their key, and as those of CIRCL do. */
const tokensIn = ({ headers }: IncomingMessage): readonly string[] => {
  const [, scheme = '', shown = ''] = /^(Bearer|Basic) +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
  return [String(headers['x-api-key'] ?? ''), scheme.toLowerCase() === 'basic' ? passwordIn(shown) : shown]
}

/** Whether a token is this one. Compares digests, so in constant time for any length. */
export const knowsOne = (token: string): ((shown: string) => boolean) => {
  const wanted = tokenDigest(token)
  return shown => timingSafeEqual(tokenDigest(shown), wanted)
}

const tokenCheck =
  (knows: (token: string, request: IncomingMessage) => boolean, isOpen: (path: string) => boolean): Check =>
  request => {
    const passes = tokensIn(request).some(token => knows(token, request)) || isOpen(pathOf(request))
    return passes ? undefined : { status: 401, reason: 'token', headers: { 'www-authenticate': 'Bearer' } }
  }

const messages: Readonly<Record<Refusal['reason'], string>> = {
  client: 'this address is not answered: see http_allow',
  'cross-site': 'pages of another origin are not answered',
  'foreign-host': 'the Host header names another host: see http_hosts',
  method: 'this path does not take that method',
  'silent-browser':
    'a browser that does not say where from may not start a program: ask by HTTPS, at localhost, or with curl',
  target: 'the request target means another host',
  token:
    'the token is needed: as Authorization: Bearer, as X-API-Key, or as the password of basic authentication',
  'too-many-headers': 'there are too many headers',
  'url-too-long': 'the URL is too long',
}

const limits: Partial<Readonly<Record<Refusal['reason'], string>>> = {
  'too-many-headers': 'httpHeadersMax',
  'url-too-long': 'httpUrlCharsMax',
}

/** A client whose base URL ends in a slash asks for `//name`: Flask, under domain_stats, led it to `/name`. */
const withOneSlash = (url: string): string => (url.startsWith('//') ? url.replace(/^\/+/, '/') : url)

/** Answers a refused request. */
export const respondRefusal = (
  response: ServerResponse,
  { status, reason, headers }: Refusal,
  telemetry: Telemetry,
): void => {
  const limit = limits[reason]
  if (limit !== undefined) telemetry({ kind: 'limit-reached', limit, count: 1 })
  respondError(response, status, messages[reason], headers)
}

/** Puts the gate before a listener: answers and counts refused requests. */
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
    counts.refused.set(refusal.reason, (counts.refused.get(refusal.reason) ?? 0) + 1)
    respondRefusal(response, refusal, telemetry)
  }
