/**
 * An app of Splunk as files of configuration, and the fields that an event has when it is searched: just the settings that
 * samples/siem/splunk uses; all others are refused.
 * https://help.splunk.com/en/data-management/splunk-enterprise-admin-manual (props.conf and others)
 */
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { jsonObject, type Json } from './ingest-document.js'
import { readEval, readSearch, type SplunkEvent, type SplunkSearch, type SplunkValue } from './spl.js'

type Settings = Readonly<Record<string, string>>

/** The stanzas of a file, by name. @throws Error for a line that is neither of one, nor a comment */
export const readConf = (text: string): ReadonlyMap<string, Settings> => {
  const stanzas = new Map<string, Record<string, string>>()
  let stanza: Record<string, string> | undefined
  for (const line of text.split('\n')) {
    const [, name] = /^\[(.*)\]$/.exec(line) ?? []
    const [, key, value = ''] = /^([\w.:-]+) = (.*)$/.exec(line) ?? []
    if (name !== undefined) stanzas.set(name, (stanza = {}))
    else if (key !== undefined && stanza && !(key in stanza)) stanza[key] = value
    else if (!/^(#.*)?$/.test(line)) throw new Error(`no setting: ${line}`)
  }
  return stanzas
}

const props = z
  .strictObject({
    ...{ SHOULD_LINEMERGE: z.literal('false'), LINE_BREAKER: z.literal('([\\r\\n]+)') },
    ...{ EVENT_BREAKER_ENABLE: z.literal('true'), EVENT_BREAKER: z.literal('([\\r\\n]+)') },
    ...{ TIME_PREFIX: z.string(), TIME_FORMAT: z.literal('%Y-%m-%dT%H:%M:%S.%6NZ'), TZ: z.literal('UTC') },
    ...{ MAX_TIMESTAMP_LOOKAHEAD: z.coerce.number(), TRUNCATE: z.coerce.number().int().positive() },
    KV_MODE: z.literal('json'),
  })
  .catchall(z.string())

/** What TIME_FORMAT reads. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

const list = z.array(z.string())
const scalar = z.union([z.string(), z.number(), z.boolean()])

/** The fields of an object by `KV_MODE = json`: lists end with braces; there is no field for an empty one. */
const jsonFields = (record: Json): [string, SplunkValue][] =>
  Object.entries(record).flatMap(([name, value]): [string, SplunkValue][] => {
    if (!Array.isArray(value)) return [[name, String(scalar.parse(value))]]
    const items = list.parse(value)
    return items.length > 0 ? [[`${name}{}`, items]] : []
  })

export interface SplunkApp {
  readonly sourcetype: string
  /** Characters of an event beyond which the rest is cut off. */
  readonly truncate: number
  /** An event of the index from its text, without event types. @throws Error if its time is not found in it */
  readonly eventOf: (line: string, metadata?: Settings) => SplunkEvent
  /** The event types of an event, and their tags. */
  readonly classesOf: (event: SplunkEvent) => { readonly types: string[]; readonly tags: string[] }
  readonly searches: ReadonlyMap<string, { readonly settings: Settings; readonly search: SplunkSearch }>
  /** The settings of the input. */
  readonly input: Settings
}

type FieldRule = (event: Map<string, SplunkValue>) => void

const fieldRules = (settings: Settings): FieldRule[] => {
  const rest = Object.entries(settings).filter(([key]) => !(key in props.shape))
  const aliases: FieldRule[] = []
  const evals: [string, ReturnType<typeof readEval>][] = []
  for (const [key, value] of rest) {
    const [, kind, name = ''] = /^(FIELDALIAS|EVAL)-(\w+)$/.exec(key) ?? []
    const [, from = '', to = ''] = /^([\w.]+) AS (\w+)$/.exec(value) ?? []
    if (kind === 'EVAL') evals.push([name, readEval(value)])
    else if (kind === 'FIELDALIAS' && to !== '')
      aliases.push(event => {
        const found = event.get(from)
        if (found !== undefined) event.set(to, found)
      })
    else throw new Error(`${key} is not read here`)
  }
  // All calculated fields see the event as it was before them.
  const calculated: FieldRule = event => {
    for (const [name, value] of evals.map(([name, read]) => [name, read(event)] as const))
      if (value !== undefined) event.set(name, value)
  }
  return [...aliases, calculated]
}

/** Reads the app in a folder. @throws Error, ZodError for what is not read here */
export const readApp = (folder: string): SplunkApp => {
  const conf = (name: string) => [...readConf(readFileSync(`${folder}/default/${name}.conf`, 'utf8'))]
  const [[sourcetype, settings] = ['', {}], ...others] = conf('props')
  if (others.length > 0) throw new Error('more than one source type')
  const { TIME_PREFIX: prefix, MAX_TIMESTAMP_LOOKAHEAD: ahead, TRUNCATE: truncate } = props.parse(settings)
  const rules = fieldRules(settings)
  const types = conf('eventtypes').map(([name, of]) => [name, readSearch(of['search'] ?? '')] as const)
  const tags = new Map(conf('tags'))
  const [[, defaults] = ['', {}], ...saved] = conf('savedsearches')
  const [[, input] = ['', {}]] = conf('inputs')
  return {
    ...{ sourcetype, truncate, input },
    eventOf: (line, metadata = {}) => {
      const at = new RegExp(prefix).exec(line)
      const text = at ? line.slice(at.index + at[0].length).slice(0, ahead) : ''
      if (!time.test(text)) throw new Error(`no time in ${line.slice(0, 80)}`)
      const event = new Map<string, SplunkValue>([
        ...jsonFields(jsonObject(line)),
        ...Object.entries({ _time: text, ...metadata, sourcetype }),
      ])
      for (const rule of rules) rule(event)
      return event
    },
    classesOf: event => {
      const found: string[] = []
      // A type may name one that stands above it.
      for (const [name, search] of types)
        if (search.run([new Map([...event, ['eventtype', found]])]).length > 0) found.push(name)
      const tagged = found.flatMap(name => Object.entries(tags.get(`eventtype=${name}`) ?? {}))
      return { types: found, tags: tagged.filter(([, is]) => is === 'enabled').map(([tag]) => tag) }
    },
    searches: new Map(
      saved.map(([name, own]) => {
        const settings = { ...defaults, ...own }
        return [name, { settings, search: readSearch(settings['search'] ?? '') }] as const
      }),
    ),
  }
}
