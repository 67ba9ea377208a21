/** The site's own names: a list of domains that are skipped with everything below them. */
import { ignoreEntry, readIgnoreLine } from './ignore-line.js'
import { suffixesOf } from './suffixes.js'

export class IgnoreList {
  /** In A-labels. Each stands for itself and all below it. */
  readonly #names = new Set<string>()

  get size(): number {
    return this.#names.size
  }

  /**
   * Adds names as settings hold them. Throws on an entry that is no name: a list that is meant to keep names inside
   * must not shrink in silence.
   *
   * @param setting whose names they are, for that error
   */
  static of(written: Iterable<string>, setting = 'ignore list'): IgnoreList {
    const list = new IgnoreList()
    for (const text of written) {
      const entry = ignoreEntry(text)
      if (entry === undefined) throw new TypeError(`${setting}: not a domain name: ${JSON.stringify(text)}`)
      list.#names.add(entry)
    }
    return list
  }

  /** Adds what a line of a list names; says why where the line is refused. */
  addLine(line: string): string | undefined {
    const read = readIgnoreLine(line)
    if (typeof read === 'string') return read
    for (const entry of read) this.#names.add(entry)
    return undefined
  }

  /** Whether a name (in A-labels) stands on the list, or lies below one that does. */
  covers(name: string): boolean {
    if (this.#names.size === 0) return false
    for (const suffix of suffixesOf(name)) if (this.#names.has(suffix)) return true
    return false
  }
}
