/** The settings of sinks over HTTP: `http`, `elasticsearch`, `splunk-hec` and `loki`. */
import * as z from 'zod'
import { lokiLabelsMax } from '../../limits.js'
import { choice, flag, isLoopbackHost, optional, path, required, setting, textKind } from '../kinds.js'
import { checkCertificate } from './tls.js'

const isAddress = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, hash } = new URL(text)
  return /^https?:$/.test(protocol) && `${username}${password}${hash}` === ''
}

const pem = path('the path of a PEM file')

const tokenFile = path('the path of a file with one line')

/** The keys of all types over HTTP. */
const overHttp = {
  url: required(
    {
      schema: z
        .string()
        .max(2048)
        .refine(isAddress, 'is not an http or https address without user, password and #'),
      values: 'an address like https://siem.example:9200',
    },
    'Where records are sent. The path of the API need not stand there.',
  ),
  token_file: optional(
    tokenFile,
    'A file with the token of the header Authorization: ApiKey for Elasticsearch, else Bearer. It is read again when the receiver refuses the token.',
  ),
  basic_auth_file: optional(
    path('the path of a file with one line, user:password'),
    'A file with user:password, instead of a token. It is read again when the receiver refuses them.',
  ),
  ca_file: optional(
    pem,
    'The certificate of the authority that the receiver is trusted by, instead of those of Node.',
  ),
  cert_file: optional(pem, 'The certificate that we show the receiver.'),
  key_file: optional(pem, 'The key of that certificate.'),
  gzip: setting(flag, false, 'Whether what is sent is compressed.'),
}

export const httpSinkShape = {
  ...overHttp,
  as: setting(choice('json', 'ndjson'), 'json', 'How records are sent: as a JSON array, or one a line.'),
}

export const elasticsearchShape = {
  ...overHttp,
  index: setting(
    {
      // https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-indices-create
      schema: z
        .string()
        .max(255)
        .regex(/^[a-z0-9.][a-z0-9._+-]*$/, 'is not the name of an index'),
      values: 'a name of small letters, digits, ., _, + and -',
    },
    'domainstats',
    'The index, alias or data stream that gets the records.',
  ),
  under: optional(
    {
      schema: z
        .string()
        .max(255)
        .regex(/^[A-Za-z]\w*$/, 'is not the name of a field'),
      values: 'a name of letters, digits and _',
    },
    'The field of a document that holds the record. Without it, the fields of the record stand at the root.',
  ),
}

const word = textKind(255, 'a text of at most 255 characters')

export const splunkShape = {
  ...overHttp,
  token_file: required(
    tokenFile,
    'A file with the token of the collector. It is read again when the receiver refuses the token.',
  ),
  index: optional(word, 'The index that gets the records, instead of the default of the token.'),
  sourcetype: setting(word, 'domainstats', 'The source type of the events.'),
  source: setting(word, 'domainstats', 'The source of the events.'),
  host: optional(word, 'The name of this machine in the events, instead of its own.'),
}

/** https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels, which Loki follows. */
const labels = {
  schema: z
    .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,99}$/), z.string().min(1).max(255))
    .refine(given => Object.keys(given).length <= lokiLabelsMax, `has more than ${lokiLabelsMax} labels`)
    .refine(given => Object.keys(given).length > 0, 'has no label')
    .readonly(),
  values: `a mapping of at most ${lokiLabelsMax} labels to texts, like {job: domainstats}`,
}

export const lokiShape = {
  ...overHttp,
  labels: setting(
    labels,
    { job: 'domainstats' },
    'Labels of all streams. Each stream has the category of its records, too, and the sensor if there is one.',
  ),
  tenant: optional(
    {
      schema: z
        .string()
        .max(150)
        .regex(/^[\w!.*'()-]+$/, 'is not the name of a tenant'),
      values: 'the name of a tenant',
    },
    'The tenant, for the header X-Scope-OrgID.',
  ),
}

type Given = z.output<z.ZodObject<typeof overHttp>>

/** Files for TLS need https; a secret goes over http to this machine only; and a certificate of ours needs its key. */
export const checkHttp = (given: Given, context: z.RefinementCtx): void => {
  const { url, token_file, basic_auth_file, ca_file, cert_file, key_file } = given
  const { protocol, hostname } = new URL(url)
  const refuse = (key: string, input: string, message: string) =>
    context.addIssue({ code: 'custom', path: [key], input, message })
  for (const [key, input] of Object.entries({ ca_file, cert_file, key_file }))
    if (input !== undefined && protocol !== 'https:') refuse(key, input, 'needs https://… in url')
  for (const [key, input] of Object.entries({ token_file, basic_auth_file }))
    if (input !== undefined && protocol !== 'https:' && !isLoopbackHost(hostname))
      refuse(key, input, 'needs https://… in url, since anybody on the way could read the secret')
  if (token_file !== undefined && basic_auth_file !== undefined)
    refuse('basic_auth_file', basic_auth_file, 'stands beside token_file: one of them is sent')
  checkCertificate({ cert_file, key_file }, context)
}
