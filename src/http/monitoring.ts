/** `/metrics` in Prometheus' text format, `/healthz` and `/readyz`. */
import { memoryUsage } from 'node:process'
import type { FastifyInstance } from 'fastify'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { httpSeriesMax } from '../limits.js'
import type { CommandSums } from '../programs/commands.js'
import type { DaemonStatus } from '../telemetry/status.js'
import type { HttpSums } from './options.js'
import { type Failing, plainText, respond, send } from './respond.js'

type Labels = Readonly<Record<string, string>>
type Series = readonly (readonly [labels: Labels, value: number])[]

/** Sums by one label. Its values come from outside: those beyond httpSeriesMax become one series, `other`. */
const by = (label: string, sums: Iterable<readonly [string, number]>): Series => {
  const all = [...sums]
  const rest = all.slice(httpSeriesMax).reduce((sum, [, value]) => sum + value, 0)
  const shown = all.slice(0, httpSeriesMax).map(([name, value]) => [{ [label]: name }, value] as const)
  return rest === 0 ? shown : [...shown, [{ [label]: 'other' }, rest]]
}

/** Sums by two names with a blank between them, as two labels. */
const byTwo = (first: string, second: string, sums: Readonly<Record<string, number>>): Series =>
  by('key', Object.entries(sums)).map(([{ key = '' }, value]) => {
    const [, one = '', other = key] = /^(.*) (\S+)$/.exec(key) ?? []
    return [{ [first]: one, [second]: other }, value]
  })

const one = (value: number): Series => [[{}, value]]

type Metric<Sums = DaemonStatus> = readonly [
  name: string,
  help: string,
  labels: readonly string[],
  of: (sums: Sums) => Series,
]

const counters: readonly Metric[] = [
  ['lines', 'Log lines read.', [], s => one(s.lines)],
  ['questions', 'Questions found in them, or asked over HTTP.', [], s => one(s.questions)],
  [
    'skips',
    'Lines and names that hold no event, by reason.',
    ['reason'],
    s => by('reason', Object.entries(s.skips)),
  ],
  ['input_lines', 'Log lines read, by input.', ['input'], s => by('input', Object.entries(s.inputLines))],
  [
    'input_not_understood',
    'Log lines that were not understood, by input.',
    ['input'],
    s => by('input', Object.entries(s.notUnderstood)),
  ],
  ['records', 'Records written.', ['category'], s => by('category', Object.entries(s.records))],
  ['alerts', 'Alerts in records.', ['alert'], s => by('alert', Object.entries(s.alerts))],
  ['muted', 'Records from which mutes took alerts.', [], s => one(s.muted)],
  ['lookups', 'Look-ups.', ['server', 'outcome'], s => byTwo('server', 'outcome', s.lookups)],
  [
    'isc_commands',
    'Commands to the ISC server, by what came of them; `none` where there was none to answer.',
    ['command', 'result'],
    s => byTwo('command', 'result', s.iscCommands),
  ],
  ['limits', 'How often each limit was reached.', ['limit'], s => by('limit', Object.entries(s.limits))],
  [
    'sink_records',
    'Records handed to a sink, dropped, or skipped.',
    ['sink', 'result'],
    s => byTwo('sink', 'result', s.sinks),
  ],
  [
    'shared',
    'Claims, leases, answers and turns that the shared store was asked for, and counts that it was told, by result; foreign values found there.',
    ['what', 'result'],
    s => byTwo('what', 'result', s.shared),
  ],
  [
    'enriched',
    'Questions to commands about records, by entry of `enrich` and result.',
    ['entry', 'result'],
    s => byTwo('entry', 'result', s.enriched),
  ],
  ['answered', 'Questions, by what answered them.', ['by'], s => by('by', Object.entries(s.efficiency))],
  ['input_missed', 'Spans of time for which the logs of an input were gone.', [], s => one(s.missed.spans)],
  ['input_missed_seconds', 'Total length of these spans.', [], s => one(s.missed.seconds)],
  ['input_lost', 'Logs that disappeared before they were read to their end.', [], s => one(s.lost.logs)],
  ['input_lost_bytes', 'Bytes of them that were known to be unread.', [], s => one(s.lost.bytes)],
  ['evicted', 'Domains evicted from the full store.', [], s => one(s.evicted)],
  ['commits', 'Transactions.', [], s => one(s.commits.count)],
  ['commit_seconds', 'Time spent in transactions.', [], s => one(s.commits.seconds)],
]

const inputs = (of: (input: DaemonStatus['inputs'][number]) => number) => (s: DaemonStatus) =>
  by(
    'input',
    s.inputs.map(input => [input.path, of(input)] as const),
  )

const gauges: readonly Metric[] = [
  ['lookups_queued', 'Names that wait for a look-up.', [], s => one(s.lookupsQueued)],
  ['records_held', 'Records that wait for their registration.', [], s => one(s.recordsPending)],
  ['followups_owed', 'Follow-ups that are still to come.', [], s => one(s.followupsDue)],
  ['shared_away', '1 while the store that sensors share cannot be used.', [], s => one(Number(s.sharedAway))],
  [
    'claims_open',
    'First contacts whose claim the shared store has not answered.',
    [],
    s => one(s.claimsOpen),
  ],
  [
    'enrichments_open',
    'Records about which commands are still to be asked.',
    [],
    s => one(s.enrichmentsOpen),
  ],
  [
    'counts_waiting',
    'Domains whose counts are to be pushed to the shared store. After a start they are searched for.',
    [],
    s => one(s.countsWaiting),
  ],
  [
    'counts_waiting_seconds',
    'For how long the oldest of them has waited: more than two minutes is an outage.',
    [],
    s => one(s.countsWaitingSeconds),
  ],
  [
    'facts_waiting',
    'Names whose facts of passive DNS are to be pushed to the shared store. After a start they are searched for.',
    [],
    s => one(s.factsWaiting),
  ],
  [
    'facts_waiting_seconds',
    'For how long the oldest of them has waited: more than two minutes is an outage.',
    [],
    s => one(s.factsWaitingSeconds),
  ],
  ['domains', 'Domains in the store.', [], s => one(s.domains)],
  ['domains_max', 'The number of domains from which on old ones are evicted.', [], s => one(s.domainsMax)],
  ['commit_longest_seconds', 'The longest transaction.', [], s => one(s.commits.longestSeconds)],
  [
    'input_lag_bytes',
    'Bytes that are not read yet, as of the last look at the input.',
    ['input'],
    inputs(input => input.lagBytes),
  ],
  [
    'input_lag_seconds',
    'Age of the oldest byte that is not read yet.',
    ['input'],
    inputs(input => input.lagSeconds),
  ],
  [
    'sink_waiting_bytes',
    'Bytes that wait for a sink.',
    ['sink'],
    s =>
      by(
        'sink',
        s.sinkStates.map(({ name, waitingBytes }) => [name, waitingBytes] as const),
      ),
  ],
  [
    'sink_down',
    '1 while a sink takes no records.',
    ['sink'],
    s =>
      by(
        'sink',
        s.sinkStates.map(({ name, isDown }) => [name, Number(isDown)] as const),
      ),
  ],
  [
    'stalled',
    '1 while the database (store) or the log of records (output) cannot be written.',
    ['of'],
    s =>
      by(
        'of',
        Object.entries(s.stalled).map(([of, isStalled]) => [of, Number(isStalled)] as const),
      ),
  ],
  ['ready', '1 if the daemon is ready, as /readyz says.', [], s => one(s.problems.length === 0 ? 1 : 0)],
]

const httpCounters: readonly Metric<HttpSums>[] = [
  ['http_requests', 'HTTP requests.', [], ({ counts }) => one(counts.requests)],
  ['http_refused', 'HTTP requests refused, by reason.', ['reason'], s => by('reason', s.counts.refused)],
  ['http_answers', 'Names answered over HTTP.', ['category'], ({ asks }) => by('category', asks.answers)],
]

/** Sums of commands, by the name that the settings give each. */
const commandMetric = (
  name: string,
  help: string,
  of: (sums: CommandSums) => number,
): Metric<readonly CommandSums[]> => [
  name,
  help,
  ['command'],
  all =>
    by(
      'command',
      all.map(sums => [sums.command, of(sums)] as const),
    ),
]

const commandCounters: readonly Metric<readonly CommandSums[]>[] = [
  commandMetric('command_runs', 'Runs of a command that ended.', s => s.runs),
  commandMetric('command_failed', 'Runs that failed, or could not begin.', s => s.failed),
  commandMetric('command_cached', 'Questions that were answered from the cache.', s => s.cached),
  commandMetric('command_shared', 'Questions that waited for the run of another one.', s => s.shared),
  commandMetric(
    'command_refused',
    'Questions that were refused: the value, a full queue, or a server that is left alone.',
    s => s.refused,
  ),
]

const commandGauges: readonly Metric<readonly CommandSums[]>[] = [
  commandMetric('command_running', 'Runs of a command that are under way.', s => s.running),
  commandMetric('command_waiting', 'Values that wait for their run.', s => s.waiting),
]

const httpGauges: readonly Metric<HttpSums>[] = [
  ['http_waiting', 'Names whose HTTP request waits for an answer.', [], ({ asks }) => one(asks.underWay())],
  ['memory_resident_bytes', 'Memory of the process.', [], () => one(memoryUsage.rss())],
  ['memory_heap_bytes', 'Memory of the JavaScript heap.', [], () => one(memoryUsage().heapUsed)],
]

/** Numbers from 0 on, by how often each came. */
type HistogramMetric = readonly [
  name: string,
  help: string,
  buckets: readonly number[],
  of: (status: DaemonStatus) => readonly number[],
]

const histograms: readonly HistogramMetric[] = [
  ['record_risk', 'Records by their risk.', [10, 20, 30, 40, 50, 60, 70, 80, 90, 100], s => s.risks],
]

interface Family {
  /** In full: `domainstats_lines_total`. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

const familyOf = (type: Family['type'], [name, help, labels]: Metric<never>): Family => ({
  ...{ name: `domainstats_${name}${type === 'counter' ? '_total' : ''}`, type, help, labels },
})

const histogramFamilyOf = ([name, help]: HistogramMetric): Family => ({
  ...{ name: `domainstats_${name}`, type: 'histogram', help, labels: [] },
})

/** Every family of `/metrics`, for docs/metrics.md. */
export const families: readonly Family[] = [
  ...[...counters, ...httpCounters, ...commandCounters].map(metric => familyOf('counter', metric)),
  ...[...gauges, ...httpGauges, ...commandGauges].map(metric => familyOf('gauge', metric)),
  ...histograms.map(histogramFamilyOf),
]

/** Opens a registry of all metrics. It keeps no values but those of histograms: each scrape reads the sums. */
export const createMetrics = (
  status: () => DaemonStatus,
  sums: HttpSums,
  commands: () => readonly CommandSums[],
) => {
  const registry = new Registry()
  const filled: ((status: DaemonStatus) => void)[] = []
  const config = ({ name, help, labels }: Family) => ({
    ...{ name, help, labelNames: [...labels], registers: [registry] },
  })
  const count = <Sums>(metric: Metric<Sums>, of: (status: DaemonStatus) => Sums) => {
    const counter = new Counter(config(familyOf('counter', metric)))
    filled.push(now => {
      counter.reset()
      for (const [labels, value] of metric[3](of(now))) counter.inc(labels, value)
    })
  }
  const measure = <Sums>(metric: Metric<Sums>, of: (status: DaemonStatus) => Sums) => {
    const gauge = new Gauge(config(familyOf('gauge', metric)))
    filled.push(now => {
      gauge.reset()
      for (const [labels, value] of metric[3](of(now))) gauge.set(labels, value)
    })
  }
  const distribute = (metric: HistogramMetric) => {
    const [, , buckets, of] = metric
    const histogram = new Histogram({ ...config(histogramFamilyOf(metric)), buckets: [...buckets] })
    const told: number[] = []
    filled.push(now => {
      // It takes one observation at a time: those since the last scrape.
      for (const [value, total] of of(now).entries()) {
        for (let n = told[value] ?? 0; n < total; n += 1) histogram.observe(value)
        told[value] = total
      }
    })
  }
  for (const metric of counters) count(metric, now => now)
  for (const metric of httpCounters) count(metric, () => sums)
  for (const metric of commandCounters) count(metric, commands)
  for (const metric of gauges) measure(metric, now => now)
  for (const metric of httpGauges) measure(metric, () => sums)
  for (const metric of commandGauges) measure(metric, commands)
  for (const metric of histograms) distribute(metric)
  return {
    contentType: registry.contentType,
    text: (): Promise<string> => {
      const now = status()
      for (const fill of filled) fill(now)
      return registry.metrics()
    },
  }
}

export const addMetricsRoute = (
  app: FastifyInstance,
  status: () => DaemonStatus,
  sums: HttpSums,
  commands: () => readonly CommandSums[],
  failing: Failing,
): void => {
  const metrics = createMetrics(status, sums, commands)
  app.get('/metrics', (_, reply) => {
    reply.hijack()
    metrics
      .text()
      .then(text => respond(reply.raw, 200, metrics.contentType, text))
      .catch(failing(reply.raw))
  })
}

export const addHealthRoutes = (app: FastifyInstance, status: () => DaemonStatus): void => {
  app.get('/healthz', (_, reply) => send(reply, 200, plainText, 'ok\n'))
  app.get('/readyz', (_, reply) => {
    const { problems, warnings } = status()
    const warned = warnings.map(warning => `warning: ${warning}`)
    if (problems.length === 0) send(reply, 200, plainText, lines(['ready', ...warned]))
    else send(reply, 503, plainText, lines([...problems, ...warned]))
  })
}

const lines = (texts: readonly string[]): string => texts.map(text => `${text}\n`).join('')
