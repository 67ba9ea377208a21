/**
 * Reads lists of tags: tables, plain lists, bundles of STIX 2, events, attributes and sightings of MISP, MISP warninglists,
 * and our own JSON lines. Everything is read in bounded memory, but for a warninglist that names its type behind its list.
 */
import { excerpt } from '../config/problem.js'
import { shellWord } from '../files/packed.js'
import { importHeadBytes, tagsMax } from '../limits.js'
import { readIgnoreLine } from '../names/ignore-list.js'
import { readTagValue } from '../names/tag-value.js'
import { recordsOf } from './csv.js'
import { JsonWalk, type Picked } from './json-walk.js'
import { readIsoOrHttpDate } from './list.js'
import {
  isTagName,
  noteFrom,
  ofMispAttribute,
  ofMispSighting,
  ofStix,
  rowOf,
  type TagContents,
  type TagPiece,
} from './tag-row.js'
import { peek, unpacked } from './unpacked.js'

export interface OpenTagList {
  readonly format: 'json' | 'csv' | 'values'
  /** The names of its columns, if it has them. */
  readonly header: readonly string[] | undefined
  /** False: the user has to say which tag its values get. */
  readonly hasTags: boolean
  readonly pieces: AsyncIterable<TagPiece>
}

export interface TagListOptions {
  /** Of the file, `-` for stdin. */
  readonly name: string
  /** Epoch ms. */
  readonly now: number
}

/**
 * Opens a list and recognises its format by its first bytes. The caller closes the file.
 *
 * @throws Error whose text continues a sentence that begins with the file's name (`is empty: ...`)
 */
export const openTagList = async (
  packed: AsyncIterable<Buffer>,
  { name, now }: TagListOptions,
): Promise<OpenTagList> => {
  const file = name === '-' ? 'FILE' : shellWord(name)
  const { head, chunks } = await peek(await unpacked(packed, file, 'tag import'), importHeadBytes)
  const text = head.toString()
  if (text.trim() === '') throw new Error('is empty: there is nothing to import')
  if (/^\s*[[{](?![A-Z])/.test(text))
    return { format: 'json', header: undefined, hasTags: true, pieces: readJsonTags(chunks, now) }
  const table = await tableIn(head)
  if (!table) return { format: 'values', header: undefined, hasTags: false, pieces: readValues(chunks) }
  const { header, separator, columns } = table
  const pieces = readTagTable(chunks, separator, columns)
  return { format: 'csv', header, hasTags: columns.tag !== undefined, pieces }
}

/* JSON */

/** What is said at the level of a document before and behind its list. */
interface JsonDocument {
  readonly members: Map<string, unknown>
  /** Values of a warninglist whose type is not known yet. */
  readonly values: string[]
  /** How many values were left out because there are too many to keep. */
  dropped: number
  /** It had elements: its members describe these. */
  hasElements: boolean
}

/** Members of a document that make it an object of STIX, an attribute, a warninglist, or a row of ours. */
const members = new Set([
  ...['type', 'name', 'value', 'values', 'pattern', 'pattern_type', 'revoked', 'valid_from', 'valid_until'],
  ...['description', 'indicator_types', 'labels', 'to_ids', 'comment', 'timestamp', 'deleted'],
  ...['tag', 'source', 'note', 'time'],
])
const member = /^(?:\[\]\.)?([A-Za-z_]+)(\[\])?$/
const stix = /^(?:\[\]\.)?objects\[\]$/
const mispAttribute = /(?:^|\.)Attribute(?:\[\])?$/
const mispSighting = /(?:^|\.)Sighting(?:\[\])?$/
const mispInfo = /^(?:response\.|response\[\]\.|\[\]\.)?Event\.info$/
const list = /^(?:\[\]\.)?list\[\]$/

const wants = (path: string, isObject: boolean): boolean => {
  if (isObject) return stix.test(path) || mispAttribute.test(path) || mispSighting.test(path)
  const [, key] = member.exec(path) ?? []
  return path === '[]' || (key !== undefined && members.has(key)) || list.test(path) || mispInfo.test(path)
}

class JsonTags {
  readonly #now: number
  #picked = 0
  #info: string | undefined
  #open: JsonDocument = newDocument()

  constructor(now: number) {
    this.#now = now
  }

  /** Where the reading has come to. */
  get at(): string {
    return `element ${this.#picked}`
  }

  *value({ path, text }: Picked): Generator<TagPiece, void> {
    if (mispInfo.test(path)) {
      this.#info = String(parsed(text))
      return
    }
    const [, key, isMany] = member.exec(path) ?? []
    if (key !== undefined && members.has(key)) {
      const known: unknown = this.#open.members.get(key)
      const value = parsed(text)
      this.#open.members.set(
        key,
        isMany === undefined ? value : [...(Array.isArray(known) ? (known as unknown[]) : []), value],
      )
      return
    }
    this.#open.hasElements = true
    this.#picked += 1
    if (text === undefined) yield { at: this.at, refused: 'the element is too long' }
    else if (list.test(path)) yield* this.#listed(parsed(text))
    else yield* this.#rows(this.#contentsOf(path, parsed(text)))
  }

  /** The end of a document, or of an object in a list of objects. */
  *end(): Generator<TagPiece, void> {
    const { members, values, dropped } = this.#open
    if (values.length > 0) for (const value of values) yield* this.#warned(value)
    else if (!this.#open.hasElements) {
      this.#picked += 1
      yield* this.#rows(this.#ofMembers(members))
    }
    if (dropped > 0)
      yield {
        at: this.at,
        refused: `${dropped} more values: a list that names its type last is kept in memory`,
      }
    this.#open = newDocument()
  }

  #contentsOf(path: string, json: unknown): TagContents {
    if (json === undefined) return ['not JSON']
    if (stix.test(path)) return ofStix(json, this.#now)
    if (mispAttribute.test(path))
      return ofMispAttribute(json, this.#info) ?? ['an attribute without type or value']
    if (mispSighting.test(path)) return ofMispSighting(json, this.#info) ?? ['no sighting']
    return typeof json === 'string' ? [rowOf(json, {})] : ['neither a value nor an object']
  }

  *#rows(contents: TagContents): Generator<TagPiece, void> {
    for (const one of contents ?? [])
      yield { at: this.at, ...(typeof one === 'string' ? { refused: one } : { row: one }) }
  }

  /** An element of a warninglist: it waits for the type if that comes behind. */
  *#listed(value: unknown): Generator<TagPiece, void> {
    const { members, values } = this.#open
    if (typeof value !== 'string') yield { at: this.at, refused: 'not a text' }
    else if (members.has('type')) yield* this.#warned(value)
    else if (values.length < tagsMax) values.push(value)
    else this.#open.dropped += 1
  }

  *#warned(value: string): Generator<TagPiece, void> {
    const { members } = this.#open
    const type = members.get('type')
    const name = members.get('name')
    const isRead = type === 'hostname' || type === 'cidr' || type === 'string'
    yield* this.#rows([
      isRead
        ? rowOf(value, { tag: 'trust', note: typeof name === 'string' ? name : undefined })
        : `"${value.slice(0, 80)}": a warninglist of the type ${JSON.stringify(type ?? 'none').slice(0, 40)}`,
    ])
  }

  #ofMembers(members: ReadonlyMap<string, unknown>): TagContents {
    const text = (key: string): string | undefined => {
      const value = members.get(key)
      return typeof value === 'string' ? value : undefined
    }
    const [tag, values, value, type] = ['tag', 'values', 'value', 'type'].map(key => members.get(key))
    if (isTagName(tag) && typeof value === 'string')
      return [
        rowOf(value, {
          ...{ tag, source: text('source'), note: text('note') },
          at: readIsoOrHttpDate(text('time') ?? ''),
        }),
      ]
    if (Array.isArray(values))
      return (values as unknown[]).flatMap(one => ofMispSighting({ value: one }, this.#info) ?? ['no value'])
    const object = Object.fromEntries(members)
    if (members.has('pattern') || members.has('indicator_types')) return ofStix(object, this.#now)
    if (members.has('to_ids')) return ofMispAttribute(object, this.#info)
    if (typeof value !== 'string') return undefined
    return type === undefined
      ? [rowOf(value, {})]
      : (ofStix(object, this.#now) ?? ofMispAttribute(object, undefined))
  }
}

const newDocument = (): JsonDocument => ({ members: new Map(), values: [], dropped: 0, hasElements: false })

const parsed = (text: string | undefined): unknown => {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads JSON of any size, an element at a time. @param now epoch ms */
export async function* readJsonTags(
  chunks: AsyncIterable<Buffer>,
  now: number,
): AsyncGenerator<TagPiece, void> {
  const walk = new JsonWalk({ wants, tellsEnd: path => path === '' || path === '[]' })
  const tags = new JsonTags(now)
  const broken = (refused: string): TagPiece => ({ at: `behind ${tags.at}`, refused, broken: true })
  for await (const chunk of chunks) {
    const steps = walk.push(chunk)
    for (let next = steps.next(); ; next = steps.next()) {
      if (next.done === true) {
        if (next.value === undefined) break
        yield broken(`not JSON: ${next.value}`)
        return
      }
      if ('end' in next.value) yield* tags.end()
      else yield* tags.value(next.value)
    }
  }
  const missing = walk.end()
  if (missing !== undefined) yield broken(missing)
}

/* Tables and plain lists */

interface TagColumns {
  readonly value: number
  readonly tag: number | undefined
  readonly source: number | undefined
  readonly time: number | undefined
  readonly note: number | undefined
}

/** Names of columns. If a table has several of them, the earlier one counts. */
const columnNames = {
  value: [
    ...[
      'value',
      'indicator',
      'ioc',
      'domain',
      'hostname',
      'fqdn',
      'host',
      'ip',
      'ipaddress',
      'address',
      'cidr',
    ],
    ...['network', 'subnet', 'dstip', 'url'],
  ],
  tag: ['tag'],
  source: ['source', 'feed'],
  time: ['time', 'tagged'],
  note: ['note', 'comment', 'description'],
} as const

const separators = [',', ';', '\t', '|'] as const

/** The columns, if the first record names them. Undefined: each line holds a value somewhere. */
const tableIn = async (head: Buffer) => {
  for (const separator of separators) {
    const first = await recordsOf(oneChunk(head), separator).next()
    if (first.done === true || !('cells' in first.value)) continue
    const header = first.value.cells
    if (header.some(cell => typeof readTagValue(cell) !== 'string')) continue
    const names = header.map(cell => cell.toLowerCase().replace(/[^a-z]/g, ''))
    const place = (wanted: readonly string[]) => wanted.map(name => names.indexOf(name)).find(at => at !== -1)
    const value = place(columnNames.value)
    if (value === undefined) continue
    const { tag, source, time, note } = columnNames
    const columns = { value, tag: place(tag), source: place(source), time: place(time), note: place(note) }
    return { header, separator, columns }
  }
  return undefined
}

async function* oneChunk(head: Buffer): AsyncGenerator<Buffer, void> {
  yield await Promise.resolve(head)
}

async function* readTagTable(
  chunks: AsyncIterable<Buffer>,
  separator: string,
  columns: TagColumns,
): AsyncGenerator<TagPiece, void> {
  let isHeader = true
  for await (const record of recordsOf(chunks, separator)) {
    const at = String(record.at)
    if ('refused' in record) yield { at, refused: record.refused }
    else if (!isHeader) {
      const cell = (column: number | undefined) =>
        column === undefined ? '' : (record.cells.at(column) ?? '')
      const [tag, time] = [cell(columns.tag).toLowerCase(), readIsoOrHttpDate(cell(columns.time))]
      const source = cell(columns.source)
      const row =
        tag !== '' && !isTagName(tag)
          ? `the tag ${excerpt(tag)} is none of trust, interest and threat`
          : rowOf(cell(columns.value), {
              ...{ tag: isTagName(tag) ? tag : undefined, at: time, note: cell(columns.note) },
              source: source === '' ? undefined : source,
            })
      yield { at, ...(typeof row === 'string' ? { refused: row } : { row }) }
    }
    isHeader = false
  }
}

/** One value a line, or beside numbers (`1,example.com`), or as a line of a hosts file, an ad blocker's or dnsmasq's list. */
async function* readValues(chunks: AsyncIterable<Buffer>): AsyncGenerator<TagPiece, void> {
  for await (const record of recordsOf(chunks, ',')) {
    const at = String(record.at)
    if ('refused' in record) yield { at, refused: record.refused }
    else
      for (const row of valuesIn(record.cells))
        yield { at, ...(typeof row === 'string' ? { refused: row } : { row }) }
  }
}

/** Rules of ad blockers that say nothing of a whole name, or the opposite (https://adblockplus.org/filter-cheatsheet). */
const otherRules: readonly (readonly [rule: RegExp, why: string])[] = [
  [/^@@/, 'an exception of an ad blocker'],
  [/#@?[?$%]?#/, 'a rule about parts of pages'],
  [/^\/.+\/(?:\$|$)/, 'an expression'],
  [/^\|\|?[^/^$]+\/[^^$]/, 'a rule about a page, which accuses no whole name'],
]

const valuesIn = (cells: readonly string[]): readonly ReturnType<typeof rowOf>[] => {
  const [, why] = otherRules.find(([rule]) => rule.test((cells[0] ?? '').trim())) ?? []
  if (why !== undefined) return [why]
  for (const cell of cells) {
    const row = rowOf(cell.replace(/\s+#.*$/, ''), {})
    if (typeof row !== 'string') return [row]
  }
  const line = cells.join(',')
  const names = readIgnoreLine(line)
  if (typeof names !== 'string') return names.map(name => rowOf(name, {}))
  return [rowOf(cells[0] ?? '', { note: noteFrom(line) })]
}
