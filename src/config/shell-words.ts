/**
 * Splits a command line into words as Python's `shlex.split` does (in its POSIX mode), and finds what only a shell does:
 * pipes, redirections, substitutions. A word is never run by a shell here, so these would be plain characters of it.
 */

export type ShellWords =
  | {
      readonly words: readonly string[]
      /** What needs a shell, such as `|`, the first one; undefined if nothing does. */
      readonly needs: string | undefined
      /** The line in which every place is a parameter of a shell, each in the quotes that it stands in. */
      readonly quoted: (place: string) => string
    }
  | { readonly unreadable: string }

/** A piece in single quotes, in double quotes, behind a backslash, a bare one, or blanks. */
const pieces = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^ \t\r\n'"\\]+)|[ \t\r\n]+/gy

/** What a shell reads outside of quotes. A lone `&` within a word is none for us: URLs have it. */
const bareSyntax = /&&|\|\||\$\(|\$\{|\$(?=[\w@*#?!$-])|[|<>;`]|^&$|^~/
/** Double quotes do not keep a shell from these. */
const quotedSyntax = /\$\(|\$\{|\$(?=[\w@*#?!$-])|`/

interface Piece {
  readonly text: string
  /** As it stands in the line. */
  readonly raw: string
  readonly quote: "'" | '"' | ''
  /** Blanks: they end a word. */
  readonly ends: boolean
  readonly needs: string | undefined
}

const pieceOf = ([raw, single, double, escaped, bare]: RegExpExecArray): Piece => {
  const piece = { raw, quote: '' as const, ends: false, needs: undefined }
  if (single !== undefined) return { ...piece, text: single, quote: "'" }
  if (double !== undefined) {
    const needs = quotedSyntax.exec(double.replace(/\\[^]/g, '  '))?.[0]
    return { ...piece, text: double.replace(/\\(["\\])/g, '$1'), quote: '"', needs }
  }
  if (escaped !== undefined) return { ...piece, text: escaped }
  if (bare !== undefined) return { ...piece, text: bare, needs: bareSyntax.exec(bare)?.[0] }
  return { ...piece, text: '', ends: true }
}

const piecesOf = (line: string): { readonly all: readonly Piece[]; readonly end: number } => {
  const all: Piece[] = []
  pieces.lastIndex = 0
  let end = 0
  for (let found = pieces.exec(line); found; found = pieces.exec(line)) {
    all.push(pieceOf(found))
    end = pieces.lastIndex
  }
  return { all, end }
}

/** `$1`, so that a shell takes it as one word in each kind of quotes. */
const parameters: Readonly<Record<Piece['quote'], string>> = { "'": `'"$1"'`, '"': '$1', '': '"$1"' }

/** Splits a command line. */
export const splitWords = (line: string): ShellWords => {
  const { all, end } = piecesOf(line)
  if (end < line.length)
    return {
      unreadable:
        line[end] === '\\' ? 'ends with a backslash' : `has a quote (${line[end] ?? ''}) that is not closed`,
    }
  const words: string[] = []
  let isOpen = false
  for (const { text, ends } of all) {
    if (ends) isOpen = false
    else if (isOpen) words.push(`${words.pop() ?? ''}${text}`)
    else {
      words.push(text)
      isOpen = true
    }
  }
  return {
    words,
    needs: all.find(({ needs }) => needs !== undefined)?.needs,
    quoted: place => all.map(({ raw, quote }) => raw.replaceAll(place, parameters[quote])).join(''),
  }
}
