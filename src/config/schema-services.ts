/** The settings of presets that run no program: a file that we read, and services that we ask over HTTPS ourselves. */
import * as z from 'zod'
import { serviceFieldsMax } from '../limits.js'
import { choice, contactKind, isLoopbackHost, optional, path, required, setting, whole } from './kinds.js'
import {
  accepted,
  acceptedValues,
  commandTurnsShape,
  keepHoursSetting,
  keptErrors,
  pacedTurnsShape,
  timeoutSeconds,
  valuePlace,
} from './schema-command-keys.js'

const timeout_seconds = setting(timeoutSeconds, 10, 'How long an answer may take.')

const keptAnswers = { keep_hours: keepHoursSetting(24), keep_errors_hours: keptErrors }

/** Plain http goes to this machine only: anybody on the way could read who is asked about, and the key. */
const isSafeAddress = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password, hash } = new URL(text)
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname))
  return isSafe && `${username}${password}${hash}` === ''
}

const unsafe = 'is no https address without user, password and # (http is for this machine only)'

const keyFile = path('the path of a file with one line')

/** Where services are, unless the settings say otherwise. */
export const serviceBases = { 'isc-ip': 'https://isc.sans.edu', otx: 'https://otx.alienvault.com' } as const

const baseUrl = (fallback: string) =>
  setting(
    {
      schema: z
        .string()
        .max(2048)
        .refine(isSafeAddress, unsafe)
        .refine(text => !text.includes('?'), 'holds a query'),
      values: 'an https address',
    },
    fallback,
    'Where the service is, without the path of its API: another one for a mirror or a gateway of your own.',
  )

/** `geolocation`. What is kept would outlive a new file, and a look-up in the file takes no longer. */
const geolocationShape = {
  file: required(
    path('the path of a file'),
    'The database: a file in the MMDB format of MaxMind, of any maker. It is read again when it has changed.',
  ),
  accepts: setting(choice('ip'), 'ip', accepted),
  at_once: setting(
    whole(1, 1_000, 'runs'),
    1_000,
    'Look-ups under way at the same time; further values wait.',
  ),
  per_minute: commandTurnsShape.per_minute,
  keep_hours: keepHoursSetting(0),
  keep_errors_hours: keptErrors,
}

/** `isc-ip`. @see https://isc.sans.edu/api/ */
const iscIpShape = {
  contact: required(
    contactKind,
    'Whom SANS ISC can write to: they ask for it, and it is sent in the User-Agent.',
  ),
  base_url: baseUrl(serviceBases['isc-ip']),
  accepts: setting(choice('ip'), 'ip', accepted),
  timeout_seconds,
  ...pacedTurnsShape,
  ...keptAnswers,
}

const names = z.array(z.string().min(1).max(255)).min(1).max(1_000)

const authors = {
  schema: z.union([z.strictObject({ only: names }), z.strictObject({ not: names })]),
  values: 'a mapping with a list of names, {only: [AlienVault]} or {not: [somebody]}',
}

/** `otx`. @see https://otx.alienvault.com/api */
const otxShape = {
  key_file: required(keyFile, 'A file with your key for the API of OTX. It is read with each run.'),
  authors: optional(authors, 'Whose pulses count. Without it, those of all.'),
  pulses_max: setting(
    whole(1, 50, 'pulses'),
    10,
    'How many names of pulses an answer has; pulse_count counts all.',
  ),
  base_url: baseUrl(serviceBases.otx),
  accepts: setting(
    choice('domain', 'host'),
    'domain',
    'Whether a name is asked about by its registered domain, or as it is.',
  ),
  timeout_seconds,
  ...pacedTurnsShape,
  ...keptAnswers,
}

/** Why an address is no template for values; undefined if it is. */
const faultOfTemplate = (text: string): string | undefined => {
  const parts = text.split(valuePlace)
  if (parts.length !== 2) return `must hold ${valuePlace} once`
  if (!isSafeAddress(parts.join('x'))) return unsafe
  // In front of the first slash it would choose the host.
  return /^https?:\/\/[^/?]+[/?]/i.test(parts[0] ?? '')
    ? undefined
    : `must hold ${valuePlace} behind the host`
}

/** What a client sends itself: RFC 9110 7.6.1 (hop by hop), and what frames the request. */
const ownHeaders =
  /^(?:host|connection|content-length|transfer-encoding|te|upgrade|keep-alive|expect|user-agent|accept|accept-encoding)$/i

const fieldsOf = {
  schema: z
    .record(
      z.string().regex(/^[a-z]\w{0,31}$/i),
      z
        .string()
        .max(255)
        .regex(/^[^\s.]+(?:\.[^\s.]+)*$/, 'is no path'),
    )
    .refine(all => Object.keys(all).length > 0, 'names no field')
    .refine(all => Object.keys(all).length <= serviceFieldsMax, `names more than ${serviceFieldsMax} fields`),
  values: 'a mapping of names to paths of keys and numbers, like {score: data.0.score}',
}

/** `reputation`. */
const reputationShape = {
  url: required(
    {
      schema: z
        .string()
        .max(2048)
        .superRefine((text, context) => {
          const fault = faultOfTemplate(text)
          if (fault !== undefined) context.addIssue({ code: 'custom', input: text, message: fault })
        }),
      values: `an https address with ${valuePlace} once in its path or query`,
    },
    `Which address answers about a value. The value is written into it percent-encoded. A key belongs into key_file, not here.`,
  ),
  fields: required(
    fieldsOf,
    'What is taken from the JSON that it answers: texts, numbers, true, false, or lists of them.',
  ),
  accepts: required(acceptedValues, accepted),
  header: setting(
    {
      schema: z
        .string()
        .max(64)
        .regex(/^[!#$%&'*+.^`|~\w-]+$/, 'is not the name of a header')
        .refine(text => !ownHeaders.test(text), 'is a header that we send ourselves'),
      values: 'the name of a header',
    },
    'Authorization',
    'The header that carries what key_file holds.',
  ),
  key_file: optional(
    keyFile,
    'A file with the value of that header, such as `Bearer abc`. It is read with each run.',
  ),
  timeout_seconds,
  ...pacedTurnsShape,
  ...keptAnswers,
}

/** To add one, add it here, and what answers for it to programs/declared.ts. */
export const commandServices = [
  z.strictObject({ preset: z.literal('geolocation'), ...geolocationShape }),
  z.strictObject({ preset: z.literal('isc-ip'), ...iscIpShape }),
  z.strictObject({ preset: z.literal('otx'), ...otxShape }),
  z.strictObject({ preset: z.literal('reputation'), ...reputationShape }),
] as const

export type ServiceSettings = z.output<(typeof commandServices)[number]>

/** The settings of one of them. */
export type SettingsOf<P extends ServiceSettings['preset']> = Extract<ServiceSettings, { readonly preset: P }>

/** The keys that a command has because of its preset. */
export const serviceShapes: ReadonlyMap<string, Readonly<Record<string, z.ZodType>>> = new Map(
  commandServices.map(({ shape: { preset, ...own } }) => [preset.value, own]),
)
