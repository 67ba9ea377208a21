/** How far reading is behind what the sensors have written. */
import type { InputStatus } from '../status.js'
import type { Followed } from './followed.js'

/** @param now epoch ms */
export const lagOf = (files: Iterable<Followed>, now: number): InputStatus[] =>
  Array.from(files, ({ path, source, behindSince }) =>
    behindSince === undefined
      ? { path, lagBytes: 0, lagSeconds: 0 }
      : { path, lagBytes: source.behind(), lagSeconds: Math.max(0, (now - behindSince) / 1000) },
  )
