/** Measures how well scores tell generated names from ordinary ones. */
import { areaUnderCurve } from '../../freq/testing/separation.js'
import type { Registered } from '../../names/psl.js'
import { scoredLabel } from '../label.js'
import { isForFigures, trainedLabels } from './recipe.js'
import { readTrainingLists } from './lists.js'
import { type RealFamily, readOrdinary, readRealFamilies } from './names.js'

/** The parts of ordinary names that may be flagged, in per cent, at which found names are counted. */
export const falseAlarms = [5, 1, 0.3] as const

/** Gives a domain a number: the higher, the more it looks generated. */
export type Judge = (domain: string, registrable: string) => number

export interface DgaSeparation {
  /** Area under the ROC curve: 1 is perfect, 0.5 is chance. */
  readonly auc: number
  /** The part of generated names that is found at each of falseAlarms, in per cent. */
  readonly found: readonly number[]
}

/** @param ordinary in any order @param generated in any order */
export const dgaSeparation = (ordinary: readonly number[], generated: readonly number[]): DgaSeparation => {
  const falling = [...ordinary].sort((a, b) => b - a)
  return {
    auc: areaUnderCurve(ordinary, generated),
    found: falseAlarms.map(percent => {
      const threshold = falling[Math.floor((falling.length * percent) / 100)] ?? Infinity
      return (100 * generated.filter(value => value > threshold).length) / generated.length
    }),
  }
}

/** Ordinary domains and families, only those that are scored. */
export interface Compared {
  /** By source. Nothing was trained on them, nor calibrated with them. */
  readonly ordinary: ReadonlyMap<string, readonly Registered[]>
  readonly families: readonly RealFamily[]
  /** Domains of families that are not scored, in per cent of them. */
  readonly unscored: number
}

/**
 * Reads the names to compare on.
 *
 * @param root of the checkout
 * @param dir the folder of the shared test data
 */
export const readCompared = async (root: string, dir: string): Promise<Compared> => {
  const trained = new Set(trainedLabels((await readTrainingLists(root)).domains))
  const isScored = ({ domain, registrable }: Registered) => scoredLabel(domain, registrable) !== undefined
  const isUnseen = ({ domain, registrable }: Registered) => {
    const label = scoredLabel(domain, registrable)
    return label !== undefined && !trained.has(label) && isForFigures(label)
  }
  const families = await readRealFamilies(dir)
  const scored = families.map(family => ({ ...family, domains: family.domains.filter(isScored) }))
  const count = (some: readonly RealFamily[]) => some.reduce((sum, { domains }) => sum + domains.length, 0)
  return {
    ordinary: new Map(
      Array.from(await readOrdinary(dir), ([source, domains]) => [source, domains.filter(isUnseen)]),
    ),
    families: scored,
    unscored: 100 * (1 - count(scored) / count(families)),
  }
}
