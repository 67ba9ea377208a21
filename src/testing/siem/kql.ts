/**
 * The part of the Kibana Query Language that our queries use: fields with values, lists of values and `*`, joined by and,
 * or, not and parentheses. https://www.elastic.co/docs/explore-analyze/query-filter/languages/kql
 */
import { matchesPattern } from './index-template.js'
import { flatten, type Json } from './ingest-document.js'

type Holds = (document: ReadonlyMap<string, readonly string[]>) => boolean

export interface Query {
  /** The names of the fields in it, each once. */
  readonly fields: readonly string[]
  readonly matches: (source: Json) => boolean
}

/** Words, quoted texts and punctuation. */
const tokensOf = (text: string): string[] => {
  const token = /\s*("(?:[^"\\]|\\.)*"|[():]|[^\s():"]+)/y
  const tokens: string[] = []
  while (token.lastIndex < text.trimEnd().length) {
    const [, found] = token.exec(text) ?? []
    if (found === undefined) throw new Error(`no KQL of ours: ${text}`)
    tokens.push(found)
  }
  return tokens
}

class Parser {
  readonly fields = new Set<string>()
  #at = 0

  constructor(readonly tokens: readonly string[]) {}

  #take(expected?: string): string {
    const token = this.tokens[this.#at++]
    if (token === undefined || (expected !== undefined && token !== expected))
      throw new Error(`${String(token)} in a query, not ${expected ?? 'a word'}`)
    return token
  }

  #takes(word: string): boolean {
    if (this.tokens[this.#at]?.toLowerCase() !== word) return false
    this.#at++
    return true
  }

  /** A chain of `or`s of `and`s; `one` reads what stands between them. */
  #chain(one: () => Holds): Holds {
    const all = (): Holds => {
      const parts = [one()]
      while (this.#takes('and')) parts.push(one())
      return document => parts.every(part => part(document))
    }
    const parts = [all()]
    while (this.#takes('or')) parts.push(all())
    return document => parts.some(part => part(document))
  }

  query(): Holds {
    const holds = this.#chain(() => this.#term())
    if (this.#at < this.tokens.length) throw new Error(`${this.#take()} behind the end of a query`)
    return holds
  }

  #term(): Holds {
    if (this.#takes('not')) {
      const inner = this.#term()
      return document => !inner(document)
    }
    if (this.#takes('(')) {
      const inner = this.#chain(() => this.#term())
      this.#take(')')
      return inner
    }
    const field = this.#take()
    this.#take(':')
    this.fields.add(field)
    if (!this.#takes('(')) return this.#value(field)
    const values = this.#chain(() => this.#value(field))
    this.#take(')')
    return values
  }

  #value(field: string): Holds {
    const token = this.#take()
    if (/^[():]$|^(and|or|not)$/i.test(token)) throw new Error(`${token} is no value of ${field}`)
    const isQuoted = token.startsWith('"')
    const text = isQuoted ? token.slice(1, -1).replace(/\\(.)/g, '$1') : token
    const fits = (value: string) => (isQuoted ? value === text : matchesPattern(text, value))
    return document => document.get(field)?.some(fits) === true
  }
}

/** @throws Error for what is no KQL, or more of it than is read here */
export const readKql = (text: string): Query => {
  const parser = new Parser(tokensOf(text))
  const holds = parser.query()
  return {
    fields: [...parser.fields],
    matches: source =>
      holds(new Map(flatten(source).map(([name, value]) => [name, [value].flat().map(String)]))),
  }
}
