/** Changes one setting in the text of a configuration. All other bytes stay the same. */
import { isDeepStrictEqual } from 'node:util'
import { isCollection, isMap, isNode, parseDocument, stringify, type YAMLMap } from 'yaml'

type Path = readonly [string, ...string[]]
const isPath = (keys: readonly string[]): keys is Path => keys.length > 0

/** Wraps a value in its keys: `5` at `rdap.per_second` becomes `{ rdap: { per_second: 5 } }`. */
export const nested = (keys: readonly string[], value: unknown): unknown =>
  keys.reduceRight((inner, key) => ({ [key]: inner }), value)

const parse = (text: string) =>
  parseDocument(text, { logLevel: 'error', prettyErrors: false, stringKeys: true, uniqueKeys: false })

/** A value in flow style, valid in any line, in brackets or not. */
const inline = (value: unknown): string =>
  stringify([value], { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 })
    .trim()
    .slice(1, -1)

/** A value in block style; all lines but the first begin with the indent. */
const block = (value: unknown, indent: string): string =>
  stringify(value, { lineWidth: 0 }).trimEnd().replaceAll('\n', `\n${indent}`)

const isBlock = (node: unknown): boolean => isCollection(node) && node.flow !== true && node.items.length > 0

const startOf = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0)

/** The end of a node, without a comment behind it. */
const endOf = (node: unknown): number => {
  if (isMap(node) && isBlock(node)) return endOf(node.items.at(-1)?.value)
  if (isCollection(node) && isBlock(node)) return endOf(node.items.at(-1))
  return isNode(node) ? (node.range?.[1] ?? 0) : 0
}

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1
/** The start of the next line. From `at - 1`, since a block scalar (`|`) ends with its newline. */
const nextLine = (text: string, at: number): number => text.indexOf('\n', at - 1) + 1 || text.length

/** The spaces before a node that begins a line. */
const indentOf = (text: string, node: unknown): string => {
  const at = startOf(node)
  return /^ */.exec(text.slice(lineStart(text, at), at))?.[0] ?? ''
}

const put = (text: string, from: number, to: number, piece: string): string => {
  const lines = text.includes('\r\n') ? piece.replaceAll('\n', '\r\n') : piece
  return text.slice(0, from) + lines + text.slice(to)
}

const putLines = (text: string, at: number, lines: string): string =>
  put(text, at, at, `${at === 0 || text[at - 1] === '\n' ? '' : '\n'}${lines}\n`)

const replace = (text: string, node: unknown, value: unknown): string => {
  const [from, to] = [startOf(node), endOf(node)]
  if (isBlock(node)) return put(text, from, to, block(value, indentOf(text, node)))
  if (from < to) return put(text, from, to, inline(value))
  const colon = text.lastIndexOf(':', from - 1) + 1
  return put(text, colon, colon, ` ${inline(value)}`)
}

const insert = (text: string, map: YAMLMap, key: string, value: unknown, isRoot: boolean): string => {
  const at = startOf(map) + 1
  if (map.flow === true)
    return put(text, at, at, ` ${key}: ${inline(value)}${map.items.length > 0 ? ',' : ' '}`)
  const indent = indentOf(text, map)
  const lines = `${indent}${block({ [key]: value }, indent)}`
  return putLines(text, isRoot ? text.length : nextLine(text, endOf(map)), lines)
}

/** Adds a setting to a file without keys: it is empty, or holds `~`. */
const append = (text: string, nothing: unknown, value: unknown): string => {
  const bare = put(text, startOf(nothing), endOf(nothing), '')
  return putLines(bare, bare.length, block(value, ''))
}

const splice = (text: string, map: unknown, [key, ...rest]: Path, value: unknown, isRoot = true): string => {
  if (!isMap(map)) return append(text, map, nested([key, ...rest], value))
  const pair = map.items.find(item => isNode(item.key) && String(item.key) === key)
  if (pair === undefined) return insert(text, map, key, nested(rest, value), isRoot)
  if (isPath(rest) && isMap(pair.value)) return splice(text, pair.value, rest, value, false)
  if (value !== undefined) return replace(text, pair.value, nested(rest, value))
  return put(text, lineStart(text, startOf(pair.key)), nextLine(text, endOf(pair.value)), '')
}

/** Changes it with the library: comments and order stay, blanks and quotes may change. */
const rewrite = (text: string, path: Path, value: unknown) => {
  const document = parse(text)
  if (!isMap(document.contents)) document.contents = null
  const [key, ...rest] = path
  if (value === undefined) document.deleteIn(path)
  else if (document.contents === null || isMap(document.get(key, true))) document.setIn(path, value)
  else document.set(key, nested(rest, value))
  return document
}

/**
 * Changes one setting in place. If the result would mean something else, as in unusual YAML, the library rewrites the whole
 * text; comments and order stay even then.
 *
 * @param text a valid configuration
 * @param keys the keys of the setting: `['rdap', 'per_second']`
 * @param value undefined removes the setting
 */
export const editYaml = (text: string, keys: readonly string[], value: unknown): string => {
  const document = parse(text)
  if (!isPath(keys) || (value === undefined && !document.hasIn(keys))) return text
  const wanted = rewrite(text, keys, value)
  const spliced = splice(text, document.contents, keys, value)
  const got = parse(spliced)
  const isRight = got.errors.length === 0 && isDeepStrictEqual(got.toJS(), wanted.toJS())
  return isRight ? spliced : wanted.toString({ lineWidth: 0 })
}
