/** Adds up reports to the sums behind `/metrics`, the end-of-run summary and the ISC's STATUS. */
import { alertName, type DomainRecord } from '../model/record.js'
import type { Report } from './report.js'

/** Sums by name. */
class Sums {
  readonly #sums = new Map<string, number>()

  add(name: string, by = 1): void {
    this.#sums.set(name, (this.#sums.get(name) ?? 0) + by)
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#sums].sort(([, a], [, b]) => b - a))
  }
}

const unread = new Set<Report['kind']>(['input-unreadable', 'input-missing', 'input-refused'])

export class Counters {
  lines = 0
  questions = 0
  timesCorrected = 0
  /** Records from which mutes took alerts. */
  muted = 0
  /** Inputs that could not be read, or not to their end. */
  unreadable = 0
  /** Spans of time for which the logs of an input were gone after a stop, and their total length. */
  readonly missed = { spans: 0, seconds: 0 }
  /** Logs that disappeared before they were read to their end, and their bytes known to be unread. */
  readonly lost = { logs: 0, bytes: 0 }
  readonly commits = { count: 0, seconds: 0, longestSeconds: 0 }
  /** The last failure of the disk or the database, epoch ms. */
  stall: { readonly at: number; readonly of: 'store' | 'output'; readonly problem: string } | undefined
  readonly skips = new Sums()
  /** By input, as configured. */
  readonly inputLines = new Sums()
  readonly notUnderstood = new Sums()
  readonly records = new Sums()
  readonly alerts = new Sums()
  /** Records by their risk, from 0 to riskMax. */
  readonly risks = new Sums()
  /** By `server outcome`. */
  readonly lookups = new Sums()
  /** Commands to our ISC server, by `command result`. */
  readonly iscCommands = new Sums()
  /** How often each limit was reached. */
  readonly limits = new Sums()
  /** Records, by `sink result`. */
  readonly sinks = new Sums()
  /** What the shared store was asked for, by `what result`. */
  readonly shared = new Sums()
  /** Questions of `enrich`, by `entry result`. */
  readonly enriched = new Sums()

  /** @param at epoch ms of the report */
  count(report: Report, at: number): void {
    if (unread.has(report.kind)) this.unreadable += 1
    if (report.kind === 'batch') {
      this.lines += report.lines
      this.questions += report.questions
      for (const [reason, by] of report.skips) this.skips.add(reason, by)
      for (const [input, by] of report.inputLines) this.inputLines.add(input, by)
      for (const [input, by] of report.notUnderstood) this.notUnderstood.add(input, by)
    } else if (report.kind === 'alerts-muted') this.muted += report.records
    else if (report.kind === 'times-corrected') this.timesCorrected += report.count
    else if (report.kind === 'limit-reached') this.limits.add(report.limit, report.count)
    else if (report.kind === 'looked-up') this.lookups.add(`${report.server} ${report.outcome}`)
    else if (report.kind === 'isc-asked') this.iscCommands.add(`${report.command} ${report.result}`)
    else if (report.kind === 'committed') this.#commit(report.ms)
    else if (report.kind === 'sink-sent') this.sinks.add(`${report.sink} sent`, report.records)
    else if (report.kind === 'sink-dropped') this.sinks.add(`${report.sink} dropped`, report.records)
    else if (report.kind === 'sink-skipped') this.sinks.add(`${report.sink} skipped`, report.records)
    else if (report.kind === 'shared-asked') this.shared.add(`${report.what} ${report.result}`, report.count)
    else if (report.kind === 'shared-foreign') this.shared.add('value foreign')
    else if (report.kind === 'enriched') this.enriched.add(`${report.entry} ${report.result}`)
    else if (report.kind === 'input-missed') {
      this.missed.spans += 1
      this.missed.seconds += report.seconds
    } else if (report.kind === 'input-lost') {
      this.lost.logs += 1
      this.lost.bytes += report.bytes ?? 0
    } else if (report.kind === 'store-stalled' || report.kind === 'output-stalled')
      this.stall = {
        ...{ at, problem: `${report.kind}: ${report.error}` },
        of: report.kind === 'store-stalled' ? 'store' : 'output',
      }
  }

  #commit(ms: number): void {
    this.commits.count += 1
    this.commits.seconds += ms / 1000
    this.commits.longestSeconds = Math.max(this.commits.longestSeconds, ms / 1000)
  }

  countRecords(records: readonly DomainRecord[]): void {
    for (const { verdict } of records) {
      this.records.add(verdict.category)
      this.risks.add(String(verdict.risk))
      // Without the text behind the name: `YOUNG:3d` would give a series for each age.
      for (const alert of verdict.alerts) this.alerts.add(alertName(alert))
    }
  }
}

/** Questions, by what answered them. */
export interface Efficiency {
  /** Suppressed: the name was written in this window. */
  silent: number
  /** The registration was known. */
  known: number
  /** The registration was known, but its TTL was over. */
  expired: number
  unknown: number
}

export const emptyEfficiency = (): Efficiency => ({ silent: 0, known: 0, expired: 0, unknown: 0 })

export const addEfficiency = (sum: Efficiency, more: Readonly<Efficiency>): void => {
  sum.silent += more.silent
  sum.known += more.known
  sum.expired += more.expired
  sum.unknown += more.unknown
}

/** The figures of STATUS. Clients of the ISC have a cache before a database; our cache is suppression. */
export const iscCounts = ({ silent, known, expired, unknown }: Readonly<Efficiency>) => ({
  cache: [silent, known + unknown, expired] as const,
  database: [known, expired + unknown] as const,
})
