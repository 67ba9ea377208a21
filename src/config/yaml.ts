/** Parses YAML into plain values with their lines. Aliases and tags are refused: a configuration needs none. */
import { isAlias, isMap, isNode, isScalar, isSeq, Lexer, LineCounter, parseDocument, Parser } from 'yaml'
import { configNestingMax } from '../limits.js'
import type { ConfigFault } from './check.js'
import { excerpt } from './problem.js'
import { keyOf, type Path } from './settings.js'

export interface Tree {
  /** Undefined for an empty text. */
  readonly value: unknown
  /** The line of the value at a path, or of its nearest parent. */
  readonly lineOf: (path: Path) => number
  /** Features of YAML that a configuration must not use. `value` is usable nevertheless. */
  readonly findings: readonly ConfigFault[]
}

const tooDeepAt = (text: string): number | undefined => {
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(text)) {
    Array.from(parser.next(lexeme))
    if (parser.stack.length > configNestingMax) return parser.offset
  }
  return undefined
}

/** Our own messages and remedies, for errors of which the library's message is not clear. */
const ownMessages = new Map([
  [
    'MULTIPLE_DOCS',
    ['more than one document', 'Keep one document: remove the line --- and what follows it.'],
  ],
  ['NON_STRING_KEY', ['a key that is not plain text', 'Write each key as one word.']],
  ['TAB_AS_INDENT', ['a tab as indentation', 'Indent with spaces.']],
])

/** Syntax errors. One mistake causes further errors, so only the first of each line is kept. */
const syntaxErrors = (
  errors: readonly { code: string; message: string; pos: [number, number] }[],
  lines: LineCounter,
) => {
  const found = new Map<number, ConfigFault>()
  for (const { code, message, pos } of errors) {
    const { line } = lines.linePos(pos[0])
    const [own = excerpt(message), remedy = 'Correct the YAML there.'] = ownMessages.get(code) ?? []
    if (!found.has(line)) found.set(line, { line, key: '', message: own, remedy })
  }
  return [...found.values()]
}

/** Walks the nodes once, for values, lines and findings. A key without a value counts as absent. */
const treeOf = (contents: unknown, lines: LineCounter): Tree => {
  const lineByKey = new Map<string, number>()
  const findings: ConfigFault[] = []
  const lineAt = (node: unknown): number => lines.linePos(isNode(node) ? (node.range?.[0] ?? 0) : 0).line
  const find = (node: unknown, path: Path, message: string, remedy: string) =>
    findings.push({ line: lineAt(node), key: excerpt(keyOf(path)), message, remedy })

  const pairOf = (path: Path, key: unknown, value: unknown): [string, unknown] => {
    const name = isScalar(key) ? String(key.value) : ''
    const inner = [...path, name]
    const first = lineByKey.get(keyOf(inner))
    if (first !== undefined) find(key, inner, `given twice, first on line ${first}`, 'Keep one of the two.')
    if (name === '__proto__') find(key, inner, 'unknown key', 'Remove it.') // zod would ignore it
    lineByKey.set(keyOf(inner), lineAt(key))
    return [name, valueOf(value, inner)]
  }

  const valueOf = (node: unknown, path: Path): unknown => {
    if (isNode(node) && node.tag !== undefined) find(node, path, 'tags are not supported', 'Remove the tag.')
    if (isAlias(node)) find(node, path, 'aliases are not supported', 'Write the value out.')
    if (isMap(node)) return Object.fromEntries(node.items.map(pair => pairOf(path, pair.key, pair.value)))
    if (!isSeq(node)) return isScalar(node) ? (node.value ?? undefined) : undefined
    return node.items.map((item, index) => {
      lineByKey.set(keyOf([...path, index]), lineAt(item))
      return valueOf(item, [...path, index])
    })
  }

  const lineOf = (path: Path): number =>
    path.length === 0 ? lineAt(contents) : (lineByKey.get(keyOf(path)) ?? lineOf(path.slice(0, -1)))

  return { value: valueOf(contents, []), lineOf, findings }
}

/** Parses one YAML document. Never throws. */
export const readYaml = (text: string): Tree | { readonly errors: readonly ConfigFault[] } => {
  const lines = new LineCounter()
  const whole = (at: number, message: string, remedy: string) => ({
    errors: [{ line: text.slice(0, at).split('\n').length, key: '', message, remedy }],
  })
  const control = text.search(/(?![\t\r\n])\p{Cc}/u)
  if (control >= 0) return whole(control, 'a control character', 'Remove it; a configuration is plain text.')
  const deep = tooDeepAt(text)
  if (deep !== undefined) return whole(deep, 'nested too deeply', 'Remove the inner brackets or dashes.')
  const document = parseDocument(text, {
    lineCounter: lines,
    logLevel: 'error', // otherwise the library writes warnings to stderr
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false, // treeOf finds duplicates, names them, and does not compare all pairs of keys
  })
  const errors = syntaxErrors(document.errors, lines)
  return errors.length > 0 ? { errors } : treeOf(document.contents, lines)
}
