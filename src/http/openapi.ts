/** `/openapi.json` (OpenAPI 3.1), made from the schemas of the answers. */
import * as z from 'zod'
import { commandValueCharsMax, httpNamesMax } from '../limits.js'
import { commandAnswerSorts } from '../store/command-answers.js'
import { commandAnswer, commandForgotten, commandList, commandRows, commandStats } from './command-routes.js'
import { circlPaths, pdnsPaths } from './openapi-pdns.js'
import {
  busy,
  errors,
  json,
  wholeNumber,
  plain,
  queryParameter,
  read,
  refused,
  textSchema,
} from './openapi-parts.js'
import { services, type HttpService } from './options.js'
import { names, typedAnswer, typedAnswers } from './v1.js'
import { whoisAnswer } from './whois-answers.js'

/* The answers of domain_stats 1.x, for the document and for tests. */

const httpDate = z.string().describe('An HTTP date, in GMT.')
const word = (...words: readonly [string, ...string[]]) => z.enum(words)

export const originalAnswer = z.object({
  alerts: z.array(z.string()),
  category: word('NEW', 'ESTABLISHED', 'UNKNOWN', 'ERROR'),
  freq_score: z.union([z.tuple([z.number(), z.number()]), word('disabled', 'ERROR')]),
  seen_by_isc: z
    .string()
    .describe('The source of the date, or when the ISC first saw the domain; UNKNOWN or ERROR.'),
  seen_by_web: z.union([word('UNKNOWN', 'ERROR'), httpDate]).describe('When it was registered.'),
  seen_by_you: z.union([word('UNKNOWN', 'ERROR'), httpDate]).describe('When it was contacted first.'),
})

export const originalStats = z.object({
  hit: z.int().describe('Questions answered without a look-up.'),
  miss: z.int(),
  rdap_fail: z.int(),
  rdap_good: z.int(),
  size: z.int().describe('Domains in the store.'),
  warnings: z.array(z.string()),
})

export const textAnswer = z.object({ text: z.string() })

export const originalRow = z.object({
  cache_expires: httpDate.nullable(),
  cache_value: originalAnswer,
  domain: z.string(),
})

export const originalPage = z.array(z.union([z.object({ next: z.url() }), originalRow]))
export const originalRowOrText = z.union([originalRow, textAnswer])
export const unicodeOrText = z.union([z.string(), textAnswer])
const name = {
  name: 'name',
  in: 'path',
  required: true,
  schema: { type: 'string', minLength: 1, maxLength: 1024 },
}
const peek = queryParameter(
  'peek',
  { type: 'string' },
  'Answers without counting a contact and without a look-up, whatever its value.',
)
const accepted = queryParameter(
  'peek',
  { type: 'string' },
  'Accepted without effect: this path never counts a contact.',
)
const site = queryParameter(
  'site',
  { type: 'string' },
  'Adds what the sensors of the site have counted, whatever its value. Without a shared store, or without its answer in 50 ms, nothing is added.',
)
const domain = queryParameter('domain', textSchema, 'A name.')

const original = {
  '/{name}': read('The answer of domain_stats 1.x about a name.', json(originalAnswer), [name, peek], busy),
  '/stats': read('Sums since the start.', json(originalStats)),
  '/stats-reset': read('Sets those sums to 0.', json(textAnswer)),
  '/cache_browse': read('The domains of the store, a page at a time.', json(originalPage), [
    queryParameter('offset', wholeNumber, 'Rows to skip.'),
    queryParameter('limit', wholeNumber, 'Rows of a page.'),
  ]),
  '/cache_get': read('A domain of the store.', json(originalRowOrText), [domain]),
  '/depuny': read('A name in Unicode.', json(unicodeOrText), [domain]),
  '/showcache': read('The domains of the store, as a text table.', plain),
}

const v1 = {
  '/v1/domains/{name}': read(
    'What is known of a name. It is no contact.',
    json(typedAnswer),
    [name, accepted, site],
    busy,
  ),
  '/v1/domains': {
    post: {
      summary: `What is known of up to ${httpNamesMax} names; with "contact": true each is a contact, too.`,
      parameters: [peek, site],
      requestBody: { required: true, content: json(names) },
      responses: {
        200: { description: 'The answers, in the order of the names.', content: json(typedAnswers) },
        ...{ ...refused, ...errors(413, 415), ...busy },
      },
    },
  },
}

const health = {
  '/healthz': read('Whether the process answers.', plain),
  '/readyz': read('Whether the daemon is ready.', plain, [], {
    503: { description: 'Why the daemon is not ready, a line each.', content: plain },
  }),
}

const measured = { ...textSchema, minLength: 1 }
const freqPaths = Object.fromEntries(
  ['measure', 'measure1', 'measure2'].map(command => [
    `/${command}/{text}`,
    read('How likely the letters of a text are.', plain, [
      { name: 'text', in: 'path', required: true, schema: measured },
    ]),
  ]),
)

const command = { name: 'command', in: 'path', required: true, schema: { type: 'string', minLength: 1 } }
const value = {
  ...{ name: 'value', in: 'path', required: true },
  schema: { type: 'string', minLength: 1, maxLength: commandValueCharsMax },
}
const absent = errors(404)
const unanswered = { ...absent, ...errors(502), ...busy }
const asText = queryParameter('text', { type: 'string' }, 'As text, the way domain_stats 0.x answered.')

const commandPaths = {
  '/commands': read('The commands that may be asked.', json(commandList)),
  '/commands/{command}/{value}': read(
    'What a program says of a value, from the cache or by a run.',
    json(commandAnswer),
    [command, value],
    unanswered,
  ),
  '/commands/{command}/stats': read('Sums since the start.', json(commandStats), [command], absent),
  '/commands/{command}/cache': read(
    'What is kept.',
    json(commandRows),
    [
      command,
      queryParameter('offset', wholeNumber, 'Rows to skip.'),
      queryParameter('limit', wholeNumber, 'Rows of a page.'),
      queryParameter('sort', { type: 'string', enum: commandAnswerSorts }, 'What they are sorted by.'),
    ],
    absent,
  ),
  '/commands/{command}/cache/{value}': {
    delete: {
      summary: 'Forgets an answer.',
      parameters: [command, value],
      responses: {
        200: { description: 'It is forgotten.', content: json(commandForgotten) },
        ...{ ...refused, ...absent },
      },
    },
  },
}

const whoisPaths = {
  '/domain/{fields}/{name}': read(
    'What the registry says of a domain, as python-whois names it.',
    { ...json(whoisAnswer), ...plain },
    [{ name: 'fields', in: 'path', required: true, schema: textSchema }, name, asText],
    unanswered,
  ),
  '/domain/{name}': read(
    'The same with all fields.',
    { ...json(whoisAnswer), ...plain },
    [name, asText],
    unanswered,
  ),
  '/created/{name}': read(
    'The same with its creation date.',
    { ...json(whoisAnswer), ...plain },
    [name, asText],
    unanswered,
  ),
  '/alexa/{name}': read(
    'The place of a domain in the list of the most asked ones; 0 if it is not there.',
    json(z.int().min(0)),
    [name],
  ),
}

const paths: Readonly<Record<HttpService, object>> = {
  domain_stats: original,
  v1,
  pdns: pdnsPaths,
  metrics: { '/metrics': read('Metrics for Prometheus.', plain) },
  health,
  freq: freqPaths,
  commands: commandPaths,
  whois: whoisPaths,
}

/** The document as JSON, with the paths that are served. @param circl whether those of CIRCL are */
export const openapiText = (
  version: string,
  isServed: (service: HttpService) => boolean,
  circl = false,
): string =>
  JSON.stringify({
    openapi: '3.1.0',
    info: {
      title: 'domainstats',
      version,
      description: 'How old a domain is, whether it was contacted before, and how likely its letters are.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    // Whether a token is needed depends on the settings.
    security: [{}, { token: [] }, { key: [] }, { password: [] }],
    paths: Object.assign(
      { '/openapi.json': read('This document.', { 'application/json': { schema: { type: 'object' } } }) },
      ...services.filter(isServed).map(service => paths[service]),
      isServed('pdns') && circl ? circlPaths : {},
    ) as object,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        password: { type: 'http', scheme: 'basic' },
      },
    },
  })
