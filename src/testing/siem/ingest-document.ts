/**
 * A document on its way through an ingest pipeline, with the rules by which Elasticsearch reads and writes its fields.
 * https://www.elastic.co/docs/manage-data/ingest/transform-enrich/ingest-pipelines#access-source-data
 */
import * as z from 'zod'

/** An object of JSON. */
export type Json = Record<string, unknown>

/** What Elasticsearch knows and this interpreter does not: never taken for a failure of the pipeline. */
export class NotInterpreted extends Error {}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object of JSON in a text. @throws SyntaxError, ZodError */
export const jsonObject = (text: string): Json => z.record(z.string(), z.unknown()).parse(JSON.parse(text))

interface FieldPath {
  readonly parents: readonly string[]
  readonly leaf: string
}

/** A pipeline names few fields, and each for every document. */
const paths = new Map<string, FieldPath>()

const partsOf = (path: string): FieldPath => {
  const known = paths.get(path)
  if (known) return known
  const parts = path.split('.')
  const read = { parents: parts.slice(0, -1), leaf: parts.at(-1) ?? '' }
  paths.set(path, read)
  return read
}

/** The fields of an object by their whole names, as a search knows them; lists stay lists. */
export const flatten = (value: Json, prefix = ''): [name: string, value: unknown][] =>
  Object.entries(value).flatMap(([key, inner]) =>
    isObject(inner) ? flatten(inner, `${prefix}${key}.`) : [[`${prefix}${key}`, inner]],
  )

export class IngestDocument {
  /** The source, and beside it `_id` and `_ingest`. */
  readonly #fields: Json
  /** What templates find below `_ingest`. */
  readonly ingest: Json

  /** @param timestamp when the document came, ISO */
  constructor(source: Json, timestamp: string) {
    this.ingest = { timestamp }
    this.#fields = { ...structuredClone(source), _ingest: this.ingest }
  }

  /** Its id, if a processor has set one, and its source. */
  result(): { id: string | undefined; source: Json } {
    const id = this.has('_id') ? this.text('_id') : undefined
    const own = Object.entries(this.#fields).filter(([name]) => name !== '_id' && name !== '_ingest')
    return { id, source: Object.fromEntries(own) }
  }

  /** The object at the first parts of a path; undefined if there is none. */
  #objectAt(parents: readonly string[]): Json | undefined {
    let at: unknown = this.#fields
    for (const part of parents) at = isObject(at) ? at[part] : undefined
    return isObject(at) ? at : undefined
  }

  has(path: string): boolean {
    const { parents, leaf } = partsOf(path)
    return Object.hasOwn(this.#objectAt(parents) ?? {}, leaf)
  }

  /** The value of a field; undefined if there is none, or null. */
  get(path: string): unknown {
    const { parents, leaf } = partsOf(path)
    return this.#objectAt(parents)?.[leaf] ?? undefined
  }

  /** @throws Error if there is no such field */
  demand(path: string): unknown {
    if (!this.has(path)) throw new Error(`field [${path}] doesn't exist`)
    return this.get(path)
  }

  /** @throws Error if the field is missing or no text */
  text(path: string): string {
    const value = this.demand(path)
    if (typeof value !== 'string') throw new Error(`field [${path}] is no text`)
    return value
  }

  /** Sets a field, and makes the objects above it. @throws Error where something else stands in the place of one */
  set(path: string, value: unknown): void {
    const { parents, leaf } = partsOf(path)
    let at = this.#fields
    for (const part of parents) {
      const next = (at[part] ??= {})
      if (!isObject(next)) throw new Error(`cannot set [${path}]: [${part}] is no object`)
      at = next
    }
    at[leaf] = value
  }

  /** @throws Error if there is no such field */
  remove(path: string): void {
    this.demand(path)
    const { parents, leaf } = partsOf(path)
    Reflect.deleteProperty(this.#objectAt(parents) ?? {}, leaf)
  }

  /**
   * A template snippet with `{{{path}}}`. A field that is missing is the empty text.
   *
   * @throws NotInterpreted for any other tag of Mustache, and for a list or an object
   */
  render(template: string): string {
    return template.replace(/\{\{(?:\{([\w.@]+)\}\}\})?/g, (_, path: string | undefined) => {
      if (path === undefined) throw new NotInterpreted(`template: ${template}`)
      const value = this.get(path)
      if (value === undefined || typeof value === 'string') return value ?? ''
      if (typeof value !== 'number' && typeof value !== 'boolean')
        throw new NotInterpreted(`template of [${path}], which is no scalar`)
      return String(value)
    })
  }
}
