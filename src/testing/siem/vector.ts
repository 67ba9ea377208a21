/**
 * What a topology of Vector sends to its sinks: just the components and options that samples/siem/vector uses, by the names
 * of their published reference; all others are refused. https://vector.dev/docs/reference/configuration/
 */
import { parse as parseYaml } from 'yaml'
import * as z from 'zod'
import { jsonObject, type Json } from './ingest-document.js'
import { readVrl, VrlError } from './vrl.js'

const inputs = z.tuple([z.string()])
const acknowledgements = z.strictObject({ enabled: z.literal(true) })

const fileSource = z.strictObject({
  ...{ type: z.literal('file'), include: z.array(z.string().startsWith('/')).min(1) },
  ...{ exclude: z.array(z.string().startsWith('/')), read_from: z.literal('beginning') },
  fingerprint: z.strictObject({
    ...{ strategy: z.literal('checksum'), ignored_header_bytes: z.literal(0), lines: z.literal(1) },
  }),
  max_line_bytes: z.int().positive(),
})

const httpSource = z.strictObject({
  ...{
    type: z.literal('http_server'),
    address: z.string().regex(/^[\d.]+:\d+$/),
    path: z.string().startsWith('/'),
  },
  framing: z.strictObject({ method: z.literal('newline_delimited') }),
  decoding: z.strictObject({ codec: z.literal('json') }),
})

const remap = z.strictObject({
  ...{ type: z.literal('remap'), inputs, drop_on_error: z.boolean(), source: z.string() },
})

const elasticSink = z.strictObject({
  ...{ type: z.literal('elasticsearch'), inputs, endpoints: z.array(z.url()).min(1), acknowledgements },
  request: z.strictObject({ headers: z.record(z.string(), z.string()) }),
  mode: z.literal('data_stream'),
  data_stream: z.strictObject({ type: z.string(), dataset: z.string(), namespace: z.string() }),
  encoding: z.strictObject({ except_fields: z.array(z.string().regex(/^\w+$/)) }),
})

const kafkaSink = z.strictObject({
  ...{ type: z.literal('kafka'), inputs, bootstrap_servers: z.string(), topic: z.string() },
  ...{ key_field: z.string(), encoding: z.strictObject({ codec: z.literal('json') }), acknowledgements },
})

const topology = z.strictObject({
  data_dir: z.string().startsWith('/'),
  sources: z.record(z.string(), z.discriminatedUnion('type', [fileSource, httpSource])),
  transforms: z.record(z.string(), remap).default({}),
  sinks: z.record(z.string(), z.discriminatedUnion('type', [elasticSink, kafkaSink])),
})

/** What a sink sends for an event. */
export interface VectorOutput {
  /** The data stream, or the topic. */
  readonly to: string
  /** The key of a message of Kafka. */
  readonly key: string | undefined
  readonly body: Json
}

export interface Vector {
  readonly settings: z.output<typeof topology>
  /** What all sinks send for lines of a log, or for the body of a POST. @param now ISO */
  readonly outputsOf: (text: string, now: string) => VectorOutput[]
}

type Settings = z.output<typeof topology>

const eventsOf = (source: Settings['sources'][string], text: string, now: string): Json[] => {
  const lines = text.split('\n').filter(line => line !== '')
  if (source.type === 'http_server')
    return lines.map(line => ({
      ...jsonObject(line),
      ...{ path: source.path, source_type: 'http_server', timestamp: now },
    }))
  const [file] = source.include
  return lines
    .filter(line => Buffer.byteLength(line) <= source.max_line_bytes)
    .map(message => ({ file, host: 'sensor1', message, source_type: 'file', timestamp: now }))
}

/** The transform remap, with its program read. */
const remapper = ({ source, drop_on_error: drops }: z.output<typeof remap>) => {
  const program = readVrl(source)
  return (events: readonly Json[]): Json[] =>
    events.flatMap((event): Json[] => {
      try {
        return [program(event)]
      } catch (error) {
        if (!(error instanceof VrlError)) throw error
        return drops ? [] : [event]
      }
    })
}

const encoded = (sink: Settings['sinks'][string], event: Json): VectorOutput => {
  if (sink.type === 'kafka') return { to: sink.topic, key: String(event[sink.key_field]), body: event }
  const { type, dataset, namespace } = sink.data_stream
  const { timestamp, ...rest } = event
  const document = { ...rest, '@timestamp': timestamp, data_stream: { type, dataset, namespace } }
  const kept = Object.entries(document).filter(([name]) => !sink.encoding.except_fields.includes(name))
  return { to: `${type}-${dataset}-${namespace}`, key: undefined, body: Object.fromEntries(kept) }
}

/** @throws ZodError, Error for what is not known here, and for an input that there is not */
export const readVector = (yaml: string): Vector => {
  const settings = topology.parse(parseYaml(yaml))
  const transforms = new Map(
    Object.entries(settings.transforms).map(([name, given]) => [
      name,
      { input: given.inputs[0], run: remapper(given) },
    ]),
  )
  const eventsFrom = (name: string, text: string, now: string): Json[] => {
    const [source, transform] = [settings.sources[name], transforms.get(name)]
    if (source) return eventsOf(source, text, now)
    if (!transform) throw new Error(`there is no ${name}`)
    return transform.run(eventsFrom(transform.input, text, now))
  }
  return {
    settings,
    outputsOf: (text, now) =>
      Object.values(settings.sinks).flatMap(sink =>
        eventsFrom(sink.inputs[0], text, now).map(event => {
          const { body, ...output } = encoded(sink, event)
          return { ...output, body: jsonObject(JSON.stringify(body)) }
        }),
      ),
  }
}
