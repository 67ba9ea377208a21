/** What an expression takes from the output of a program. Runs in a thread of its own (output-matcher.ts): it may take for ever. */
import { commandMatchesMax } from '../limits.js'

/** An expression in the syntax of JavaScript, with its flags. */
export interface Expression {
  readonly source: string
  readonly flags: string
}

export interface MatchJob {
  readonly text: string
  readonly result: (Expression & { readonly all: boolean }) | undefined
  readonly noCacheWhen: Expression | undefined
}

type Group = string | null

/** The groups of one match: by name, or in their order; of an expression without groups, the match. */
export type Match = string | readonly Group[] | Readonly<Record<string, Group>>

export interface Matched {
  /** Null where nothing matches. A list of matches with `all`. Undefined without an expression. */
  readonly result: Match | readonly Match[] | null | undefined
  /** Whether `no_cache_when` was found. */
  readonly isKept: boolean
}

const group = (text: string | undefined): Group => text ?? null

const groupsOf = ([whole, ...groups]: RegExpMatchArray, named: RegExpMatchArray['groups']): Match => {
  if (named)
    return Object.fromEntries(Object.entries<string | undefined>(named).map(([k, v]) => [k, group(v)]))
  return groups.length === 0 ? whole : groups.map(group)
}

const allOf = (text: string, expression: RegExp): readonly Match[] => {
  const found: Match[] = []
  for (const match of text.matchAll(expression)) {
    if (found.length >= commandMatchesMax) break
    found.push(groupsOf(match, match.groups))
  }
  return found
}

const firstOf = (text: string, expression: RegExp): Match | null => {
  const match = expression.exec(text)
  return match ? groupsOf(match, match.groups) : null
}

const resultOf = ({ text, result }: MatchJob): Matched['result'] => {
  if (!result) return undefined
  return result.all
    ? allOf(text, new RegExp(result.source, `g${result.flags}`))
    : firstOf(text, new RegExp(result.source, result.flags))
}

/** Runs both expressions on a text. */
export const matchOutput = (job: MatchJob): Matched => {
  const { text, noCacheWhen } = job
  const isKept = !noCacheWhen || !new RegExp(noCacheWhen.source, noCacheWhen.flags).test(text)
  return { result: resultOf(job), isKept }
}
