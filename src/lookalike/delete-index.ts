/**
 * Finds words at Damerau-Levenshtein distance 1 without comparing with each: two words at that distance become equal, or
 * one becomes the other, if at most one character of each is deleted (symmetric delete, W. Garbe,
 * https://github.com/wolfgarbe/SymSpell; Bocek, Hunt and Stiller 2007, "Fast similarity search in large dictionaries").
 */

/** The word, and the word without each of its characters. */
function* deletions(word: string): Generator<string, void> {
  yield word
  for (let at = 0; at < word.length; at += 1) yield word.slice(0, at) + word.slice(at + 1)
}

/** How one word became another: the characters that differ at that place. */
export interface Edit {
  /** Where the words begin to differ. */
  readonly at: number
  /** The characters of the first word there: none if one was inserted, two if they were swapped. */
  readonly from: string
  readonly to: string
}

/**
 * The one edit between two words: a character replaced, inserted or deleted, or two neighbours swapped (optimal string
 * alignment). Undefined if the words are equal or differ by more.
 */
export const editBetween = (one: string, other: string): Edit | undefined => {
  if (one === other || Math.abs(one.length - other.length) > 1) return undefined
  let at = 0
  while (at < one.length && one[at] === other[at]) at += 1
  const isSame = (from: number, to: number) => one.slice(at + from) === other.slice(at + to)
  const edit = (from: number, to: number) => ({
    at,
    from: one.slice(at, at + from),
    to: other.slice(at, at + to),
  })
  if (one.length > other.length) return isSame(1, 0) ? edit(1, 0) : undefined
  if (one.length < other.length) return isSame(0, 1) ? edit(0, 1) : undefined
  if (isSame(1, 1)) return edit(1, 1)
  const isSwapped = one[at] === other[at + 1] && one[at + 1] === other[at]
  return isSwapped && isSame(2, 2) ? edit(2, 2) : undefined
}

/**
 * Characters that an edit of a word leaves at its beginning, or else at its end: it changes at most two, side by side.
 *
 * @param length of the word
 */
const keptChars = (length: number): number => Math.floor(Math.max(length - 1, 0) / 2)

/** Words, each with a value, by what they become without one character. */
export class DeleteIndex<T> {
  readonly #words = new Map<string, [word: string, value: T][]>()
  /** The halves of the words that one of their edits leaves: most names have none of them, and are not looked for. */
  readonly #begins = new Set<string>()
  readonly #ends = new Set<string>()
  #charsMax = 0

  /** @param word of a length L: takes L + 1 entries */
  add(word: string, value: T): void {
    const kept = keptChars(word.length)
    this.#begins.add(word.slice(0, kept))
    this.#ends.add(word.slice(word.length - kept))
    this.#charsMax = Math.max(this.#charsMax, word.length)
    for (const key of new Set(deletions(word))) {
      const words = this.#words.get(key) ?? []
      if (words.length === 0) this.#words.set(key, words)
      words.push([word, value])
    }
  }

  /** Yields the values of the words at distance 1, perhaps twice, each with the edit that makes its word the given one. */
  *near(given: string): Generator<readonly [value: T, edit: Edit], void> {
    if (given.length > this.#charsMax + 1 || !this.#mayBeNear(given)) return
    for (const key of deletions(given))
      for (const [word, value] of this.#words.get(key) ?? []) {
        const edit = editBetween(word, given)
        if (edit) yield [value, edit]
      }
  }

  /** A word at distance 1 is as long as the given one, or one character shorter or longer. */
  #mayBeNear(given: string): boolean {
    const { length } = given
    for (let kept = keptChars(length - 1); kept <= keptChars(length + 1); kept += 1)
      if (this.#begins.has(given.slice(0, kept)) || this.#ends.has(given.slice(length - kept))) return true
    return false
  }
}
