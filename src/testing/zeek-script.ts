/**
 * Checks Zeek scripts without Zeek: not their whole grammar, but the mistakes that a change of ours could bring in. Blocks and
 * texts that do not end, a missing semicolon, a name that is nowhere declared, an event with other parameters, a function with
 * another number of arguments, a field that a record does not have.
 */
import { posix } from 'node:path'
import {
  zeekAttributes,
  zeekEvents,
  zeekFunctions,
  zeekLoads,
  zeekNames,
  zeekRecords,
  zeekWords,
} from './zeek-reference.js'

interface Token {
  readonly kind: 'name' | 'value' | 'attribute' | 'load' | 'sign'
  readonly text: string
  readonly line: number
}

export interface ZeekField {
  readonly name: string
  /** Without blanks around `[` and `]`: `vector of string`. */
  readonly type: string
  /** May be missing: it is `&optional`, or has a `&default`. */
  readonly optional: boolean
}

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

// In this order: a port and an interval begin like a number, a pattern like a division (which these scripts do not need).
const shapes: readonly (readonly [RegExp, Token['kind'] | undefined])[] = [
  [/\s+|#[^\n]*/y, undefined],
  [/@load[ \t]+\S+/y, 'load'],
  [/"(?:[^"\\\n]|\\.)*"/y, 'value'],
  [/\d+\/(?:tcp|udp|icmp)\b|\d+(?:\.\d+)*(?:usec|msec|sec|min|hr|day)?s?\b/y, 'value'],
  [/\/(?:[^/\\\n]|\\.)+\/i?/y, 'value'],
  [/&[a-z]\w*/y, 'attribute'],
  [/(?:\w+::)*[A-Za-z_]\w*/y, 'name'],
  [/\?\$|[!=<>+-]=|&&|\|\||\+\+|--|[()[\]{}<>=+\-*!?:;,.$|]/y, 'sign'],
]

/** @throws Error where a text does not end, or a character does not belong into a script */
const tokensOf = (text: string): Token[] => {
  const tokens: Token[] = []
  let at = 0
  let line = 1
  while (at < text.length) {
    const found = shapes
      .map(([shape, kind]) => {
        shape.lastIndex = at
        return { kind, piece: shape.exec(text)?.[0] ?? '' }
      })
      .find(({ piece }) => piece !== '')
    if (!found) throw new Error(`line ${line}: ${JSON.stringify(text.slice(at, at + 20))} is no Zeek`)
    if (found.kind) tokens.push({ kind: found.kind, text: found.piece, line })
    line += found.piece.split('\n').length - 1
    at += found.piece.length
  }
  return tokens
}

const unbalanced = (tokens: readonly Token[]): string[] => {
  const open: Token[] = []
  for (const token of tokens) {
    if (token.kind !== 'sign') continue
    if (token.text in closing) open.push(token)
    else if (')]}'.includes(token.text)) {
      const last = open.pop()
      if (last === undefined) return [`line ${token.line}: ${token.text} closes nothing`]
      if (closing[last.text] !== token.text)
        return [`line ${token.line}: ${token.text} closes the ${last.text} of line ${last.line}`]
    }
  }
  return open.map(({ text, line }) => `line ${line}: ${text} is not closed`)
}

const isOperand = ({ kind, text }: Token): boolean =>
  kind === 'value' || text === 'T' || text === 'F' || (kind === 'name' && !zeekWords.has(text))

/** Words that begin a statement or a declaration. */
const beginnings: ReadonlySet<string> = new Set(
  'export redef global const option local type function if for while when return next break print add delete'.split(
    ' ',
  ),
)

/** Two values with nothing between them, or a block that ends in one: a semicolon, a comma or an operator was forgotten. */
const unseparated = (tokens: readonly Token[]): string[] =>
  tokens.flatMap((token, i) => {
    const next = tokens[i + 1]
    if (!next) return []
    const isAdjacent = isOperand(token) && (isOperand(next) || beginnings.has(next.text))
    const isOpenEnd = next.text === '}' && (isOperand(token) || token.text === ')') && !isListEnd(tokens, i)
    return isAdjacent || isOpenEnd ? [`line ${token.line}: something is missing behind ${token.text}`] : []
  })

/** What is behind `at` ends a list (`= { "a", "b" }`, `enum += { A, B }`, `schedule 1sec { e() }`), not a block. */
const isListEnd = (tokens: readonly Token[], at: number): boolean => {
  let depth = 0
  for (let i = at; i >= 0; i -= 1) {
    const text = tokens[i]?.text ?? ''
    if (text === '}' || text === ')' || text === ']') depth += 1
    else if (text === '(' || text === '[') depth -= 1
    else if (text === '{' && depth-- === 0)
      return ['=', '+='].includes(tokens[i - 1]?.text ?? '') || tokens[i - 2]?.text === 'schedule'
  }
  return false
}

/** What stands between the bracket at `open` and the one that closes it, cut at the commas between. */
const partsIn = (tokens: readonly Token[], open: number, separator = ','): Token[][] => {
  const parts: Token[][] = [[]]
  let depth = 0
  for (const token of tokens.slice(open)) {
    if (token.kind === 'sign' && token.text in closing) depth += 1
    if (token.kind === 'sign' && ')]}'.includes(token.text)) depth -= 1
    if (depth === 0) break
    if (depth === 1 && token.text === separator) parts.push([])
    else if (parts.length > 1 || parts[0]?.length !== 0 || depth > 1 || !(token.text in closing))
      parts.at(-1)?.push(token)
  }
  return parts.filter(part => part.length > 0)
}

const joined = (tokens: readonly Token[]): string =>
  tokens
    .map(({ text }) => text)
    .join(' ')
    .replace(/ ?([[\],]) ?/g, '$1')

const fieldOf = (tokens: readonly Token[]): ZeekField => {
  const attributes = tokens.findIndex(({ kind }) => kind === 'attribute')
  const type = tokens.slice(2, attributes === -1 ? undefined : attributes)
  return {
    name: tokens[0]?.text ?? '',
    type: joined(type),
    optional: tokens.some(({ text }) => text === '&optional' || text === '&default'),
  }
}

/** The records that a script declares, by name. */
export const recordsOf = (text: string): ReadonlyMap<string, readonly ZeekField[]> => {
  const tokens = tokensOf(text)
  return new Map(
    tokens.flatMap(({ text }, i) =>
      text === 'record' && tokens[i - 3]?.text === 'type'
        ? [[tokens[i - 2]?.text ?? '', partsIn(tokens, i + 1, ';').map(fieldOf)] as const]
        : [],
    ),
  )
}

const moduleOf = (tokens: readonly Token[]): string | undefined =>
  tokens.find((_, i) => tokens[i - 1]?.text === 'module')?.text

const declares = new Set(['global', 'const', 'option', 'local', 'function', 'event', 'hook', 'type'])

/** Every name that the script itself brings in, wherever it is valid. */
const declaredIn = (tokens: readonly Token[]): string[] =>
  namesDeclaredIn(tokens).map(name => (name.includes('::') ? name : `${moduleOf(tokens) ?? ''}::${name}`))

const namesDeclaredIn = (tokens: readonly Token[]): string[] =>
  tokens.flatMap(({ kind, text }, i) => {
    const [before, after] = [tokens[i - 1]?.text ?? '', tokens[i + 1]?.text ?? '']
    if (text === '+=' && tokens[i - 2]?.text === 'enum')
      return partsIn(tokens, i + 1).map(part => part[0]?.text ?? '')
    if (kind !== 'name' || zeekWords.has(text)) return []
    const isRedef = tokens[i - 2]?.text === 'redef'
    const isLoop = after === 'in' && before === '(' && tokens[i - 2]?.text === 'for'
    return (declares.has(before) && !isRedef) || after === ':' || isLoop ? [text] : []
  })

/** One script among those of its package. */
interface Known {
  readonly names: ReadonlySet<string>
  readonly records: Readonly<Record<string, readonly string[]>>
}

const unknownNames = (tokens: readonly Token[], module: string, { names, records }: Known): string[] => {
  const fields = new Set(Object.values(records).flatMap(all => all.map(field => field.replace('!', ''))))
  return tokens.flatMap(({ kind, text, line }, i) => {
    const before = tokens[i - 1]?.text ?? ''
    if (kind === 'attribute')
      return zeekAttributes.has(text) ? [] : [`line ${line}: the attribute ${text} is not listed`]
    if (kind !== 'name' || zeekWords.has(text)) return []
    if (before === '$' || before === '?$')
      return fields.has(text) ? [] : [`line ${line}: no record has a field ${text}`]
    const own = text.includes('::') ? text : `${module}::${text}`
    const isKnown =
      names.has(own) || [zeekEvents, zeekFunctions, zeekRecords, zeekNames].some(list => text in list)
    return isKnown || before === 'module' ? [] : [`line ${line}: ${text} is neither declared nor listed`]
  })
}

/** Calls, handlers and constructors that do not fit the reference, or the record that the package declares. */
const misuses = (tokens: readonly Token[], { records }: Known): string[] =>
  tokens.flatMap(({ text, line }, i) => {
    if (tokens[i + 1]?.text !== '(') return []
    const parts = partsIn(tokens, i + 1)
    const handled = tokens[i - 1]?.text === 'event' ? zeekEvents[text] : undefined
    if (handled) {
      const types = parts.map(part => joined(part.slice(2))).join(', ')
      return types === handled.params.join(', ')
        ? []
        : [`line ${line}: ${text} has (${handled.params.join(', ')})`]
    }
    const params = zeekFunctions[text]?.params
    if (params) {
      const least = params.filter(param => !param.endsWith('?') && param !== '...').length
      const fits = parts.length >= least && (params.at(-1) === '...' || parts.length <= params.length)
      return fits ? [] : [`line ${line}: ${text} has (${params.join(', ')})`]
    }
    const fields = records[text]
    if (!fields) return []
    const given = parts.map(part => (part[0]?.text === '$' ? (part[1]?.text ?? '') : joined(part)))
    const wrong = given.filter(name => !fields.includes(name) && !fields.includes(`${name}!`))
    const missing = fields.filter(field => field.endsWith('!') && !given.includes(field.slice(0, -1)))
    return [
      ...wrong.map(name => `line ${line}: ${text} has no field ${name}`),
      ...missing.map(field => `line ${line}: ${text} needs ${field.slice(0, -1)}`),
    ]
  })

const problemsIn = (
  path: string,
  tokens: readonly Token[],
  paths: readonly string[],
  known: Known,
): string[] => {
  const lost = tokens
    .filter(({ kind }) => kind === 'load')
    .map(({ text, line }) => ({ target: text.replace(/^@load\s+/, ''), line }))
    .filter(({ target }) =>
      target.startsWith('.')
        ? !paths.includes(`${posix.join(posix.dirname(path), target)}.zeek`)
        : !zeekLoads.has(target),
    )
    .map(({ target, line }) => `line ${line}: @load ${target} leads nowhere`)
  const module = moduleOf(tokens)
  const isDeclaring = tokens.some(({ text }) =>
    ['global', 'type', 'function', 'event', 'option'].includes(text),
  )
  const unnamed = isDeclaring && module === undefined ? ['declares without a module'] : []
  const hidden = isDeclaring && !tokens.some(({ text }) => text === 'export') ? ['exports nothing'] : []
  return [
    ...[...lost, ...unnamed, ...hidden, ...unbalanced(tokens), ...unseparated(tokens)],
    ...[...unknownNames(tokens, module ?? '', known), ...misuses(tokens, known)],
  ]
}

/**
 * Checks the scripts of a package together.
 *
 * @param scripts by path, with `/`
 * @returns what is wrong, each as `path: line N: …`
 */
export const problemsOf = (scripts: Readonly<Record<string, string>>): string[] => {
  const read = Object.entries(scripts).map(([path, text]) => {
    try {
      return { path, text, tokens: tokensOf(text) }
    } catch (error) {
      return { path, text, tokens: [], failed: error instanceof Error ? error.message : String(error) }
    }
  })
  const whole = read.filter(({ failed }) => failed === undefined)
  const own = whole.flatMap(({ text, tokens }) =>
    [...recordsOf(text)].map(([name, fields]) => {
      const marked = fields.map(({ name, optional }) => (optional ? name : `${name}!`))
      return [[name, marked] as const, [`${moduleOf(tokens) ?? ''}::${name}`, marked] as const]
    }),
  )
  const known: Known = {
    names: new Set(whole.flatMap(({ tokens }) => declaredIn(tokens))),
    records: Object.fromEntries([
      ...Object.entries(zeekRecords).map(([name, { fields }]) => [name, fields] as const),
      ...own.flat(),
    ]),
  }
  return read.flatMap(({ path, tokens, failed }) =>
    (failed === undefined ? problemsIn(path, tokens, Object.keys(scripts), known) : [failed]).map(
      problem => `${path}: ${problem}`,
    ),
  )
}
