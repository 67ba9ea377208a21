/** Imports facts of passive DNS: some rows in each transaction, so that a `run` beside it can go on. */
import { pdnsPageMax, refusalsMax } from '../limits.js'
import type { ImportedTuple } from '../model/passive.js'
import type { PdnsImported } from '../store/pdns-sources.js'
import type { Store } from '../store/store.js'
import { cofRefusals, readCof } from './cof.js'

/** Why facts are not taken; the others are in cofRefusals. */
const unwanted = {
  own: 'a name on the ignore list, or at or below internal_zones',
  old: 'older than pdns.keep_days allows',
  unnamed: 'of one more sensor than can be kept by name',
} as const

export const factRefusals = { ...cofRefusals, ...unwanted } as const
export type FactRefusal = keyof typeof factRefusals

export interface PdnsImportSum extends Pick<PdnsImported, 'added' | 'raised' | 'known' | 'dropped'> {
  /** Rows, each with one fact or several. */
  readonly rows: number
  readonly refused: ReadonlyMap<FactRefusal, number>
  /** The first refusalsMax rows that were not taken, or not as a whole. */
  readonly refusals: readonly { readonly at: number; readonly why: string }[]
  /** Why the file could not be read to its end. */
  readonly broken: string | undefined
}

export interface PdnsImportTools {
  readonly store: Pick<Store, 'importFacts'>
  /** Names that this site keeps no records of. */
  readonly isOwn: (rrname: string) => boolean
  /** The name of a sensor, for rows that name none. */
  readonly label: string
  /** Epoch ms. */
  readonly now: number
  readonly signal: AbortSignal
}

/**
 * Imports a file. When the signal aborts, what was committed before stays.
 *
 * @throws the errors of reading the file, and those of the store; the rows before them are in the store
 */
export const importCof = async (
  chunks: AsyncIterable<Buffer>,
  { store, isOwn, label, now, signal }: PdnsImportTools,
): Promise<PdnsImportSum> => {
  const sums = { rows: 0, added: 0, raised: 0, known: 0, dropped: 0 }
  const refused = new Map<FactRefusal, number>()
  const refusals: { at: number; why: string }[] = []
  const count = (why: FactRefusal, facts: number) => {
    if (facts > 0) refused.set(why, (refused.get(why) ?? 0) + facts)
  }
  const refuse = (why: FactRefusal, at: number) => {
    count(why, 1)
    if (refusals.length < refusalsMax) refusals.push({ at, why: factRefusals[why] })
  }
  let facts: ImportedTuple[] = []
  const flush = () => {
    const { added, raised, known, dropped, old, unnamed } = store.importFacts(facts, label)
    facts = []
    sums.added += added
    sums.raised += raised
    sums.known += known
    sums.dropped += dropped
    count('old', old)
    count('unnamed', unnamed)
  }
  let broken: string | undefined
  try {
    for await (const row of readCof(chunks, now)) {
      sums.rows += 1
      if (row.refused !== undefined) refuse(row.refused, row.at)
      if (row.refused === 'broken') broken = cofRefusals.broken
      const wanted = row.facts.filter(({ rrname }) => !isOwn(rrname))
      if (wanted.length < row.facts.length) refuse('own', row.at)
      for (const fact of wanted) facts.push(fact)
      if (facts.length >= pdnsPageMax) flush()
      if (signal.aborted) broken = 'stopped before its end'
      if (broken !== undefined) break
    }
  } finally {
    if (facts.length > 0) flush()
  }
  return { ...sums, refused, refusals, broken }
}
