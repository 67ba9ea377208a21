/**
 * How the built-in model is made; `bench/train-score.ts` writes it.
 *
 * Ordinary names: the labels of github.com/opendns/public-domain-lists (top and random 10,000 of 2014; public domain).
 * Generated ones: 5,000 made-up families of 50 names each (families.ts), whose words are those of the npm package
 * `word-list` (MIT). No name of real malware is trained on. The parameters were chosen by the figures of the dev families
 * (names.ts) alone.
 */
import { scoredLabel } from '../label.js'
import type { DgaModel } from '../model.js'
import type { Registered } from '../../names/psl.js'
import { chanceFrom } from '../../testing/chaos/chance.js'
import { drawFamilies } from './families.js'
import { distinctDomains } from './names.js'
import { trainModel } from './train.js'

const seed = 1
export const recipeSize = { families: 5_000, each: 50 } as const
/** Shorter labels are trained on than are scored: their beginnings and ends are like those of longer ones. */
const trainedCharsMin = 4
const [wordCharsMin, wordCharsMax] = [3, 9]

/** The distinct labels of domains, as they are trained on. */
export const trainedLabels = (domains: readonly string[]): string[] => {
  const labels = distinctDomains(domains).map(({ domain }) => domain.slice(0, domain.indexOf('.')))
  return [...new Set(labels)].filter(label => label.length >= trainedCharsMin && !label.startsWith('xn--'))
}

/** The distinct labels that are scored and were not trained on. */
export const unseenLabels = (domains: readonly Registered[], trained: ReadonlySet<string>): string[] => {
  const labels = domains.map(({ domain, registrable }) => scoredLabel(domain, registrable))
  return [...new Set(labels)].filter(label => label !== undefined).filter(label => !trained.has(label))
}

/** Whether an ordinary label is for figures; with the others models are calibrated. About every second one. */
export const isForFigures = (label: string): boolean => {
  let parity = 0
  for (let at = 0; at < label.length; at++) parity ^= label.charCodeAt(at)
  return (parity & 1) === 1
}

/**
 * Trains a model. The same input gives the same model.
 *
 * @param labels ordinary ones, of trainedLabels
 * @param words of any length; English ones
 * @param log gets a line per epoch
 */
export const trainDga = (
  labels: readonly string[],
  words: readonly string[],
  size: { readonly families: number; readonly each: number } = recipeSize,
  log?: (line: string) => void,
): DgaModel => {
  const chance = chanceFrom(seed)
  const some = words.filter(({ length }) => length >= wordCharsMin && length <= wordCharsMax)
  return trainModel(labels, drawFamilies(chance, some, size), chance, log)
}
