/**
 * The turns of a sensor at the servers of registries: all sensors of the site together keep to one pace at each. While the
 * shared store is away, each sensor takes its share: one of as many as were there.
 */
import { LRUCache } from 'lru-cache'
import {
  idleServersMax,
  paceAheadMs,
  sensorBeatMs,
  sensorGoneMs,
  sensorsMax,
  sharedRetryMs,
} from '../limits.js'
import { growingTo } from '../model/lru.js'
import { listIn } from '../redis/client.js'
import type { Clock } from '../time/clock.js'
import { numberIn } from './redis.js'
import { beatScript, turnScript } from './scripts.js'
import type { SharedStore } from './store.js'

/** The pace that the sensors have together. */
export interface SharedPace {
  readonly perSecond: number
  readonly burst: number
  /** Requests of one sensor under way at the same time; those that wait for their turn count. */
  readonly atOnce: number
}

export interface Turns {
  /**
   * Resolves when this sensor may ask the server. A turn that is not used is lost.
   *
   * @throws the reason of the signal, if it aborts
   */
  readonly wait: (server: string, pace: SharedPace, signal: AbortSignal) => Promise<void>
  /** Sensors that are there, or were when the store could last be asked; at least this one. */
  readonly sensors: () => number
  /** Tells the others that this sensor is there, until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

export interface TurnsOptions {
  readonly store: SharedStore
  /** The name of this sensor; no other has it. */
  readonly sensor: string
  /** How many sensors there were in the last run. */
  readonly sensorsBefore: number
  /** Called with the number of sensors when it changes. */
  readonly onSensors: (count: number) => void
  readonly clock: Clock
}

export const openTurns = ({ store, sensor, sensorsBefore, onSensors, clock }: TurnsOptions): Turns => {
  let sensors = Math.max(1, sensorsBefore)
  /** When a server may be asked next while the store is away, epoch ms. */
  const alone = new LRUCache<string, number>(growingTo(idleServersMax))

  /** Ms to wait for the next turn of this sensor's share. No burst: the others may have had theirs a moment ago. */
  const waitAlone = (server: string, { perSecond, atOnce }: SharedPace): number => {
    const everyMs = (1000 / perSecond) * sensors
    const now = clock.now()
    // If the clock was set back, turns are no later than those that can be waited for.
    const due = Math.max(now, Math.min(alone.get(server) ?? now, now + everyMs * atOnce))
    alone.set(server, due + everyMs)
    return due - now
  }

  const ask = async (server: string, { perSecond, burst }: SharedPace) => {
    const args = [String(1000 / perSecond), String(burst), String(paceAheadMs)]
    const reply = await store.run('turn', turnScript, { key: store.keys.pace(server), args })
    const [granted, waitMs] = listIn(reply).map(numberIn)
    return waitMs === undefined || !(waitMs >= 0) ? undefined : { granted: granted === 1, waitMs }
  }

  const beat = async (): Promise<void> => {
    const args = [sensor, String(sensorGoneMs)]
    const reply = await store.run('beat', beatScript, { key: store.keys.sensors, args })
    if (typeof reply !== 'number') return
    const count = Math.min(Math.max(1, reply), sensorsMax)
    if (count !== sensors) onSensors(count)
    sensors = count
  }

  return {
    wait: async (server, pace, signal) => {
      for (;;) {
        const turn = await ask(server, pace)
        store.count('turn', turn === undefined ? 'alone' : turn.granted ? 'granted' : 'refused')
        const waitMs = turn?.waitMs ?? waitAlone(server, pace)
        if (waitMs > 0) await clock.sleep(waitMs, signal)
        signal.throwIfAborted()
        if (turn?.granted !== false) return
      }
    },
    sensors: () => sensors,
    run: async signal => {
      while (!signal.aborted) {
        await beat()
        await clock.sleep(store.link.isUp() ? sensorBeatMs : sharedRetryMs, signal)
      }
    },
  }
}
