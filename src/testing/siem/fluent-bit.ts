/**
 * What Fluent Bit sends for the lines of a log: just the sections, plugins and options that samples/siem/fluent-bit uses; all
 * others are refused. https://docs.fluentbit.io/manual
 */
import { parse as parseYaml } from 'yaml'
import * as z from 'zod'
import { isObject } from '../../parse/json.js'
import type { Json } from './ingest-document.js'

const parser = z.strictObject({
  ...{ name: z.string(), format: z.literal('json'), time_key: z.string() },
  ...{ time_format: z.literal('%Y-%m-%dT%H:%M:%S.%LZ'), time_keep: z.literal(true) },
})

const tail = z
  .strictObject({
    ...{
      name: z.literal('tail'),
      tag: z.string(),
      path: z.string().startsWith('/'),
      exclude_path: z.string(),
    },
    ...{ db: z.string().startsWith('/'), read_from_head: z.literal(true), skip_long_lines: z.literal('on') },
    ...{ buffer_max_size: z.literal('1M'), key: z.string().optional(), parser: z.string().optional() },
  })
  .refine(({ key, parser }) => (key === undefined) !== (parser === undefined), 'a parser or a key')

const common = {
  ...{ match: z.string(), host: z.string(), port: z.int(), tls: z.literal('on'), index: z.string() },
  ...{ write_operation: z.literal('create'), suppress_type_name: z.literal('on') },
  retry_limit: z.literal('no_limits'),
}
const output = z.discriminatedUnion('name', [
  z.strictObject({ ...common, name: z.literal('es'), http_api_key: z.string() }),
  z.strictObject({
    ...{ ...common, name: z.literal('opensearch'), id_key: z.string() },
    ...{ http_user: z.string(), http_passwd: z.string() },
  }),
])

const settingsSchema = z.strictObject({
  service: z.strictObject({ flush: z.int().positive() }),
  parsers: z.array(parser).default([]),
  pipeline: z.strictObject({ inputs: z.tuple([tail]), outputs: z.tuple([output]) }),
})

/** An action of _bulk. */
export interface FluentBitOutput {
  readonly index: string
  /** Undefined: the receiver makes one. */
  readonly id: string | undefined
  readonly document: Json
}

export interface FluentBit {
  /** @param now when the line is read, ISO */
  readonly outputOf: (line: string, now: string) => FluentBitOutput
}

/** A line that is no object of JSON stays whole, in `log`. If its time cannot be read, it has that of its reading. */
const parsed = (
  line: string,
  { time_key: key }: z.output<typeof parser>,
): { record: Json; time?: string } => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    value = undefined
  }
  if (!isObject(value)) return { record: { log: line } }
  const time = value[key]
  const fits = typeof time === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/.test(time)
  return { record: value, ...(fits && { time }) }
}

/** @throws ZodError for what is not known here, Error for a parser that there is not, or an output of another tag */
export const readFluentBit = (yaml: string): FluentBit => {
  const { parsers, pipeline } = settingsSchema.parse(parseYaml(yaml))
  const [input] = pipeline.inputs
  const [to] = pipeline.outputs
  const own = parsers.find(({ name }) => name === input.parser)
  if (input.parser !== undefined && !own) throw new Error(`no parser ${input.parser}`)
  if (to.match !== input.tag) throw new Error(`nothing comes to ${to.match}`)
  return {
    outputOf: (line, now) => {
      const { record, time = now } = own ? parsed(line, own) : { record: { [input.key ?? 'log']: line } }
      const id = to.name === 'opensearch' ? record[to.id_key] : undefined
      return {
        ...{ index: to.index, id: typeof id === 'string' ? id : undefined },
        // Of the time, the outputs send milliseconds.
        document: { '@timestamp': new Date(time).toISOString(), ...record },
      }
    },
  }
}
