/** `domainstats query`: answers as over HTTP. Beside a live `run`, that one writes the records. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Answering } from '../ask/ask.js'
import { siteCountsBy } from '../ask/site-counts.js'
import { createDeferredCommitter } from '../commit/deferred.js'
import type { Config } from '../config/schema.js'
import { queryWaitMs } from '../limits.js'
import type { RegistrationState } from '../model/domain.js'
import type { NameAnswer } from '../model/record.js'
import { nameOfText } from '../names/canonical.js'
import { suffixesOf, toALabels } from '../names/hostname.js'
import type { Reduced } from '../names/psl.js'
import { registrationStateOf } from '../registration/ttl.js'
import { storeAnswer } from '../resolve/fix.js'
import { claimedLater } from '../sightings/claims.js'
import { openReader, mayWrite } from '../store/reader.js'
import { originKey } from '../store/schema.js'
import { openStore, type Store } from '../store/store.js'
import { addEfficiency } from '../telemetry/counters.js'
import type { Clock } from '../time/clock.js'
import { mostAskedKey, openLookalikes } from './lookalikes.js'
import { reducerBy } from './names.js'
import { loadJudging, openJudging, type World } from './parts.js'
import { sharingAlone, sharingOrAlone } from './shared.js'

/*
 * For `--peek` by a user who may not write to the data folder: a store in memory, into which the domains asked for are
 * copied. Answers of registries are kept in it until the program ends.
 */

export interface Peeking {
  readonly store: Store
  /** Copies these domains from the data folder, and the tags of names (in canonical text) and of those above them. */
  readonly bring: (names: Iterable<string>, tagged?: Iterable<string>) => void
  readonly close: () => void
}

/** Keys in meta that matter for answers: the first start, the RDAP bootstrap file, what look-alikes are found of, and which sensor it is. */
const kept = ['started', 'rdap-bootstrap', mostAskedKey, originKey]

/** @throws as openReader */
export const openPeeking = async (path: string, clock: Clock, signal: AbortSignal): Promise<Peeking> => {
  const reader = existsSync(path) ? await openReader(path, signal) : undefined
  const store = openStore(':memory:')
  for (const key of kept) {
    const value = reader?.meta(key)
    if (value !== undefined) store.putMeta(key, value)
  }
  return {
    store,
    bring: (names, tagged = []) => {
      // A domain that is here already may be newer: it may have been looked up.
      const unknown = [...new Set(names)].filter(name => store.domain(name) === undefined)
      const domains = unknown.flatMap(name => reader?.domain(name) ?? [])
      if (domains.length > 0) store.commit({}, () => ({ domains }), clock.now())
      const above = [...tagged].flatMap(name => [...suffixesOf(toALabels(name))])
      const tags = [...new Set(above)].flatMap(name => reader?.tags.of({ kind: 'name', name }) ?? [])
      if (tags.length > 0) store.putTags(tags)
    },
    close: () => {
      store.close()
      reader?.close()
    },
  }
}

export interface QuerySettings {
  readonly config: Config
  /** The data folder; undefined for a store in memory; then no question counts as a contact. */
  readonly dir: string | undefined
  /** No question counts as a contact. */
  readonly peek: boolean
  /** False: no look-ups. */
  readonly lookup: boolean
  /** Told why nothing is shared, if the settings say that it is. */
  readonly onAlone: (error: unknown) => void
}

/** Opens the store, and what it shares with the site. */
const openToAsk = async (
  { config, dir, peek, lookup, onAlone }: QuerySettings,
  world: World,
  signal: AbortSignal,
) => {
  const path = dir === undefined ? ':memory:' : join(dir, 'domainstats.sqlite')
  const isCopy = dir !== undefined && peek && !mayWrite(path)
  const peeking = isCopy ? await openPeeking(path, world.clock, signal) : undefined
  const store = peeking?.store ?? openStore(path, { durable: config.fsync === 'always' })
  const asks = lookup && config.mode !== 'off'
  const sharing =
    asks || config.shared.counts
      ? await sharingOrAlone({ ...world, config, dir, store, asks }, onAlone)
      : sharingAlone(world.clock)
  const close = async (): Promise<void> => {
    await sharing.close()
    const closeStore = peeking?.close ?? store.close
    closeStore()
  }
  return { store, peeking, sharing, close }
}

/**
 * Opens a session on the store of a data folder, or on a new store.
 *
 * @throws Error if the store cannot be opened, or the ISC refuses this client
 */
export const openQuery = async (settings: QuerySettings, world: World, signal: AbortSignal) => {
  const { dir, lookup } = settings
  const peek = settings.peek || dir === undefined
  // Without look-ups a contact must not wait for an answer in the store.
  const config = lookup || peek ? settings.config : { ...settings.config, mode: 'off' as const }
  const { clock, random, telemetry } = world
  const { scores, services, own } = await loadJudging(config, dir)
  const reducer = await reducerBy(config, dir)
  const { store, peeking, sharing, close } = await openToAsk({ ...settings, peek }, world, signal)
  const mayLeave = (name: string) => typeof reducer.reduce(name) !== 'string'
  const { resembles } = await openLookalikes(own, store)
  const names = { scores, resembles, mayLeave }
  const judged = { config, services, store, names, sharing, asks: lookup, baseline: false }
  const judging = await openJudging({ ...judged, ...world, signal })
  const { registries, policy, efficiency, sent } = judging
  const underWay = new Set<Promise<void>>()

  const lookUp = async (registrable: string): Promise<void> => {
    const answer = await registries.lookup(registrable, signal)
    const retry = { keptMsMax: policy.failedKeptMs, random: random() }
    storeAnswer(store, registrable, answer, clock.now(), retry, sent.drain())
    answering.settled([registrable])
  }
  const onLookupRequests = (registrables: readonly string[]) => {
    for (const registrable of registrables) {
      const asked = lookUp(registrable).catch((error: unknown) => {
        // After the signal aborted, failures are expected.
        if (!signal.aborted) telemetry({ kind: 'lookup-crashed', registrable, error: String(error) })
      })
      underWay.add(asked)
      void asked.finally(() => underWay.delete(asked))
    }
  }
  const answering = new Answering({
    ...{ store, policy, clock, random, signal },
    claims: config.shared.url === undefined ? undefined : claimedLater(config.hold_seconds * 1000),
    committer: createDeferredCommitter({ store, clock, lookups: policy.lookups, onLookupRequests }),
    reduce: query => reducer.reduce(query),
    onWaiting: () => undefined,
    onEfficiency: batch => addEfficiency(efficiency, batch),
  })
  const stateOf = (name: string) => registrationStateOf(name, store.registrationOf(name), policy, clock.now())
  const asking = { peek, lookup: lookup && policy.lookups, source: 'query', waitMs: queryWaitMs } as const
  if (policy.lookups)
    await registries.start(signal).catch(async (error: unknown) => {
      await close()
      throw error
    })

  const { counts, sensor } = sharing
  const askSite = counts && sensor !== undefined ? siteCountsBy(counts, sensor, clock) : undefined

  return {
    /** The number of registries that will be asked about these names, as far as it is known now. */
    registriesOf: (names: readonly string[]): number => {
      const reduced = names.map(name => reducer.reduce(nameOfText(name)))
      return serversOf(reduced, stateOf, registries.serverOf).size
    },
    hostsCount: registries.hostsCount,
    sent,
    /** What the site has counted of domains; undefined if no counts are shared. */
    askSite: (domains: readonly string[]) => askSite?.(domains, signal),
    /** Answers the names in their order; a name without an answer after queryWaitMs is PENDING. */
    ask: (names: readonly string[]): Promise<NameAnswer[]> => {
      bringWhatIsAsked(peeking, names.map(nameOfText), name => reducer.reduce(name))
      return Promise.all(names.map(name => answering.ask(name, asking, signal)))
    },
    /** Waits for the look-ups under way, whose answers are stored, and closes the store. */
    close: async (): Promise<void> => {
      await answering.close()
      await Promise.all(underWay)
      const asked = sent.drain()
      if (asked.length > 0) store.commit({}, () => ({ asked }), clock.now())
      await close()
    },
  }
}

/** The servers to ask. For a name whose server is not known yet, its TLD counts as one. */
const serversOf = (
  names: readonly (Reduced | string)[],
  stateOf: (registrable: string) => RegistrationState,
  serverOf: (registrable: string) => string,
): Set<string> => {
  const unknown = names
    .flatMap(reduced => (typeof reduced === 'string' ? [] : [reduced.registrable]))
    .filter(name => stateOf(name).kind === 'pending')
  return new Set(unknown.map(name => serverOf(name) || name.slice(name.lastIndexOf('.'))))
}

/** Copies what is known of names (in canonical text). */
const bringWhatIsAsked = (
  peeking: Peeking | undefined,
  names: readonly string[],
  reduce: (name: string) => Reduced | string,
): void => {
  const identities = names.flatMap(name => identitiesOf(reduce(name)))
  peeking?.bring(identities, names)
}

/** The keys in the store for a name: its domain and its registrable. */
const identitiesOf = (reduced: Reduced | string): string[] =>
  typeof reduced === 'string' ? [] : [reduced.domain, reduced.registrable]
