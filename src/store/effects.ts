/** What a batch decided, written inside its transaction. */
import { releaseMax } from '../limits.js'
import type { Domain } from '../model/domain.js'
import type { Held } from '../model/record.js'
import type { askedIn } from './asked.js'
import type { outboxIn, checkpointsIn } from './checkpoints.js'
import type { domainsIn } from './domains.js'
import type { evictionIn } from './evict.js'
import type { queueIn } from './lookup-queue.js'
import type { windowsIn } from './name-windows.js'
import type { heldClientsIn } from './pending-clients.js'
import type { heldIn } from './pending.js'
import type { sinksIn } from './sinks.js'
import type { Asked, Known, Committed, Effects } from './transaction.js'

/* What a batch asked for, read inside its transaction. */

interface ReadTables {
  readonly domains: ReturnType<typeof domainsIn>
  readonly windows: ReturnType<typeof windowsIn>
  readonly held: ReturnType<typeof heldIn>
}

/** Some of a registrable's records rather than all: one with a hundred thousand must not stop everything else. */
const readHeld = (
  held: ReadTables['held'],
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
  ({ domains, windows, held }: ReadTables) =>
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

interface WriteTables {
  readonly domains: ReturnType<typeof domainsIn>
  readonly windows: ReturnType<typeof windowsIn>
  readonly held: ReturnType<typeof heldIn>
  readonly clients: ReturnType<typeof heldClientsIn>
  readonly queue: ReturnType<typeof queueIn>
  readonly asked: ReturnType<typeof askedIn>
  readonly checkpoints: ReturnType<typeof checkpointsIn>
  readonly outbox: ReturnType<typeof outboxIn>
  readonly sinks: ReturnType<typeof sinksIn>
  readonly eviction: ReturnType<typeof evictionIn>
}

export const writerOf =
  ({ domains, windows, held, clients, queue, asked, checkpoints, outbox, sinks, eviction }: WriteTables) =>
  (effects: Effects, known: Known, now: number): Committed => {
    const rows = inOrder(effects.domains, 'domain')
    for (const domain of rows) {
      const before = known.domains.get(domain.domain)
      const writtenNow = effects.windows?.get(domain.domain)
      const names = known.written.get(domain.domain) ?? ''
      const written = writtenNow ? windows.after(names, writtenNow, effects.namesKept ?? Infinity) : null
      if (before === undefined && isOnlySeen(domain)) domains.add(domain, written)
      else if (before === undefined || !isKnownAlike(before, domain)) domains.put(domain, written)
      else if (writtenNow || !isSeenAlike(before, domain)) domains.see(domain, written)
    }
    const uncounted = inOrder(effects.counts, 'domain').filter(one => !domains.count(one)).length
    const holds = Array.from(effects.hold ?? [], held.put)
    for (const one of effects.amend ?? []) held.amend(one)
    for (const one of effects.owe ?? []) held.owe(one)
    for (const id of effects.drop ?? []) held.drop(id)
    for (const registrable of effects.answered ?? []) queue.drop(registrable)
    if (effects.asked) asked.put(effects.asked)
    for (const wanted of inOrder(effects.wanted, 'registrable')) queue.put(wanted)
    for (const [registrable, server] of effects.moved ?? []) queue.move(registrable, server)
    if (effects.ripe !== undefined) queue.ripen(effects.ripe, releaseMax)
    for (const registrable of effects.askable ?? []) queue.release(registrable)
    const fellOut = effects.wanted ? queue.cut() : []
    for (const checkpoint of effects.checkpoints ?? []) checkpoints.put(checkpoint, now)
    if (effects.outbox) outbox.put(effects.outbox)
    if (effects.sinkOutbox) sinks.putOutbox(effects.sinkOutbox)
    const clientsForgotten = effects.clientsUntil === undefined ? 0 : clients.forget(effects.clientsUntil)
    // Behind what waits from now on. One that nobody asked for counts as new: rather too many than too few.
    eviction.makeRoom(rows.filter(({ domain }) => !known.domains.has(domain)).length)
    return { holds, fellOut: fellOut.length, uncounted, clientsForgotten }
  }

/** Nothing is known of it but that it was seen. */
const isOnlySeen = ({ known, owedAlerts, lastDate, afterContactDone }: Domain): boolean =>
  known === undefined && owedAlerts.length === 0 && lastDate === undefined && !afterContactDone

/** What is known of it is still the same. */
const isKnownAlike = (one: Domain, other: Domain): boolean =>
  one.known === other.known &&
  one.owedAlerts === other.owedAlerts &&
  one.lastDate === other.lastDate &&
  one.afterContactDone === other.afterContactDone

const isSeenAlike = (one: Domain, other: Domain): boolean =>
  one.queries === other.queries &&
  one.firstSeen === other.firstSeen &&
  one.lastSeen === other.lastSeen &&
  one.windowFrom === other.windowFrom &&
  one.windowNames === other.windowNames

/** In the order of the table's key: rows that stand on one page are written while it is at hand. */
const inOrder = <K extends string, T extends Readonly<Record<K, string>>>(
  rows: Iterable<T> | undefined,
  key: K,
): T[] => [...(rows ?? [])].sort((a, b) => (a[key] < b[key] ? -1 : 1))
