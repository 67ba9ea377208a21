/** Rows of a list into the store, importRowsMax a transaction. */
import type { Clock } from '../clock.js'
import type { Domain } from '../domain.js'
import { importRowsMax, refusalsMax } from '../limits.js'
import type { Store } from '../store/store.js'
import { dayMs } from '../verdict.js'
import type { Piece, Row } from './row.js'
import { isOutdated, take, type Options } from './take.js'

export interface Refused {
  readonly at: number | string
  readonly why: string
}

/** What became of a list. */
export interface Imported {
  readonly taken: number
  /** Of those taken: names below a private suffix, of which no registry knows. */
  readonly apart: number
  /** Names whose first contact the list tells. */
  readonly contacts: number
  /** Names that keep a later registration date, which was known. */
  readonly outdated: number
  /** Lines that ask for a name to be forgotten. */
  readonly removals: number
  readonly refused: number
  /** The first refusalsMax of those refused. */
  readonly refusals: readonly Refused[]
  /** Why the list could not be read to its end. */
  readonly broken: string | undefined
}

/**
 * Reads a list into the store. What was seen here stays as it is. When the signal aborts, what was committed stays.
 *
 * @throws what reading the list throws; what was read before it is in the store
 */
export const importPieces = async (
  pieces: AsyncIterable<Piece>,
  { store, clock, options, signal }: ImportTools,
): Promise<Imported> => {
  const sums = { taken: 0, apart: 0, contacts: 0, outdated: 0, removals: 0, refused: 0 }
  const refusals: Refused[] = []
  let broken: string | undefined
  let rows: Row[] = []
  const flush = () => {
    const { outdated } = commitRows(rows, store, options, clock.now())
    sums.taken += rows.length - outdated
    sums.outdated += outdated
    sums.apart += rows.filter(row => row.apart).length
    sums.contacts += rows.filter(
      ({ firstSeen, whole }) => (firstSeen ?? whole?.firstSeen) !== undefined,
    ).length
    rows = []
  }
  try {
    for await (const piece of pieces) {
      const why = refusalOf(piece, clock.now())
      if ('row' in piece && why === undefined) rows.push(piece.row)
      if ('removal' in piece) sums.removals += 1
      if (why !== undefined && (sums.refused += 1) <= refusalsMax) refusals.push({ at: piece.at, why })
      if ('broken' in piece) broken = why
      if (rows.length >= importRowsMax) flush()
      if (signal.aborted) broken = 'stopped before its end'
      if (broken !== undefined) break
    }
  } finally {
    flush()
  }
  return { ...sums, refusals, broken }
}

export interface ImportTools {
  readonly store: Store
  readonly clock: Clock
  readonly options: Options
  readonly signal: AbortSignal
}

/** Why a piece is refused; undefined where it is not. */
const refusalOf = (piece: Piece, now: number): string | undefined => {
  if ('refused' in piece) return piece.refused
  const registered = 'row' in piece ? piece.row.dated?.registered : undefined
  return registered !== undefined && registered > now + dayMs ? 'registered in the future' : undefined
}

/** A name that stands there twice is taken twice, in order. */
const commitRows = (rows: readonly Row[], store: Store, options: Options, now: number) =>
  store.commit(
    { domains: new Set(rows.map(({ domain }) => domain)) },
    known => {
      const domains = new Map<string, Domain>()
      let outdated = 0
      for (const row of rows) {
        const before = domains.get(row.domain) ?? known.domains.get(row.domain)
        const old = isOutdated(row, before)
        if (old) outdated += 1
        domains.set(row.domain, take(old ? { ...row, dated: undefined } : row, before, options, now))
      }
      return { domains: [...domains.values()], outdated }
    },
    now,
  )
