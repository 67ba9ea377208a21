/**
 * The table `memory`: what detectors remember (detect/memory.ts). A key is stored as a salted hash of 42 bits: it may be the
 * address of a client, which `clients.record` may forbid to keep. Of two keys with one hash the later one takes the place.
 */
import { memoryTrimMs, memoryTrimPart } from '../limits.js'
import type { Recall, Remembered } from '../detect/memory.js'
import type { Db } from './database.js'
import { saltedHashIn } from './name-windows.js'

interface Trimmed {
  /** Epoch ms. */
  at: number
  /** Keys written since then. */
  written: number
}

/** @param salt as of saltedHashIn */
export const memoryIn = (db: Db, salt: string) => {
  const hash = saltedHashIn(salt)
  const get = db
    .prepare<[string, number], string>('SELECT state FROM memory WHERE detector = ? AND key = ?')
    .pluck()
  const put = db.prepare<[string, number, number, string]>(
    `INSERT INTO memory (detector, key, changed, state) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET changed = excluded.changed, state = excluded.state`,
  )
  const trim = db.prepare<{ detector: string; before: number; keysMax: number }>(
    `DELETE FROM memory WHERE detector = @detector AND changed <= max(@before, coalesce(
       (SELECT changed FROM memory WHERE detector = @detector ORDER BY changed DESC LIMIT 1 OFFSET @keysMax), -1))`,
  )
  const trimmed = new Map<string, Trimmed>()
  const recall: Recall = (detector, key) => get.get(detector, hash(key))
  return {
    recall,
    /** @param now epoch ms */
    put: (states: Iterable<Remembered>, now: number): void => {
      for (const { detector, keysMax, keptMs, key, state } of states) {
        put.run(detector, hash(key), now, state)
        const last = trimmed.get(detector) ?? { at: -Infinity, written: 0 }
        trimmed.set(detector, last)
        last.written += 1
        if (last.written < keysMax * memoryTrimPart && Math.abs(now - last.at) < memoryTrimMs) continue
        trim.run({ detector, before: now - keptMs, keysMax })
        Object.assign(last, { at: now, written: 0 })
      }
    },
  }
}
