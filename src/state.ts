/** The state of a data folder: its store, and the right to it. */
import { join } from 'node:path'
import { resolveIn } from './config/load.js'
import type { Config } from './config/schema.js'
import { lockRetryMs } from './limits.js'
import { lockFolder } from './store/lock.js'
import { openStore, type Store } from './store/store.js'
import type { Telemetry } from './telemetry.js'

export interface StateOptions {
  readonly config: Config
  /** The data folder; undefined for a throw-away store. */
  readonly dir: string | undefined
  /** The one `run` of the folder. */
  readonly exclusive: boolean
}

export type State = ReturnType<typeof openState>

/** @throws Error if another `run` has the folder, or the store cannot be opened */
export const openState = (
  { config, dir, exclusive }: StateOptions,
  random: () => number,
  telemetry: Telemetry = () => undefined,
) => {
  const unlock = dir !== undefined && exclusive ? lockFolder(dir) : () => undefined
  // The one `run` of a folder goes on where the last one crashed; each scan to stdout is for itself.
  const own = exclusive ? '-' : `-:${random()}`
  const path = config.output === '-' ? own : resolveIn(dir ?? '.', config.output)
  const file = dir === undefined ? ':memory:' : join(dir, 'domainstats.sqlite')
  try {
    const durable = config.fsync === 'always'
    const store = openStore(file, {
      ...{
        durable,
        isAnswering: config.http,
        output: path,
        queueMax: config.queue_max,
        domainsMax: config.domains_max,
      },
      // It has a port to answer at, and tries again until it succeeds.
      ...(exclusive && { lockWaitMs: lockRetryMs }),
      onFull: () => telemetry({ kind: 'limit-reached', limit: 'domains_max', count: 1 }),
    })
    try {
      if (exclusive) {
        store.adopt()
        store.keepClientsAs(config.clients.record)
      }
    } catch (error) {
      store.close()
      throw error
    }
    return {
      store,
      path,
      close: (): void => {
        // A scan that was cut off leaves its records to the next `run`; one that came to its end is owed nothing.
        if (!exclusive && store.heldCount() === 0) store.leave()
        if (exclusive) store.shrink()
        store.close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Epoch ms of the first start on this folder: learning counts from then. */
export const firstStart = (store: Store, now: number): number => {
  const known = store.meta('started')
  if (known === undefined) store.putMeta('started', String(now))
  return known === undefined ? now : Number(known)
}
