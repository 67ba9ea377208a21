/** The settings of the HTTP port. Address and port have their names from domain_stats 1.x. */
import * as z from 'zod'
import { choice, flag, number, optional, path, ranges, setting, textKind, whole } from './kinds.js'

const hosts = {
  schema: z.array(
    z
      .string()
      .max(255)
      .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i, 'is no host name (without a port)'),
  ),
  values: 'a list of host names without ports',
}

/** Parses a port with an optional address: `9100`, `10.0.0.5:9100`, `[::1]:9100`. Undefined if invalid. */
export const readListen = (
  text: string,
): { readonly host: string | undefined; readonly port: number } | undefined => {
  const [, host, port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? []
  if (port === '' || Number(port) > 65_535) return undefined
  return { host: host?.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
}

export const listen = {
  schema: z.preprocess(
    value => (typeof value === 'number' ? String(value) : value),
    z
      .string()
      .max(262)
      .refine(text => readListen(text) !== undefined, 'is neither a port nor address:port'),
  ),
  values: 'a port, or address:port',
}

const parts = choice('health', 'metrics', 'v1', 'domain_stats', 'pdns', 'freq', 'commands', 'whois')

export const httpShape = {
  http: setting(flag, false, 'Whether questions are answered over HTTP, as domain_stats does.'),
  ip_address: setting(textKind(255, 'an IP address'), '127.0.0.1', 'The address the HTTP port listens on.'),
  local_port: setting(whole(0, 65_535), 5730, 'The TCP port; 0 takes a free one.'),
  http_serve: setting(
    {
      schema: z.array(parts.schema).min(1),
      values: 'a list of one or more of health, metrics, v1, domain_stats, pdns, freq, commands and whois',
    },
    ['health', 'metrics', 'v1', 'domain_stats', 'pdns'],
    'What the HTTP port answers: its other paths are not there; pdns only with pdns.enabled; commands, which runs programs, and whois, which asks registries for full records, only if they are named.',
  ),
  metrics_port: optional(
    listen,
    'A port of its own for metrics and health, also without http; alone it is at ip_address.',
  ),
  http_wait_seconds: setting(
    number(0, 60, 'seconds'),
    5,
    'How long a request waits for a registry before it is answered without.',
  ),
  http_token_file: optional(
    path('the path of a file'),
    'A file with the token that every request must carry: as Authorization: Bearer, X-API-Key, or password.',
  ),
  http_allow: setting(
    ranges,
    [],
    'Who may ask, besides this machine itself; without it and without a token private addresses only.',
  ),
  http_hosts: setting(
    hosts,
    [],
    'Names by which clients call this machine, besides its own; a Host header with another name is refused.',
  ),
  freq_server: setting(
    flag,
    false,
    'Whether the port answers /measure/ like freq_server: the same as freq in http_serve.',
  ),
  timezone_offset: setting(
    number(-24, 24, 'hours'),
    0,
    'The hours added to seen_by_you in answers over HTTP; all other times are UTC.',
  ),
  cache_browse_limit: setting(
    whole(0, 1_000_000_000, 'entries'),
    100,
    'The most entries one page of /cache_browse shows.',
  ),
}
