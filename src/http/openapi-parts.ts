/** What the operations of `/openapi.json` are made of. */
import * as z from 'zod'
import { httpUrlCharsMax } from '../limits.js'

export const failure = z.object({ error: z.string() })

// The document names the dialect: schemas within it need no $schema.
export const json = (schema: z.ZodType) => {
  const { $schema, ...rest } = z.toJSONSchema(schema)
  return { 'application/json': { schema: $schema === undefined ? {} : rest } }
}
export const plain = { 'text/plain': { schema: { type: 'string' } } }

export const errors = (...codes: readonly number[]) =>
  Object.fromEntries(codes.map(code => [code, { description: 'Refused.', content: json(failure) }]))

export const refused = errors(400, 401, 403, 405, 414, 431)

export const read = (
  summary: string,
  content: object,
  parameters: readonly object[] = [],
  more: object = {},
) => ({
  get: { summary, parameters, responses: { 200: { description: summary, content }, ...refused, ...more } },
})

export const queryParameter = (name: string, schema: object, description: string) => ({
  ...{ name, in: 'query', required: false, schema, description },
})
export const wholeNumber = { type: 'integer', minimum: 0 }
export const textSchema = { type: 'string', maxLength: httpUrlCharsMax }
export const busy = { 503: { description: 'Too many questions at once.', content: json(failure) } }
