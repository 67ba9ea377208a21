/** Problems of a configuration, and their messages: one printable line for each. */
import { problemCharsMax, problemsShownMax } from '../limits.js'

/** The Levenshtein distance of two words: the number of letters to insert, delete or replace. */
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

/** The known word nearest to a mistyped one; undefined if more than a third of the letters are wrong. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  const allowed = Math.max(1, Math.floor(word.length / 3))
  return known
    .filter(candidate => Math.abs(candidate.length - word.length) <= allowed)
    .map(candidate => ({ candidate, steps: distance(plain(word), plain(candidate)) }))
    .filter(({ steps }) => steps <= allowed)
    .sort((a, b) => a.steps - b.steps)[0]?.candidate
}

export interface Problem {
  /** The file, or `command line`. */
  readonly file: string
  /** Counted from 1; undefined if the problem is not in one line. */
  readonly line: number | undefined
  /** Such as `inputs[0].path`; empty for the file as a whole. */
  readonly key: string
  /** The problem, without full stop. */
  readonly message: string
  /** The remedy, as a sentence. */
  readonly remedy: string
}

/** Escapes control characters, so that a text cannot break a line or carry a terminal sequence. */
export const controlsEscaped = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, char => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)

/** Cuts a text to problemCharsMax and escapes control characters. */
export const excerpt = (text: string): string =>
  controlsEscaped(text.length > problemCharsMax ? `${text.slice(0, problemCharsMax)}…` : text)

/** `domainstats.yaml:12: inputs[0].path: required. Give the path of a log file, a directory or a glob.` */
export const problemLine = ({ file, line, key, message, remedy }: Problem): string => {
  const place = line === undefined ? controlsEscaped(file) : `${controlsEscaped(file)}:${line}`
  return `${place}: ${key === '' ? '' : `${key}: `}${message}. ${remedy}`
}

/** The configuration is invalid. The message has one line for each problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const more = problems.length - problemsShownMax
    const lines = problems.slice(0, problemsShownMax).map(problemLine)
    super([...lines, ...(more > 0 ? [`and ${more} more problems`] : [])].join('\n'))
    this.problems = problems
  }
}
