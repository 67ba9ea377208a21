/** The paths of passive DNS in `/openapi.json`. */
import * as z from 'zod'
import {
  busy,
  errors,
  json,
  wholeNumber,
  queryParameter,
  read,
  refused,
  textSchema,
} from './openapi-parts.js'
import {
  nearParameters,
  newParameters,
  rowParameters,
  tagParameters,
  topParameters,
  unansweredParameters,
} from './pdns-parameters.js'

const lines = { 'application/x-ndjson': { schema: { type: 'string' } } }
const header = (name: string, schema: object, description: string) => ({
  ...{ name, in: 'header', required: false, schema, description },
})
const part = (name: string, description: string) => ({
  ...{ name, in: 'path', required: true, schema: { type: 'string', minLength: 1 }, description },
})

/** Parameters by their zod schemas. */
const parametersOf = (schema: z.ZodObject<Record<string, z.ZodType>>) =>
  Object.entries(schema.def.shape).map(([name, { description = '' }]) =>
    queryParameter(name, textSchema, description),
  )

const cofRead = (summary: string, parts: readonly object[]) => ({
  get: {
    summary,
    parameters: [
      ...parts,
      ...parametersOf(rowParameters),
      header('dribble-paginate-count', wholeNumber, 'The rows of a page.'),
      header('dribble-paginate-cursor', wholeNumber, 'The x-dribble-cursor of the page before.'),
      header('dribble-filter-rrtype', { type: 'string' }, 'Only rows of this record type.'),
    ],
    responses: {
      200: {
        description: 'The rows.',
        headers: {
          'x-dribble-cursor': {
            schema: wholeNumber,
            description: 'Where the next page begins, if there is one.',
          },
          'x-dribble-errors': { schema: { type: 'string' }, description: 'Why rows are missing, as JSON.' },
        },
        content: lines,
      },
      ...{ ...refused, ...busy },
    },
  },
})
const cof = cofRead('Rows of passive DNS in the Common Output Format, one JSON object a line.', [
  part('q', 'A name, *.name, name.*, *word*, /regex/, an address, a network or a range a-b.'),
  queryParameter(
    'site',
    textSchema,
    'Rows of all sensors of the site, whatever its value, if the settings share them: for a name or an address. sensors is how many have seen a row.',
  ),
])
const counted = (summary: string, schema: z.ZodObject<Record<string, z.ZodType>>) =>
  read(summary, lines, parametersOf(schema), busy)

const times = ['time_first_after', 'time_first_before', 'time_last_after', 'time_last_before'].map(name =>
  queryParameter(name, { type: 'integer' }, 'Epoch seconds; below 0: seconds before now.'),
)
const dnsdbParameters = [
  queryParameter('limit', wholeNumber, 'Rows, 0 for as many as there may be.'),
  ...times,
  queryParameter('humantime', { type: 'boolean' }, 'Times as RFC 3339.'),
  ...['swclient', 'version', 'id', 'aggr'].map(name =>
    queryParameter(name, textSchema, 'Accepted without effect.'),
  ),
]
const typePart = part('type', 'A record type, ANY or ANY-DNSSEC.')
const dnsdbName = part('name', 'A name, *.example.com or www.example.*.')
const dnsdbPaths: readonly (readonly [path: string, parts: readonly object[]])[] = [
  ['rrset/name/{name}', [dnsdbName]],
  ['rrset/name/{name}/{type}', [dnsdbName, typePart]],
  [
    'rrset/name/{name}/{type}/{bailiwick}',
    [dnsdbName, typePart, part('bailiwick', 'A name; it has no effect.')],
  ],
  ['rdata/name/{name}', [dnsdbName]],
  ['rdata/name/{name}/{type}', [dnsdbName, typePart]],
  ['rdata/ip/{ip}', [part('ip', 'An address, a network as 192.0.2.0,24, or a range a-b.')]],
]
const dnsdbRead = (summary: string, of: readonly object[]) =>
  read(summary, lines, of, { ...errors(404, 416), ...busy })
const dnsdbLimits = z.object({
  rate: z.object({
    ...{ reset: z.literal('n/a'), limit: z.literal('unlimited'), remaining: z.literal('n/a') },
    ...{ results_max: z.int(), offset_max: z.int() },
  }),
})
const dnsdb = {
  ...Object.fromEntries(
    dnsdbPaths.flatMap(([path, parts]) => [
      [
        `/dnsdb/v2/lookup/${path}`,
        dnsdbRead('Rows in Streaming API Framing.', [
          ...parts,
          queryParameter('offset', wholeNumber, 'Rows to skip.'),
          ...dnsdbParameters,
        ]),
      ],
      [
        `/dnsdb/v2/summarize/${path}`,
        dnsdbRead('The sums of these rows.', [
          ...parts,
          queryParameter('max_count', wholeNumber, 'The count at which the sum ends.'),
          ...dnsdbParameters,
        ]),
      ],
    ]),
  ),
  '/dnsdb/v2/rate_limit': read('What a client may ask.', json(dnsdbLimits)),
  '/dnsdb/v2/ping': read('Whether the port answers.', json(z.object({ ping: z.literal('ok') }))),
}

const circlInfo = z.object({
  version: z.string(),
  software: z.literal('domainstats'),
  stats: z.int().describe('Names and facts.'),
})
export const circlPaths = {
  '/query/{q}': cof,
  '/fquery/{q}': cof,
  '/info': read('What answers here.', json(circlInfo)),
}

export const pdnsPaths = {
  '/pdns/query/{q}': cof,
  '/pdns/parked': cofRead('Rows with addresses that are loopback, private, link-local or 0.0.0.0.', []),
  '/pdns/top': counted('What is asked for most, or has most names.', topParameters),
  '/pdns/subdomains/{domain}': read(
    'The wholeNumber of names below a domain, by level.',
    lines,
    [part('domain', 'A domain name.')],
    busy,
  ),
  '/pdns/near/{address}': read(
    'The tagged addresses nearest to an address.',
    lines,
    [part('address', 'An address.'), ...parametersOf(nearParameters)],
    busy,
  ),
  '/pdns/tags': counted('What is tagged.', tagParameters),
  '/pdns/new': counted('The wholeNumber of names first asked for, day by day.', newParameters),
  '/pdns/unanswered': counted('The names with most questions without an answer.', unansweredParameters),
  ...dnsdb,
}
