/**
 * Finds domains with a rule of the Public Suffix List below them (`amazonaws.com`, for `s3.amazonaws.com`). Others may
 * register names there, so a tunnel must not suppress all names below such a domain.
 */
import {
  edgeChild,
  edgeLength,
  edgeStart,
  exceptionsRoot,
  labelText,
  rulesRoot,
} from 'tldts/dist/cjs/src/data/trie.js'

/** @param name in A-labels */
export type HasRuleBelow = (name: string) => boolean

const among =
  (parents: () => ReadonlySet<string>): HasRuleBelow =>
  name =>
    parents().has(name) || parents().has(`*${name.slice(name.indexOf('.'))}`)

let known: ReadonlySet<string> | undefined

/** Uses the list inside tldts, read at the first call. */
export const builtInHasRuleBelow: HasRuleBelow = among(() => (known ??= parentsInTldts()))

/** Uses the list of `psl_file`. @param rules without `!`; `*.` may stand before them */
export const hasRuleBelowIn = (rules: Iterable<string>): HasRuleBelow => {
  const parents = new Set<string>()
  for (const rule of rules)
    for (let dot = rule.indexOf('.'); dot !== -1; dot = rule.indexOf('.', dot + 1))
      parents.add(rule.slice(dot + 1))
  return among(() => parents)
}

/** Every name in the trie of tldts that has another below it: tldts has no call for this. */
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
