/** What a batch asked for, read inside its transaction. */
import { releaseMax } from '../limits.js'
import type { Held } from '../record.js'
import type { Asked, Keys, Known } from './batch.js'
import type { domainsIn } from './domains.js'
import type { heldIn } from './held.js'
import type { windowsIn } from './windows.js'

interface Tables {
  readonly domains: ReturnType<typeof domainsIn>
  readonly windows: ReturnType<typeof windowsIn>
  readonly held: ReturnType<typeof heldIn>
}

/** Some of a registrable's records rather than all: one with a hundred thousand must not stop everything else. */
const readHeld = (
  held: Tables['held'],
  { registrables, dueBy, dueBeyond = Infinity }: Asked,
): Pick<Known, 'held' | 'more'> => {
  const found: Held[] = dueBy === undefined ? [] : held.due(dueBy, releaseMax)
  if (dueBeyond < Infinity) found.push(...held.beyond(dueBeyond, releaseMax - found.length))
  const more = new Set<string>()
  for (const registrable of registrables ?? []) {
    const room = releaseMax - found.length
    const some = held.ofRegistrable(registrable, room)
    if (some.length === room) more.add(registrable)
    found.push(...some)
  }
  return { held: found, more }
}

export const readerOf =
  ({ domains, windows, held }: Tables) =>
  (asked: Asked): Known => {
    const waiting = readHeld(held, asked)
    const registrables = new Set(
      asked.dueBy === undefined ? [] : waiting.held.map(one => one.facts.registrable),
    )
    return {
      domains: found([...(asked.domains ?? []), ...registrables], domains.get),
      windows: found(asked.names, windows.get),
      ...waiting,
      count: held.countNear,
    }
  }

const found = <T>(keys: Keys | undefined, get: (key: string) => T | undefined): Map<string, T> => {
  const map = new Map<string, T>()
  for (const key of keys ?? []) {
    const value = get(key)
    if (value !== undefined) map.set(key, value)
  }
  return map
}
