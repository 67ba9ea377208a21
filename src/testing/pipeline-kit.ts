/** The kit for tests of the pipeline: questions, a policy, a store, an output, and a clock. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { Committer, type Written } from '../commit/committer.js'
import type { Policy } from '../detect/policy.js'
import { riskWeights } from '../detect/risk.js'
import { unknownDomain, type KnownRegistration } from '../model/domain.js'
import type { Event } from '../model/event.js'
import type { DomainRecord } from '../model/record.js'
import { jsonFormat } from '../output/json.js'
import { openLogFile } from '../output/log-file.js'
import type { OutputFormat, Output } from '../output/output.js'
import { Outage } from '../resolve/outage.js'
import { askedBy, type Question } from '../sightings/question.js'
import { sightings } from '../sightings/sightings.js'
import { openStore, type Store } from '../store/store.js'
import type { Asked, Effects, Known } from '../store/transaction.js'
import type { Report } from '../telemetry/report.js'
import { handClock } from './hand-clock.js'

export const now = Date.UTC(2026, 10, 21, 12)
export const hour = 3_600_000
export const day = 24 * hour

export const policy: Policy = {
  establishedDays: 730,
  freqAverage: 5,
  freqWord: 4,
  dgaAlert: 60,
  freqAlerts: 'always',
  newDays: 0,
  trustDrops: new Set(['YOUNG', 'YOUR-FIRST-CONTACT']),
  riskWeights: riskWeights(),
  emit: 'distinct',
  minRisk: 0,
  maxNamesPerDomain: 100,
  holdMs: 10_000,
  responseMs: 0,
  waits: false,
  lookups: true,
  failedKeptMs: 7 * day,
  clients: { record: 'full', keptMs: 30 * day },
  newAnswerMs: undefined,
  learningUntil: 0,
  scores: () => ({}),
  mayMixServices: () => false,
  resembles: () => undefined,
  serverOf: () => 'registry.test',
  isCutOff: () => false,
  mayLeave: () => true,
}

let made = 0

/** A question for a name. Its domain is its last two labels, unless `below` says otherwise. */
export const question = (
  query: string,
  ts = now,
  below: { readonly domain?: string; readonly registrable?: string } = {},
): Question => {
  made += 1
  const domain = below.domain ?? query.split('.').slice(-2).join('.')
  const registrable = below.registrable ?? domain
  const id = made.toString(16).padStart(32, '0')
  const event: Event = {
    ...{ ts, uid: `C${made}`, query, origHost: '10.0.0.1', origPort: 53_000 },
    ...{ respHost: '10.0.0.53', respPort: 53, proto: 'udp', qtypeName: 'A', rcodeName: 'NOERROR' },
    ...{ communityId: undefined, transaction: undefined },
  }
  return {
    ...{ name: query, event, domain, registrable, unicode: undefined, sensor: undefined, source: 'log' },
    ...{ response: event, transaction: 0, isAwaited: false, id: () => id },
  }
}

export const storeIn = (t: Test, dir = t.testdir(), output = ''): Store => {
  const store = openStore(join(dir, 'domainstats.sqlite'), { output })
  t.teardown(() => store.close())
  return store
}

/** Commits questions as ingest does. Returns the effects. */
export const see = (store: Store, questions: readonly Question[], use: Partial<Policy> = {}, at = now) =>
  store.commit(askedBy(questions), known => sightings(questions, known, { ...policy, ...use }, at), at)

/** Stores a registration. */
export const putRegistration = (
  store: Store,
  domain: string,
  known: KnownRegistration,
  ...pendingAlerts: readonly string[]
) =>
  store.commit(
    { domains: [domain] },
    ({ domains }) => {
      const before = domains.get(domain) ?? unknownDomain(domain)
      const { registration } = known
      const lastDate = registration.kind === 'registered' ? registration.registered : before.lastDate
      return { domains: [{ ...before, known, pendingAlerts, lastDate }] } satisfies Effects
    },
    now,
  )

export const registered = (ageDays = 4000, freshUntil = now + day): KnownRegistration => ({
  registration: { kind: 'registered', registered: now - ageDays * day, expires: now + 300 * day },
  ...{ checked: now - 30 * day, freshUntil, failures: 0, absences: 0 },
})

/** Category, alerts and name of each record, one line each. */
export const summaryOf = ({ records }: Pick<Written, 'records'>): string[] =>
  records.map(({ facts, verdict, followupOf }) =>
    [verdict.category, ...verdict.alerts, facts.query, ...(followupOf ? ['followup'] : [])].join(' '),
  )

/** Opens what one run of the daemon has on a folder: a store, an output file, a committer. */
export const openLife = (
  t: Test,
  dir: string,
  format: OutputFormat = jsonFormat,
  wrap = (output: Output) => output,
  onRecords: (records: readonly DomainRecord[]) => void = () => undefined,
) => {
  const clock = handClock(now)
  const reports: Report[] = []
  // Each commit is reported, which no test needs.
  const telemetry = (report: Report) => {
    if (report.kind !== 'committed') reports.push(report)
  }
  const path = join(dir, 'domainstats.log')
  const store = storeIn(t, dir, path)
  const output = wrap(openLogFile({ path, durable: false, footer: format.footer, clock, telemetry }))
  t.teardown(() => output.close())
  const committer = new Committer({ store, output, format, clock, telemetry, onRecords })
  return {
    commitMsMax: Infinity,
    outage: new Outage(telemetry),
    clock,
    reports,
    telemetry,
    path,
    store,
    output,
    committer,
    written: () => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
  }
}

/** Yields to the event loop until the condition holds. */
export const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}

export const never = new AbortController().signal

/** Reads from the store. */
export const knownOf = (store: Store, asked: Asked): Known =>
  store.commit(asked, known => ({ known, domains: [] }), now).known

/** The registrables that may be looked up at `at` (epoch ms), in the order of the queue. */
export const lookupRequests = (store: Store, at: number): string[] => {
  store.commit({}, () => ({ lookupsDueBy: at }), at)
  return store.queue.servers().flatMap(server => store.queue.ready(server, 99))
}
