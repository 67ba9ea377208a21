/**
 * The store of a question that is no contact, asked by somebody who may not write to the data folder: a throw-away store
 * that is given what the real one knows of each name. What registries answer is kept until the program ends.
 */
import { existsSync } from 'node:fs'
import type { Clock } from './clock.js'
import { openReader } from './store/reader.js'
import { openStore, type Store } from './store/store.js'

export interface Peeking {
  readonly store: Store
  /** Takes over what is known of these names by now. */
  readonly bring: (names: Iterable<string>) => void
  readonly close: () => void
}

/** Values of the store that bear on answers: when learning began, and the list of RDAP servers. */
const kept = ['started', 'rdap-bootstrap']

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
    bring: names => {
      // What was looked up meanwhile is newer.
      const unknown = [...new Set(names)].filter(name => store.domain(name) === undefined)
      const domains = unknown.flatMap(name => reader?.domain(name) ?? [])
      if (domains.length > 0) store.commit({}, () => ({ domains }), clock.now())
    },
    close: () => {
      store.close()
      reader?.close()
    },
  }
}
