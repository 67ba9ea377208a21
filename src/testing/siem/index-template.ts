/** Checks documents against an index template of Elasticsearch, as strictly as `dynamic: strict` would. */
import { isIP } from 'node:net'
import * as z from 'zod'
import { flatten, type Json } from './ingest-document.js'

const leaf = z.strictObject({
  type: z.enum(['boolean', 'constant_keyword', 'date', 'float', 'ip', 'keyword', 'long', 'match_only_text']),
  value: z.string().optional(),
  ignore_above: z.int().optional(),
})
/** A field, as the template maps it. */
export type MappedField = z.output<typeof leaf>

interface MappedObject {
  readonly properties: Properties
}
type Properties = Readonly<Record<string, MappedField | MappedObject>>
const properties: z.ZodType<Properties> = z.lazy(() =>
  z.record(z.string(), z.union([leaf, z.strictObject({ properties })])),
)

const templateSchema = z.strictObject({
  index_patterns: z.array(z.string()).min(1),
  priority: z.int().positive(),
  data_stream: z.strictObject({}),
  template: z.strictObject({
    settings: z.strictObject({
      index: z.strictObject({
        default_pipeline: z.string(),
        mapping: z.strictObject({ ignore_malformed: z.literal(true) }),
      }),
    }),
    mappings: z.strictObject({
      date_detection: z.literal(false),
      dynamic_templates: z.array(z.record(z.string(), z.unknown())),
      properties,
    }),
  }),
  _meta: z.strictObject({ description: z.string() }),
})

export interface IndexTemplate {
  readonly priority: number
  readonly pipeline: string
  /** The fields by their whole names. */
  readonly fields: ReadonlyMap<string, MappedField>
  /** Whether it is for a data stream of this name. */
  readonly isFor: (name: string) => boolean
}

const fieldsOf = (given: Properties, prefix = ''): [string, MappedField][] =>
  Object.entries(given).flatMap(([name, field]) =>
    'properties' in field ? fieldsOf(field.properties, `${prefix}${name}.`) : [[`${prefix}${name}`, field]],
  )

/** A pattern with `*` for any characters. */
export const matchesPattern = (pattern: string, text: string): boolean => {
  const literals = pattern.split('*').map(part => part.replace(/[^\w]/g, '\\$&'))
  return new RegExp(`^${literals.join('.*')}$`, 's').test(text)
}

/** Reads a template as PUT _index_template takes it. @throws ZodError for what is none, or says what is not checked here */
export const readTemplate = (text: string): IndexTemplate => {
  const { index_patterns: patterns, priority, template } = templateSchema.parse(JSON.parse(text))
  return {
    ...{ priority, pipeline: template.settings.index.default_pipeline },
    fields: new Map(fieldsOf(template.mappings.properties)),
    isFor: name => patterns.some(pattern => matchesPattern(pattern, name)),
  }
}

/** `strict_date_optional_time`, as far as the program writes it. */
const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/.test(text) && !Number.isNaN(Date.parse(text))

const fits = ({ type, value: constant, ignore_above: longest }: MappedField, value: unknown): boolean => {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean'
    case 'long':
      return Number.isInteger(value)
    case 'float':
      return typeof value === 'number'
    case 'date':
      return typeof value === 'string' && isDate(value)
    case 'ip':
      return typeof value === 'string' && isIP(value) !== 0
    case 'constant_keyword':
      return typeof value === 'string' && (constant === undefined || value === constant)
    case 'keyword':
    case 'match_only_text':
      return typeof value === 'string' && value.length <= (longest ?? Infinity)
  }
}

/** What of a document the template does not map, or maps to another type, one line each. */
export const unfit = ({ fields }: IndexTemplate, source: Json): string[] =>
  flatten(source).flatMap(([name, value]) => {
    const field = fields.get(name)
    if (!field) return [`${name} is not mapped`]
    const wrong = [value].flat().filter(item => !fits(field, item))
    return wrong.map(item => `${name} is ${field.type}, not ${JSON.stringify(item)}`)
  })
