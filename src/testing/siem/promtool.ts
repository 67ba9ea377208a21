/** Runs alert rules of Prometheus over what a daemon said at `/metrics`, by `promtool test rules`. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Test } from 'tap'
import type { Metrics } from '../ready.js'

/** What was scraped, minute by minute. Undefined: the daemon could not be reached. */
export type Timeline = readonly (Metrics | undefined)[]

const target = 'job="domainstats",instance="sensor1:9100"'

/** `lines_total{a="b"}` as a series of the target. */
const seriesName = (key: string): string => {
  const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(key) ?? []
  return `domainstats_${name}{${[target, labels].filter(text => text !== '').join()}}`
}

const inputSeries = (timeline: Timeline) => {
  const keys = new Set(timeline.flatMap(metrics => [...(metrics?.keys() ?? [])]))
  const of = (key: string) => timeline.map(metrics => metrics?.get(key) ?? '_').join(' ')
  const up = timeline.map(metrics => (metrics ? 1 : 0)).join(' ')
  return [
    { series: `up{${target}}`, values: up },
    ...Array.from(keys, key => ({ series: seriesName(key), values: of(key) })),
  ]
}

/** The names of the alerts that fire at a minute. */
export interface Expected {
  readonly minute: number
  readonly firing: readonly string[]
}

/** An alert with its texts, for their templates. */
export interface Shown {
  readonly minute: number
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/**
 * What `promtool test rules` finds wrong; empty if the alerts that fire are those expected.
 *
 * @param rules the path of the rules
 */
export const faultsOf = (
  t: Test,
  rules: string,
  timeline: Timeline,
  expected: readonly Expected[],
  shown: readonly Shown[] = [],
): string => {
  const file = join(t.testdirName, 'rules-test.json')
  const test = {
    interval: '1m',
    input_series: inputSeries(timeline),
    alert_rule_test: shown.map(({ minute, alert, labels, annotations }) => ({
      ...{ eval_time: `${minute}m`, alertname: alert },
      exp_alerts: [{ exp_labels: labels, exp_annotations: annotations }],
    })),
    promql_expr_test: expected.map(({ minute, firing }) => ({
      expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
      eval_time: `${minute}m`,
      exp_samples: firing.map(name => ({ labels: `{alertname="${name}"}`, value: 1 })),
    })),
  }
  // JSON is YAML.
  const text = { rule_files: [resolve(rules)], evaluation_interval: '1m', tests: [test] }
  writeFileSync(file, JSON.stringify(text))
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' })
  return status === 0 ? '' : `${stdout}${stderr}`
}
