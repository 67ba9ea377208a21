/** The settings of the look-ups: whom to ask about a domain, and how often. */
import { z } from 'zod'
import { choice, number, optional, path, secret, setting, text, whole } from './values.js'

const hasNoExtras = ({ username, password, search, hash }: URL): boolean =>
  `${username}${password}${search}${hash}` === ''

const isServer = (value: string): boolean => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && hasNoExtras(url)
}

const url = z.string().max(2048).refine(isServer, 'is not a plain http or https address')
const tld = z.string().regex(/^[a-z0-9-]{1,63}$/)
/** A host name or an IP address, perhaps with a port, as in a URL. */
const host = z
  .string()
  .max(260)
  .regex(/^(\[[0-9a-f:.]+\]|[a-z0-9-]+(\.[a-z0-9-]+)*)(:[1-9]\d{0,4})?$/, 'is not a host, or host:port')
  .refine(text => Number(/:(\d+)$/.exec(text)?.[1] ?? 43) <= 65_535, 'has a port that is none')

const rdapServers = {
  schema: z.record(tld, url),
  values: 'a mapping of TLDs (com, xn--p1ai) to http or https addresses',
}

const whoisServers = {
  schema: z.record(tld, host),
  values: 'a mapping of TLDs (com, xn--p1ai) to hosts, each with or without a port',
}

const perSecond = number(0.01, 1_000, 'look-ups')
const burst = whole(1, 10_000, 'look-ups')
const atOnce = whole(1, 64, 'look-ups')

export const rdapShape = {
  servers: setting(rdapServers, {}, 'RDAP servers to ask instead of those that IANA lists, by TLD.'),
  bootstrap_file: optional(
    path('the path of a file'),
    "A copy of IANA's list of RDAP servers (dns.json) to use instead of fetching it.",
  ),
  per_second: setting(perSecond, 5, 'Look-ups a second at one server, in the long run.'),
  burst: setting(burst, 10, 'Look-ups at one server after a pause, before that rate holds.'),
  at_once: setting(atOnce, 4, 'Look-ups under way at one server at the same time.'),
}

export const iscShape = {
  url: optional({ schema: url, values: 'an http or https address' }, 'Where the API of the ISC is.'),
  token: secret(
    optional(text(4096, 'the token'), 'What we prove with that we may ask; sent as a bearer token.'),
  ),
}

const paces = {
  schema: z.record(
    host,
    z
      .strictObject({
        per_second: perSecond.schema.optional(),
        burst: burst.schema.optional(),
        at_once: atOnce.schema.optional(),
      })
      .readonly(),
  ),
  values: 'a mapping of hosts to per_second, burst and at_once',
}

/** It goes into an HTTP header, so it is one word of ASCII. */
const contact = {
  schema: z
    .string()
    .max(200)
    .regex(/^[!-~]+$/, 'holds a character that is not plain ASCII')
    .regex(/^(https?:\/\/|[^@]+@)[^@<>()]+$/, 'is neither a mail address nor a URL'),
  values: 'a mail address or an http or https URL',
}

const rdap = {
  schema: z.strictObject(rdapShape).readonly(),
  values: 'a mapping with servers, bootstrap_file, per_second, burst or at_once',
}

const isc = { schema: z.strictObject(iscShape).readonly(), values: 'a mapping with url and token' }

export const lookupShape = {
  contact: optional(contact, 'Whom a registry can write to about the look-ups; sent in the User-Agent.'),
  rdap: setting(rdap, rdap.schema.parse({}), 'How registries are asked.'),
  whois: setting(
    choice('cctld', 'all', 'off'),
    'cctld',
    'TLDs without RDAP that are asked by WHOIS: those of countries, all, or none.',
  ),
  whois_servers: setting(whoisServers, {}, 'WHOIS servers to ask instead of those that IANA names, by TLD.'),
  isc: setting(isc, isc.schema.parse({}), 'The API to ask with mode isc.'),
  paces: setting(paces, {}, 'How often single servers may be asked (RDAP, WHOIS or ISC), by host.'),
  queue_max: setting(
    whole(1_000, 10_000_000, 'names'),
    200_000,
    'Names that may wait for their look-up; of more, the least suspicious fall out until they are seen again.',
  ),
}
