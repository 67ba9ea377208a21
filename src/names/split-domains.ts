/**
 * Domains below which somebody else may register: the Public Suffix List has a rule below them (`amazonaws.com`, for
 * `s3.amazonaws.com`), so that not every name below them is theirs.
 */
import {
  edgeChild,
  edgeLength,
  edgeStart,
  exceptionsRoot,
  labelText,
  rulesRoot,
} from 'tldts/dist/cjs/src/data/trie.js'

/** Whether a rule lies below a name in A-labels. */
export type HasRuleBelow = (name: string) => boolean

const among =
  (parents: () => ReadonlySet<string>): HasRuleBelow =>
  name =>
    parents().has(name) || parents().has(`*${name.slice(name.indexOf('.'))}`)

let known: ReadonlySet<string> | undefined

/** By the list that comes with tldts. */
export const builtInHasRuleBelow: HasRuleBelow = among(() => (known ??= parentsInTldts()))

/** By a list of one's own. @param rules without `!`, perhaps with `*.` before them */
export const hasRuleBelowIn = (rules: Iterable<string>): HasRuleBelow => {
  const parents = new Set<string>()
  for (const rule of rules)
    for (let dot = rule.indexOf('.'); dot !== -1; dot = rule.indexOf('.', dot + 1))
      parents.add(rule.slice(dot + 1))
  return among(() => parents)
}

/** The names of all nodes that have edges. */
const parentsInTldts = (): ReadonlySet<string> => {
  const labels = labelsOf(edgeLength, labelText)
  const parents = new Set<string>()
  const walk = (node: number, name: string): void => {
    const [from = 0, to = 0] = [edgeStart[node], edgeStart[node + 1]]
    if (to > from && name !== '') parents.add(name)
    for (let edge = from; edge < to; edge += 1) {
      const label = labels[edge] ?? ''
      walk(edgeChild[edge] ?? 0, name === '' ? label : `${label}.${name}`)
    }
  }
  walk(rulesRoot, '')
  walk(exceptionsRoot, '')
  return parents
}

const labelsOf = (lengths: ArrayLike<number>, text: string): string[] => {
  let at = 0
  return Array.from(lengths, length => text.slice(at, (at += length)))
}
