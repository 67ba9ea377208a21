/** Draws made-up words, letter by letter, from the letters that follow each other in real ones. */
import type { Chance } from '../../testing/chaos/chance.js'

/** A made-up word of this length. */
export type Markov = (chance: Chance, length: number) => string

const alphabet = 'abcdefghijklmnopqrstuvwxyz'

/** @param order how many letters decide about the next one */
export const markovOf = (words: readonly string[], order: number): Markov => {
  /** By the letters before (fewer at the beginning): how often each letter follows. */
  const counts = new Map<string, Uint32Array>()
  for (const word of words)
    for (let at = 0; at < word.length; at++) {
      const before = word.slice(Math.max(0, at - order), at)
      const row = counts.get(before) ?? new Uint32Array(alphabet.length)
      counts.set(before, row)
      const letter = alphabet.indexOf(word[at] ?? '')
      if (letter >= 0) row[letter] = (row[letter] ?? 0) + 1
    }
  return (chance, length) => {
    let text = ''
    while (text.length < length) text += drawLetter(chance, rowAt(counts, text, order))
    return text
  }
}

/** Where nothing ever follows these letters, those that follow fewer of them. */
const rowAt = (counts: ReadonlyMap<string, Uint32Array>, text: string, order: number): Uint32Array => {
  for (let length = order; length > 0; length--) {
    const row = counts.get(text.slice(-length))
    if (row?.some(count => count > 0)) return row
  }
  return counts.get('') ?? new Uint32Array(alphabet.length).fill(1)
}

const drawLetter = (chance: Chance, row: Uint32Array): string => {
  let rest = chance.next() * row.reduce((sum, count) => sum + count, 0)
  for (const [letter, count] of row.entries()) if ((rest -= count) < 0) return alphabet[letter] ?? ''
  return 'a'
}
