/** YAML text → plain values, and the line of each. Only what a configuration needs: no aliases, no tags. */
import { isAlias, isMap, isNode, isScalar, isSeq, Lexer, LineCounter, parseDocument, Parser } from 'yaml'
import { configNestingMax } from '../limits.js'
import type { ConfigFault } from './check.js'
import { excerpt } from './problem.js'
import { keyOf, type Path } from './settings.js'

export interface Tree {
  /** Undefined for an empty text. */
  readonly value: unknown
  /** The line of what stands at a path, or of the nearest thing that holds it. */
  readonly lineOf: (path: Path) => number
  /** What YAML allows and a configuration does not; the value is usable beside them. */
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

/** The library's message and a general remedy will do, but for these. */
const betterSaid = new Map([
  [
    'MULTIPLE_DOCS',
    ['more than one document', 'Keep one document: remove the line --- and what follows it.'],
  ],
  ['NON_STRING_KEY', ['a key that is not plain text', 'Write each key as one word.']],
  ['TAB_AS_INDENT', ['a tab as indentation', 'Indent with spaces.']],
])

/** Errors of the syntax. One mistake makes the parser stumble on: only the first error of a line is told. */
const syntaxErrors = (
  errors: readonly { code: string; message: string; pos: [number, number] }[],
  lines: LineCounter,
) => {
  const found = new Map<number, ConfigFault>()
  for (const { code, message, pos } of errors) {
    const { line } = lines.linePos(pos[0])
    const [said = excerpt(message), remedy = 'Correct the YAML there.'] = betterSaid.get(code) ?? []
    if (!found.has(line)) found.set(line, { line, key: '', message: said, remedy })
  }
  return [...found.values()]
}

/** Walks the nodes once, for the values, the lines and the findings. Nothing after a key counts as absent. */
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
    if (name === '__proto__') find(key, inner, 'unknown key', 'Remove it.') // zod would pass it over
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

/** Reads one YAML document; never throws. */
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
    logLevel: 'error', // or the library writes warnings to stderr itself
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false, // found below with its key, and without comparing each key with each
  })
  const errors = syntaxErrors(document.errors, lines)
  return errors.length > 0 ? { errors } : treeOf(document.contents, lines)
}
