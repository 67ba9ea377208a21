/** What somebody may have meant. */

/** The number of letters to insert, delete or replace until one word is the other (Levenshtein). */
export const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const [diagonal = 0, above = 0, left = 0] = [row[j], row[j + 1], next[j]]
      next.push(Math.min(diagonal + (a[i] === b[j] ? 0 : 1), above + 1, left + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

const plain = (word: string): string => word.toLowerCase().replaceAll('-', '_')

/** The known word nearest to a word, or undefined when none is near: a third of its letters may be wrong. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  const allowed = Math.max(1, Math.floor(word.length / 3))
  return known
    .filter(candidate => Math.abs(candidate.length - word.length) <= allowed)
    .map(candidate => ({ candidate, steps: distance(plain(word), plain(candidate)) }))
    .filter(({ steps }) => steps <= allowed)
    .sort((a, b) => a.steps - b.steps)[0]?.candidate
}
