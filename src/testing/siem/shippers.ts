/** samples/siem of Splunk, Graylog, Vector and Fluent Bit, read, and what of real records they lose. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { cameAt } from './elastic-samples.js'
import { readFluentBit } from './fluent-bit.js'
import { readRule, runPipeline } from './graylog.js'
import { jsonObject, type Json } from './ingest-document.js'
import { readApp } from './splunk.js'
import { readVector } from './vector.js'

const sample = (path: string): string => readFileSync(`samples/siem/${path}`, 'utf8')

export const splunkFolder = 'samples/siem/splunk/TA-domainstats'
export const splunkApp = readApp(splunkFolder)

/** @param now ISO */
export const graylogMessage = runPipeline(
  sample('graylog/domainstats.pipeline'),
  ['record', 'first-contact'].map(name => readRule(sample(`graylog/${name}.rule`))),
)

const vectorSample = (name: string) => readVector(sample(`vector/${name}.yaml`))
export const vectorElastic = vectorSample('elastic')
export const vectorRecords = vectorSample('records')

export const openSearch = readFluentBit(sample('fluent-bit/opensearch.yaml'))

const graylogSchema = new Map(
  readFileSync('src/testing/siem/graylog-schema.tsv', 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.split('\t'))
    .map(([name = '', type = '']) => [name, type] as const),
)

const fits: Readonly<Record<string, (value: unknown) => boolean>> = {
  ip: value => typeof value === 'string' && isIP(value) !== 0,
  integer: value => Number.isInteger(value),
  keyword: value => [value].flat().every(item => typeof item === 'string'),
}

/** Fields of a message that have no prefix of ours, and are none of Graylog's schema, or of another type. */
export const graylogMisfits = (message: Json): string[] =>
  Object.entries(message)
    .filter(([name]) => !/^(domainstats_.*|message|source|timestamp)$/.test(name))
    .filter(([name, value]) => fits[graylogSchema.get(name) ?? '']?.(value) !== true)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)

/** The names of the fields of a record that have another value in a form of it, or none. */
const lost = (record: Json, valueOf: (name: string) => unknown): string[] =>
  Object.entries(record)
    .filter(([name, value]) => !isDeepStrictEqual(valueOf(name), value))
    .map(([name]) => name)

const lostInSplunk = (line: string, record: Json): string[] => {
  if (line.length >= splunkApp.truncate) return ['its end']
  const event = splunkApp.eventOf(line)
  return lost(record, name => {
    const value = record[name]
    if (Array.isArray(value)) return event.get(`${name}{}`) ?? []
    const found = event.get(name)
    return typeof value === 'string' ? found : found === String(value) ? value : found
  })
}

const lostInGraylog = (line: string, record: Json): string[] => {
  const message = graylogMessage(line, cameAt)
  const values = new Set(Object.values(message).map(value => JSON.stringify(value)))
  const own = Object.entries(record).filter(([name]) => name !== '_path')
  return [
    ...own.filter(([, value]) => !values.has(JSON.stringify(value))).map(([name]) => name),
    ...graylogMisfits(message),
  ]
}

/** What of the records of an output these four lose, one line each. */
export const unshipped = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .flatMap(line => {
      const record = jsonObject(line)
      const [asEvent] = vectorRecords.outputsOf(line, cameAt)
      const [asLine] = vectorElastic.outputsOf(line, cameAt)
      const indexed = openSearch.outputOf(line, cameAt)
      const faults: Readonly<Record<string, readonly string[]>> = {
        Splunk: lostInSplunk(line, record),
        Graylog: lostInGraylog(line, record),
        Vector: [
          ...lost(record, name => asEvent?.body[name]),
          ...(asLine?.body['message'] === line ? [] : ['the line']),
        ],
        'Fluent Bit': [
          ...lost(record, name => indexed.document[name]),
          ...(indexed.id === record['record_id'] ? [] : ['its id']),
        ],
      }
      return Object.entries(faults).flatMap(([where, names]) =>
        names.map(name => `${where} loses ${name}: ${line}`),
      )
    })
