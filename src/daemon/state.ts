/** The state of a data folder: its lock and its store. */
import { join } from 'node:path'
import { resolveIn } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { lockRetryMs } from '../limits.js'
import { lockFolder } from '../store/exclusive.js'
import { type Store, openStore } from '../store/store.js'
import type { Telemetry } from '../telemetry/report.js'
import { dayMs } from '../time/clock.js'

export interface StateOptions {
  readonly config: Config
  /** The data folder; undefined for a throw-away store. */
  readonly dir: string | undefined
  /** True for `run`: takes the lock of the folder. */
  readonly exclusive: boolean
  readonly isAnswering?: boolean
}

export type State = ReturnType<typeof openState>

/** @throws Error if another `run` has the folder, or the store cannot be opened */
export const openState = (
  { config, dir, exclusive, isAnswering = config.http }: StateOptions,
  random: () => number,
  telemetry: Telemetry = () => undefined,
) => {
  const unlock = dir !== undefined && exclusive ? lockFolder(dir) : () => undefined
  // A `run` continues the output of the last one after a crash; each scan to stdout is an output of its own.
  const own = exclusive ? '-' : `-:${random()}`
  const path = config.output === '-' ? own : resolveIn(dir ?? '.', config.output)
  const file = dir === undefined ? ':memory:' : join(dir, 'domainstats.sqlite')
  try {
    const durable = config.fsync === 'always'
    const store = openStore(file, {
      ...{
        durable,
        isAnswering,
        output: path,
        queueMax: config.queue_max,
        domainsMax: config.domains_max,
        pdns: pdnsBoundsOf(config),
      },
      // A `run` must not block its HTTP port, and retries anyway.
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
        // An interrupted scan leaves its pending records to the next `run`; after a complete one its follow-ups are dropped.
        if (!exclusive && store.pendingCount() === 0) store.dropFollowups()
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

/** Epoch ms of the first start on this folder, from which `learning_days` count. */
export const firstStart = (store: Store, now: number): number => {
  const known = store.meta('started')
  if (known === undefined) store.putMeta('started', String(now))
  return known === undefined ? now : Number(known)
}

/** The bounds of passive DNS. */
export const pdnsBoundsOf = ({ pdns, clients }: Config) => ({
  rowsMax: pdns.rows_max,
  keepMs: pdns.keep_days * dayMs,
  clientsKeepMs: clients.keep_days * dayMs,
})
