/** samples/siem/elastic: what the detection rules and the saved search find in documents. */
import t from 'tap'
import { alertCasesOf, type AlertCases } from './alert-cases.js'
import { readRules } from './detection-rules.js'
import { documentOf, elasticSample, elasticTemplate, youngRecord } from './elastic-samples.js'
import { flatten, jsonObject, type Json } from './ingest-document.js'
import { readKql } from './kql.js'

const rules = readRules(elasticSample('detection-rules.ndjson'))

const { young, burst, threat, lookalike, generated, host } = alertCasesOf(documentOf)
const found: Readonly<Record<string, AlertCases<Json>>> = {
  'First contact with a young domain': young,
  'Burst of strange new domains from one host': burst,
  'Question for a name tagged as a threat': threat,
  'First contact with a look-alike of a known name': lookalike,
  'Burst of generated names': generated,
  'A host asks like malware': host,
}

void t.test('each rule finds what it is for, and nothing else', t => {
  t.same(
    rules.map(({ settings }) => settings.name),
    Object.keys(found),
  )
  for (const { settings, raises } of rules) {
    const { name } = settings
    for (const [at, documents] of (found[name]?.raises ?? []).entries())
      t.ok(raises(documents), `${name}, ${at}`)
    for (const documents of found[name]?.raises ?? [])
      t.notOk(
        raises(documents.map(one => ({ ...one, event: { dataset: 'zeek.dns' } }))),
        `${name}, of others`,
      )
    for (const [at, documents] of (found[name]?.silent ?? []).entries())
      t.notOk(raises(documents), `${name}, not ${at}`)
  }
  t.end()
})

const minutes = (text: string): number => Number(/\d+/.exec(text))

void t.test('rules name fields of the index, and miss no document that comes late', t => {
  for (const { settings, fields } of rules) {
    for (const name of fields) t.ok(elasticTemplate.fields.has(name), `${settings.name}: ${name}`)
    t.ok(
      settings.index.some(pattern => pattern === 'logs-domainstats.*'),
      settings.name,
    )
    // A follow-up has the time of its question, up to a day ago; a run looks back further than to the last one.
    t.equal(settings.timestamp_override, 'event.ingested')
    t.ok(minutes(settings.from) > minutes(settings.interval))
  }
  t.equal(new Set(rules.map(({ settings }) => settings.rule_id)).size, rules.length)
  t.end()
})

void t.test('the saved search shows fields of the index, and finds records with alerts', t => {
  const [view = {}, search = {}] = elasticSample('saved-search.ndjson').trimEnd().split('\n').map(jsonObject)
  t.match(view, {
    type: 'index-pattern',
    attributes: { title: 'logs-domainstats.*', timeFieldName: '@timestamp' },
  })
  t.match(search, {
    type: 'search',
    references: [
      { type: 'index-pattern', id: view['id'], name: 'kibanaSavedObjectMeta.searchSourceJSON.index' },
    ],
  })
  const shown = new Map(flatten(search))
  for (const column of [shown.get('attributes.columns')].flat())
    t.ok(elasticTemplate.fields.has(String(column)), String(column))
  const source = jsonObject(String(shown.get('attributes.kibanaSavedObjectMeta.searchSourceJSON')))
  const query = readKql(String(new Map(flatten(source)).get('query.query')))
  t.ok(query.fields.every(name => elasticTemplate.fields.has(name)))
  t.ok(query.matches(documentOf(youngRecord)))
  t.notOk(query.matches(documentOf({ ...youngRecord, alerts: [] })))
  t.end()
})

void t.test('queries and rules that are not known here are refused', t => {
  for (const text of ['a: [1 to 2]', 'a:', 'a: b or', '(a: b', 'a: b)', 'a > 1', 'a: (b'])
    t.throws(() => readKql(text), text)
  t.throws(() => readRules(JSON.stringify({ ...rules[0]?.settings, severity: 'bad' })))
  t.throws(() => readRules(JSON.stringify({ ...rules[0]?.settings, threat: [] })))
  t.end()
})
