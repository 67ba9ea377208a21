/**
 * Runs ingest pipelines of Elasticsearch as it would itself: just the processors and options that samples/siem/elastic
 * uses. It refuses all others, so that none is passed over in silence.
 * https://www.elastic.co/docs/reference/enrich-processor/
 */
import * as z from 'zod'
import { IngestDocument, jsonObject, NotInterpreted, type Json } from './ingest-document.js'

/** A document as it is indexed. */
export interface Ingested {
  /** Undefined: Elasticsearch makes one, or takes that of the request. */
  readonly id: string | undefined
  readonly source: Json
}

/** @param timestamp when the document came, ISO */
export type IngestPipeline = (document: Json, timestamp: string) => Ingested

type Step = (document: IngestDocument) => void

/**
 * A condition: the few forms of Painless that need no compiler.
 *
 * @throws NotInterpreted for any other form; the condition itself throws where Painless would, for a field of nothing
 */
const readCondition = (text: string): ((document: IngestDocument) => boolean) => {
  const [, path = '', what = ''] = /^ctx\.([\w?.]+?)((?:\.size\(\))? (?:[=!]=|>) \S+)$/.exec(text) ?? []
  const left = pathReader(path)
  const [, other] = /^ == ctx\.(\w[\w.]*)$/.exec(what) ?? []
  const [, literal] = /^ == '([^']*)'$/.exec(what) ?? []
  if (what === ' == null') return document => left(document) === undefined
  if (what === ' != null') return document => left(document) !== undefined
  if (literal !== undefined) return document => left(document) === literal
  if (other !== undefined) {
    const right = pathReader(other)
    return document => left(document) === right(document)
  }
  if (what === '.size() > 0')
    return document => {
      const list = left(document)
      if (!Array.isArray(list)) throw new Error(`${path} is no list`)
      return list.length > 0
    }
  throw new NotInterpreted(`condition: ${text}`)
}

/** Reads `a?.b.c`. Behind a point without question mark a missing object is an error. */
const pathReader = (path: string) => {
  const parts = [...path.matchAll(/(\w+)(\??)(?:\.|$)/g)]
  return (document: IngestDocument): unknown => {
    let name = ''
    for (const [at, [, part = '', safe]] of parts.entries()) {
      name = name === '' ? part : `${name}.${part}`
      const isLast = at === parts.length - 1
      if (isLast || document.get(name) !== undefined) continue
      if (safe === '?') return undefined
      throw new Error(`Cannot read a field of [${name}], which is null`)
    }
    return document.get(name)
  }
}

/** Java's `(?m)` stands in the flags of JavaScript; what the two read differently does not occur here. */
const javaPattern = (pattern: string): RegExp => {
  const isMultiline = pattern.startsWith('(?m)')
  return new RegExp(isMultiline ? pattern.slice(4) : pattern, isMultiline ? 'gm' : 'g')
}

const common = {
  description: z.string().optional(),
  if: z.string().optional(),
  ignore_failure: z.boolean().default(false),
}
const missing = { ignore_missing: z.boolean().default(false) }
const field = { field: z.string() }
const scalarOrList = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])

interface Common {
  readonly if?: string | undefined
  readonly ignore_failure: boolean
}

/** A processor: its options, and what it does with them. */
const processor = <S extends z.ZodType<Common>>(
  schema: S,
  act: (options: z.output<S>, document: IngestDocument) => void,
) => ({
  /** @throws ZodError for options that it has not */
  read: (given: unknown): Step => {
    const options = schema.parse(given)
    const holds = options.if === undefined ? () => true : readCondition(options.if)
    return document => {
      try {
        if (holds(document)) act(options, document)
      } catch (error) {
        if (!options.ignore_failure || error instanceof NotInterpreted) throw error
      }
    }
  },
})

/** For a processor that changes the text of one field. */
const changeText = (
  { field, ignore_missing }: { readonly field: string; readonly ignore_missing: boolean },
  document: IngestDocument,
  change: (text: string) => unknown,
): void => {
  if (ignore_missing && document.get(field) === undefined) return
  document.set(field, change(document.text(field)))
}

const processors: Readonly<Record<string, { readonly read: (given: unknown) => Step }>> = {
  append: processor(
    z.strictObject({ ...common, ...field, value: z.string(), allow_duplicates: z.boolean().default(true) }),
    ({ field, value, allow_duplicates }, document) => {
      const present = document.get(field) ?? []
      const list: unknown[] = Array.isArray(present) ? present : [present]
      const text = document.render(value)
      document.set(field, allow_duplicates || !list.includes(text) ? [...list, text] : list)
    },
  ),
  dissect: processor(
    z.strictObject({ ...common, ...missing, ...field, pattern: z.string() }),
    ({ field, pattern, ignore_missing }, document) => {
      if (ignore_missing && document.get(field) === undefined) return
      // The only form: %{?skipped} up to a delimiter, then a key that takes the rest.
      const [, delimiter = '', key = ''] = /^%\{\?\w+\}([^%]+)%\{([\w.]+)\}$/.exec(pattern) ?? []
      if (key === '') throw new NotInterpreted(`pattern: ${pattern}`)
      const text = document.text(field)
      const at = text.indexOf(delimiter)
      if (at < 0) throw new Error(`Unable to find match for dissect pattern: ${pattern}`)
      document.set(key, text.slice(at + delimiter.length))
    },
  ),
  dot_expander: processor(
    z.strictObject({ ...common, path: z.string(), field: z.literal('*') }),
    ({ path }, document) => {
      for (const key of Object.keys(z.record(z.string(), z.unknown()).parse(document.demand(path)))) {
        if (!key.includes('.')) continue
        const object = z.record(z.string(), z.unknown()).parse(document.get(path))
        const { [key]: value, ...others } = object
        document.set(path, others)
        document.set(`${path}.${key}`, value)
      }
    },
  ),
  foreach: processor(
    z.strictObject({
      ...common,
      ...missing,
      ...field,
      processor: z.unknown().transform(given => readStep(given)),
    }),
    ({ field, ignore_missing, processor: step }, document) => {
      if (ignore_missing && document.get(field) === undefined) return
      const list = z.array(z.unknown()).parse(document.demand(field))
      const changed = list.map(value => {
        document.ingest['_value'] = value
        step(document)
        return document.ingest['_value']
      })
      Reflect.deleteProperty(document.ingest, '_value')
      document.set(field, changed)
    },
  ),
  gsub: processor(
    z.strictObject({ ...common, ...missing, ...field, pattern: z.string(), replacement: z.literal('') }),
    (options, document) =>
      changeText(options, document, text => text.replace(javaPattern(options.pattern), options.replacement)),
  ),
  join: processor(
    z.strictObject({ ...common, ...field, target_field: z.string(), separator: z.string() }),
    ({ field, target_field, separator }, document) =>
      document.set(target_field, z.array(z.string()).parse(document.demand(field)).join(separator)),
  ),
  json: processor(
    z.strictObject({ ...common, ...field, target_field: z.string() }),
    ({ field, target_field }, document) => document.set(target_field, jsonObject(document.text(field))),
  ),
  remove: processor(
    z.strictObject({ ...common, ...missing, field: z.union([z.string(), z.array(z.string())]) }),
    ({ field, ignore_missing }, document) => {
      for (const name of [field].flat()) if (!ignore_missing || document.has(name)) document.remove(name)
    },
  ),
  rename: processor(
    z.strictObject({ ...common, ...missing, ...field, target_field: z.string() }),
    ({ field, target_field, ignore_missing }, document) => {
      if (ignore_missing && !document.has(field)) return
      if (document.has(target_field)) throw new Error(`field [${target_field}] already exists`)
      const value = document.demand(field)
      document.remove(field)
      document.set(target_field, value)
    },
  ),
  set: processor(
    z.strictObject({
      ...{ ...common, ...field, value: scalarOrList },
      ignore_empty_value: z.boolean().default(false),
    }),
    ({ field, value, ignore_empty_value }, document) => {
      const rendered = typeof value === 'string' ? document.render(value) : value
      if (!ignore_empty_value || rendered !== '') document.set(field, rendered)
    },
  ),
  split: processor(
    z.strictObject({ ...common, ...missing, ...field, separator: z.string() }),
    (options, document) => changeText(options, document, text => text.split(javaPattern(options.separator))),
  ),
  trim: processor(z.strictObject({ ...common, ...missing, ...field }), (options, document) =>
    changeText(options, document, text => text.trim()),
  ),
}

/** @throws NotInterpreted, ZodError for a processor or an option that is not known here */
const readStep = (given: unknown): Step => {
  const [[type, options] = ['', undefined], ...others] = Object.entries(
    z.record(z.string(), z.unknown()).parse(given),
  )
  const known = processors[type]
  if (!known || others.length > 0) throw new NotInterpreted(`processor: ${JSON.stringify(given)}`)
  return known.read(options)
}

const pipelineSchema = z.strictObject({
  description: z.string(),
  processors: z.array(z.unknown()),
  on_failure: z.array(z.unknown()),
})

/**
 * Reads a pipeline as PUT _ingest/pipeline takes it. A pipeline without on_failure throws where Elasticsearch would refuse
 * the document.
 *
 * @throws NotInterpreted, ZodError for what is no pipeline, or needs what is not interpreted here
 */
export const readPipeline = (text: string): IngestPipeline => {
  const pipeline = pipelineSchema.parse(JSON.parse(text))
  const steps = pipeline.processors.map(readStep)
  const onFailure = pipeline.on_failure.map(readStep)
  return (source, timestamp) => {
    const document = new IngestDocument(source, timestamp)
    try {
      for (const step of steps) step(document)
    } catch (error) {
      if (error instanceof NotInterpreted || onFailure.length === 0) throw error
      document.ingest['on_failure_message'] = error instanceof Error ? error.message : String(error)
      for (const step of onFailure) step(document)
    }
    return document.result()
  }
}
