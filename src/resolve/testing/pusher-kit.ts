/** What tests of pushing to the site have in common: stores, and a clock that no pause moves. */
import { join } from 'node:path'
import type { Test } from 'tap'
import { openStore, type Store } from '../../store/store.js'
import type { Clock } from '../../time/clock.js'

/** Epoch ms. */
export const pushStart = Date.UTC(2026, 10, 28)

/** No pause takes time; the test moves it. */
export const timeOfPush = () => {
  const time = { now: pushStart }
  const clock: Clock = { now: () => time.now, sleep: () => Promise.resolve() }
  return { time, clock }
}

export const storeInMemory = (t: Test): Store => {
  const store = openStore(':memory:')
  t.teardown(() => store.close())
  return store
}

/** The stores of two processes on one database. */
export const storesOfOneFile = (t: Test): readonly [Store, Store] => {
  const path = join(t.testdir(), 'domainstats.sqlite')
  const stores = [openStore(path), openStore(path)] as const
  t.teardown(() => {
    for (const store of stores) store.close()
  })
  return stores
}

/** The process of a sensor was killed. */
export class Killed extends Error {}

/** Pushes. @returns when it has ended, or the process was killed */
export const pushUntilKilled = async (push: () => Promise<unknown>): Promise<void> => {
  await push().catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error
  })
}
