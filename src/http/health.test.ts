/** `/metrics`, `/healthz` and `/readyz`. */
import t from 'tap'
import { httpSeriesMax } from '../limits.js'
import { commandsOf } from '../programs/testing/commands.js'
import type { DaemonStatus } from '../telemetry/status.js'
import { idle, openPort, sans } from './testing/port.js'

const busy: DaemonStatus = {
  lines: 100,
  questions: 90,
  skips: { comment: 8, 'no-query': 2 },
  inputLines: { '/logs': 90, '/other': 0 },
  notUnderstood: { '/logs': 4 },
  records: { NEW: 3, PENDING: 1 },
  alerts: { 'YOUR-FIRST-CONTACT': 3, 'odd "one"\n\\': 1 },
  muted: 12,
  // Two records of risk 0, one of 10, one of 19.
  risks: [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  lookups: { 'rdap.test registered': 7, 'rdap.test timeout': 2, odd: 1 },
  iscCommands: { 'query NEW': 3, 'none token': 1 },
  limits: { lineBytesMax: 1 },
  efficiency: { silent: 5, known: 4, expired: 3, unknown: 2 },
  sinks: { 'siem sent': 5, 'siem dropped': 2 },
  shared: { 'claim answered': 3, 'lease taken': 1 },
  enriched: { 'otx answered': 2 },
  missed: { spans: 2, seconds: 7200 },
  lost: { logs: 3, bytes: 4096 },
  lookupsQueued: 6,
  recordsPending: 7,
  followupsDue: 8,
  sharedAway: true,
  claimsOpen: 4,
  enrichmentsOpen: 5,
  countsWaiting: 11,
  countsWaitingSeconds: 12.5,
  factsWaiting: 13,
  factsWaitingSeconds: 14.5,
  domains: 9,
  domainsMax: 10,
  evicted: 2,
  commits: { count: 10, seconds: 0.5, longestSeconds: 0.25 },
  inputs: [{ path: '/logs/dns.log', lagBytes: 11, lagSeconds: 1.5 }],
  sinkStates: [
    { name: 'siem', waitingBytes: 1234, isDown: true },
    { name: 'loki', waitingBytes: 0, isDown: false },
  ],
  stalled: { store: true, output: false },
  problems: ['the disk is full', 'no output'],
  warnings: ['the store fills up'],
}

const samples = (text: string) => text.split('\n').filter(line => /^[a-z]/.test(line))

void t.test('/metrics has the sums of each command', async t => {
  const declared = (name: string) => ({ argv: [name, '{value}'], accepts: 'host' })
  const commands = await commandsOf(t, { ok: declared('true'), no: declared('false') })
  const { get } = await openPort(t, {}, { commands })
  for (const path of ['ok/a', 'ok/a', 'ok/-x', 'no/a']) await get(`/commands/${path}`)
  const told = samples((await get('/metrics')).body).filter(line => line.startsWith('domainstats_command_'))
  t.same(
    told,
    [
      ...['runs_total{command="ok"} 1', 'runs_total{command="no"} 1'],
      ...['failed_total{command="ok"} 0', 'failed_total{command="no"} 1'],
      ...['cached_total{command="ok"} 1', 'cached_total{command="no"} 0'],
      ...['shared_total{command="ok"} 0', 'shared_total{command="no"} 0'],
      ...['refused_total{command="ok"} 1', 'refused_total{command="no"} 0'],
      ...['running{command="ok"} 0', 'running{command="no"} 0'],
      ...['waiting{command="ok"} 0', 'waiting{command="no"} 0'],
    ].map(rest => `domainstats_command_${rest}`),
  )
})

void t.test('/metrics has every family', async t => {
  const { get } = await openPort(t, { 'sans.org': sans }, { status: () => busy })
  for (const path of ['/sans.org', '/other', '/a/b']) await get(path)
  await get('/sans.org', { method: 'DELETE' })
  const { status, body, headers } = await get('/metrics')
  t.equal(status, 200)
  t.match(headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const told = samples(body).map(line => line.replace(/^(domainstats_memory\S+) [1-9]\d+$/, '$1 SOME'))
  t.same(told, [
    'domainstats_lines_total 100',
    'domainstats_questions_total 90',
    'domainstats_skips_total{reason="comment"} 8',
    'domainstats_skips_total{reason="no-query"} 2',
    'domainstats_input_lines_total{input="/logs"} 90',
    'domainstats_input_lines_total{input="/other"} 0',
    'domainstats_input_not_understood_total{input="/logs"} 4',
    'domainstats_records_total{category="NEW"} 3',
    'domainstats_records_total{category="PENDING"} 1',
    'domainstats_alerts_total{alert="YOUR-FIRST-CONTACT"} 3',
    'domainstats_alerts_total{alert="odd \\"one\\"\\n\\\\"} 1',
    'domainstats_muted_total 12',
    'domainstats_lookups_total{server="rdap.test",outcome="registered"} 7',
    'domainstats_lookups_total{server="rdap.test",outcome="timeout"} 2',
    'domainstats_lookups_total{server="",outcome="odd"} 1',
    'domainstats_isc_commands_total{command="query",result="NEW"} 3',
    'domainstats_isc_commands_total{command="none",result="token"} 1',
    'domainstats_limits_total{limit="lineBytesMax"} 1',
    'domainstats_sink_records_total{sink="siem",result="sent"} 5',
    'domainstats_sink_records_total{sink="siem",result="dropped"} 2',
    'domainstats_shared_total{what="claim",result="answered"} 3',
    'domainstats_shared_total{what="lease",result="taken"} 1',
    'domainstats_enriched_total{entry="otx",result="answered"} 2',
    ...['silent"} 5', 'known"} 4', 'expired"} 3', 'unknown"} 2'].map(
      rest => `domainstats_answered_total{by="${rest}`,
    ),
    'domainstats_input_missed_total 2',
    'domainstats_input_missed_seconds_total 7200',
    'domainstats_input_lost_total 3',
    'domainstats_input_lost_bytes_total 4096',
    'domainstats_evicted_total 2',
    'domainstats_commits_total 10',
    'domainstats_commit_seconds_total 0.5',
    'domainstats_http_requests_total 5',
    'domainstats_http_refused_total{reason="method"} 1',
    'domainstats_http_answers_total{category="ESTABLISHED"} 1',
    'domainstats_http_answers_total{category="none"} 1',
    'domainstats_lookups_queued 6',
    'domainstats_records_held 7',
    'domainstats_followups_owed 8',
    'domainstats_shared_away 1',
    'domainstats_claims_open 4',
    'domainstats_enrichments_open 5',
    'domainstats_counts_waiting 11',
    'domainstats_counts_waiting_seconds 12.5',
    'domainstats_facts_waiting 13',
    'domainstats_facts_waiting_seconds 14.5',
    'domainstats_domains 9',
    'domainstats_domains_max 10',
    'domainstats_commit_longest_seconds 0.25',
    'domainstats_input_lag_bytes{input="/logs/dns.log"} 11',
    'domainstats_input_lag_seconds{input="/logs/dns.log"} 1.5',
    'domainstats_sink_waiting_bytes{sink="siem"} 1234',
    'domainstats_sink_waiting_bytes{sink="loki"} 0',
    'domainstats_sink_down{sink="siem"} 1',
    'domainstats_sink_down{sink="loki"} 0',
    'domainstats_stalled{of="store"} 1',
    'domainstats_stalled{of="output"} 0',
    'domainstats_ready 0',
    'domainstats_http_waiting 0',
    'domainstats_memory_resident_bytes SOME',
    'domainstats_memory_heap_bytes SOME',
    'domainstats_record_risk_bucket{le="10"} 3',
    ...[20, 30, 40, 50, 60, 70, 80, 90, 100, '+Inf'].map(
      le => `domainstats_record_risk_bucket{le="${le}"} 4`,
    ),
    'domainstats_record_risk_sum 29',
    'domainstats_record_risk_count 4',
  ])
  t.same(
    samples((await get('/metrics')).body).filter(line => line.startsWith('domainstats_lines')),
    ['domainstats_lines_total 100'],
    'a second scrape adds nothing',
  )
})

void t.test('the number of series is bounded', async t => {
  const alerts = Object.fromEntries(Array.from({ length: httpSeriesMax + 5 }, (_, i) => [`A${i}`, 2]))
  const { get } = await openPort(t, {}, { status: () => ({ ...idle, alerts }) })
  const told = samples((await get('/metrics')).body).filter(line =>
    line.startsWith('domainstats_alerts_total'),
  )
  t.equal(told.length, httpSeriesMax + 1)
  t.equal(told.at(-1), 'domainstats_alerts_total{alert="other"} 10')
})

void t.test('/healthz answers, and /readyz says why the daemon is not ready', async t => {
  let status = idle
  const { get } = await openPort(t, {}, { status: () => status })
  t.match(await get('/readyz'), { status: 200, body: 'ready\n' })
  status = { ...idle, warnings: ['the store fills up'] }
  t.match(await get('/readyz'), { status: 200, body: 'ready\nwarning: the store fills up\n' })
  status = busy
  t.match(await get('/readyz'), {
    status: 503,
    body: 'the disk is full\nno output\nwarning: the store fills up\n',
  })
  t.match(await get('/healthz'), { status: 200, body: 'ok\n' })
})

void t.test('two ports count separately', async t => {
  const [one, other] = [await openPort(t), await openPort(t)]
  await one.get('/sans.org')
  t.match((await one.get('/metrics')).body, /^domainstats_http_requests_total 2$/m)
  t.match((await other.get('/metrics')).body, /^domainstats_http_requests_total 1$/m)
})
