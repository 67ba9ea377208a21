/** The generated pages of docs/: settings, limits, alerts, metrics, log events. Made from the code, so they cannot differ. */
import { settings, type Setting } from '../config/settings.js'
import { httpShape } from '../config/schema-http.js'
import { lookupShape, original, privacyShape } from '../config/schema.js'
import { levelOf } from '../commands/world.js'
import { families } from '../http/monitoring.js'
import * as limits from '../limits.js'
import { alerts } from '../detect/alerts.js'
import { factors } from '../detect/risk.js'
import { wrappers } from '../parse/wrappers.js'
import { constantsOf, listOf, parseFile, textsOf, variantsOf, type Described } from './typescript.js'

const code = (text: string): string => (text === '' ? '' : `\`${text}\``)

/** A Markdown table, not padded, so that a change of one cell changes one line. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('')

const page = (title: string, ...parts: readonly string[]): string =>
  `${[`# ${title}\n`, ...parts].join('\n')}\n_Made by \`make docs\` from the code: change it there._\n`

/** @throws Error for a row without a comment in the code: the page would not explain it */
const withComments = <T extends Described>(rows: readonly T[]): readonly T[] => {
  const bare = rows.filter(({ text }) => text === '').map(({ name }) => name)
  if (bare.length > 0) throw new Error(`no comment in the code says what this is: ${bare.join(', ')}`)
  return rows
}

/* Settings */

const defaultOf = ({ default: value }: Setting): string => {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.length === 0 ? 'none' : code(`[${value.join(', ')}]`)
  return typeof value === 'object' ? '' : code(JSON.stringify(value).replaceAll('"', ''))
}

const settingsTable = (rows: readonly Setting[]): string =>
  table(
    ['key', 'what it does', 'values', 'default'],
    rows.map(row => [code(row.key), row.description, row.values, defaultOf(row)]),
  )

/** The settings below a key such as `inputs[]` or `rdap`, under its heading; of sinks and services, those of types behind. */
const below = (prefix: string): string => {
  const rows = settings.filter(({ key }) => key.startsWith(prefix) && key !== prefix)
  const word = prefix.startsWith('commands.') ? 'preset' : 'type'
  const typesOf = ({ types = [] }: Setting): string => types.map(type => code(`${word}: ${type}`)).join(', ')
  return [...new Set(rows.map(typesOf))]
    .map(types => {
      const heading = types === '' ? `### ${code(prefix.replace(/\.$/, ''))}` : `#### ${types}`
      return `\n${heading}\n\n${settingsTable(rows.filter(row => typesOf(row) === types))}`
    })
    .join('')
}

const settingsPart = (title: string, rows: readonly Setting[]): string => {
  const nested = rows.map(({ key }) => below(`${key}[].`) + below(`${key}.`)).join('')
  return `## ${title}\n\n${settingsTable(rows)}${nested}`
}

/** `docs/settings.md`. */
export const settingsPage = (): string => {
  const isTop = ({ key }: Setting) => /^\w+$/.test(key)
  const top = settings.filter(setting => isTop(setting) && setting.effect === undefined)
  const parts: readonly (readonly [title: string, shape: object])[] = [
    ['Privacy', privacyShape],
    ['Look-ups', lookupShape],
    ['The HTTP port', httpShape],
    ['Settings that domain_stats 1.x has, too', original],
  ]
  const isIn = (shape: object) => (setting: Setting) => Object.hasOwn(shape, setting.key)
  const own = top.filter(setting => !parts.some(([, shape]) => isIn(shape)(setting)))
  const unused = settings.filter(({ effect }) => effect === 'none')
  return page(
    'Settings',
    `This page lists every setting of \`domainstats.yaml\`, the file in the data folder.

A flag on the command line wins over the file. Paths are relative to the data folder. \`domainstats check\` says what is wrong with a file, and \`domainstats settings DIR\` asks for the settings that matter. A file with nearly the right name (\`domainstats.yml\`) is refused, so that no settings are silently ignored; \`check\` names other files that may be meant, such as \`config.yaml\`. \`domain_stats.yaml\` of domain_stats 1.x is read as it is.
`,
    settingsPart('Logs and records', own),
    ...parts.map(([title, shape]) => settingsPart(title, top.filter(isIn(shape)))),
    `## Accepted without effect

These keys of domain_stats 1.x may stand in the file; nothing reads them: ${unused.map(({ key }) => code(key)).join(', ')}.
`,
  )
}

/* Limits */

const inUnits = (value: number, units: readonly (readonly [size: number, unit: string])[]): string => {
  const [size, unit] = units.find(([size]) => value % size === 0 && value >= size) ?? units.at(-1) ?? [1, '']
  return `${(value / size).toLocaleString('en-US')} ${unit}`.trimEnd()
}

/** Formats a value with the unit in the name of its constant: `chunkBytes`, `retryMs`. */
export const withUnit = (name: string, value: number): string => {
  const stem = name.replace(/(Max|Min)$/, '')
  const second = 1_000
  if (stem.endsWith('Bytes'))
    return inUnits(value, [
      [2 ** 20, 'MiB'],
      [2 ** 10, 'KiB'],
      [1, 'bytes'],
    ])
  if (stem.endsWith('Ms'))
    return inUnits(value, [
      [86_400 * second, value === 86_400 * second ? 'day' : 'days'],
      [3_600 * second, 'h'],
      [60 * second, 'min'],
      [second, 's'],
      [1, 'ms'],
    ])
  if (stem.endsWith('Seconds')) return `${value} s`
  if (stem.endsWith('PerSecond')) return `${value} a second`
  return `${value.toLocaleString('en-US')}${stem.endsWith('Chars') ? ' characters' : ''}`
}

/** `docs/limits.md`. */
export const limitsPage = (): string => {
  const values: ReadonlyMap<string, unknown> = new Map(Object.entries(limits))
  const all = withComments(constantsOf(parseFile('src/limits.ts')))
  const parts = [...new Set(all.map(({ part }) => part))]
  return page(
    'Limits',
    `This page lists every limit of the program: names and answers come from attackers, so whatever can grow has a bound.

They are constants of [src/limits.ts](../src/limits.ts). A log line \`limit-reached\` and the metric \`domainstats_limits_total\` name the limit that was reached. Limits that a site may choose are [settings](settings.md).
`,
    ...parts.map(
      part =>
        `${part === '' ? '' : `## ${part}\n\n`}${table(
          ['limit', 'value', 'what it bounds'],
          all
            .filter(limit => limit.part === part)
            .map(({ name, text }) => [code(name), withUnit(name, Number(values.get(name))), text]),
        )}`,
    ),
  )
}

/* Alerts, categories, reasons */

const described = (head: string, rows: readonly Described[]): string =>
  table(
    [head, 'meaning'],
    withComments(rows).map(({ name, text }) => [code(name), text]),
  )

/** The weights of risk, for docs/risk.md. */
export const weightsTable = (): string =>
  table(
    ['reason', 'weight', 'when'],
    [
      ...alerts.map(({ name, weight }) => [code(name), String(weight), 'the record has the alert']),
      ...factors.map(({ name, weight, meaning }) => [code(name), String(weight), meaning]),
    ],
  )

/** The table of alerts. */
const alertsTable = (): string => {
  const linked = (id: string) => `[${id}](https://attack.mitre.org/techniques/${id.replace('.', '/')}/)`
  return table(
    ['alert', 'meaning', 'what to do', 'ATT&CK'],
    alerts.map(({ name, meaning, action, techniques }) => [
      ...[code(name), meaning, action],
      techniques.map(linked).join(', '),
    ]),
  )
}

/** `docs/alerts.md`. */
export const alertsPage = (): string => {
  const record = parseFile('src/model/record.ts')
  const domain = parseFile('src/model/domain.ts')
  return page(
    'Alerts, categories and reasons',
    `This page says what each alert, category and reason in a record means, and what an analyst does about it.

## Alerts

A record lists its alerts in this order. With \`mode: isc\`, alerts of the ISC in its own words follow. [Records](records.md) says when the less obvious ones are raised.

The last column names what an alert may be a sign of, in [MITRE ATT&CK](https://attack.mitre.org). The rules for [SIEMs](siem/README.md) carry it.

${alertsTable()}
## Categories

Each record has one.

${described('category', textsOf(record, 'Category'))}
## Reasons of UNKNOWN

They stand in \`reason\`. The first ones are ours; the others are what a registry answered.

${described('reason', [...textsOf(record, 'OwnReason'), ...textsOf(domain, 'UnsupportedReason')])}
## Reasons of ERROR

The look-up failed. [Look-ups](lookups.md) says how registries are asked.

${described('reason', textsOf(domain, 'FailedReason'))}`,
  )
}

/* Metrics */

/** `docs/metrics.md`. */
export const metricsPage = (): string => {
  const event = parseFile('src/model/event.ts')
  return page(
    'Metrics',
    `This page lists what \`/metrics\` tells Prometheus, and what the labels of skipped lines mean.

The port is opened by \`http: true\`, or by \`metrics_port\` for metrics and health alone: see [the HTTP port](http-api.md). Sums count from the start of the process. A label takes at most ${limits.httpSeriesMax.toLocaleString('en-US')} values (\`httpSeriesMax\`); what is beyond is one value, \`other\`.

${table(
  ['family', 'type', 'labels', 'what it tells'],
  families.map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(', '), help]),
)}
## Why a line or a name is skipped

The label \`reason\` of \`domainstats_skips_total\`. A line may hold no DNS question at all:

${described('reason', listOf(event, 'lineSkips'))}
A name may be one that nobody can register, or that the site ignores. Such a name never leaves the machine:

${described('reason', listOf(event, 'nameSkips'))}
And the program itself skips these:

${described('reason', listOf(event, 'pipelineSkips'))}`,
  )
}

/* Log events */

const levels = { warn: 'warning', info: 'info', none: 'counted only' } as const

/** `docs/log-events.md`. */
export const logEventsPage = (): string => {
  const kinds = withComments(variantsOf(parseFile('src/telemetry/report.ts'), 'Report')).map(variant => {
    return { ...variant, level: levels[levelOf(variant.name) ?? 'none'] }
  })
  const fieldsOf = ({ fields }: (typeof kinds)[number]): string =>
    fields
      .map(({ name, text, isOptional }) => {
        const about = [...(isOptional ? ['not always there'] : []), ...(text === '' ? [] : [text])].join('; ')
        return `${code(name)}${about === '' ? '' : ` (${about.replace(/\.$/, '')})`}`
      })
      .join(', ')
  return page(
    'Log events',
    `This page lists what the program writes to its own log, on stderr: JSON lines for a collector, sentences on a terminal.

\`kind\` names the event, \`level\` is 30 for info and 40 for a warning. \`run\` writes all of them; \`run --once\` and the other commands write warnings only. What is _counted only_ has no line in the log, but a sum in [metrics](metrics.md); of \`limit-reached\` the first of each limit is a warning.

A few lines have a \`msg\` in place of a \`kind\`: \`data-folder-made\`, \`learning for …\` at a start, \`reloaded\` or \`not reloaded: …\` (level 50) after SIGHUP, and \`stopped\` with all counters at the end.

${table(
  ['kind', 'level', 'what happened', 'fields'],
  kinds.map(kind => [code(kind.name), kind.level, kind.text, fieldsOf(kind)]),
)}`,
  )
}

/* Wrappers */

/** The table of wrappers in docs/inputs.md. */
export const wrappersTable = (): string =>
  table(
    ['key', 'who writes it'],
    wrappers.map(([key, by]) => [code(key), by]),
  )

/**
 * Replaces a generated table, between its marks, in a page written by hand.
 *
 * @throws Error if the page has no such marks
 */
export const withTable = (text: string, name: string, rows: string): string => {
  const [from, to] = [`<!-- ${name}: made by make docs -->\n`, `<!-- end of ${name} -->`]
  const start = text.indexOf(from)
  const end = text.indexOf(to)
  if (start < 0 || end < start) throw new Error(`there is no place for the table of ${name}`)
  return `${text.slice(0, start + from.length)}\n${rows}\n${text.slice(end)}`
}
