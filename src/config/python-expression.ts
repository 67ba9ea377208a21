/**
 * Rewrites a regular expression of Python's `re` for JavaScript, where both read the same text in another way
 * (https://docs.python.org/3/library/re.html). What JavaScript refuses anyway is left as it is: the settings say so then.
 */

export interface RewrittenExpression {
  /** Named groups are as Python writes them: settings may have both. */
  readonly regex: string
  /** Those that stand in the expression: `(?i)`. */
  readonly flags: readonly ('multiline' | 'ignorecase' | 'dotall')[]
  /** What it has that JavaScript would read as something else, and that cannot be rewritten; undefined for nothing. */
  readonly unreadable: string | undefined
  readonly groups: { readonly named: number; readonly unnamed: number }
}

/** A set of characters, an escape, a comment, the start of a group, a repetition without a lower bound, or a `$`. */
const parts = /\[\^?\]?(?:\\[^]|[^\]\\])*\]|\\[^]|\(\?#[^)]*\)|\((?:\?(?:P?<(?![=!])|[^)<])?)?|\{,(\d+)\}|\$/g

const leadingFlags = /^\(\?([aiLmsux]+)\)/
const flagNames = { i: 'ignorecase', m: 'multiline', s: 'dotall' } as const
type FlagLetter = keyof typeof flagNames
const isFlagLetter = (letter: string): letter is FlagLetter => Object.hasOwn(flagNames, letter)

/** The end of the text, or a newline before it: what `$` means to Python. */
const pythonEnd = '(?=\\n?$)'

/** @param multiline whether `^` and `$` stand for the ends of lines */
export const rewritePython = (expression: string, multiline: boolean): RewrittenExpression => {
  const [head = '', letters = ''] = leadingFlags.exec(expression) ?? []
  const flags = [...new Set(letters)].filter(isFlagLetter).map(letter => flagNames[letter])
  const byLine = multiline || flags.includes('multiline')
  let unreadable = letters.includes('x') ? '(?x)' : undefined
  const groups = { named: 0, unnamed: 0 }

  const escapes = new Map([
    ['\\A', byLine ? '(?<![^])' : '^'],
    ['\\Z', byLine ? '(?![^])' : '$'],
    ['\\a', '\\x07'],
  ])
  const rewritten = (part: string, most?: string): string => {
    if (part === '$') return byLine ? part : pythonEnd
    if (most !== undefined) return `{0,${most}}`
    // To JavaScript [] is a set of nothing; to Python its first ] is a character of it.
    if (part.startsWith('[')) return part.replace(/^(\[\^?)\]/, '$1\\]')
    if (part.startsWith('(?#')) return ''
    if (part === '(') groups.unnamed += 1
    if (/^\(\?P?<$/.test(part)) groups.named += 1
    if (part === '\\N' || part === '\\U') unreadable ??= part
    return escapes.get(part) ?? part
  }
  const regex = expression.slice(head.length).replace(parts, (part, most?: string) => rewritten(part, most))
  return { regex, flags, unreadable, groups }
}
