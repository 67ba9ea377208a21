/**
 * Elasticsearch and Kibana on one port, as far as the pages of docs/siem need them: they take a pipeline, an index template,
 * documents, detection rules and saved objects, refuse what the products would refuse, and find documents again.
 */
import * as z from 'zod'
import type { HttpApi, Post, Reply } from '../http-receivers.js'
import { readRules } from './detection-rules.js'
import { matchesPattern, readTemplate, unfit, type IndexTemplate } from './index-template.js'
import { flatten, jsonObject, type Json } from './ingest-document.js'
import { readPipeline, type IngestPipeline } from './ingest-pipeline.js'

/** A document, and where it is. */
export interface StoredDocument {
  readonly index: string
  readonly id: string
  readonly source: Json
}

const ok = (body: Json): Reply => ({ status: 200, body: JSON.stringify(body) })
const refused = (status: number, reason: string): Reply => ({
  status,
  body: JSON.stringify({ status, error: { type: 'refused', reason } }),
})

const createAction = z.strictObject({ create: z.strictObject({ _id: z.string().optional() }) })
const savedObject = z.looseObject({
  ...{
    type: z.enum(['index-pattern', 'search']),
    id: z.string(),
    attributes: z.looseObject({ title: z.string() }),
  },
  references: z.array(z.strictObject({ type: z.string(), id: z.string(), name: z.string() })),
})
const integration = z.looseObject({
  ...{ name: z.string(), policy_id: z.string(), namespace: z.string() },
  package: z.strictObject({ name: z.literal('log'), version: z.string() }),
})

/** The file in a form (multipart/form-data). @throws Error if there is none */
const fileIn = ({ headers, body }: Post): string => {
  if (headers['kbn-xsrf'] === undefined) throw new Error('Request must contain a kbn-xsrf header.')
  const [, boundary = ''] = /boundary=(\S+)/.exec(headers['content-type'] ?? '') ?? []
  const [, part = ''] = boundary === '' ? [] : body.split(`--${boundary}`)
  const [head = '', ...content] = part.split('\r\n\r\n')
  if (!/name="file"; filename=".*\.ndjson"/.test(head)) throw new Error('no file with the name *.ndjson')
  return content.join('\r\n\r\n').trimEnd()
}

type Route = (stack: ElasticStack, post: Post, name: string, parameters: URLSearchParams) => Reply

/** By method and path, as far as a page asks for it. */
const routes: readonly (readonly [RegExp, Route])[] = [
  [/^PUT \/_ingest\/pipeline\/([\w.-]+)$/, (stack, { body }, name) => stack.takePipeline(name, body)],
  [/^PUT \/_index_template\/([\w.-]+)$/, (stack, { body }) => stack.takeTemplate(body)],
  [/^POST \/([\w.-]+)\/_bulk$/, (stack, { body }, stream) => stack.takeDocuments(stream, body)],
  [/^GET \/([\w.*-]+)\/_search$/, (stack, _post, pattern, parameters) => stack.find(pattern, parameters)],
  [/^POST \/api\/detection_engine\/rules\/_import$/, (stack, post) => stack.takeRules(fileIn(post))],
  [/^POST \/api\/saved_objects\/_import$/, (stack, post) => stack.takeObjects(fileIn(post))],
  [/^POST \/api\/fleet\/package_policies$/, (stack, post) => stack.takeIntegration(post)],
]

export class ElasticStack {
  readonly documents: StoredDocument[] = []
  /** The names of the detection rules. */
  readonly rules: string[] = []
  /** The ids of saved objects. */
  readonly objects: string[] = []
  /** The names of the integrations of Fleet. */
  readonly integrations: string[] = []
  readonly #pipelines = new Map<string, IngestPipeline>()
  readonly #templates: IndexTemplate[] = []

  /** @param authorization the header that each request must have; undefined: none must */
  constructor(readonly authorization?: string) {}

  /** For a receiver over HTTP. */
  readonly api: HttpApi = post => ({ ids: [], reply: this.#answer(post) })

  #answer(post: Post): Reply {
    const { pathname, searchParams } = new URL(post.url, 'http://stack')
    if (this.authorization !== undefined && post.headers.authorization !== this.authorization)
      return refused(401, 'credentials')
    for (const [pattern, act] of routes) {
      const [found, name = ''] = pattern.exec(`${post.method} ${pathname}`) ?? []
      if (found !== undefined) return act(this, post, name, searchParams)
    }
    return refused(404, `${post.method} ${pathname}`)
  }

  takePipeline(name: string, body: string): Reply {
    this.#pipelines.set(name, readPipeline(body))
    return ok({ acknowledged: true })
  }

  takeTemplate(body: string): Reply {
    this.#templates.push(readTemplate(body))
    return ok({ acknowledged: true })
  }

  /** `_bulk` with `create`, the only action that a data stream takes. */
  takeDocuments(stream: string, body: string): Reply {
    const lines = body.trimEnd().split('\n').map(jsonObject)
    const items = lines.flatMap((line, at) => {
      if (at % 2 === 1) return []
      return [{ create: this.#index(stream, createAction.parse(line).create._id ?? '', lines[at + 1] ?? {}) }]
    })
    return ok({ errors: items.some(({ create }) => create.error !== undefined), items })
  }

  /** Indexes a document. @returns its status, and what is wrong with it */
  #index(stream: string, id: string, given: Json): { status: number; error?: Json } {
    const template = this.#templates.find(one => one.isFor(stream))
    const pipeline = template && this.#pipelines.get(template.pipeline)
    if (!pipeline) return { status: 404, error: { type: 'index_not_found_exception', reason: stream } }
    const ingested = pipeline(given, '2026-11-21T12:00:00.000Z')
    const [fault] = unfit(template, ingested.source)
    if (fault !== undefined)
      return { status: 400, error: { type: 'document_parsing_exception', reason: fault } }
    const stored = { index: stream, id: ingested.id ?? id, source: ingested.source }
    if (this.documents.some(one => one.index === stream && one.id === stored.id))
      return { status: 409, error: { type: 'version_conflict_engine_exception', reason: stored.id } }
    this.documents.push(stored)
    return { status: 201 }
  }

  /** `_search` with `q=field:value` and `size`. */
  find(pattern: string, parameters: URLSearchParams): Reply {
    const [field = '', value = ''] = (parameters.get('q') ?? '').split(':')
    const has = (source: Json) =>
      flatten(source).some(([name, found]) => name === field && [found].flat().map(String).includes(value))
    const found = this.documents.filter(
      ({ index, source }) => matchesPattern(pattern, index) && (field === '' || has(source)),
    )
    const hits = found.slice(0, Number(parameters.get('size') ?? 10))
    return ok({ hits: { hits: hits.map(({ source }) => ({ _source: source })) } })
  }

  takeRules(file: string): Reply {
    const read = readRules(file)
    this.rules.push(...read.map(({ settings }) => settings.name))
    return ok({ success: true, success_count: read.length })
  }

  takeObjects(file: string): Reply {
    const read = file.split('\n').map(line => savedObject.parse(JSON.parse(line)))
    this.objects.push(...read.map(({ id }) => id))
    const missing = read.flatMap(({ references }) =>
      references.filter(({ id }) => !this.objects.includes(id)),
    )
    return ok({ success: missing.length === 0, successCount: read.length })
  }

  takeIntegration({ body, headers }: Post): Reply {
    if (headers['kbn-xsrf'] === undefined) throw new Error('Request must contain a kbn-xsrf header.')
    this.integrations.push(integration.parse(JSON.parse(body)).name)
    return ok({ item: {} })
  }
}
