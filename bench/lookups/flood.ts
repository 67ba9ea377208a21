/** Measures a flood of new names: the memory that it takes, and which names are looked up first. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openDaemon } from './daemon.js'
import type { Registry } from './network.js'
import { generated, names, ordinary, zeekLog } from './names.js'

/** One name of so many is a generated one. */
const oneIn = 100
const isGenerated = (n: number): boolean => n % oneIn === oneIn / 2
/** The look-ups that are evaluated, after the first second: before, the queue has too few names to choose from. */
const looked = 100

/** The nth name of a flood. */
export const flooding = (n: number): string => (isGenerated(n) ? generated(n, 'com') : ordinary(n, 'com'))

export interface Flood {
  readonly peakMiB: number
  /** Time until each name had its record, most of them PENDING. */
  readonly seconds: number
  /** Number of generated names among the first 100 look-ups after the first second. */
  readonly generatedFirst: number
}

/** Leaves the folder with (almost) all of the names in the queue. */
export const flood = async (dir: string, registry: Registry, count: number): Promise<Flood> => {
  const flooded = names(count, flooding)
  const suspects = new Set(flooded.filter((_, n) => isGenerated(n)))
  await registry.asked()
  const daemon = await openDaemon(dir, { rdap: { servers: { com: registry.url } } })
  const begun = performance.now()
  daemon.write(zeekLog(flooded))
  await daemon.writes((_, records) => records >= count)
  const seconds = (performance.now() - begun) / 1000
  const asked = [...(await registry.asked())]
  const later = () => asked.filter(({ at }) => at >= (asked[0]?.at ?? 0) + 1_000)
  while (later().length < looked) {
    await sleep(500)
    asked.push(...(await registry.asked()))
  }
  const generatedFirst = later()
    .slice(0, looked)
    .filter(({ name }) => suspects.has(name)).length
  const peakMiB = daemon.peakMiB()
  await daemon.end()
  return { peakMiB, seconds, generatedFirst }
}
