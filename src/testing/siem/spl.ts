/**
 * Expressions and searches of Splunk, as far as samples/siem/splunk uses them; all others are refused.
 * https://help.splunk.com/en/splunk-enterprise/search/spl-search-reference
 */
import { matchesPattern } from './index-template.js'

/** The fields of an event at search time. A field with several values is a list. */
export type SplunkEvent = ReadonlyMap<string, SplunkValue>
export type SplunkValue = string | readonly string[]

/** A value in an expression; undefined is null. */
type Result = SplunkValue | number | boolean | undefined
type Expression = (event: SplunkEvent) => Result

const tokensOf = (text: string): string[] => {
  const token = /\s*("[^"\\]*"|'[^']+'|==|!=|[<>]=?|[(),=|]|[^\s"'(),=|<>!]+)/y
  const tokens: string[] = []
  while (token.lastIndex < text.trimEnd().length) {
    const [, found] = token.exec(text) ?? []
    if (found === undefined) throw new Error(`no SPL that is read here: ${text}`)
    tokens.push(found)
  }
  return tokens
}

class Tokens {
  readonly #all: readonly string[]
  #at = 0

  constructor(text: string) {
    this.#all = tokensOf(text)
  }

  peek(): string | undefined {
    return this.#all[this.#at]
  }

  take(expected?: string): string {
    const token = this.#all[this.#at++]
    if (token === undefined || (expected !== undefined && token !== expected))
      throw new Error(`${String(token)} in SPL, not ${expected ?? 'a word'}`)
    return token
  }

  takes(word: string): boolean {
    if (this.peek() !== word) return false
    this.#at++
    return true
  }

  end(): void {
    if (this.peek() !== undefined) throw new Error(`${this.take()} behind the end of an expression`)
  }
}

type Call = (...given: readonly Expression[]) => Expression

const functions: Readonly<Record<string, Call>> = {
  true: () => () => true,
  isnotnull:
    (value = () => undefined) =>
    event =>
      value(event) !== undefined,
  if:
    (holds = () => false, yes = () => undefined, no = () => undefined) =>
    event =>
      holds(event) === true ? yes(event) : no(event),
  case:
    (...given) =>
    event => {
      const at = given.findIndex((holds, nth) => nth % 2 === 0 && holds(event) === true)
      return at < 0 ? undefined : given[at + 1]?.(event)
    },
}

/** With null nothing holds. */
const compare = (operator: '==' | '>=', left: Result, right: Result): boolean => {
  if (left === undefined || right === undefined) return false
  return operator === '==' ? String(left) === String(right) : Number(left) >= Number(right)
}

const word = /^[A-Za-z_]\w*$/

const operand = (tokens: Tokens, fields: Set<string>): Expression => {
  const token = tokens.take()
  if (token.startsWith('"')) return () => token.slice(1, -1)
  if (/^\d+$/.test(token)) return () => Number(token)
  if (tokens.takes('(')) {
    const call = functions[token]
    if (!call) throw new Error(`the function ${token} is not read here`)
    const given: Expression[] = []
    while (!tokens.takes(')')) {
      given.push(expression(tokens, fields))
      if (tokens.peek() !== ')') tokens.take(',')
    }
    return call(...given)
  }
  const field = token.startsWith("'") ? token.slice(1, -1) : token
  if (!token.startsWith("'") && !word.test(token)) throw new Error(`${token} has to be quoted`)
  fields.add(field)
  return event => event.get(field)
}

const expression = (tokens: Tokens, fields: Set<string>): Expression => {
  const left = operand(tokens, fields)
  const operator = tokens.peek() ?? ''
  if (!/^(==|!=|[<>]=?)$/.test(operator)) return left
  tokens.take()
  if (operator !== '==' && operator !== '>=') throw new Error(`the operator ${operator} is not read here`)
  const right = operand(tokens, fields)
  return event => compare(operator, left(event), right(event))
}

/** An expression of eval. @throws Error for what is not read here */
export const readEval = (text: string): ((event: SplunkEvent) => SplunkValue | undefined) => {
  const tokens = new Tokens(text)
  const value = expression(tokens, new Set())
  tokens.end()
  return event => {
    const result = value(event)
    return typeof result === 'number' || typeof result === 'boolean' ? String(result) : result
  }
}

export interface SplunkSearch {
  /** The fields of events that it reads. */
  readonly fields: ReadonlySet<string>
  /** The window of time in which an event was indexed: `_index_earliest`, `_index_latest`. */
  readonly window: readonly string[]
  /** The rows that come out of all events in the window. */
  readonly run: (events: readonly SplunkEvent[]) => SplunkEvent[]
}

type Holds = (event: SplunkEvent) => boolean

/** The terms of a search: what stands side by side holds all, and OR binds closer than that. */
const terms = (tokens: Tokens, search: { fields: Set<string>; window: string[] }): Holds => {
  const one = (): Holds => {
    if (tokens.takes('(')) {
      const inner = terms(tokens, search)
      tokens.take(')')
      return inner
    }
    const field = tokens.take()
    tokens.take('=')
    const given = tokens.take()
    if (field.startsWith('_index_')) {
      search.window.push(given)
      return () => true
    }
    if (!word.test(field) || /^(AND|NOT)$/.test(field)) throw new Error(`${field} is not read here`)
    search.fields.add(field)
    const pattern = given.replace(/^"(.*)"$/, '$1').toLowerCase()
    return event =>
      [event.get(field) ?? []].flat().some(value => matchesPattern(pattern, value.toLowerCase()))
  }
  const alternatives = (): Holds => {
    const parts = [one()]
    while (tokens.takes('OR')) parts.push(one())
    return event => parts.some(part => part(event))
  }
  const parts: Holds[] = []
  while (![undefined, ')', '|'].includes(tokens.peek())) parts.push(alternatives())
  return event => parts.every(part => part(event))
}

type Command = (events: readonly SplunkEvent[]) => SplunkEvent[]

/** `stats dc(FIELD) AS NAME BY FIELD`. Events without the field behind BY are left out. */
const stats = (tokens: Tokens, fields: Set<string>): Command => {
  for (const expected of ['dc', '(']) tokens.take(expected)
  const counted = tokens.take()
  for (const expected of [')', 'AS']) tokens.take(expected)
  const name = tokens.take()
  tokens.take('BY')
  const by = tokens.take()
  fields.add(counted).add(by)
  return events => {
    const groups = new Map<string, Set<string>>()
    for (const event of events)
      for (const key of [event.get(by) ?? []].flat()) {
        const values = groups.get(key) ?? new Set()
        for (const value of [event.get(counted) ?? []].flat()) values.add(value)
        groups.set(key, values)
      }
    return [...groups].map(([key, values]) => new Map([...[[by, key] as const], [name, String(values.size)]]))
  }
}

const command = (tokens: Tokens, fields: Set<string>): Command => {
  const name = tokens.take()
  if (name === 'stats') return stats(tokens, fields)
  if (name === 'where') {
    const holds = expression(tokens, fields)
    return events => events.filter(event => holds(event) === true)
  }
  if (name !== 'table') throw new Error(`the command ${name} is not read here`)
  const columns: string[] = []
  while (![undefined, '|'].includes(tokens.peek())) columns.push(tokens.take())
  for (const column of columns) fields.add(column)
  return events =>
    events.map(
      event =>
        new Map(
          columns.flatMap(column => {
            const value = event.get(column)
            return value === undefined ? [] : [[column, value] as const]
          }),
        ),
    )
}

/** @throws Error for commands, functions and terms that are not read here */
export const readSearch = (text: string): SplunkSearch => {
  const tokens = new Tokens(text)
  const search = { fields: new Set<string>(), window: [] as string[] }
  const holds = terms(tokens, search)
  const commands: Command[] = []
  while (tokens.takes('|')) commands.push(command(tokens, search.fields))
  tokens.end()
  return {
    ...search,
    run: events => commands.reduce((rows, next) => next(rows), events.filter(holds)),
  }
}
