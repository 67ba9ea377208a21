/** The document is valid, and true of any request made from it. */
import { Validator } from '@seriousme/openapi-schema-validator'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import * as z from 'zod'
import { openapiText } from './openapi.js'
import { nameSeen, tupleSeen } from '../store/testing/passive.js'
import { commandsOf } from '../programs/testing/commands.js'
import { passiveIn } from './testing/passive.js'
import { openPort, row, sans } from './testing/port.js'
import { whoisBy } from './testing/whois.js'

const operation = z.object({
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.enum(['path', 'query', 'header']),
      schema: z.object({ type: z.string() }),
    }),
  ),
  responses: z.record(
    z.string(),
    z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })) }),
  ),
})
const documented = z.object({
  paths: z.record(z.string(), z.object({ get: operation.optional(), post: operation.optional() })),
})

const port = async (test: Test) => {
  const commands = await commandsOf(test, { x: { argv: ['echo', '{value}'], accepts: 'host' } })
  return openPort(
    test,
    { 'sans.org': sans },
    {
      browse: (offset, limit) => {
        const rows = Array.from({ length: Math.max(0, 5 - offset) }, () => row('a.org')).slice(0, limit)
        return { rows, more: rows.length === limit }
      },
      get: domain => (domain === 'sans.org' ? row(domain) : undefined),
      pdns: passiveIn(
        test,
        ['sans.org', 'x', '__proto__'].map(name =>
          nameSeen(name, { tuples: [tupleSeen('A', '192.0.2.1'), tupleSeen('TXT', '"\u2028"')] }),
        ),
        { circl: true },
      ),
      commands,
      whois: whoisBy().whois,
    },
  )
}

const parsed = (text: string) => z.record(z.string(), z.unknown()).parse(JSON.parse(text))

void t.test('a validator accepts the document', async t => {
  const { get } = await port(t)
  const document = parsed((await get('/openapi.json')).body)
  const { valid, errors } = await new Validator().validate(document)
  t.ok(valid, JSON.stringify(errors))
  t.equal(document['openapi'], '3.1.0')
  t.ok(
    (await new Validator().validate(parsed(openapiText('1', () => true)))).valid,
    'with the paths of freq_server',
  )
})

/** Names of every kind: such that have an answer, such that are odd, and such that are no text at all. */
const odd = fc.oneof(
  ...[fc.constantFrom('sans.org', '__proto__', 'x', '%', '%zz', '%ff', '..', '.'), fc.domain()],
  ...[fc.string(), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', maxLength: 300 })],
)
const text = fc.oneof(
  { weight: 4, arbitrary: odd.filter(text => !/\p{Cs}/u.test(text)).map(encodeURIComponent) },
  fc.stringMatching(/^[!-~]{0,40}$/).map(text => text.replace(/[/?#\\]/g, '')),
)
const number = fc.oneof(fc.integer().map(String), fc.nat().map(String), text)
const body = fc.oneof(
  ...[
    fc.record({ names: fc.array(odd, { maxLength: 20 }) }).map(v => JSON.stringify(v)),
    fc.json(),
    fc.string(),
  ],
)

void t.test('each random request is answered as the document says, and none with a 500', async t => {
  const { get, reports } = await port(t)
  const { paths } = documented.parse(JSON.parse((await get('/openapi.json')).body))
  const operations = Object.entries(paths).flatMap(([path, { get, post }]) => [
    ...(get ? [{ path, method: 'GET', ...get }] : []),
    ...(post ? [{ path, method: 'POST', ...post }] : []),
  ])
  t.equal(operations.length, 46)
  for (const { path, method, parameters, responses } of operations) {
    const values = fc.record(
      Object.fromEntries(
        parameters
          .filter(({ in: where }) => where !== 'header')
          .map(({ name, schema, in: where }) => [
            name,
            where === 'path'
              ? text.filter(text => text !== '')
              : fc.option(schema.type === 'integer' ? number : text),
          ]),
      ),
    )
    const holds = async (given: Readonly<Record<string, string | null>>, sent: string) => {
      const query = parameters.flatMap(({ name, in: where }) =>
        where === 'query' && given[name] != null ? [`${name}=${given[name]}`] : [],
      )
      const target = `${path.replace(/\{(\w+)\}/g, (_, name: string) => given[name] ?? '')}?${query.join('&')}`
      const init =
        method === 'POST' ? { method, body: sent, headers: { 'content-type': 'application/json' } } : {}
      const { status, body, headers } = await get(target, init)
      // `.` and `..` are steps of a path, which the client takes itself: such a path is another one.
      const other = parameters.some(
        ({ name, in: where }) => where === 'path' && /^(\.|%2e){1,2}$/i.test(given[name] ?? ''),
      )
      const response = responses[status]
      if (status >= 500 || (!response && !other)) throw new Error(`${status} for ${target}: ${body}`)
      const [type = ''] = (headers.get('content-type') ?? '').split(';')
      const schema = response?.content[type]?.schema
      if (other) return
      if (schema === undefined) throw new Error(`${type} is not documented for ${target}`)
      if (type === 'application/json')
        z.fromJSONSchema(z.record(z.string(), z.any()).parse(schema)).parse(JSON.parse(body))
    }
    await t.resolves(
      fc.assert(fc.asyncProperty(values, body, holds), { numRuns: parameters.length > 0 ? 100 : 5 }),
      `${method} ${path}`,
    )
  }
  t.notOk(reports.some(({ kind }) => kind === 'http-failed'))
})
