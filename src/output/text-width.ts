/** How many columns a text takes on a terminal, and how it is cut or wrapped to fit. For text that is printable already. */
import { eastAsianWidth } from 'get-east-asian-width'

const ascii = /^[ -~]*$/
// What may not be cut in two: an escape (`\\x1b` of a canonical name, `\u202e`, `\n`), a character with its marks.
const unit = /\\\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\.|\P{M}\p{M}*|\p{M}+/gsu
// Drawn over the character before them (wcwidth): marks, and the vowels and finals of decomposed Hangul.
const noWidth = /^[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]$/u
/** Asks for the emoji form of the character before it, which is wide. */
const emojiSelector = '\ufe0f'

const unitWidth = (text: string): number => {
  if (ascii.test(text)) return text.length
  let width = 0
  for (const character of text)
    if (!noWidth.test(character)) width += eastAsianWidth(character.codePointAt(0) ?? 0)
  // Some terminals draw it over one column. Counted as two it leaves a gap there; counted as one it would break lines.
  return text.includes(emojiSelector) ? Math.max(width, 2) : width
}

const unitsOf = (text: string): readonly string[] => text.match(unit) ?? []

/** In columns. */
export const widthOf = (text: string): number =>
  ascii.test(text) ? text.length : unitsOf(text).reduce((sum, one) => sum + unitWidth(one), 0)

/** As many units as fit. */
const fitting = (units: readonly string[], width: number): string[] => {
  const taken: string[] = []
  let room = width
  for (const one of units) {
    room -= unitWidth(one)
    if (room < 0) break
    taken.push(one)
  }
  return taken
}

/**
 * The text in so many columns, cut where it is longer; `…` says so.
 *
 * @param from which end is cut. Of a name it is the start: whose it is stands at its end.
 */
export const cut = (text: string, width: number, from: 'start' | 'end'): string => {
  if (widthOf(text) <= width) return text
  const units = unitsOf(text)
  if (from === 'end') return `${fitting(units, width - 1).join('')}…`
  return `…${fitting(units.toReversed(), width - 1)
    .reverse()
    .join('')}`
}

/** Padded to so many columns. */
export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)))

/**
 * Words in lines of so many columns at most. Words that belong together may be given as one. One is broken only if a
 * line of its own is too short for it, at its blanks if it has some.
 *
 * @param width at least 2: the widest character
 */
export const wrapped = (words: readonly string[], width: number): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of words.flatMap(word => (widthOf(word) > width ? word.split(' ') : [word]))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= width) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    let units = unitsOf(word)
    while (units.reduce((sum, one) => sum + unitWidth(one), 0) > width) {
      const piece = fitting(units, width)
      // A unit that is wider than the line (an escape) has one of its own.
      const taken = Math.max(1, piece.length)
      lines.push(units.slice(0, taken).join(''))
      units = units.slice(taken)
    }
    line = units.join('')
  }
  return line === '' ? lines : [...lines, line]
}
