/**
 * Detection rules as Kibana imports them, and what they find in documents.
 * https://www.elastic.co/docs/api/doc/kibana/operation/operation-importrules
 */
import * as z from 'zod'
import { flatten, type Json } from './ingest-document.js'
import { readKql, type Query } from './kql.js'

const attack = (kind: 'tactics' | 'techniques', id: RegExp) =>
  z
    .object({
      id: z.string().regex(id),
      name: z.string().min(1),
      reference: z.string(),
    })
    .refine(
      ({ id, reference }) => reference === `https://attack.mitre.org/${kind}/${id.replace('.', '/')}/`,
      'the reference is of another id',
    )

const threat = z.strictObject({
  framework: z.literal('MITRE ATT&CK'),
  tactic: attack('tactics', /^TA\d{4}$/),
  technique: z.array(
    attack('techniques', /^T\d{4}$/).and(
      z.object({ subtechnique: z.array(attack('techniques', /^T\d{4}\.\d{3}$/)).optional() }),
    ),
  ),
})

/** Kibana's risk scores for its severities, as its own rules have them. */
const riskScores = { low: 21, medium: 47, high: 73, critical: 99 }

const common = {
  rule_id: z.uuid(),
  name: z.string().min(1),
  description: z.string().min(1),
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  risk_score: z.int().min(0).max(100),
  language: z.literal('kuery'),
  query: z.string().min(1),
  index: z.array(z.string()).min(1),
  from: z.string().regex(/^now-\d+m$/),
  to: z.literal('now'),
  interval: z.string().regex(/^\d+m$/),
  enabled: z.boolean(),
  timestamp_override: z.string(),
  max_signals: z.int().min(1),
  version: z.int().min(1),
  author: z.array(z.string()),
  license: z.string(),
  tags: z.array(z.string()),
  threat: z.array(threat).min(1),
  references: z.array(z.url()),
  false_positives: z.array(z.string()),
  note: z.string(),
}

const ruleSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ ...common, type: z.literal('query') }),
    z.strictObject({
      ...{ ...common, type: z.literal('threshold') },
      threshold: z.strictObject({
        field: z.array(z.string()).max(3),
        value: z.int().min(1),
        cardinality: z.array(z.strictObject({ field: z.string(), value: z.int().min(1) })).max(1),
      }),
    }),
  ])
  .refine(({ severity, risk_score: score }) => riskScores[severity] === score, 'another risk score')

type RuleSettings = z.output<typeof ruleSchema>

/** A rule that can be run. */
export interface DetectionRule {
  readonly settings: RuleSettings
  readonly query: Query
  /** The fields that it needs. */
  readonly fields: readonly string[]
  /** Whether it raises an alert when all documents lie in one of its runs. */
  readonly raises: (documents: readonly Json[]) => boolean
}

const raisesBy = (settings: RuleSettings, query: Query) => (documents: readonly Json[]) => {
  const found = documents.filter(query.matches).map(document => new Map(flatten(document)))
  if (settings.type === 'query') return found.length > 0
  const { field, value: least, cardinality } = settings.threshold
  const groups = new Map<string, ReadonlyMap<string, unknown>[]>()
  for (const document of found) {
    if (!field.every(name => document.has(name))) continue
    const key = JSON.stringify(field.map(name => document.get(name)))
    groups.set(key, [...(groups.get(key) ?? []), document])
  }
  const isMany = (group: readonly ReadonlyMap<string, unknown>[]): boolean =>
    group.length >= least &&
    cardinality.every(({ field, value }) => new Set(group.map(one => one.get(field))).size >= value)
  return [...groups.values()].some(isMany)
}

/** The rules in a file for import, one a line. @throws Error for what Kibana would refuse, or is not known here */
export const readRules = (ndjson: string): DetectionRule[] =>
  ndjson
    .trimEnd()
    .split('\n')
    .map(line => {
      const settings = ruleSchema.parse(JSON.parse(line))
      const query = readKql(settings.query)
      const more =
        settings.type === 'threshold'
          ? [...settings.threshold.field, ...settings.threshold.cardinality.map(({ field }) => field)]
          : []
      const fields = [...query.fields, ...more, settings.timestamp_override]
      return { settings, query, fields, raises: raisesBy(settings, query) }
    })
