/**
 * Pipelines of Graylog by its published grammar (graylog2-server, RuleLang.g4), as far as samples/siem/graylog uses it, and
 * what they make of a message. All other syntax and functions are refused.
 */
import { isObject } from '../../parse/json.js'
import type { Json } from './ingest-document.js'

interface Scope {
  readonly message: Map<string, unknown>
  readonly variables: Map<string, unknown>
}
type Expression = (scope: Scope) => unknown
type Arguments = ReadonlyMap<string, unknown>

export interface GraylogRule {
  readonly name: string
  readonly holds: (message: Map<string, unknown>) => boolean
  readonly run: (message: Map<string, unknown>) => void
}

/** A time as Graylog stores it, with milliseconds. */
const storedTime = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '')

const addField = (message: Map<string, unknown>, name: string, value: unknown): void => {
  // Graylog passes over other names, and over texts that are empty.
  if (/^[\w.\-@]*$/.test(name) && value !== null && value !== undefined && value !== '')
    message.set(name, value)
}

const text = (value: unknown): string => {
  if (typeof value !== 'string') throw new Error(`${JSON.stringify(value)} is no text`)
  return value
}

interface Known {
  /** The names of its parameters, in order. */
  readonly parameters: readonly string[]
  readonly call: (given: Arguments, message: Map<string, unknown>) => unknown
}

const datePattern = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'"

const functions: Readonly<Record<string, Known>> = {
  has_field: { parameters: ['field'], call: (given, message) => message.has(text(given.get('field'))) },
  starts_with: {
    parameters: ['value', 'prefix'],
    call: given => text(given.get('value')).startsWith(text(given.get('prefix'))),
  },
  to_string: { parameters: ['value'], call: given => text(given.get('value') ?? '') },
  concat: {
    parameters: ['first', 'second'],
    call: given => text(given.get('first')) + text(given.get('second')),
  },
  parse_json: { parameters: ['value'], call: given => JSON.parse(text(given.get('value'))) as unknown },
  to_map: {
    parameters: ['value'],
    call: given => (isObject(given.get('value')) ? given.get('value') : {}),
  },
  parse_date: {
    parameters: ['value', 'pattern', 'timezone'],
    call: given => {
      if (given.get('pattern') !== datePattern || given.get('timezone') !== 'UTC')
        throw new Error(`the pattern ${String(given.get('pattern'))} is not read here`)
      const value = text(given.get('value'))
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value)) throw new Error(`the time ${value}`)
      return storedTime(Date.parse(value))
    },
  },
  set_field: {
    parameters: ['field', 'value'],
    call: (given, message) => addField(message, text(given.get('field')), given.get('value')),
  },
  set_fields: {
    parameters: ['fields', 'prefix'],
    call: (given, message) => {
      const fields = given.get('fields')
      for (const [name, value] of Object.entries(isObject(fields) ? fields : {}))
        addField(message, `${text(given.get('prefix') ?? '')}${name}`, value)
    },
  },
  rename_field: {
    parameters: ['old_field', 'new_field'],
    call: (given, message) => {
      const [from, to] = [text(given.get('old_field')), text(given.get('new_field'))]
      if (!message.has(from)) return
      addField(message, to, message.get(from))
      message.delete(from)
    },
  },
  remove_field: {
    parameters: ['field'],
    call: (given, message) => void message.delete(text(given.get('field'))),
  },
}

/** Blanks and comments, then a token. */
const token = /(?:\s|\/\/[^\n]*\n)*("(?:[^"\\]|\\["\\])*"|\$message|&&|==|[A-Za-z_]\w*|\d+|[().,:;=]|$)/y

class Tokens {
  readonly #all: string[] = []

  constructor(source: string) {
    token.lastIndex = 0
    while (this.#all.at(-1) !== '') {
      const at = token.lastIndex
      const [, found] = token.exec(source) ?? []
      if (found === undefined) throw new Error(`no rule that is read here: ${source.slice(at, at + 40)}`)
      this.#all.push(found)
    }
  }

  peek(ahead = 0): string {
    return this.#all[ahead] ?? ''
  }

  take(expected?: string): string {
    const next = this.#all.shift() ?? ''
    if (next === '' || (expected !== undefined && next !== expected))
      throw new Error(`"${next}", not ${expected ?? 'something'}`)
    return next
  }

  takes(word: string): boolean {
    if (this.peek() !== word) return false
    this.take()
    return true
  }

  string(): string {
    const next = this.take()
    if (!next.startsWith('"')) throw new Error(`${next} is no text`)
    return next.slice(1, -1).replace(/\\(.)/g, '$1')
  }
}

const call = (tokens: Tokens, name: string): Expression => {
  const known = functions[name]
  if (!known) throw new Error(`the function ${name} is not read here`)
  const given: (readonly [string, Expression])[] = []
  tokens.take('(')
  while (!tokens.takes(')')) {
    const named = tokens.peek(1) === ':' ? tokens.take() : known.parameters[given.length]
    if (named === undefined || !known.parameters.includes(named))
      throw new Error(`${name} has no ${String(named)}`)
    tokens.takes(':')
    given.push([named, expression(tokens)])
    if (tokens.peek() !== ')') tokens.take(',')
  }
  return scope => known.call(new Map(given.map(([name, read]) => [name, read(scope)])), scope.message)
}

const operand = (tokens: Tokens): Expression => {
  if (tokens.peek().startsWith('"')) {
    const value = tokens.string()
    return () => value
  }
  const next = tokens.take()
  if (next === 'true') return () => true
  if (next === '$message') {
    tokens.take('.')
    const field = tokens.take()
    return ({ message }) => message.get(field)
  }
  if (tokens.peek() === '(') return call(tokens, next)
  return ({ variables }) => {
    if (!variables.has(next)) throw new Error(`there is no variable ${next}`)
    return variables.get(next)
  }
}

/** `==` binds closer than `&&`. */
const expression = (tokens: Tokens): Expression => {
  const equality = (): Expression => {
    const left = operand(tokens)
    if (!tokens.takes('==')) return left
    const right = operand(tokens)
    return scope => left(scope) === right(scope)
  }
  const parts = [equality()]
  while (tokens.takes('&&')) parts.push(equality())
  const [only, ...others] = parts
  return only && others.length === 0 ? only : scope => parts.every(part => part(scope) === true)
}

/** @throws Error for what the grammar does not know, or is not read here */
export const readRule = (source: string): GraylogRule => {
  const tokens = new Tokens(source)
  tokens.take('rule')
  const name = tokens.string()
  tokens.take('when')
  const condition = expression(tokens)
  tokens.take('then')
  const statements: ((scope: Scope) => void)[] = []
  while (!tokens.takes('end')) {
    if (tokens.takes('let')) {
      const variable = tokens.take()
      tokens.take('=')
      const value = expression(tokens)
      statements.push(scope => void scope.variables.set(variable, value(scope)))
    } else {
      const action = call(tokens, tokens.take())
      statements.push(scope => void action(scope))
    }
    tokens.take(';')
  }
  if (tokens.peek() !== '') throw new Error(`${tokens.take()} behind the end of a rule`)
  return {
    name,
    holds: message => condition({ message, variables: new Map() }) === true,
    run: message => {
      const scope = { message, variables: new Map<string, unknown>() }
      for (const statement of statements) statement(scope)
    },
  }
}

/** The names of the rules of each stage, which goes on only if all of them match. @throws Error as readRule */
const readStages = (source: string): string[][] => {
  const tokens = new Tokens(source)
  tokens.take('pipeline')
  tokens.string()
  const stages: string[][] = []
  while (!tokens.takes('end')) {
    tokens.take('stage')
    tokens.take(String(stages.length))
    for (const word of ['match', 'all']) tokens.take(word)
    const rules: string[] = []
    while (tokens.takes('rule')) {
      rules.push(tokens.string())
      tokens.takes(';')
    }
    stages.push(rules)
  }
  return stages
}

/** What is stored of a message that an input of raw text takes. @throws Error for a rule that there is not */
export const runPipeline = (
  source: string,
  rules: readonly GraylogRule[],
): ((line: string, now: string) => Json) => {
  const stages = readStages(source).map(names =>
    names.map(name => {
      const rule = rules.find(rule => rule.name === name)
      if (!rule) throw new Error(`there is no rule ${name}`)
      return rule
    }),
  )
  return (line, now) => {
    const arrived = { message: line, source: 'sensor1', timestamp: storedTime(Date.parse(now)) }
    const message = new Map<string, unknown>(Object.entries(arrived))
    for (const stage of stages) {
      const matching = stage.filter(({ holds }) => holds(message))
      for (const { run } of matching) run(message)
      if (matching.length < stage.length) break
    }
    // In the index, names have no dots.
    return Object.fromEntries([...message].map(([name, value]) => [name.replaceAll('.', '_'), value]))
  }
}
