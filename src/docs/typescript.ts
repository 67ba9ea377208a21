/** Reads names and their comments from TypeScript sources, for the generated pages of docs/. */
import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** A name and its comment. */
export interface Described {
  readonly name: string
  /** The comment in one line; empty if there is none. */
  readonly text: string
}

export interface Constant extends Described {
  /** The heading of its part: the last comment of the form `/* … *\/` before it. */
  readonly part: string
}

export interface Variant extends Described {
  readonly fields: readonly (Described & { readonly type: string; readonly isOptional: boolean })[]
}

/** @param path relative to the folder of the project */
export const parseFile = (path: string): ts.SourceFile => parseText(readFileSync(path, 'utf8'), path)

export const parseText = (text: string, path = 'text.ts'): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)

const bare = (comment: string): string =>
  comment
    .replace(/^\/\*+|\s*\*+\/$/g, '')
    .replace(/^\s*\*/gm, '')
    .replace(/\s+/g, ' ')
    .trim()

/** The last doc comment in the text before a node. */
const docIn = (text: string): string => bare([...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].at(-1)?.[0] ?? '')
const docOf = (node: ts.Node): string => docIn(node.getFullText().slice(0, node.getLeadingTriviaWidth()))

/** The exported constants in their order. A comment of the form `/* … *\/` begins a part. */
export const constantsOf = (file: ts.SourceFile): Constant[] => {
  let part = ''
  return file.statements.filter(ts.isVariableStatement).flatMap(statement => {
    const before = statement.getFullText().slice(0, statement.getLeadingTriviaWidth())
    part = bare(/\/\*(?!\*)[\s\S]*?\*\//.exec(before)?.[0] ?? '') || part
    const isExported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    if (isExported !== true) return []
    return statement.declarationList.declarations.map(({ name }) => ({
      ...{ name: name.getText(), text: docIn(before), part },
    }))
  })
}

/** @throws Error if the file has no such union type */
const unionOf = (file: ts.SourceFile, name: string): ts.UnionTypeNode => {
  const type = file.statements.filter(ts.isTypeAliasDeclaration).find(found => found.name.text === name)?.type
  if (!type || !ts.isUnionTypeNode(type)) throw new Error(`${file.fileName} has no union ${name}`)
  return type
}

/** The members of a union, each with the text before it. */
const membersOf = (file: ts.SourceFile, name: string): [member: ts.TypeNode, before: string][] => {
  const union = unionOf(file, name)
  return union.types.map((member, at) => {
    const from = union.types[at - 1]?.end ?? union.getFullStart()
    return [member, file.text.slice(from, member.getStart())]
  })
}

/** The members of a union of texts (`'NEW' | 'ESTABLISHED'`), each with the comment before it. */
export const textsOf = (file: ts.SourceFile, name: string): Described[] =>
  membersOf(file, name).map(([member, before]) => ({
    ...{ name: member.getText().slice(1, -1), text: docIn(before) },
  }))

/** The variants of a union discriminated by `kind`, each with the comment before it and its other fields. */
export const variantsOf = (file: ts.SourceFile, name: string): Variant[] =>
  membersOf(file, name).map(([member, before]) => {
    if (!ts.isTypeLiteralNode(member)) throw new Error(`${member.getText()} is no object`)
    const fields = member.members.filter(ts.isPropertySignature).map(field => ({
      ...{ name: field.name.getText(), text: docOf(field), type: field.type?.getText() ?? 'unknown' },
      isOptional: field.questionToken !== undefined,
    }))
    const kind = fields.find(field => field.name === 'kind')?.type.slice(1, -1) ?? ''
    return { name: kind, text: docIn(before), fields: fields.filter(field => field.name !== 'kind') }
  })

/** The texts of an array such as `['empty', // a blank line`, each with the comment behind it. */
export const listOf = (file: ts.SourceFile, name: string): Described[] => {
  const [, list = ''] =
    new RegExp(`^export const ${name} = \\[([^]*?)^\\] as const`, 'm').exec(file.text) ?? []
  return [...list.matchAll(/^ *'([^']+)',(?: \/\/ (.*))?$/gm)].map(([, name = '', text = '']) => ({
    name,
    text,
  }))
}
