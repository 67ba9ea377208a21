/**
 * Says which rule of a file Wazuh 4 would raise for a line of JSON. It knows the features that such files use here, and
 * refuses all others. Each is as src/analysisd of Wazuh does it:
 *
 * - The JSON decoder turns each value into text, and an array into one text (`json_array_structure`).
 * - Of the rules that stand below the same one, the one with the highest level is tried first, then those that stand first
 *   in the file; level 0 before all. The first that matches is asked for its own children; the deepest one is raised.
 * - A rule with `frequency` matches the nth event in `timeframe`, counted at its arrival, of one agent, with the same
 *   fields. What it has counted once, it does not count again.
 */
import { readXml, type XmlElement } from './xml.js'

type Fields = ReadonlyMap<string, string>

/** How arrays become text: `["a","b"]`, the default, or `a,b,`. */
export type ArrayStructure = 'array' | 'csv'

/** Fields that Wazuh keeps elsewhere: a rule finds them by elements of their own, not by `field`. */
export const staticFields: readonly string[] = [
  ...[
    'srcip',
    'dstip',
    'srcport',
    'dstport',
    'srcuser',
    'dstuser',
    'user',
    'protocol',
    'action',
    'id',
    'url',
  ],
  ...['data', 'extra_data', 'status', 'system_name', 'systemname', 'command'],
]

const numberText = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? String(value) : value.toFixed(6)

const arrayText = (items: readonly unknown[], arrays: ArrayStructure): string =>
  arrays === 'array' ? JSON.stringify(items) : items.map(item => `${String(item)},`).join('')

/** The fields of a line, by their path. Undefined where the decoder `json` does not take it. */
export const decodeJson = (line: string, arrays: ArrayStructure = 'array'): Fields | undefined => {
  if (!/^\{\s*"/.test(line)) return undefined
  const fields = new Map<string, string>()
  const read = (value: unknown, path: string): void => {
    if (Array.isArray(value)) {
      if (value.length > 0) fields.set(path, arrayText(value, arrays))
    } else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) read(inner, path === '' ? key : `${path}.${key}`)
    else fields.set(path, typeof value === 'number' ? numberText(value) : String(value))
  }
  read(JSON.parse(line), '')
  return fields
}

/** What the classes of OS_Regex stand for; alone or with + and *. */
const classes: Readonly<Record<string, string>> = {
  ...{ w: '[\\w@-]', W: '[^\\w@-]', d: '\\d', D: '\\D', s: ' ', S: '[^ ]', t: '\\t', '.': '[^]' },
  p: '[()*+,\\-.:;<=>?[\\]!"\'#$%&|{}]',
}

/** OS_Regex, the default of `field`: no case, no groups, + and * behind classes only. */
const osRegex = (text: string): RegExp => {
  const source = text.replace(
    /\\(.)([+*]?)|[^]/gu,
    (all: string, escaped: string | undefined, times: string) => {
      if (escaped !== undefined) return (classes[escaped] ?? `\\${escaped}`) + times
      return /[\^$|]/.test(all) ? all : all.replace(/[.*+?()[\]{}/]/, '\\$&')
    },
  )
  return new RegExp(source, 'i')
}

const pcre2 = (text: string): RegExp =>
  text.startsWith('(?i)') ? new RegExp(text.slice(4), 'i') : new RegExp(text)

export interface WazuhRule {
  readonly id: number
  readonly level: number
  readonly description: string
  /** `a,b,` */
  readonly groups: string
  readonly mitre: readonly string[]
  readonly decodedAs: string | undefined
  readonly fields: readonly { readonly name: string; readonly pattern: RegExp }[]
  readonly ifSid: readonly number[]
  /** Only where the rule counts. */
  readonly count:
    | {
        readonly of: { readonly group: string } | { readonly sid: number }
        /** Events, with the last. */
        readonly frequency: number
        /** Seconds. */
        readonly timeframe: number
        readonly sameFields: readonly string[]
      }
    | undefined
}

const known = new Set([
  ...['description', 'options', 'mitre', 'group', 'info', 'decoded_as', 'field', 'if_sid'],
  ...['if_matched_group', 'if_matched_sid', 'same_field'],
])

const ruleOf = (element: XmlElement, outer: string): WazuhRule => {
  const { attributes, children } = element
  const strange = children.find(({ name }) => !known.has(name))
  if (strange) throw new Error(`rule ${attributes['id'] ?? ''}: <${strange.name}> is not known to this test`)
  const all = (name: string) => children.filter(child => child.name === name)
  const text = (name: string) => all(name)[0]?.text
  const patternOf = ({ attributes: { type = 'osregex' }, text }: XmlElement) => {
    if (type !== 'osregex' && type !== 'pcre2') throw new Error(`type ${type} is not known to this test`)
    return type === 'pcre2' ? pcre2(text) : osRegex(text)
  }
  const [group, sid] = [text('if_matched_group'), text('if_matched_sid')]
  const of = group === undefined ? (sid === undefined ? undefined : { sid: Number(sid) }) : { group }
  return {
    id: Number(attributes['id']),
    level: Number(attributes['level']),
    description: text('description') ?? '',
    groups:
      outer +
      all('group')
        .map(child => child.text)
        .join(''),
    mitre: all('mitre').flatMap(({ children }) => children.map(({ text }) => text)),
    decodedAs: text('decoded_as'),
    fields: all('field').map(field => ({ name: field.attributes['name'] ?? '', pattern: patternOf(field) })),
    ifSid: (text('if_sid') ?? sid ?? '')
      .split(/[\s,]+/)
      .filter(id => id !== '')
      .map(Number),
    count: of && {
      of,
      frequency: Number(attributes['frequency'] ?? 2),
      timeframe: Number(attributes['timeframe'] ?? 360),
      sameFields: all('same_field').map(child => child.text),
    },
  }
}

interface Event {
  readonly fields: Fields
  /** Seconds. */
  readonly at: number
  readonly agent: string
  /** The level of a rule that has counted it. */
  counted: number
}

interface Node {
  readonly rule: WazuhRule
  readonly children: Node[]
  /** What a rule that counts has seen. */
  readonly seen: Event[]
}

/** Level 0 is tried first. */
const rank = ({ rule: { level } }: Node): number => (level === 0 ? Infinity : level)

const insert = (into: Node[], node: Node): void => {
  const at = into.findIndex(other => rank(node) > rank(other))
  into.splice(at === -1 ? into.length : at, 0, node)
}

/** What a line raises, with the fields put into the description. */
export interface Raised {
  readonly rule: WazuhRule
  readonly description: string
}

/** The rules of a file, with what they have counted. */
export class WazuhRules {
  readonly #roots: Node[] = []
  readonly #nodes: Node[] = []
  readonly #arrays: ArrayStructure

  /** @throws Error for what is no XML, a feature that is not known here, and an id that is there twice or not at all */
  constructor(xml: string, arrays: ArrayStructure = 'array') {
    this.#arrays = arrays
    for (const group of readXml(xml))
      for (const rule of group.children) this.#add(ruleOf(rule, group.attributes['name'] ?? ''))
  }

  get rules(): readonly WazuhRule[] {
    return this.#nodes.map(({ rule }) => rule)
  }

  #add(rule: WazuhRule): void {
    if (this.#nodes.some(({ rule: { id } }) => id === rule.id)) throw new Error(`${rule.id} is there twice`)
    const node = { rule, children: [], seen: [] }
    const of = rule.count?.of
    const isParent = ({ rule: { id, groups } }: Node) =>
      rule.ifSid.length > 0
        ? rule.ifSid.includes(id)
        : of !== undefined && 'group' in of && isIn(of.group, groups)
    const parents = this.#nodes.filter(isParent)
    if (parents.length === 0 && (rule.ifSid.length > 0 || of)) throw new Error(`${rule.id} has no parent`)
    if (parents.length === 0) insert(this.#roots, node)
    for (const parent of parents) insert(parent.children, node)
    this.#nodes.push(node)
  }

  /** @param at when it arrives, in seconds @param agent whose log it is from */
  raise(line: string, at = 0, agent = '001'): Raised | undefined {
    const fields = decodeJson(line, this.#arrays)
    if (!fields) return undefined
    const event = { fields, at, agent, counted: -1 }
    const rule = firstOf(this.#roots, event)
    if (!rule || rule.level === 0) return undefined
    for (const { rule: other, seen } of this.#nodes)
      if (
        other.count &&
        ('group' in other.count.of ? isIn(other.count.of.group, rule.groups) : other.count.of.sid === rule.id)
      )
        seen.push(event)
    return {
      rule,
      description: rule.description.replace(/\$\(([^)]+)\)/g, (_, name: string) => fields.get(name) ?? ''),
    }
  }
}

const isIn = (group: string, groups: string): boolean => groups.split(/[\s,]+/).includes(group)

const firstOf = (nodes: readonly Node[], event: Event): WazuhRule | undefined => {
  for (const node of nodes) {
    if (!matches(node, event)) continue
    return firstOf(node.children, event) ?? node.rule
  }
  return undefined
}

const matches = ({ rule, seen }: Node, event: Event): boolean =>
  (rule.decodedAs === undefined || rule.decodedAs === 'json') &&
  rule.fields.every(({ name, pattern }) => {
    const value = event.fields.get(name)
    return value !== undefined && pattern.test(value)
  }) &&
  (rule.count === undefined || isOften(rule, rule.count, seen, event))

const isOften = (
  { level }: WazuhRule,
  { frequency, timeframe, sameFields }: NonNullable<WazuhRule['count']>,
  seen: readonly Event[],
  event: Event,
): boolean => {
  let count = 1
  let last: Event | undefined
  for (const earlier of [...seen].reverse()) {
    if (event.at - earlier.at > timeframe) return false
    const isSame = sameFields.every(name => {
      const value = event.fields.get(name)
      return value !== undefined && value === earlier.fields.get(name)
    })
    if (earlier.agent !== event.agent || !isSame) continue
    if (earlier.counted >= level) return false
    last ??= earlier
    count += 1
    if (count < frequency) continue
    event.counted = last.counted = level
    return true
  }
  return false
}
