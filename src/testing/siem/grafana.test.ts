/** The dashboard and the alert rules name only what /metrics has, and Prometheus can read each expression; docs/siem/grafana.md. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import * as z from 'zod'
import { parseConfig } from '../../config/parse.js'
import { families } from '../../http/monitoring.js'
import { needs } from '../external-programs.js'
import { blocksIn, openMachine } from './page-commands.js'

const skip = needs('promtool')

const grid = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() })
const panel = z.object({
  id: z.number(),
  title: z.string().min(1),
  type: z.enum(['stat', 'timeseries']),
  datasource: z.object({ type: z.literal('prometheus'), uid: z.literal('${datasource}') }),
  gridPos: grid,
  targets: z.array(z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string() })).min(1),
})
const board = z.object({
  title: z.string(),
  panels: z.array(panel),
  templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
})
const dashboard = board.parse(JSON.parse(readFileSync('samples/siem/grafana/dashboard.json', 'utf8')))

const ruleFile = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({ alert: z.string(), expr: z.string(), labels: z.object({ severity: z.string() }) }),
      ),
    }),
  ),
})
const rulesPath = 'samples/siem/prometheus/rules.yml'
const rules = ruleFile.parse(parse(readFileSync(rulesPath, 'utf8'))).groups.flatMap(({ rules }) => rules)

const expressions: readonly (readonly [where: string, text: string])[] = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
]

const labelsOf = new Map(families.map(({ name, labels }) => [name, labels]))
/** Labels of the target; `alertname` is none. */
const ofTarget = ['job', 'instance']

/** The names in an expression that /metrics does not have. */
const unknownIn = (text: string): string[] => {
  const used = [...text.matchAll(/\b(domainstats_\w+)(?:\{([^}]*)\})?/g)]
  const allowed = new Set([...ofTarget, ...used.flatMap(([, name = '']) => labelsOf.get(name) ?? [])])
  const selected = used.flatMap(([, name = '', selector = '']) => {
    const labels = [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label)
    return labels.filter(label => !ofTarget.includes(label) && labelsOf.get(name)?.includes(label) !== true)
  })
  const grouped = [...text.matchAll(/\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(/[\s,]+/).filter(label => label !== '' && !allowed.has(label)),
  )
  return [...used.map(([, name = '']) => name).filter(name => !labelsOf.has(name)), ...selected, ...grouped]
}

void t.test('each expression names only metrics and labels that exist', t => {
  for (const [where, text] of expressions) t.same(unknownIn(text), [], `${where}: ${text}`)
  t.same(unknownIn('sum by (a) (rate(domainstats_x{b="c"}[5m])) / domainstats_ready{input="d"}'), [
    'domainstats_x',
    'b',
    'input',
    'a',
  ])
  for (const { title, targets } of dashboard.panels)
    for (const { legendFormat, expr } of targets) {
      // What `by` does not keep, a legend cannot show.
      const [, kept] = /\bby \(([^)]*)\)/.exec(expr) ?? []
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        if (kept !== undefined) t.ok(kept.split(', ').includes(label), `${title}: the legend has ${label}`)
    }
  t.end()
})

void t.test('Prometheus can read each expression', { skip }, t => {
  const asRules = expressions.map(([, text], at) => ({
    record: `expression_${at}`,
    expr: text
      .replaceAll('$__rate_interval', '5m')
      .replaceAll('$__range', '1d')
      .replaceAll('$instance', '.*'),
  }))
  const path = join(t.testdir({}), 'expressions.json')
  writeFileSync(path, JSON.stringify({ groups: [{ name: 'all', rules: asRules }] }))
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', path], { encoding: 'utf8' })
  t.equal(status, 0, `${stdout}${stderr}`)
  t.end()
})

void t.test('panels have their own ids and places', t => {
  const { panels, templating } = dashboard
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`),
  )
  t.equal(new Set(cells).size, cells.length, 'none covers another one')
  t.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24))
  t.same(
    templating.list.map(({ name }) => name),
    ['datasource', 'instance'],
  )
  t.end()
})

const page = readFileSync('docs/siem/grafana.md', 'utf8')

void t.test('the page has each alert, with its severity, in the order of the rules', t => {
  const rows = [...page.matchAll(/^\| `(Domainstats\w+)` \| (\w+) \|/gm)].map(([, name, severity]) => [
    name,
    severity,
  ])
  t.same(
    rows,
    rules.map(({ alert, labels }) => [alert, labels.severity]),
  )
  t.end()
})

void t.test('the commands of the page', { skip }, t => {
  const root = t.testdir({})
  const folders = ['etc/prometheus', 'var/lib/domainstats', 'var/log', 'var/lib/grafana/dashboards']
  const machine = openMachine(root, folders)
  const scrape = readFileSync('samples/siem/prometheus/scrape.yml', 'utf8')
  writeFileSync(join(root, 'etc/prometheus/prometheus.yml'), scrape)
  const settings = blocksIn(page, 'yaml').join('\n')
  t.ok('config' in parseConfig(settings, 'grafana.md'), settings)
  writeFileSync(join(root, 'var/lib/domainstats/domainstats.yaml'), `${settings}\nmode: off\n`)
  for (const commands of blocksIn(page, 'sh')) {
    const { status, text } = machine.run(commands)
    t.equal(status, 0, text)
  }
  t.equal(readFileSync(join(root, 'systemctl'), 'utf8'), 'restart domainstats\nreload prometheus\n')
  t.end()
})
