/**
 * What a label looks like: labels that a reader takes for one another have the same skeleton. Not to be shown: a skeleton
 * is only compared with others.
 */
// The data alone: the function beside it makes an expression of 6,000 alternatives with each start.
import data from 'unhomoglyph/data.json' with { type: 'json' }
import { toUnicode } from '../names/hostname.js'

/**
 * The ASCII label that an internationalised one imitates: its characters as their prototypes (Unicode Technical Standard
 * 39, section 4: a Cyrillic `а` becomes a Latin `a`), without accents and other marks, in lower case. A label in ASCII
 * stays as it is.
 *
 * @param label an A-label or any other label in lower case, at most 63 characters long
 */
export const folded = (label: string): string => {
  if (!label.startsWith('xn--')) return label
  const shown = toUnicode(label) ?? label
  // Character by character, since ASCII has prototypes, too: `m` is `rn` there. similarInAscii does that for all labels.
  const seen = shown.normalize('NFD').replace(notAscii, character => prototypes[character] ?? character)
  return seen.normalize('NFKD').replace(marks, '').toLowerCase()
}

/** By character: what it looks like. Of those of other scripts; its keys are single characters. */
const prototypes: Readonly<Record<string, string>> = data
const notAscii = /[^\0-\x7f]/gu
const marks = /\p{M}/gu

/** Letters and digits that look alike in the fonts of browsers and mail programs, in lower case. */
const alike: Readonly<Record<string, string>> = {
  ...{ rn: 'm', vv: 'w', cl: 'd' },
  ...{ 0: 'o', 1: 'l', i: 'l', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b' },
}
const similarInAscii = new RegExp(Object.keys(alike).join('|'), 'g')

/**
 * The skeleton of a label that was folded. `paypa1` and `paypal`, or `rnicrosoft` and `microsoft`, have the same one.
 *
 * @param label as folded() gives it
 */
export const skeletonOf = (label: string): string =>
  label.replace(similarInAscii, similar => alike[similar] ?? similar)
