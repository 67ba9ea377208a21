/** `domainstats fix`: looks up once more all names without a registration date: failed look-ups, TLDs without RDAP. */
import { setMaxListeners } from 'node:events'
import { afterAnswer } from '../detect/pending-alerts.js'
import { fixNamesMax, lookupsInFlightMax } from '../limits.js'
import type { SentQueries } from '../lookup/sent-queries.js'
import { unknownDomain, type Registration, type Lookup } from '../model/domain.js'
import type { SentQuery } from '../model/sent-query.js'
import type { Retry } from '../registration/ttl.js'
import type { Store } from '../store/store.js'
import type { Clock } from '../time/clock.js'
import { createWake } from '../time/wake.js'

/**
 * Stores the answer to a look-up that did not come from the queue, and makes the name due in the queues of all outputs:
 * a resolver whose records wait for it, also one of another process, finds the answer in its next pass.
 *
 * @param now epoch ms
 * @param asked the queries that were sent for it
 */
export const storeAnswer = (
  store: Store,
  registrable: string,
  answer: Registration,
  now: number,
  retry: Pick<Retry, 'keptMsMax' | 'random'>,
  asked: readonly SentQuery[] = [],
): void => {
  store.commit(
    { domains: [registrable] },
    ({ domains }) => ({
      domains: [afterAnswer(domains.get(registrable) ?? unknownDomain(registrable), answer, now, retry)],
      askable: [registrable],
      asked,
    }),
    now,
  )
}

export interface FixOptions {
  readonly store: Store
  readonly lookup: Lookup
  /** The server that will be asked for a name, as far as known now; empty where it is not. */
  readonly serverOf: (registrable: string) => string
  /** How many look-ups of a server may be under way; at least 1. */
  readonly aheadOf: (server: string) => number
  /** False for a name that the ignore list or the zones cover. */
  readonly mayLeave: (registrable: string) => boolean
  /** The longest time until a failed look-up is tried again. */
  readonly failedKeptMs: number
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  /** Queries sent to registries: they are stored with the answers. */
  readonly sent?: SentQueries
  /** Called for each name that is done: answered, or skipped because it is ignored. */
  readonly onName: () => void
}

/** How many names were looked up, by kind of answer. */
export type Fixed = Record<Registration['kind'], number>

/** The names that wait for one server, and how many of its look-ups are under way. */
interface Lane {
  readonly waiting: string[]
  asking: number
}

/**
 * Looks the names up, in parallel within `aheadOf`: a slow server delays no other. A name whose look-up fails again stays
 * as it is. Ends early when the signal aborts, with the answers so far stored. Rejects when a look-up throws.
 */
export const fix = async (options: FixOptions, signal: AbortSignal): Promise<Fixed> => {
  const { store, lookup, failedKeptMs, clock, random, sent, onName } = options
  const fixed: Fixed = { registered: 0, absent: 0, unsupported: 0, failed: 0 }
  const lanes = lanesOf(options)
  const pages = pagesToFix(store)
  const underWay = new Set<Promise<void>>()
  const wake = createWake()
  const life = new AbortController()
  // Each look-up under way adds a listener: more than the ten from which Node warns of a leak.
  setMaxListeners(0, life.signal)
  const end = () => life.abort()
  let bug: { readonly error: unknown } | undefined

  const ask = async (name: string, lane: Lane): Promise<void> => {
    lane.asking += 1
    try {
      const answer = await lookup(name, life.signal)
      if (answer.kind !== 'failed')
        storeAnswer(
          store,
          name,
          answer,
          clock.now(),
          { keptMsMax: failedKeptMs, random: random() },
          sent?.drain(),
        )
      fixed[answer.kind] += 1
      onName()
    } catch (error) {
      if (!life.signal.aborted) bug = { error }
      end()
    } finally {
      lane.asking -= 1
      wake.call()
    }
  }

  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  while (!life.signal.aborted) {
    lanes.fill(pages)
    while (underWay.size < lookupsInFlightMax) {
      const next = lanes.next()
      if (!next) break
      const asking = ask(...next).finally(() => underWay.delete(asking))
      underWay.add(asking)
    }
    if (underWay.size === 0) break
    await wake.wait(life.signal)
  }
  signal.removeEventListener('abort', end)
  await Promise.all(underWay)
  const asked = sent?.drain() ?? []
  if (asked.length > 0) store.commit({}, () => ({ asked }), clock.now())
  if (bug) throw bug.error
  return fixed
}

/** The names to look up, by server; at most about `fixNamesMax` of them in memory. */
const lanesOf = ({ serverOf, aheadOf, mayLeave, onName }: FixOptions) => {
  const lanes = new Map<string, Lane>()
  let count = 0
  const put = (name: string): void => {
    const server = serverOf(name)
    const lane = lanes.get(server) ?? { waiting: [], asking: 0 }
    lanes.set(server, lane)
    lane.waiting.push(name)
    count += 1
  }
  return {
    /** Reads pages until `fixNamesMax` names wait. */
    fill: (pages: Iterator<readonly string[], void>): void => {
      while (count < fixNamesMax) {
        const page = pages.next()
        if (page.done === true) return
        for (const name of page.value)
          if (mayLeave(name)) put(name)
          else onName()
      }
    },
    /** A name whose server may have one more look-up, and its lane; undefined if there is none now. */
    next: (): readonly [name: string, Lane] | undefined => {
      for (const [server, lane] of lanes) {
        const name = lane.asking < aheadOf(server) ? lane.waiting.pop() : undefined
        if (name === undefined) continue
        count -= 1
        return [name, lane]
      }
      return undefined
    },
  }
}

/** Pages by alphabet, not by offset: rows that change meanwhile make no name come twice or be missed. */
function* pagesToFix(store: Store): Generator<readonly string[], void> {
  for (let after = ''; ;) {
    const page = store.dateless(after)
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    after = last
  }
}
