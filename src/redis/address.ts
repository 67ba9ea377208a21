/**
 * The address of a Redis or Valkey, as text and in parts.
 *
 * `redis` and `rediss` (TLS) are schemes of IANA's list; a list of hosts, as in the URLs of MongoDB, is for a Cluster or
 * for Sentinels. A Unix socket is `unix://[user@]/path[?db=N]`.
 */
import { redisHostsMax } from '../limits.js'

export interface RedisHost {
  readonly host: string
  readonly port: number
}

export interface RedisAddress {
  readonly isTls: boolean
  /** Undefined for the user `default`. */
  readonly user: string | undefined
  /** More than one for a Cluster, or for Sentinels; none for a Unix socket. */
  readonly hosts: readonly RedisHost[]
  /** Of a Unix socket. */
  readonly path: string | undefined
  /** The number of the database. */
  readonly database: number
}

/** The port of Redis, in IANA's list. */
const usualPort = 6379

const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::([1-9]\d{0,4}))?$/i

const hostIn = (text: string): RedisHost | undefined => {
  const [, host = '', digits] = hostPattern.exec(text) ?? []
  const port = digits === undefined ? usualPort : Number(digits)
  return host === '' || port > 65_535 ? undefined : { host: host.replace(/^\[(.*)\]$/, '$1'), port }
}

/** One part of a URL, with its escapes (`%40`) decoded; undefined if they are wrong. */
const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const socketAt = (text: string): RedisAddress | undefined => {
  const [, user, path, database = '0'] =
    /^unix:\/\/(?:([^@:/?]+)@)?(\/[^\p{Cc}?]+)(?:\?db=(\d{1,5}))?$/u.exec(text) ?? []
  if (path === undefined) return undefined
  return { isTls: false, user: user && decoded(user), hosts: [], path, database: Number(database) }
}

/**
 * Parses `redis://10.0.0.1:6379/0`, `rediss://user@redis.example` or `unix:///run/redis/redis.sock`; undefined if it is none
 * of them, or holds a password, which must stand in a file.
 */
export const readRedisAddress = (text: string): RedisAddress | undefined => {
  if (text.startsWith('unix:')) return socketAt(text)
  const [, scheme, user, list = '', database = '0'] =
    /^(rediss?):\/\/(?:([^@:/]+)@)?([^@/]+?)(?:\/(\d{1,5})?)?$/i.exec(text) ?? []
  if (scheme === undefined) return undefined
  const hosts = list.split(',').map(hostIn)
  const known = hosts.filter(host => host !== undefined)
  if (known.length < hosts.length || known.length > redisHostsMax) return undefined
  const name = user === undefined ? undefined : decoded(user)
  if (user !== undefined && name === undefined) return undefined
  const isTls = scheme.toLowerCase() === 'rediss'
  return { isTls, user: name, hosts: known, path: undefined, database: Number(database) }
}

/** The text of an address for a message: whatever stands in the place of a password is left out. */
export const withoutPassword = (text: string): string => text.replace(/\/\/([^/?@]*?):[^/?]*@/, '//$1:…@')

const shownHost = ({ host, port }: RedisHost): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** An address in its one form, without the user: two texts of one place give the same. */
export const redisName = ({ isTls, hosts, path, database }: RedisAddress): string =>
  path === undefined
    ? `${isTls ? 'rediss' : 'redis'}://${hosts.map(shownHost).join(',')}/${database}`
    : `unix://${path}?db=${database}`
