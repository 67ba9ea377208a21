/**
 * The table `claims`: claims to the site's first contact with a domain (shared/shared.ts) that were not answered, or whose
 * answer is to be confirmed. A row is written in the transaction of its question, so that an outage of the shared store loses
 * none, and ends with the final answer.
 */
import { claimsMax } from '../limits.js'
import type { Facts } from '../model/record.js'
import { clientFieldsAs } from '../names/client-address.js'
import type { Db } from './database.js'

export interface NewClaim {
  /** Of the record with the first contact, as far as they are known now. */
  readonly facts: Facts
  /** Epoch ms at which to ask next. */
  readonly due: number
  /** This sensor was told that it owns. */
  readonly owns: boolean
  /** The alerts with which the record was written; undefined if it was not, or without a first contact. */
  readonly said?: readonly string[] | undefined
}

export interface StoredClaim extends NewClaim {
  /** The pending record of these facts, if it still waits: see pending.ts. */
  readonly pendingId: number | undefined
  readonly said: readonly string[] | undefined
  /** It was told that another sensor owns, and asks once more before it withdraws what it said. */
  readonly isLost: boolean
}

/** Which claim is meant. One that took its place meanwhile has another id. */
export interface ClaimKey {
  readonly domain: string
  /** Of its record. */
  readonly id: string
}

/** Changes a claim; what is undefined stays. With `owns` it is not lost any more. */
export interface ClaimChange
  extends ClaimKey, Partial<Pick<StoredClaim, 'due' | 'owns' | 'said' | 'isLost'>> {}

interface Row {
  readonly facts: string
  readonly due: number
  readonly owns: number
  readonly held: number | null
  readonly said: string | null
}

/** What the column `owns` holds: 0, 1, or this for a claim that is lost. */
const lost = 2

/** The address of a client is in the record itself, where `clients.keep_days` ends. */
const withoutClient = (facts: Facts): Facts => ({ ...facts, ...clientFieldsAs('none', {}) })

const fromRow = ({ facts, due, owns, held, said }: Row): StoredClaim => ({
  // `put` and `change` wrote these columns from the same types.
  facts: JSON.parse(facts) as Facts,
  due,
  owns: owns === 1,
  isLost: owns === lost,
  pendingId: held ?? undefined,
  said: said === null ? undefined : (JSON.parse(said) as string[]),
})

/** Claims that were not answered. */
export const openClaimsIn = (db: Db): number =>
  db.prepare<[], number>('SELECT count(*) FROM claims WHERE owns = 0').pluck().get() ?? 0

/** @param output its number: see meta.ts */
export const claimsIn = (db: Db, output: number) => {
  const insert = db.prepare<[string, string, number, number, number, number | null, string | null, string]>(
    'INSERT OR REPLACE INTO claims (domain, id, output, due, owns, held, said, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const change = db.prepare<[number | null, number | null, string | null, string, string]>(
    `UPDATE claims SET due = coalesce(?, due), owns = coalesce(?, owns), said = coalesce(?, said)
     WHERE domain = ? AND id = ?`,
  )
  const end = db.prepare<[string, string]>('DELETE FROM claims WHERE domain = ? AND id = ?')
  const due = db.prepare<[number, number, number], Row>(
    'SELECT facts, due, owns, held, said FROM claims WHERE output = ? AND due <= ? ORDER BY due LIMIT ?',
  )
  const one = db.prepare<[string], Row>('SELECT facts, due, owns, held, said FROM claims WHERE domain = ?')
  const next = db.prepare<[number], number | null>('SELECT min(due) FROM claims WHERE output = ?').pluck()
  const all = db.prepare<[], number>('SELECT count(*) FROM claims').pluck()
  const adopt = db.prepare<[number]>('UPDATE claims SET output = ?')
  const unsay = db.prepare<[number]>('UPDATE claims SET said = NULL WHERE output = ? AND said IS NOT NULL')
  /** An upper bound of the rows. */
  let atMost = all.get() ?? 0
  return {
    /**
     * Adds claims, as far as there is room: without its row a first contact stands as this sensor sees it.
     *
     * @param pendingIdOf the pending record with this id
     * @returns how many found no room
     */
    put: (claims: Iterable<NewClaim>, pendingIdOf: (id: string) => number | undefined): number => {
      let refused = 0
      for (const { facts, due: at, owns, said } of claims) {
        if (atMost >= claimsMax) atMost = all.get() ?? 0
        if (atMost >= claimsMax) {
          refused += 1
          continue
        }
        const { domain, id } = facts
        const held = pendingIdOf(id) ?? null
        const rest = JSON.stringify(withoutClient(facts))
        insert.run(domain, id, output, at, Number(owns), held, said ? JSON.stringify(said) : null, rest)
        atMost += 1
      }
      return refused
    },
    change: ({ domain, id, due: at, owns, said, isLost }: ClaimChange): void => {
      const state = isLost ? lost : owns === undefined ? null : Number(owns)
      change.run(at ?? null, state, said ? JSON.stringify(said) : null, domain, id)
    },
    end: ({ domain, id }: ClaimKey): void => {
      atMost -= end.run(domain, id).changes
    },
    /** The claim to a domain, if it has no final answer. */
    of: (domain: string): StoredClaim | undefined => {
      const row = one.get(domain)
      return row && fromRow(row)
    },
    /** Claims to be made by then (epoch ms). */
    due: (by: number, limit: number): StoredClaim[] => due.all(output, by, limit).map(fromRow),
    /** Epoch ms at which the next one is to be made. */
    nextDue: (): number | undefined => next.get(output) ?? undefined,
    /** Claims that were not answered. */
    openCount: (): number => openClaimsIn(db),
    /** Takes over the claims of all other outputs. */
    adopt: (): void => void adopt.run(output),
    /** The records of this output are nobody's any more: their claims are made without a follow-up. */
    unsay: (): void => void unsay.run(output),
  }
}
