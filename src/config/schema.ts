/** The configuration: one zod schema is the type, the defaults, the limits and the documentation. */
import { z } from 'zod'
import { nameCharsMax } from '../limits.js'
import { httpShape, readListen } from './schema-http.js'
import { lookupShape } from './schema-lookup.js'
import { original } from './schema-original.js'
import { privacyShape } from './schema-privacy.js'
import { choice, number, optional, path, required, setting, text, whole } from './values.js'

export const inputShape = {
  path: required(
    path('the path of a log file, a directory or a glob'),
    'What to follow; a directory, also one that a glob matches, means dns*.log* and eve*.json* in it.',
  ),
  format: setting(
    choice('auto', 'zeek', 'suricata'),
    'auto',
    'The format of the log; auto recognises it by its first lines.',
  ),
  sensor: optional(
    text(64, 'a label of at most 64 printable characters'),
    'A name for the sensor, written into each of its records.',
  ),
  start: setting(choice('beginning', 'end'), 'beginning', 'Where a log that was never read before is begun.'),
}

const inputs = {
  schema: z.array(z.strictObject(inputShape).readonly()),
  values: 'a list of inputs, each like - path: /logs/dns.log',
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

const rotation = {
  schema: z.string().regex(/^(never|daily|[1-9]\d{0,5} ?[KMG]B)$/i, 'is neither never, daily nor a size'),
  values: 'never, daily or a size like 100MB',
}

const sources = choice('dns', 'tls', 'quic', 'http')

export const configShape = {
  inputs: setting(inputs, [], 'The logs to follow.'),
  output: setting(path('a path, or - for stdout'), 'domainstats.log', 'Where records are written.'),
  format: setting(choice('json', 'zeek'), 'json', 'The format of the records: JSON lines or Zeek TSV.'),
  rotate: setting(
    rotation,
    'never',
    'When the log of records is renamed and a new one begun: on the first record of a day (UTC), from a size on, or never (logrotate does it, or nobody).',
  ),
  keep: setting(
    whole(1, 10_000, 'logs'),
    14,
    'Logs that are kept after a rotation of our own; all but the latest are packed.',
  ),
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
  freq_alerts: setting(
    choice('first', 'always'),
    'first',
    'Whether low letter scores alarm with a first contact and while a domain is young, or with each record.',
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
    { schema: z.array(sources.schema).min(1), values: 'a list of one or more of dns, tls, quic and http' },
    ['dns'],
    'The records whose names count: DNS questions, TLS and QUIC server names, HTTP hosts.',
  ),
  poll_seconds: setting(
    number(0.1, 60, 'seconds'),
    1,
    "How often the logs are looked at even if the file system's notifications stay silent.",
  ),
  catch_up_days: setting(
    whole(0, 366, 'days'),
    7,
    'After a stop, rotated logs are searched in the date folders of the last so many days; 0 searches none.',
  ),
  domains_max: setting(
    whole(1_000, 1_000_000_000, 'domains'),
    1_000_000,
    'Domains in the store; of more, those that are not registered are forgotten, the least recently seen first.',
  ),
  fsync: setting(
    choice('never', 'always'),
    'never',
    'Whether a commit waits for the disk; it only matters when the power fails.',
  ),
  ...privacyShape,
  ...lookupShape,
  ...httpShape,
  ...original,
}

export const configSchema = z
  .strictObject(configShape)
  .superRefine(({ mode, isc, http, local_port, metrics_port, rotate, output }, context) => {
    const refuse = (path: string, input: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], input, message })
    const own = metrics_port === undefined ? undefined : readListen(metrics_port)?.port
    if (http && metrics_port !== undefined && own !== 0 && own === local_port)
      refuse('metrics_port', metrics_port, 'is the port of http, too: take another one')
    if (rotate !== 'never' && output === '-')
      refuse('rotate', rotate, 'needs a file as output, and output is stdout')
    if (mode === 'isc' && isc.url === undefined)
      context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: ['isc', 'url'] })
  })
  .readonly()

export type Config = z.output<typeof configSchema>
