/**
 * How the built-in table is made. `bench/train-built-in.ts` writes it, a test makes it again and compares.
 *
 * Sources: the domains of github.com/opendns/public-domain-lists (top and random 10,000 of 2014; public domain),
 * each as `.label.`, so without its TLD: a TLD says where a name lives, not whether a human chose it; and the short
 * words of the npm package `word-list` (MIT), each as `word.`: names are made of short words.
 *
 * The numbers below were chosen by a grid search on one half of the DGA and benign names of the test data (split
 * by hash of the name, no name of which is trained on), for the area under the ROC curve among those that flag no
 * more benign and no fewer DGA names than freqtable2018. On that half the area was 0.873, on the other half 0.868
 * (freqtable2018: 0.763 and 0.757). No pair was set by hand, and no DGA name is counted.
 */
import { addSmoothing, addText, newBuilder, type TableBuilder } from '../train.js'

const domainWeight = 1
const wordWeight = 2
const wordCharsMax = 4

const letters = 'abcdefghijklmnopqrstuvwxyz'
/** Their rows stay short, so that digits, of which a name can say little, hardly weigh in the word score. */
const others = '0123456789-.'
/** Printable ASCII without capitals: the alphabet that a table of prose has. */
const printable = '!"#$%&\'()*+,-./0123456789:;<=>?@[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~'
const letterSmoothing = 60
const otherSmoothing = 3

/** Trains the table; the order of the sources only decides the order of its rows, so they are sorted at the end. */
export const trainBuiltIn = (domains: Iterable<string>, words: Iterable<string>): TableBuilder => {
  const builder = newBuilder({ ignoreCase: true, ignoreChars: '' })
  for (const domain of domains) addText(builder, `.${domain.slice(0, domain.indexOf('.'))}.`, domainWeight)
  for (const word of words) {
    if (word.length > 0 && word.length <= wordCharsMax) addText(builder, `${word}.`, wordWeight)
  }
  addSmoothing(builder, letters, printable, letterSmoothing)
  addSmoothing(builder, others, printable, otherSmoothing)
  return { ...builder, pairs: sorted(builder.pairs, row => sorted(row, count => count)) }
}

const sorted = <V, W>(map: ReadonlyMap<string, V>, change: (value: V) => W): Map<string, W> => {
  const entries = Array.from(map, ([key, value]): [string, W] => [key, change(value)])
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
