/** Measures how close the long-term rate of look-ups at a server is to the allowed pace. */
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDaemon } from './daemon.js'
import type { Registry } from './network.js'
import { names, ordinary, zeekLog } from './names.js'

/** After this time the burst is over, and the log is read. */
const burstMs = 3_000

/** Look-ups a second at the registry, with `allowed` a second, over a window in ms. */
export const pace = async (
  dir: string,
  registry: Registry,
  perSecond: number,
  windowMs: number,
): Promise<number> => {
  const settings = {
    rdap: { servers: { com: registry.url }, per_second: perSecond, at_once: 64 },
    hold_seconds: 1,
  }
  await registry.asked()
  const daemon = await openDaemon(dir, settings)
  const needed = perSecond * ((burstMs + windowMs) / 1000 + 5)
  daemon.write(zeekLog(names(needed, n => ordinary(n, 'com'))))
  await sleep(burstMs + windowMs + 1_000)
  const asked = await registry.asked()
  await daemon.end('SIGKILL')
  rmSync(dir, { recursive: true })
  const from = (asked[0]?.at ?? NaN) + burstMs
  return asked.filter(({ at }) => at >= from && at < from + windowMs).length / (windowMs / 1000)
}
