/** The site's own names: a list of domains that are skipped with everything below them. */
import { toALabels } from './idn.js'
import { isName } from './hostname.js'
import { suffixesOf } from './suffixes.js'

export interface BadLine {
  /** Counted from 1. */
  readonly line: number
  readonly text: string
  readonly why: string
}

export interface IgnoreList {
  readonly entries: readonly string[]
  readonly bad: readonly BadLine[]
}

/** Reads a list: one name a line, `#` begins a comment. */
export const parseIgnoreList = (text: string): IgnoreList => {
  const entries: string[] = []
  const bad: BadLine[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const written = raw.replace(/#.*/, '').trim()
    if (written === '') continue
    const entry = ignoreEntry(written)
    if (entry === undefined) bad.push({ line: index + 1, text: written, why: 'not a domain name' })
    else entries.push(entry)
  }
  return { entries, bad }
}

/**
 * One entry as it is compared: lower-case A-labels without the `*.` or `.` before and the dot behind; undefined
 * where that is no name.
 */
export const ignoreEntry = (written: string): string | undefined => {
  const name = toALabels(
    written
      .trim()
      .toLowerCase()
      .replace(/^\*?\./, '')
      .replace(/\.$/, ''),
  )
  return /^[a-z0-9_.-]+$/.test(name) && isName(name) ? name : undefined
}

/**
 * A test of names (in A-labels) against the entries. Throws on an entry that is no name: a list that is meant to
 * keep names inside must not shrink in silence.
 */
export const ignores = (written: Iterable<string>): ((name: string) => boolean) => {
  const entries = new Set<string>()
  for (const text of written) {
    const entry = ignoreEntry(text)
    if (entry === undefined) throw new TypeError(`ignore list: not a domain name: ${JSON.stringify(text)}`)
    entries.add(entry)
  }
  if (entries.size === 0) return () => false
  return name => {
    for (const suffix of suffixesOf(name)) if (entries.has(suffix)) return true
    return false
  }
}
