/**
 * The Vector Remap Language, as far as samples/siem/vector uses it: assignments to fields of the event, of what fallible
 * functions return. All else is refused. https://vector.dev/docs/reference/vrl/
 */
import { isObject } from '../../parse/json.js'
import type { Json } from './ingest-document.js'

/** A value of VRL. A time is a type of its own there. */
export type VrlValue = unknown
type Expression = (event: Json) => VrlValue

/** What a function with `!` raises: the transform then drops the event, or passes it on as it was. */
export class VrlError extends Error {}

/** `%+` of chrono: RFC 3339. */
const parseTimestamp = (value: VrlValue, format: VrlValue): Date => {
  if (format !== '%+') throw new Error(`the format ${String(format)} is not read here`)
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value))
    throw new VrlError(`parse_timestamp of ${String(value)}`)
  return new VrlTime(value)
}

/** A time with the microseconds that a Date cannot hold. */
export class VrlTime extends Date {
  readonly #text: string

  constructor(text: string) {
    super(text)
    this.#text = text
  }

  /** As encoders write it: 3, 6 or 9 digits, or none, as few as it takes. */
  override toJSON(): string {
    const [, digits = ''] = /\.(\d+)/.exec(this.#text) ?? []
    const kept = [0, 3, 6, 9].find(length => /^0*$/.test(digits.slice(length))) ?? 9
    const fraction = kept === 0 ? '' : `.${digits.slice(0, kept).padEnd(kept, '0')}`
    return `${this.toISOString().slice(0, 19)}${fraction}Z`
  }
}

const parseJson = (value: VrlValue): VrlValue => {
  if (typeof value !== 'string') throw new VrlError('parse_json of what is no text')
  try {
    return JSON.parse(value)
  } catch (error) {
    throw new VrlError(String(error))
  }
}

const object = (value: VrlValue): Json => {
  if (!isObject(value)) throw new VrlError('object of what is none')
  return value
}

const functions: Readonly<Record<string, { takes: number; call: (...given: VrlValue[]) => VrlValue }>> = {
  object: { takes: 1, call: object },
  parse_json: { takes: 1, call: parseJson },
  parse_timestamp: { takes: 2, call: parseTimestamp },
}

const token = /\s*("[^"\\]*"|\.(?:[A-Za-z_@]\w*)?|[a-z_]+!|[(),=])/y

const tokensOf = (line: string): string[] => {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < line.trimEnd().length) {
    const at = token.lastIndex
    const [, found] = token.exec(line) ?? []
    if (found === undefined) throw new Error(`no VRL that is read here: ${line.slice(at)}`)
    tokens.push(found)
  }
  return tokens
}

const expression = (tokens: string[]): Expression => {
  const next = tokens.shift() ?? ''
  if (next.startsWith('"')) return () => next.slice(1, -1)
  if (next === '.') return event => event
  if (next.startsWith('.')) return event => event[next.slice(1)] ?? null
  const known = functions[next.slice(0, -1)]
  if (!next.endsWith('!') || !known) throw new Error(`the function ${next} is not read here`)
  const given: Expression[] = []
  if (tokens.shift() !== '(') throw new Error(`${next} without arguments`)
  while (tokens[0] !== ')') {
    given.push(expression(tokens))
    if (tokens[0] !== ')' && tokens.shift() !== ',') throw new Error(`arguments of ${next}`)
  }
  tokens.shift()
  if (given.length !== known.takes) throw new Error(`${next} takes ${known.takes} arguments`)
  return event => known.call(...given.map(read => read(event)))
}

/** A program as what it makes of an event. @throws Error for what is not read here */
export const readVrl = (source: string): ((event: Json) => Json) => {
  const statements = source
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      const tokens = tokensOf(line)
      const [target = '', is] = tokens.splice(0, 2)
      if (!target.startsWith('.') || is !== '=') throw new Error(`no assignment: ${line}`)
      const value = expression(tokens)
      if (tokens.length > 0) throw new Error(`${tokens.join(' ')} behind an assignment`)
      return { field: target.slice(1), value }
    })
  return event =>
    statements.reduce((now, { field, value }) => {
      const result = value(now)
      return field === '' ? object(result) : { ...now, [field]: result }
    }, event)
}
