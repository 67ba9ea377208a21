/**
 * Pushes the counts of this sensor to the site (shared/counts.ts), in the background: of the domains that were touched lately,
 * and at the start and now and then of all those in the store of which the site does not know all. While the shared store is
 * away, nothing is done: the rows of the domains keep what is to be pushed.
 */
import { countsAtOnce, countsPushMs, countsRestMs, countsSweepMs } from '../limits.js'
import type { SensorCount, SharedCounts } from '../shared/counts.js'
import { countsPushedKey, type OwedCount, type PushedCount } from '../store/pushed-counts.js'
import type { Store } from '../store/store.js'
import type { Clock } from '../time/clock.js'

export interface CountPusherOptions {
  readonly counts: SharedCounts
  /** As in Claim. */
  readonly sensor: string
  readonly store: Pick<Store, 'pushedCounts' | 'touched' | 'siteSalt' | 'useSiteSalt' | 'meta' | 'putMeta'>
  /** Stores what was pushed. */
  readonly record: (pushed: readonly PushedCount[], signal: AbortSignal) => Promise<unknown>
  /** Does work with the store, again while the disk is full or the database is locked. */
  readonly insist: (work: () => Promise<void>, signal: AbortSignal) => Promise<unknown>
  /** False: the settings skip the domain, and nobody is told of it. */
  readonly mayLeave: (domain: string) => boolean
  /** What a site without a salt of clients' hashes takes: 64 bits in hex. */
  readonly newSalt: string
  /** Called when clients that are known in memory are to be counted anew. */
  readonly onNewSalt: () => void
  readonly clock: Clock
}

/** In place of hashes: see sightings/clients.ts. */
const isMany = (clients: Buffer | null): boolean => clients?.length === 1

const noClients = Buffer.alloc(0)

export class CountPusher {
  readonly #options: CountPusherOptions
  /** The row behind which the store is still to be searched; undefined: the search is done. */
  #searchBehind: number | undefined = 0
  #searchedAt = -Infinity

  constructor(options: CountPusherOptions) {
    this.#options = options
  }

  /** Domains that wait to be pushed, as far as they are known: the search of the store may find more. */
  waiting(): number {
    return this.#options.store.touched.count()
  }

  /** Since when the oldest of them waits, epoch ms. */
  oldest(): number | undefined {
    return this.#options.store.touched.oldest()
  }

  /** Pushes until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { counts, store, clock } = this.#options
    store.touched.watch()
    while (!signal.aborted) {
      if (!counts.isAway()) await this.push(signal)
      await clock.sleep(countsPushMs, signal)
    }
  }

  /**
   * Pushes all that the site does not know.
   *
   * @param onPushed called with how many domains were pushed, since the last call
   * @returns false if the shared store did not take all: the next push goes on there
   */
  async push(signal: AbortSignal, onPushed: (count: number) => void = () => undefined): Promise<boolean> {
    const { counts, store, clock } = this.#options
    const begun = clock.now()
    if (!(await this.#agreeOnSalt(signal))) return false
    const isOver = () => signal.aborted || counts.isAway()
    let isWhole = true
    for (let left = store.touched.count(); left > 0 && !isOver(); left -= countsAtOnce)
      isWhole =
        (await this.#pushSome(store.touched.take(Math.min(left, countsAtOnce)), onPushed, signal)) && isWhole
    isWhole = (await this.#search(onPushed, signal)) && isWhole
    if (isOver() || !isWhole) return false
    const { insist } = this.#options
    await insist(() => {
      store.putMeta(countsPushedKey, String(begun))
      return Promise.resolve()
    }, signal)
    return true
  }

  /** Pushes what a search of the store finds, if one is due. */
  async #search(onPushed: (count: number) => void, signal: AbortSignal): Promise<boolean> {
    const { counts, store, clock } = this.#options
    const isOld = Math.abs(clock.now() - this.#searchedAt) >= countsSweepMs
    if (this.#searchBehind === undefined && (store.touched.takeOverflown() || isOld)) this.#searchBehind = 0
    let isWhole = true
    while (this.#searchBehind !== undefined && !signal.aborted && !counts.isAway()) {
      const { domains, next } = store.pushedCounts.search(this.#searchBehind)
      const found = domains.map(domain => [domain, clock.now()] as const)
      for (let from = 0; from < found.length; from += countsAtOnce)
        isWhole = (await this.#pushSome(found.slice(from, from + countsAtOnce), onPushed, signal)) && isWhole
      if (found.length === 0) await clock.sleep(1, signal)
      this.#searchedAt = clock.now()
      // What an outage cut off is found again.
      if (!counts.isAway()) this.#searchBehind = next
    }
    return isWhole
  }

  /** All sensors hash their clients alike. @returns false if the shared store did not answer */
  async #agreeOnSalt(signal: AbortSignal): Promise<boolean> {
    const { counts, store, newSalt, onNewSalt, insist, clock } = this.#options
    const ours = store.siteSalt()
    const salt = await counts.salt(ours ?? newSalt)
    if (salt === undefined || signal.aborted) return false
    if (salt === ours) return true
    await insist(async () => {
      for (const steps = store.useSiteSalt(salt); steps.next().done !== true;) await clock.sleep(1, signal)
    }, signal)
    onNewSalt()
    return !signal.aborted
  }

  /** @returns whether all of them are known to the site now */
  async #pushSome(
    touched: readonly (readonly [domain: string, since: number])[],
    onPushed: (count: number) => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { store, mayLeave, record, clock } = this.#options
    const sinceOf = new Map(touched)
    const [shared, skipped] = [[] as OwedCount[], [] as OwedCount[]]
    for (const owed of store.pushedCounts.owed(sinceOf.keys()))
      (mayLeave(owed.domain) ? shared : skipped).push(owed)
    const taken = await this.#take(await this.#withBase(shared, signal))
    // Sums are pushed whole: one that is skipped now comes with the first push after the settings have changed.
    const pushed = [...taken, ...skipped.map(owed => toPushed(owed, owed.base ?? 0))]
    if (pushed.length > 0) await record(pushed, signal)
    const done = new Set(taken.map(({ row }) => row))
    const open = shared.filter(({ row }) => !done.has(row))
    for (const { domain } of open) store.touched.note(domain, sinceOf.get(domain) ?? clock.now())
    onPushed(taken.length)
    await clock.sleep(countsRestMs, signal)
    return open.length === 0
  }

  /** Asks the site what it knows of domains that may have had a row before. That is stored before anything is added to it. */
  async #withBase(owed: readonly OwedCount[], signal: AbortSignal): Promise<OwedCount[]> {
    const { counts, sensor, record } = this.#options
    const returned = owed.filter(({ base }) => base === undefined)
    const own = owed.filter(({ base }) => base !== undefined)
    if (returned.length === 0) return own
    const answers = await counts.read(returned.map(({ domain }) => domain), sensor, signal) // prettier-ignore
    const based = returned.flatMap((one, at) => {
      const answer = answers[at]
      return answer ? [{ ...one, base: answer.own }] : []
    })
    const nothing = based.map(one => ({ ...toPushed(one, one.base), queries: 0, clientsBytes: 0 }))
    if (nothing.length > 0) await record(nothing, signal)
    return [...own, ...based]
  }

  async #take(owed: readonly OwedCount[]): Promise<PushedCount[]> {
    const { counts, sensor } = this.#options
    if (owed.length === 0) return []
    const answers = await counts.push(owed.map(one => countOf(one, sensor)))
    // One that found no room among 1,000 sensors is not pushed again until it changes.
    return owed.flatMap((one, at) => (answers[at] === undefined ? [] : [toPushed(one, one.base ?? 0)]))
  }
}

const countOf = (
  { domain, queries, base = 0, lastSeen, clients }: OwedCount,
  sensor: string,
): SensorCount => ({
  ...{ domain, sensor, queries: base + queries, last: lastSeen },
  clients: clients === null || isMany(clients) ? noClients : clients,
  hasMoreClients: isMany(clients),
})

const toPushed = ({ row, domain, queries, clients }: OwedCount, base: number): PushedCount => ({
  ...{ row, domain, queries, base, clientsBytes: clients?.length ?? 0 },
})
