/** Inside the transaction of a batch: reads what it asked for, and writes its effects. */
import { releaseMax } from '../limits.js'
import type { Domain } from '../model/domain.js'
import type { PendingRecord } from '../model/record.js'
import type { answerNetworksIn } from './answer-networks.js'
import type { askedIn } from './asked.js'
import type { cursorsIn, outboxIn, checkpointsIn } from './checkpoints.js'
import type { domainsIn } from './domains.js'
import type { claimsIn } from './claims.js'
import type { enrichmentsIn } from './enrichments.js'
import type { evictionIn } from './evict.js'
import type { queueIn } from './lookup-queue.js'
import type { memoryIn } from './memory.js'
import type { windowsIn } from './name-windows.js'
import type { pendingClientsIn } from './pending-clients.js'
import type { pdnsIn } from './pdns.js'
import type { NewPending, pendingIn } from './pending.js'
import type { pushedCountsIn } from './pushed-counts.js'
import type { pushedFactsIn } from './pushed-facts.js'
import type { sinksIn } from './sinks.js'
import type { muteTableIn } from './mutes.js'
import type { tagTableIn } from './tags.js'
import type { Touched } from './touched.js'
import type { Asked, Counted, Known, Committed, Effects, StoredDomain } from './transaction.js'

interface ReadTables {
  readonly domains: ReturnType<typeof domainsIn>
  readonly networks: ReturnType<typeof answerNetworksIn>
  readonly windows: ReturnType<typeof windowsIn>
  readonly memory: ReturnType<typeof memoryIn>
  readonly clientHash: (client: string) => number
  readonly pending: ReturnType<typeof pendingIn>
  readonly claims: ReturnType<typeof claimsIn>
  readonly enrichments: ReturnType<typeof enrichmentsIn>
  readonly tags: ReturnType<typeof tagTableIn>
  readonly mutes: ReturnType<typeof muteTableIn>
}

/** Reads at most `pendingMax` records: a registrable with a hundred thousand must not block all other work. */
const readPending = (
  pending: ReadTables['pending'],
  {
    registrables,
    dueBy,
    dueBeyond = Infinity,
    followupsWrittenBy = -Infinity,
    pendingIds: numbers,
    pendingMax = releaseMax,
  }: Asked,
): Pick<Known, 'pending' | 'more'> => {
  const found: PendingRecord[] = dueBy === undefined ? [] : pending.due('held', dueBy, pendingMax)
  if (dueBeyond < Infinity) found.push(...pending.beyond(dueBeyond, pendingMax - found.length))
  if (followupsWrittenBy > -Infinity)
    found.push(...pending.due('owed', followupsWrittenBy, pendingMax - found.length))
  const more = new Set<string>()
  for (const registrable of registrables ?? []) {
    const free = pendingMax - found.length
    const some = pending.ofRegistrable(registrable, free)
    if (some.length === free) more.add(registrable)
    found.push(...some)
  }
  if (numbers) found.push(...pending.these(numbers))
  return { pending: found, more }
}

export const readerOf =
  ({
    domains,
    networks,
    windows,
    memory,
    clientHash,
    pending,
    claims,
    enrichments,
    tags,
    mutes,
  }: ReadTables) =>
  (asked: Asked): Known => {
    const waiting = readPending(pending, asked)
    const found = new Map<string, Domain>()
    const stored = new Map<string, StoredDomain>()
    const read = (name: string): void => {
      const row = domains.read(name)
      if (!row) return
      found.set(name, row.domain)
      stored.set(name, row)
    }
    for (const name of asked.domains ?? []) read(name)
    if (asked.dueBy !== undefined || asked.pendingIds)
      for (const { facts } of waiting.pending) {
        read(facts.registrable)
        // A response may name a tagged address, which is remembered with the domain.
        if (asked.pendingIds && facts.domain !== facts.registrable) read(facts.domain)
      }
    const lastOf = (domain: string, name: string): number | undefined => {
      const names = stored.get(domain)?.written ?? ''
      return names === '' ? undefined : windows.get(names, name)
    }
    const remember = (domain: string, kept: number) =>
      windows.remember(stored.get(domain)?.written ?? '', kept)
    return {
      ...{ domains: found, stored, lastOf, remember, ...waiting, count: pending.countNear },
      ...{ recall: memory.recall, clientHash },
      ...{ networksOf: networks.of, tags: tags.table(), hasTagBelow: tags.hasBelow },
      ...{ mutes: mutes.table(), claimOf: claims.of, enrichmentRoom: enrichments.room },
    }
  }

interface WriteTables {
  readonly domains: ReturnType<typeof domainsIn>
  readonly networks: ReturnType<typeof answerNetworksIn>
  readonly windows: ReturnType<typeof windowsIn>
  readonly memory: ReturnType<typeof memoryIn>
  readonly pending: ReturnType<typeof pendingIn>
  readonly claims: ReturnType<typeof claimsIn>
  readonly enrichments: ReturnType<typeof enrichmentsIn>
  readonly clients: ReturnType<typeof pendingClientsIn>
  readonly queue: ReturnType<typeof queueIn>
  readonly asked: ReturnType<typeof askedIn>
  readonly checkpoints: ReturnType<typeof checkpointsIn>
  readonly cursors: ReturnType<typeof cursorsIn>
  readonly outbox: ReturnType<typeof outboxIn>
  readonly sinks: ReturnType<typeof sinksIn>
  readonly pdns: ReturnType<typeof pdnsIn>
  readonly eviction: ReturnType<typeof evictionIn>
  readonly mutes: ReturnType<typeof muteTableIn>
  readonly pushedCounts: ReturnType<typeof pushedCountsIn>
  readonly pushedFacts: ReturnType<typeof pushedFactsIn>
  readonly touched: Touched
}

/** The counts of a batch, by domain: a domain may have many names. */
const countsOf = (counts: Iterable<Counted> = []): Map<string, Counted> => {
  const byDomain = new Map<string, Counted>()
  for (const one of counts) {
    const before = byDomain.get(one.domain)
    const { domain, count, last } = one
    byDomain.set(
      domain,
      before ? { domain, count: before.count + count, last: Math.max(before.last, last) } : one,
    )
  }
  return byDomain
}

/**
 * Writes the rows of domains, each once. Returns how many of them are new.
 *
 * @param counts those of a row that is written are added to it, and removed
 */
const domainsWriterOf =
  ({ domains, windows, touched }: Pick<WriteTables, 'domains' | 'windows' | 'touched'>) =>
  (effects: Effects, known: Known, counts: Map<string, Counted>, now: number): number => {
    let added = 0
    for (const seen of effects.domains ?? []) {
      touched.note(seen.domain, now)
      const domain = withCount(seen, counts)
      const before = known.stored.get(domain.domain)
      const writtenNow = effects.windows?.get(domain.domain)
      const kept = effects.namesKept ?? Infinity
      const written = writtenNow ? windows.after(before?.written ?? '', writtenNow, kept) : null
      if (!before) {
        // A domain that was not in `asked` counts as new: the count may be too high, never too low.
        added += 1
        if (isOnlySeen(domain)) domains.addSeen(domain, written)
        else domains.add(domain, written)
      } else if (!isKnownAlike(before.domain, domain)) domains.change(before.row, domain, written)
      else if (writtenNow || !isSeenAlike(before.domain, domain)) domains.see(before.row, domain, written)
    }
    return added
  }

/** A domain that was never contacted has no counts: then they stay, and count as not counted. */
const withCount = (domain: Domain, counts: Map<string, Counted>): Domain => {
  const more = domain.firstSeen === undefined ? undefined : counts.get(domain.domain)
  if (!more) return domain
  counts.delete(domain.domain)
  const { count, last } = more
  return { ...domain, queries: domain.queries + count, lastSeen: Math.max(domain.lastSeen ?? last, last) }
}

export const writerOf = (tables: WriteTables) => {
  const writeDomains = domainsWriterOf(tables)
  const {
    domains,
    networks,
    memory,
    pending,
    claims,
    enrichments,
    clients,
    queue,
    asked,
    checkpoints,
    cursors,
    outbox,
    sinks,
    pdns,
    eviction,
    mutes,
    pushedCounts,
    pushedFacts,
    touched,
  } = tables
  return (effects: Effects, known: Known, now: number): Committed => {
    const counts = countsOf(effects.counts)
    const added = writeDomains(effects, known, counts, now)
    for (const [domain, noted] of effects.networks ?? []) networks.put(domain, noted)
    if (effects.muted) mutes.addHits(effects.muted)
    if (effects.remembered) memory.put(effects.remembered, now)
    const uncounted = inOrder(counts.values(), 'domain').filter(one => {
      touched.note(one.domain, now)
      return !domains.count(one)
    }).length
    if (effects.pushedCounts) pushedCounts.mark(effects.pushedCounts)
    const newPending = [...(effects.newPending ?? [])]
    const pendingIds = newPending.map(pending.put)
    const unclaimed = effects.newClaims ? claims.put(effects.newClaims, byRecord(newPending, pendingIds)) : 0
    for (const one of effects.claimChanges ?? []) claims.change(one)
    for (const key of effects.claimsDone ?? []) claims.end(key)
    for (const one of effects.newEnrichments ?? []) enrichments.put(one, now)
    if (effects.enrichmentChanges) enrichments.change(effects.enrichmentChanges)
    for (const one of effects.amend ?? []) pending.amend(one)
    for (const one of effects.followupsDue ?? []) pending.promiseFollowup(one)
    for (const id of effects.drop ?? []) pending.drop(id)
    for (const registrable of effects.answered ?? []) queue.drop(registrable)
    if (effects.asked) asked.put(effects.asked)
    for (const request of inOrder(effects.lookupRequests, 'registrable')) queue.put(request)
    for (const [registrable, server] of effects.moved ?? []) queue.move(registrable, server)
    if (effects.lookupsDueBy !== undefined) queue.becomeDue(effects.lookupsDueBy, releaseMax)
    for (const registrable of effects.askable ?? []) queue.release(registrable)
    const fellOut = effects.lookupRequests ? queue.cut() : []
    for (const checkpoint of effects.checkpoints ?? []) checkpoints.put(checkpoint, now)
    for (const cursor of effects.cursors ?? []) cursors.put(cursor, now)
    const swept = effects.passive ? pdns.add(effects.passive, now) : undefined
    if (effects.pushedFacts) pushedFacts.mark(effects.pushedFacts)
    if (effects.outbox) outbox.put(effects.outbox)
    if (effects.sinkOutbox) sinks.putOutbox(effects.sinkOutbox)
    const clientsForgotten = effects.clientsUntil === undefined ? 0 : clients.forget(effects.clientsUntil)
    // After the inserts above, so that domains with pending records are kept.
    eviction.makeSpace(added)
    return {
      ...{ pendingIds, unclaimed, fellOut: fellOut.length, uncounted, clientsForgotten },
      ...{ pdnsDropped: swept?.facts ?? 0, pdnsTaggedDropped: swept?.tagged ?? 0 },
    }
  }
}

/** Finds the row of a new pending record by its id. */
const byRecord = (added: readonly NewPending[], rows: readonly number[]) => {
  const found = new Map(added.map(({ facts }, at) => [facts.id, rows[at]]))
  return (id: string): number | undefined => found.get(id)
}

/** It has sightings only, no registration. */
const isOnlySeen = ({ known, pendingAlerts, lastDate, afterContactDone }: Domain): boolean =>
  known === undefined && pendingAlerts.length === 0 && lastDate === undefined && !afterContactDone

/** Its registration has not changed. */
const isKnownAlike = (one: Domain, other: Domain): boolean =>
  one.known === other.known &&
  one.pendingAlerts === other.pendingAlerts &&
  one.lastDate === other.lastDate &&
  one.afterContactDone === other.afterContactDone

const isSeenAlike = (one: Domain, other: Domain): boolean =>
  one.queries === other.queries &&
  one.clients === other.clients &&
  one.firstSeen === other.firstSeen &&
  one.lastSeen === other.lastSeen &&
  one.windowFrom === other.windowFrom &&
  one.windowNames === other.windowNames

/** Sorts rows by a key, so that entries of one page of its index are written together. */
const inOrder = <K extends string, T extends Readonly<Record<K, string>>>(
  rows: Iterable<T> | undefined,
  key: K,
): T[] => [...(rows ?? [])].sort((a, b) => (a[key] < b[key] ? -1 : 1))
