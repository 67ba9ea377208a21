/** samples/siem/elastic, read, and the records of the samples, for the tests of all that go the way of its pipeline. */
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { readFilebeat } from './filebeat.js'
import { readTemplate, unfit } from './index-template.js'
import { flatten, jsonObject, type Json } from './ingest-document.js'
import { readPipeline, type Ingested } from './ingest-pipeline.js'

export const elasticSample = (name: string): string => readFileSync(`samples/siem/elastic/${name}`, 'utf8')

export const elasticPipeline = readPipeline(elasticSample('ingest-pipeline.json'))
export const elasticTemplate = readTemplate(elasticSample('index-template.json'))
/** The data stream that all pages write to. */
export const elasticStream = 'logs-domainstats.record-default'
/** When documents of the tests come. */
export const cameAt = '2026-11-21T08:00:30.000Z'

/** What becomes of a line that a shipper sends, which has tags of its own. */
export const shipped = (line: string): Ingested =>
  elasticPipeline({ '@timestamp': cameAt, message: line, tags: ['forwarded'] }, cameAt)

export const documentOf = (record: object): Json => shipped(JSON.stringify(record)).source

export const sampleLines = readFileSync('samples/expected/domainstats.log', 'utf8').trimEnd().split('\n')

/** A first contact with a young domain. */
export const youngRecord = jsonObject(
  sampleLines.find(line => line.includes('"query":"login.northwind-parts-support.com"')) ?? '',
)

const malcolm = readFilebeat(readFileSync('samples/siem/malcolm/filebeat.yml', 'utf8'))

/** Fields that Malcolm and Filebeat have, and documents of Elastic have not, or in another form. */
const ofMalcolm = /^(@timestamp|tags|event\.hash|(log|input)\..*)$/

/** Where Malcolm's event of a line says something else than its document in Elastic, one text each. */
export const differingInMalcolm = (line: string, document: Json): string[] => {
  const elastic = new Map(flatten(document))
  return flatten(malcolm.eventOf(line, cameAt))
    .filter(([name, value]) => !ofMalcolm.test(name) && !isDeepStrictEqual(value, elastic.get(name)))
    .map(([name, value]) => `${name} is ${JSON.stringify(value)} in Malcolm: ${line}`)
}

/** Follow-ups whose document does not say whether the first record was a first contact as its own document does. */
export const contactsLost = (records: readonly Json[]): Json[] => {
  const isContact = (record: Json) =>
    flatten(documentOf(record)).some(([name]) => name === 'domainstats.first_contact')
  const firsts = new Map(records.map(record => [record['record_id'], record]))
  return records.filter(record => {
    const first = firsts.get(record['followup_of'])
    return first !== undefined && isContact(record) !== isContact(first)
  })
}

/** What of the records of an output the samples lose, or an index would refuse, one line each. */
export const unmapped = (text: string): string[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .flatMap(line => {
      const { id, source } = shipped(line)
      const failed = flatten(source).filter(([name]) => name === 'error.message')
      const faults = [...failed.map(([, why]) => String(why)), ...unfit(elasticTemplate, source)]
      if (id !== jsonObject(line)['record_id']) faults.push(`its id is ${String(id)}`)
      return faults.length > 0 ? faults.map(fault => `${line}: ${fault}`) : differingInMalcolm(line, source)
    })
