/** The settings of the HTTP port. Its address and port have the names that domain_stats 1.x gave them. */
import { z } from 'zod'
import { flag, number, optional, path, setting, text, whole } from './values.js'

const ranges = {
  schema: z.array(
    z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], 'is no address, and no range like 10.0.0.0/8'),
  ),
  values: 'a list of addresses and ranges like 10.0.0.0/8',
}

const hosts = {
  schema: z.array(
    z
      .string()
      .max(255)
      .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i, 'is no host name (without a port)'),
  ),
  values: 'a list of host names without ports',
}

export const httpShape = {
  http: setting(flag, false, 'Whether questions are answered over HTTP, as domain_stats does.'),
  ip_address: setting(text(255, 'an IP address'), '127.0.0.1', 'The address the HTTP port listens on.'),
  local_port: setting(whole(0, 65_535), 5730, 'The TCP port; 0 takes a free one.'),
  http_wait_seconds: setting(
    number(0, 60, 'seconds'),
    5,
    'How long a request waits for a registry before it is answered without.',
  ),
  http_token_file: optional(
    path('the path of a file'),
    'A file with the bearer token that every request must carry.',
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
  freq_server: setting(flag, false, 'Whether the port answers /measure/ like freq_server.'),
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
