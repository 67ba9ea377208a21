/** Questions on the command line: answered as over HTTP, and beside a live `run` too, which writes their records. */
import { join } from 'node:path'
import type { Config } from './config/schema.js'
import { openJudging, reducerBy, scoreBy } from './judging.js'
import { queryWaitMs } from './limits.js'
import { loadBootstrapFile } from './lookup/bootstrap-file.js'
import type { NameAnswer } from './name-answer.js'
import { nameOfText } from './parse/name-text.js'
import type { World } from './parts.js'
import { Answering } from './pipeline/answering.js'
import { addEfficiency } from './pipeline/efficiency.js'
import { createHandover } from './pipeline/handover.js'
import { knowledgeOf } from './pipeline/knowledge.js'
import { teach } from './pipeline/teach.js'
import { openPeeking } from './peeking.js'
import type { Reduced } from './reduce/reducer.js'
import { mayWrite } from './store/reader.js'
import { openStore } from './store/store.js'
import type { Knowledge } from './verdict.js'

export interface QuerySettings {
  readonly config: Config
  /** The data folder; undefined for a throw-away store, where nothing is a contact. */
  readonly dir: string | undefined
  /** No name becomes a contact. */
  readonly peek: boolean
  /** False: nobody outside is asked. */
  readonly lookup: boolean
}

/**
 * Opens the store, or makes a new one.
 *
 * @throws Error if it cannot be opened, or the ISC does not want this client
 */
export const openQuery = async (settings: QuerySettings, world: World, signal: AbortSignal) => {
  const { dir, lookup } = settings
  const peek = settings.peek || dir === undefined
  // A contact that nobody is asked about is none that waits for an answer.
  const config = lookup || peek ? settings.config : { ...settings.config, mode: 'off' as const }
  const { clock, random, telemetry } = world
  const score = await scoreBy(config, dir)
  const services = await loadBootstrapFile(config, dir)
  const reducer = await reducerBy(config, dir)
  const path = dir === undefined ? ':memory:' : join(dir, 'domainstats.sqlite')
  const peeking =
    dir !== undefined && peek && !mayWrite(path) ? await openPeeking(path, clock, signal) : undefined
  const store = peeking?.store ?? openStore(path, { durable: config.fsync === 'always' })
  const closeStore = peeking?.close ?? store.close
  const mayLeave = (name: string) => typeof reducer.reduce(name) !== 'string'
  const judging = await openJudging({
    ...{ config, services, store, score, mayLeave, asks: lookup, baseline: false },
    ...world,
    signal,
  })
  const { registries, rules, efficiency, sent } = judging
  const underWay = new Set<Promise<void>>()

  const lookUp = async (registrable: string): Promise<void> => {
    const answer = await registries.lookup(registrable, signal)
    const retry = { keptMsMax: rules.failedKeptMs, random: random() }
    teach(store, registrable, answer, clock.now(), retry, sent.take())
    answering.settled([registrable])
  }
  const onWanted = (registrables: readonly string[]) => {
    for (const registrable of registrables) {
      const asked = lookUp(registrable).catch((error: unknown) => {
        // Who is told to stop waits for no answer any more.
        if (!signal.aborted) telemetry({ kind: 'lookup-crashed', registrable, error: String(error) })
      })
      underWay.add(asked)
      void asked.finally(() => underWay.delete(asked))
    }
  }
  const answering = new Answering({
    ...{ store, rules, clock, random, signal },
    committer: createHandover({ store, clock, lookups: rules.lookups, onWanted }),
    reduce: query => reducer.reduce(query),
    onWaiting: () => undefined,
    onEfficiency: batch => addEfficiency(efficiency, batch),
  })
  const asking = { peek, lookup: lookup && rules.lookups, source: 'query', waitMs: queryWaitMs } as const
  if (rules.lookups)
    await registries.start(signal).catch((error: unknown) => {
      closeStore()
      throw error
    })

  return {
    /** How many registries will be asked about these names, as far as is known now. */
    registriesOf: (names: readonly string[]): number => {
      const reduced = names.map(name => reducer.reduce(nameOfText(name)))
      const known = (name: string) => knowledgeOf(name, store.registrationOf(name), rules, clock.now())
      return serversOf(reduced, known, registries.serverOf).size
    },
    hostsCount: registries.hostsCount,
    sent,
    /** Answers all of them together, in their order; a name without an answer by then is PENDING. */
    ask: (names: readonly string[]): Promise<NameAnswer[]> => {
      peeking?.bring(names.flatMap(name => identitiesOf(reducer.reduce(nameOfText(name)))))
      return Promise.all(names.map(name => answering.ask(name, asking, signal)))
    },
    /** Waits for the look-ups that nobody waited for to the end: the store keeps their answers. */
    close: async (): Promise<void> => {
      await answering.close()
      await Promise.all(underWay)
      const asked = sent.take()
      if (asked.length > 0) store.commit({}, () => ({ asked }), clock.now())
      closeStore()
    },
  }
}

/** The servers that have to be asked; the registry of a TLD stands for one that nobody knows yet. */
const serversOf = (
  names: readonly (Reduced | string)[],
  knowledge: (registrable: string) => Knowledge,
  serverOf: (registrable: string) => string,
): Set<string> => {
  const unknown = names
    .flatMap(reduced => (typeof reduced === 'string' ? [] : [reduced.registrable]))
    .filter(name => knowledge(name).kind === 'pending')
  return new Set(unknown.map(name => serverOf(name) || name.slice(name.lastIndexOf('.'))))
}

/** The names that the store knows something of a question by. */
const identitiesOf = (reduced: Reduced | string): string[] =>
  typeof reduced === 'string' ? [] : [reduced.domain, reduced.registrable]
