/** Asks once more about every name that has no date though it might: look-ups that failed, TLDs without RDAP. */
import { setMaxListeners } from 'node:events'
import { afterAnswer } from '../detect/alerts.js'
import { fixNamesMax, lookupsInFlightMax } from '../limits.js'
import type { SentQueries } from '../lookup/sent-queries.js'
import { unknownDomain, type Registration, type Lookup } from '../model/domain.js'
import type { SentQuery } from '../model/sent-query.js'
import type { Retry } from '../registration/ttl.js'
import type { Store } from '../store/store.js'
import type { Clock } from '../time/clock.js'
import { createWake } from '../time/wake.js'

/* An answer that was asked for beside the queue. */

/**
 * Lets the store know what a registry has answered. Whoever waits for the name, a `run` beside us too, finds the
 * answer when he looks next.
 *
 * @param now epoch ms
 * @param asked what was sent for it
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
  /** The server that will be asked for a name, as far as is known now. */
  readonly serverOf: (registrable: string) => string
  /** Look-ups to choose for a server at once; at least 1. */
  readonly aheadOf: (server: string) => number
  /** False for a name that the site ignores by now. */
  readonly mayLeave: (registrable: string) => boolean
  /** The longest time after which a failed look-up is tried again. */
  readonly failedKeptMs: number
  readonly clock: Clock
  readonly random: () => number
  /** What was sent to registries: written with what they answered. */
  readonly sent?: SentQueries
  /** Told of each name that is done with: answered, or left alone because the site ignores it. */
  readonly onName: () => void
}

/** How many names were asked for, by what was answered. */
export type Fixed = Record<Registration['kind'], number>

/** The names that wait for one server, and how many it is being asked for. */
interface Lane {
  readonly waiting: string[]
  asking: number
}

/**
 * Asks each server for as many names at a time as it may be asked for; one that lets us wait holds up no other. A name
 * whose look-up fails again stays as it is. Ends early when the signal aborts; what was answered by then is kept.
 */
export const fix = async (options: FixOptions, signal: AbortSignal): Promise<Fixed> => {
  const { store, lookup, failedKeptMs, clock, random, sent, onName } = options
  const fixed: Fixed = { registered: 0, absent: 0, unsupported: 0, failed: 0 }
  const lanes = lanesOf(options)
  const pages = pagesToFix(store)
  const underWay = new Set<Promise<void>>()
  const wake = createWake()
  const life = new AbortController()
  // Every look-up under way listens to it.
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

/** Names that wait, each for its server. */
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
    /** Takes names in as long as there is room for them. */
    fill: (pages: Iterator<readonly string[], void>): void => {
      while (count < fixNamesMax) {
        const page = pages.next()
        if (page.done === true) return
        for (const name of page.value)
          if (mayLeave(name)) put(name)
          else onName()
      }
    },
    /** A name whose server may be asked for one more, and its lane; undefined if there is none now. */
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

/** In the order of their letters: no name is given twice, and none is missed. */
function* pagesToFix(store: Store): Generator<readonly string[], void> {
  for (let after = ''; ;) {
    const page = store.dateless(after)
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    after = last
  }
}
