/**
 * Configurations of Logstash by its published grammar (logstash-core, lscl_grammar.treetop), without conditions; and the
 * events that a file input and the filters of samples/siem/logstash make. All other plugins are refused.
 */
import * as z from 'zod'
import { IngestDocument, type Json } from './ingest-document.js'

type LogstashValue = string | number | readonly LogstashValue[]

export interface LogstashPlugin {
  readonly name: string
  readonly options: Readonly<Record<string, LogstashValue>>
}

/** The plugins of a configuration, by their section. */
export type LogstashConfig = Readonly<Record<'input' | 'filter' | 'output', readonly LogstashPlugin[]>>

/** Comments and blanks between tokens, then a token: a text, a number, a word, or punctuation. */
const token =
  /(?:\s|#[^\n]*\n)*("(?:\\"|[^"])*"|'(?:\\'|[^'])*'|-?\d+(?:\.\d*)?|=>|[A-Za-z_][\w-]*|[{}[\],]|$)/y

/** @throws Error for what the grammar does not know, and for conditions, which are not read here */
export const parseLogstash = (text: string): LogstashConfig => {
  const tokens: string[] = []
  token.lastIndex = 0
  while (tokens.at(-1) !== '') {
    const at = token.lastIndex
    const [, found] = token.exec(text) ?? []
    if (found === undefined) throw new Error(`no Logstash: ${text.slice(at, at + 40)}`)
    tokens.push(found)
  }
  const take = (expected?: string): string => {
    const next = tokens.shift() ?? ''
    if (next === '' || (expected !== undefined && next !== expected))
      throw new Error(`"${next}", not ${expected ?? 'a value'}`)
    return next
  }
  const until = <T>(end: string, one: () => T): T[] => {
    const all: T[] = []
    while (tokens[0] !== end) all.push(one())
    take(end)
    return all
  }
  const value = (): LogstashValue => {
    const next = take()
    if (next === '[')
      return until(']', () => {
        const item = value()
        if (tokens[0] !== ']') take(',')
        return item
      })
    if (/^-?\d/.test(next)) return Number(next)
    if (/^[{}\],=]/.test(next)) throw new Error(`"${next}" is no value that is read here`)
    return /^["']/.test(next) ? next.slice(1, -1) : next
  }
  const plugin = (): LogstashPlugin => {
    const name = take()
    take('{')
    const options = until('}', () => {
      const key = take()
      take('=>')
      return [key, value()] as const
    })
    return { name, options: Object.fromEntries(options) }
  }
  const config: Record<keyof LogstashConfig, LogstashPlugin[]> = { input: [], filter: [], output: [] }
  while (tokens[0] !== '') {
    const section = z.enum(['input', 'filter', 'output']).parse(take())
    take('{')
    config[section].push(...until('}', plugin))
  }
  return config
}

const fileInput = z.strictObject({
  path: z.string().startsWith('/'),
  mode: z.literal('tail'),
  start_position: z.literal('beginning'),
  codec: z.literal('plain'),
})
const mutate = z.strictObject({ remove_field: z.array(z.string().regex(/^(\[\w+\])+$|^@?\w+$/)) })
/** With `data_stream`, the output refuses options of plain indices, such as `index`, `document_id` and `action`. */
const streamOutput = z.strictObject({
  hosts: z.array(z.url({ protocol: /^https$/ })).min(1),
  api_key: z.string(),
  data_stream: z.literal('true'),
  data_stream_type: z.literal('logs'),
  data_stream_dataset: z.string(),
  data_stream_namespace: z.string(),
  silence_errors_in_log: z.array(z.literal('version_conflict_engine_exception')),
})

/** What goes to Elasticsearch. */
export interface LogstashRun {
  readonly stream: string
  /** @param timestamp when the line is read, ISO */
  readonly documentOf: (line: string, timestamp: string) => Json
}

const pathOf = (reference: string): string => reference.replace(/^\[|\]$/g, '').replaceAll('][', '.')

/** @throws ZodError for plugins or options that are not known here */
export const runLogstash = ({ input, filter, output }: LogstashConfig): LogstashRun => {
  const [from] = z.tuple([z.strictObject({ name: z.literal('file'), options: fileInput })]).parse(input)
  const mutations = z.array(z.strictObject({ name: z.literal('mutate'), options: mutate })).parse(filter)
  const [to] = z
    .tuple([z.strictObject({ name: z.literal('elasticsearch'), options: streamOutput })])
    .parse(output)
  const {
    data_stream_type: type,
    data_stream_dataset: dataset,
    data_stream_namespace: namespace,
  } = to.options
  return {
    stream: `${type}-${dataset}-${namespace}`,
    documentOf: (line, timestamp) => {
      const log = { file: { path: from.options.path } }
      // What the input and its codec add with ecs_compatibility v8, the default of Logstash 8.
      const own = { '@version': '1', host: { name: 'sensor1' }, event: { original: line }, log }
      const event = new IngestDocument({ '@timestamp': timestamp, message: line, ...own }, timestamp)
      for (const { options } of mutations)
        for (const path of options.remove_field.map(pathOf)) if (event.has(path)) event.remove(path)
      // The output tells the stream in the document, too.
      event.set('data_stream', { type, dataset, namespace })
      return event.result().source
    },
  }
}
