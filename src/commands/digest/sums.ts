/** What a digest counts of records, in bounded memory. */
import { alerts as alertList } from '../../detect/alerts.js'
import { digestAlertsMax, digestKeysMax } from '../../limits.js'
import { alertName } from '../../model/record.js'
import { serviceKinds, type ServiceKind } from '../../model/service.js'
import { toALabels } from '../../names/hostname.js'
import { serviceOf } from '../../names/services.js'
import type { LoggedRecord } from './records.js'

/** The keys that all sums of a digest may still take. */
export class KeyQuota {
  #left = digestKeysMax

  take(): boolean {
    if (this.#left === 0) return false
    this.#left -= 1
    return true
  }
}

/** How often each of many keys came. */
export class Ranking {
  readonly #counts = new Map<string, number>()
  readonly #quota: KeyQuota
  #others = 0

  constructor(quota: KeyQuota) {
    this.#quota = quota
  }

  add(key: string, by = 1): void {
    const before = this.#counts.get(key)
    if (before === undefined && !this.#quota.take()) this.#others += by
    else this.#counts.set(key, (before ?? 0) + by)
  }

  /** The sum of all that was added, without what was taken away again. */
  get sum(): number {
    let sum = Math.max(0, this.#others)
    for (const count of this.#counts.values()) sum += Math.max(0, count)
    return sum
  }

  /** The number of keys; those beyond the quota are none. */
  get size(): number {
    let size = 0
    for (const count of this.#counts.values()) if (count > 0) size += 1
    return size
  }

  /** The keys that came most, the most frequent first; of equals the first in the alphabet. */
  top(most: number): readonly (readonly [key: string, count: number])[] {
    return [...this.#counts]
      .filter(([, count]) => count > 0)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, most)
  }
}

/** An alert, a kind of service, or a reason: by domain (or service) and by client. */
export interface Sum {
  readonly what: Ranking
  readonly clients: Ranking
}

/** A domain of category NEW. */
export interface YoungDomain {
  readonly domain: string
  readonly ageDays: number
  /** The client of its first record. */
  readonly client: string | undefined
}

/** An alert other than YOUR-FIRST-CONTACT: that one alone is news. */
export const wantsLook = (alert: string): boolean => alert !== 'YOUR-FIRST-CONTACT'

/** The sums of the records of a span. */
export class Sums {
  records = 0
  firstContacts = 0
  readonly #quota = new KeyQuota()
  readonly #alerts = new Map<string, Sum>()
  readonly #services = new Map<ServiceKind, Sum>()
  readonly #young = new Map<string, YoungDomain>()
  /** Domains whose look-up failed, by reason. */
  readonly failed = this.#sum()

  add(record: LoggedRecord): void {
    const { domain, client, alerts, alertsWithdrawn, category } = record
    this.records += 1
    if (record.isFirstContact) this.firstContacts += 1
    for (const alert of alerts) this.#alert(alertName(alert), domain, client, 1)
    for (const alert of alertsWithdrawn) this.#alert(alertName(alert), domain, client, -1)
    if (category === 'NEW') this.#addYoung(record)
    if (category === 'ERROR') count(this.failed, record.reason ?? 'ERROR', domain, 1)
    if (record.service !== undefined) this.#addService(record.service, record)
  }

  /** By name, in the order of the list of alerts, then those of others. */
  alerts(): readonly (readonly [name: string, sum: Sum])[] {
    const ours: readonly string[] = alertList.map(({ name }) => name)
    const place = (name: string) => (ours.includes(name) ? ours.indexOf(name) : ours.length)
    return [...this.#alerts].filter(([, { what }]) => what.sum > 0).sort(([a], [b]) => place(a) - place(b))
  }

  /** In the order of the list of kinds. */
  services(): readonly (readonly [kind: ServiceKind, sum: Sum])[] {
    return serviceKinds.flatMap(kind => {
      const sum = this.#services.get(kind)
      return sum === undefined ? [] : [[kind, sum] as const]
    })
  }

  /** The youngest first. */
  young(): readonly YoungDomain[] {
    return [...this.#young.values()].sort((a, b) => a.ageDays - b.ageDays || (a.domain < b.domain ? -1 : 1))
  }

  #sum(): Sum {
    return { what: new Ranking(this.#quota), clients: new Ranking(this.#quota) }
  }

  /** @param by 1, or -1 for one that a follow-up takes back */
  #alert(name: string, domain: string, client: string | undefined, by: 1 | -1): void {
    let sum = this.#alerts.get(name)
    if (!sum) {
      if (this.#alerts.size >= digestAlertsMax) return
      sum = this.#sum()
      this.#alerts.set(name, sum)
    }
    count(sum, domain, client, by)
  }

  #addService(kind: ServiceKind, { query, domain, client }: LoggedRecord): void {
    const sum = this.#services.get(kind) ?? this.#sum()
    this.#services.set(kind, sum)
    // The record may be of a version whose list had the name.
    count(sum, serviceOf(toALabels(query))?.name ?? domain, client, 1)
  }

  #addYoung({ domain, ageDays = 0, client }: LoggedRecord): void {
    if (!this.#young.has(domain) && this.#quota.take()) this.#young.set(domain, { domain, ageDays, client })
  }
}

const count = ({ what, clients }: Sum, key: string, client: string | undefined, by: 1 | -1): void => {
  what.add(key, by)
  if (client !== undefined) clients.add(client, by)
}
