/** Takes the places of domains from a list of the most asked ones, which has the most asked first. */
import { importRowsMax, ranksMax, refusalsMax } from '../limits.js'
import type { Ranked, ranksWriterIn } from '../store/ranks.js'
import type { RefusedRow } from './import.js'
import type { Piece } from './row.js'

export interface ImportedRanks {
  readonly taken: number
  readonly refused: number
  /** The first refusalsMax of them. */
  readonly refusals: readonly RefusedRow[]
  /** Why the list could not be read to its end; what came before that has its places. */
  readonly broken: string | undefined
}

/**
 * Imports a list in place of the former one. A refused line keeps its place, so that the others have those of the list.
 *
 * @throws the errors of reading the list; the former list stays beside the rows that were read
 */
export const importRanks = async (
  pieces: AsyncIterable<Piece>,
  ranks: ReturnType<typeof ranksWriterIn>,
  signal: AbortSignal,
): Promise<ImportedRanks> => {
  const refusals: RefusedRow[] = []
  let [place, taken, refused] = [0, 0, 0]
  let broken: string | undefined
  let rows: Ranked[] = []
  const flush = () => {
    ranks.put(rows)
    rows = []
  }
  for await (const piece of pieces) {
    place += 1
    if (place > ranksMax) break
    if ('row' in piece) {
      rows.push({ domain: piece.row.domain, rank: place })
      taken += 1
    } else {
      const why = 'refused' in piece ? piece.refused : 'a line that asks to forget a name'
      refused += 1
      if (refusals.length < refusalsMax) refusals.push({ at: piece.at, why })
      if ('broken' in piece) broken = why
    }
    if (rows.length >= importRowsMax) flush()
    if (signal.aborted) broken = 'stopped before its end'
    if (broken !== undefined) break
  }
  flush()
  if (broken === undefined && taken > 0) ranks.finish()
  return { taken, refused, refusals, broken }
}
