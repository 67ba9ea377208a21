/**
 * What a filestream input of Filebeat makes of a line: just the parser and the processors that samples/siem uses; all
 * others are refused. https://www.elastic.co/docs/reference/beats/filebeat/defining-processors
 */
import { parse as parseYaml } from 'yaml'
import * as z from 'zod'
import { IngestDocument, jsonObject, type Json } from './ingest-document.js'

const pairs = z.array(z.strictObject({ from: z.string(), to: z.string() }))
const text = z.string()

const processor = z.union([
  z.strictObject({ timestamp: z.strictObject({ field: text, layouts: z.tuple([text]) }) }),
  z.strictObject({
    rename: z.strictObject({
      ...{ ignore_missing: z.literal(true), fail_on_error: z.literal(false), fields: pairs },
    }),
  }),
  z.strictObject({ copy_fields: z.strictObject({ fail_on_error: z.literal(false), fields: pairs }) }),
  z.strictObject({
    add_fields: z.strictObject({ target: text, fields: z.record(text, z.union([text, z.array(text)])) }),
  }),
  z.strictObject({
    drop_fields: z.strictObject({ ignore_missing: z.literal(true), fields: z.array(text) }),
  }),
  z.strictObject({ add_tags: z.strictObject({ tags: z.array(text) }) }),
])

const ndjson = z.strictObject({
  target: text.min(1),
  expand_keys: z.literal(true),
  add_error_key: z.literal(true),
})

const input = z.strictObject({
  type: z.literal('filestream'),
  id: text,
  paths: z.array(z.string().startsWith('/')).min(1),
  'file_identity.fingerprint': z.null(),
  'prospector.scanner.fingerprint': z.strictObject({ enabled: z.literal(true), length: z.int().min(64) }),
  parsers: z.array(z.strictObject({ ndjson })).max(1).optional(),
})

const settingsSchema = z.looseObject({
  'filebeat.inputs': z.tuple([input]),
  processors: z.array(processor).default([]),
})

export interface Filebeat {
  /** All settings, as they stand in the file. */
  readonly settings: Json
  /** How many of its first bytes a file is known by. */
  readonly fingerprintBytes: number
  /** The event of a line. @param timestamp when the line is read, ISO */
  readonly eventOf: (line: string, timestamp: string) => Json
}

/** Keys with points become objects, as `expand_keys` does it. */
const expanded = (object: Json): Json => {
  const event = new IngestDocument({}, '')
  for (const [key, value] of Object.entries(object)) event.set(key, value)
  return event.result().source
}

const apply = (given: z.output<typeof processor>, event: IngestDocument): void => {
  if ('timestamp' in given) {
    const time = new Date(event.text(given.timestamp.field))
    event.set('@timestamp', time.toISOString())
  } else if ('rename' in given)
    for (const { from, to } of given.rename.fields) {
      if (!event.has(from)) continue
      if (event.has(to)) throw new Error(`rename: ${to} exists`)
      event.set(to, event.get(from))
      event.remove(from)
    }
  else if ('copy_fields' in given)
    for (const { from, to } of given.copy_fields.fields) {
      if (!event.has(from) || event.has(to)) throw new Error(`copy_fields: ${from} to ${to}`)
      event.set(to, event.get(from))
    }
  else if ('add_fields' in given)
    for (const [name, value] of Object.entries(given.add_fields.fields))
      event.set(`${given.add_fields.target}.${name}`, value)
  else if ('drop_fields' in given)
    for (const name of given.drop_fields.fields) {
      if (event.has(name)) event.remove(name)
    }
  else event.set('tags', [...z.array(text).parse(event.get('tags') ?? []), ...given.add_tags.tags])
}

/** Reads filebeat.yml. @throws ZodError for what is not known here */
export const readFilebeat = (yaml: string): Filebeat => {
  const settings = z.record(text, z.unknown()).parse(parseYaml(yaml))
  const { 'filebeat.inputs': inputs, processors } = settingsSchema.parse(settings)
  const [{ parsers = [], ...only }] = inputs
  const [parser] = parsers
  return {
    settings,
    fingerprintBytes: only['prospector.scanner.fingerprint'].length,
    eventOf: (line, timestamp) => {
      const content = parser ? { [parser.ndjson.target]: expanded(jsonObject(line)) } : { message: line }
      const own = { log: { file: { path: only.paths[0] }, offset: 0 }, input: { type: only.type } }
      const event = new IngestDocument({ '@timestamp': timestamp, ...own, ...content }, timestamp)
      for (const given of processors) apply(given, event)
      return event.result().source
    },
  }
}
