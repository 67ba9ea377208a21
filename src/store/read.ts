/** What a batch asked for, read inside its transaction. */
import { releaseMax } from '../limits.js'
import type { Domain } from '../domain.js'
import type { Held } from '../record.js'
import type { Asked, Known } from './batch.js'
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
  {
    registrables,
    dueBy,
    dueBeyond = Infinity,
    owedBy = -Infinity,
    held: numbers,
    heldMax = releaseMax,
  }: Asked,
): Pick<Known, 'held' | 'more'> => {
  const found: Held[] = dueBy === undefined ? [] : held.due('held', dueBy, heldMax)
  if (dueBeyond < Infinity) found.push(...held.beyond(dueBeyond, heldMax - found.length))
  if (owedBy > -Infinity) found.push(...held.due('owed', owedBy, heldMax - found.length))
  const more = new Set<string>()
  for (const registrable of registrables ?? []) {
    const room = heldMax - found.length
    const some = held.ofRegistrable(registrable, room)
    if (some.length === room) more.add(registrable)
    found.push(...some)
  }
  if (numbers) found.push(...held.these(numbers))
  return { held: found, more }
}

export const readerOf =
  ({ domains, windows, held }: Tables) =>
  (asked: Asked): Known => {
    const waiting = readHeld(held, asked)
    const found = new Map<string, Domain>()
    const written = new Map<string, string>()
    const read = (name: string): void => {
      const row = domains.read(name)
      if (!row) return
      found.set(name, row.domain)
      if (row.written !== null) written.set(name, row.written)
    }
    for (const name of asked.domains ?? []) read(name)
    if (asked.dueBy !== undefined || asked.held) for (const { facts } of waiting.held) read(facts.registrable)
    const lastOf = (domain: string, name: string): number | undefined => {
      const names = written.get(domain)
      return names === undefined ? undefined : windows.get(names, name)
    }
    return { domains: found, written, lastOf, ...waiting, count: held.countNear }
  }
