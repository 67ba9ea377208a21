/** Writes tags as a table, as a bundle of STIX 2.1, or as an event of MISP. The import reads each of them again. */
import { createHash } from 'node:crypto'
import type { Tag, TagName } from '../model/tag.js'
import { tagValueText } from '../names/tag-value.js'
import { isoTime, toJsonLine } from '../output/json.js'
import type { TagFormat } from './formats.js'
import { mispSourceOf, mispTagOf } from './tag-row.js'

/** @param now epoch ms */
export const exportedTags = (
  pages: Iterable<readonly Tag[]>,
  format: TagFormat,
  now: number,
): Generator<string, void> => {
  if (format === 'csv') return csv(pages)
  return format === 'stix' ? stixBundle(pages, now) : mispEvent(pages, now)
}

/** RFC 4180. */
const cell = (text: string): string =>
  /[",\r\n]|^\s|\s$|^#/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

function* csv(pages: Iterable<readonly Tag[]>): Generator<string, void> {
  yield 'value,tag,source,time,note\n'
  for (const page of pages)
    yield page
      .map(({ target, tag, source, at, note = '' }) =>
        [tagValueText(target), tag, source, isoTime(at), note].map(cell).join(',').concat('\n'),
      )
      .join('')
}

/** A UUID of version 5 (RFC 9562 5.5) by a text: the same tag has the same one in each export. */
const uuidOf = (text: string): string => {
  const hash = createHash('sha1').update(namespace).update(text).digest().subarray(0, 16)
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
/** Drawn once. */
const namespace = Buffer.from('1c3e9a526f0d4b7e8a41d25fb0c6e973', 'hex')

/** Elements with commas between them. */
function* elements<T>(pages: Iterable<readonly T[]>, write: (one: T) => object): Generator<string, void> {
  let before = ''
  for (const page of pages)
    for (const one of page) {
      yield `${before}${toJsonLine(write(one))}`
      before = ',\n'
    }
}

/** 10.5. */
const indicatorTypes: Readonly<Record<TagName, string>> = {
  threat: 'malicious-activity',
  interest: 'anomalous-activity',
  trust: 'benign',
}

/** STIX has milliseconds as a rule. */
const stixTime = (ms: number): string => new Date(ms).toISOString()

const patternOf = ({ target }: Tag): string => {
  const family = target.kind === 'name' ? 'domain-name' : target.from.length === 4 ? 'ipv4-addr' : 'ipv6-addr'
  return `[${family}:value = '${tagValueText(target).replace(/['\\]/g, '\\$&')}']`
}

function* stixBundle(pages: Iterable<readonly Tag[]>, now: number): Generator<string, void> {
  yield `{"type":"bundle","id":"bundle--${uuidOf(`bundle ${now}`)}","objects":[\n`
  yield* elements(pages, tag => ({
    ...{
      type: 'indicator',
      spec_version: '2.1',
      id: `indicator--${uuidOf(`${tag.tag} ${tagValueText(tag.target)}`)}`,
    },
    ...{ created: stixTime(tag.at), modified: stixTime(tag.at), name: tagValueText(tag.target) },
    ...(tag.note !== undefined && { description: tag.note }),
    ...{ indicator_types: [indicatorTypes[tag.tag]], pattern: patternOf(tag), pattern_type: 'stix' },
    ...{ valid_from: stixTime(tag.at), external_references: [{ source_name: tag.source }] },
  }))
  yield '\n]}\n'
}

function* mispEvent(pages: Iterable<readonly Tag[]>, now: number): Generator<string, void> {
  const day = stixTime(now).slice(0, 10)
  const head = { info: 'Tags of domainstats', date: day, uuid: uuidOf(`event ${now}`), published: false }
  yield `{"Event":${toJsonLine(head).slice(0, -1)},"Attribute":[\n`
  yield* elements(pages, ({ target, tag, source, at, note }) => ({
    ...{ uuid: uuidOf(`${tag} ${tagValueText(target)}`), category: 'Network activity' },
    ...{
      type: target.kind === 'name' ? 'domain' : 'ip-dst',
      value: tagValueText(target),
      to_ids: tag === 'threat',
    },
    ...{
      comment: note ?? '',
      timestamp: String(Math.floor(at / 1000)),
      Tag: [{ name: mispTagOf(tag) }, { name: mispSourceOf(source) }],
    },
    ...{ first_seen: stixTime(at), last_seen: null, deleted: false },
  }))
  yield '\n]}}\n'
}
