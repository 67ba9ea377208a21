/** The configuration: one zod schema holds the type, the defaults, the limits and the documentation of all settings. */
import * as z from 'zod'
import { brandsMax, nameCharsMax } from '../limits.js'
import { sources } from '../model/event.js'
import {
  choice,
  contactKind,
  number,
  optional,
  path,
  ranges,
  secret,
  setting,
  textKind,
  whole,
  flag,
  unused,
} from './kinds.js'
import { apiify, apiifyFaults } from './schema-apiify.js'
import { commands } from './schema-commands.js'
import { checkEnrich, enrich } from './schema-enrich.js'
import { httpShape, readListen } from './schema-http.js'
import { inputs } from './schema-inputs.js'
import { sinkList } from './schema-sinks.js'
import { feedback } from './schema-feedback.js'
import { updates } from './schema-updates.js'
import { iscServer } from './schema-isc-server.js'
import { pdns } from './schema-pdns.js'
import { risk } from './schema-risk.js'
import { shared } from './schema-shared.js'
import { tags } from './schema-tags.js'

/* Look-ups */

const hasNoExtras = ({ username, password, search, hash }: URL): boolean =>
  `${username}${password}${search}${hash}` === ''

const isServer = (value: string): boolean => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) && hasNoExtras(url)
}

const url = z.string().max(2048).refine(isServer, 'is not a plain http or https address')
const tld = z.string().regex(/^[a-z0-9-]{1,63}$/)
/** A host name or an IP address, with an optional port, as in a URL. */
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
    optional(textKind(4096, 'the token'), 'What we prove with that we may ask; sent as a bearer token.'),
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

const rdap = {
  schema: z.strictObject(rdapShape).readonly(),
  values: 'a mapping with servers, bootstrap_file, per_second, burst or at_once',
}

const isc = { schema: z.strictObject(iscShape).readonly(), values: 'a mapping with url and token' }

export const lookupShape = {
  contact: optional(contactKind, 'Whom a registry can write to about the look-ups; sent in the User-Agent.'),
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
    'Names that may wait for their look-up; beyond it, the least suspicious are dropped until they are seen again.',
  ),
}

/* The settings of domain_stats 1.x, with its names and defaults, so that its `domain_stats.yaml` loads unchanged */

export const original = {
  established_days_age: setting(
    whole(0, 36_500, 'days'),
    730,
    'A domain registered less than this many days ago is NEW, else ESTABLISHED.',
  ),
  mode: setting(
    choice('rdap', 'isc', 'off'),
    'rdap',
    'Who is asked for registration dates: the registries, the API of an ISC, or no server.',
  ),
  rdap_error_ttl_days: setting(
    whole(0, 3_650, 'days'),
    7,
    'A registry that gave an error for a domain is asked again after at most this many days.',
  ),
  freq_table: setting(
    path('built-in, or the path of a freq table'),
    'built-in',
    'The letter frequencies that names are scored with; built-in is our own table.',
  ),
  enable_freq_scores: setting(flag, true, 'Whether names are scored by their letters.'),
  freq_avg_alert: setting(
    number(0, 100),
    5.0,
    'A name whose average score lies below this raises a freq alert.',
  ),
  freq_word_alert: setting(
    number(0, 100),
    4.0,
    'A name whose word score lies below this raises a freq alert.',
  ),

  // Only the web server of domain_stats needs these. Its number of workers came from the number of CPUs.
  workers: unused(optional(whole(0, 100_000), 'The number of server processes.')),
  threads_per_worker: unused(optional(whole(0, 100_000), 'The number of threads of a server process.')),
  log_detail: unused(setting(whole(0, 100), 0, "The detail of the server's log.")),
  count_rdap_errors: unused(setting(flag, false, 'Whether RDAP errors were counted; here they always are.')),
}

/* Privacy */

/** A zone as administrators write it: `corp.example.com`, with or without a final dot. */
const zones = {
  schema: z.array(
    z
      .string()
      .max(nameCharsMax)
      .regex(/^(\*\.|\.)?[^\s\p{C}*.,;:/]+(\.[^\s\p{C}*.,;:/]+)*\.?$/u, 'is not a zone'),
  ),
  values: 'a list of zones like corp.example.com',
}

export const clientsShape = {
  record: setting(
    choice('full', 'prefix', 'none'),
    'full',
    'What is written and kept of who asked: address and port, the network alone (/24 of IPv4, /64 of IPv6), or nothing.',
  ),
  keep_days: setting(
    whole(1, 3_650, 'days'),
    30,
    'How long the addresses of clients are kept in the store, as in records that wait for their registry; the log itself has keep.',
  ),
}

const clients = {
  schema: z.strictObject(clientsShape).readonly(),
  values: 'a mapping with record and keep_days',
}

export const privacyShape = {
  internal_zones: setting(
    zones,
    [],
    'Zones of your own: names at or below them are never asked about, never written down and never exported.',
  ),
  clients: setting(
    clients,
    clients.schema.parse({}),
    'What is written and kept of the addresses of clients.',
  ),
}

const names = {
  schema: z.array(
    z
      .string()
      .max(nameCharsMax)
      .regex(/^[^\s\p{C}]+$/u, 'is not a name'),
  ),
  values: 'a list of domain names',
}

const brands = {
  schema: z
    .array(
      z
        .string()
        .max(nameCharsMax)
        .regex(/^[^\s\p{C}*.,;:/@_]+(\.[^\s\p{C}*.,;:/@_]+)*\.?$/u, 'is not a name'),
    )
    .max(brandsMax),
  values: `a list of at most ${brandsMax} domains or labels`,
}

const rotation = {
  schema: z.string().regex(/^(never|daily|[1-9]\d{0,5} ?[KMG]B)$/i, 'is neither never, daily nor a size'),
  values: 'never, daily or a size like 100MB',
}

export const configShape = {
  inputs: setting(inputs, [], 'The logs to follow, and the sockets, lists and streams to read.'),
  output: setting(path('a path, or - for stdout'), 'domainstats.log', 'Where records are written.'),
  format: setting(choice('json', 'zeek'), 'json', 'The format of the records: JSON lines or Zeek TSV.'),
  rotate: setting(
    rotation,
    'never',
    'When the log of records is renamed and a new one begun: on the first record of a day (UTC), from a size on, or never (then logrotate may do it).',
  ),
  keep: setting(
    whole(1, 10_000, 'logs'),
    14,
    'Logs that are kept after a rotation of our own; all but the latest are packed.',
  ),
  sinks: setting(sinkList, [], 'Who gets the records besides the log, each at least once.'),
  emit: setting(
    choice('domains', 'distinct', 'every', 'alerts'),
    'domains',
    'What is written: a domain at its first contact, and once a day while it is young or has an alert; a name once in 24 hours; each event; or NEW domains and alerts.',
  ),
  unresolved: setting(
    choice('write', 'wait'),
    'write',
    'A record whose registry has not answered in time is written as PENDING, and a follow-up comes; or it waits, for a day at most, and is written once.',
  ),
  max_names_per_domain: setting(
    whole(1, 1_000_000, 'names'),
    100,
    'One domain writes at most this many names in 24 hours, then one record MANY-NAMES.',
  ),
  hold_seconds: setting(
    number(0, 600, 'seconds'),
    30,
    'How long a record waits for its registration before it is written as PENDING; 0 never waits.',
  ),
  response_wait_seconds: setting(
    number(0, 60, 'seconds'),
    2,
    'How long the record of a domain whose registration is known waits for the response, where the log holds responses (Suricata); 0 never waits.',
  ),
  learning_days: setting(
    number(0, 3_650, 'days'),
    0,
    'For so long after the first start, first contacts are recorded and raise no alert.',
  ),
  new_days: setting(
    whole(0, 36_500, 'days'),
    30,
    'A domain registered less than this many days ago raises the alert YOUNG; 0 raises none.',
  ),
  dga_score: setting(flag, true, 'Whether names are scored by how much they look generated.'),
  dga_alert: setting(
    number(0, 100),
    60,
    'A name whose dga_score is this or more raises DGA-LIKE: of ordinary names 1 in 100 has 40, and 1 in 1,000 has 60.',
  ),
  freq_alerts: setting(
    choice('first', 'always'),
    'first',
    'Whether letter scores and dga_score alarm with a first contact and while a domain is young, or with each record.',
  ),
  brands: setting(
    brands,
    [],
    'Your own names: domains, or labels like mybank. A first contact that resembles one raises LOOKALIKE.',
  ),
  service_mix_except: setting(
    ranges,
    [],
    'Clients that raise no SERVICE-MIX: mail servers and resolvers, which ask for others.',
  ),
  ignore: setting(names, [], 'Names to skip, with all names below them; they never leave the machine.'),
  ignore_file: optional(
    path('the path of a file'),
    'A file with more names to skip: one a line, or a hosts, adblock or dnsmasq list.',
  ),
  psl_file: optional(
    path('the path of a file'),
    'A copy of the Public Suffix List to use instead of the one that comes with the program.',
  ),
  names_from: setting(
    { schema: z.array(z.enum(sources)).min(1), values: `a list of one or more of ${sources.join(', ')}` },
    ['dns'],
    'The records whose names count: DNS questions, and the host names in other records of eve.json.',
  ),
  poll_seconds: setting(
    number(0.1, 60, 'seconds'),
    1,
    'How often the logs are checked, even without an event of the file system.',
  ),
  catch_up_days: setting(
    whole(0, 366, 'days'),
    7,
    'After a stop, rotated logs are searched in the date folders of the last so many days; 0 searches none.',
  ),
  domains_max: setting(
    whole(1_000, 1_000_000_000, 'domains'),
    1_000_000,
    'Domains in the store; beyond it, those that are not registered are evicted, the least recently seen first.',
  ),
  fsync: setting(
    choice('never', 'always'),
    'never',
    'Whether a commit waits for the disk; it only matters when the power fails.',
  ),
  pdns: setting(pdns, pdns.schema.parse({}), 'Passive DNS.'),
  feedback: setting(feedback, feedback.schema.parse({}), 'What Suricata gets back.'),
  updates: setting(updates, updates.schema.parse({}), 'Registrations that somebody publishes in versions.'),
  isc_server: setting(
    iscServer,
    iscServer.schema.parse({}),
    'The command isc-server: one place that all sensors ask.',
  ),
  shared: setting(shared, shared.schema.parse({}), 'What the sensors of a site share.'),
  tags: setting(tags, tags.schema.parse({}), 'What tags do.'),
  risk: setting(risk, risk.schema.parse({}), 'What counts for the risk of a record, and how much.'),
  commands: setting(commands, {}, 'Programs that are asked about a value, and whose answers are kept.'),
  enrich: setting(enrich, [], 'Records that get fields from what a command says, asked as they are made.'),
  apiify: optional(apiify, 'A port of its own that answers for one command, as APIify does.'),
  ...privacyShape,
  ...lookupShape,
  ...httpShape,
  ...original,
}

export const configSchema = z
  .strictObject(configShape)
  .superRefine((config, context) => {
    const { mode, isc, http, local_port, metrics_port, rotate, output, pdns, emit, risk, shared } = config
    const refuse = (
      path: string | readonly (string | number)[],
      input: string | number | boolean,
      message: string,
    ) => context.addIssue({ code: 'custom', path: [path].flat(), input, message })
    checkEnrich(config.enrich, config.commands, refuse)
    const own = metrics_port === undefined ? undefined : readListen(metrics_port)?.port
    if (http && metrics_port !== undefined && own !== 0 && own === local_port)
      refuse('metrics_port', metrics_port, 'is the port of http, too: take another one')
    if (rotate !== 'never' && output === '-')
      refuse('rotate', rotate, 'needs a file as output, and output is stdout')
    if (!pdns.enabled && pdns.new_answer_days !== undefined)
      refuse(['pdns', 'new_answer_days'], pdns.new_answer_days, 'needs pdns.enabled')
    if (!pdns.enabled && shared.pdns) refuse(['shared', 'pdns'], shared.pdns, 'needs pdns.enabled')
    if (risk.min_risk > 0 && emit !== 'alerts')
      refuse(['risk', 'min_risk'], risk.min_risk, 'needs emit: alerts')
    if (mode === 'isc' && isc.url === undefined)
      context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: ['isc', 'url'] })
  })
  .superRefine((config, context) => {
    for (const fault of apiifyFaults(config)) context.addIssue({ code: 'custom', ...fault })
  })
  .readonly()

export type Config = z.output<typeof configSchema>
