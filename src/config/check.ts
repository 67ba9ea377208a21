/** Checks plain values by the schema: the configuration, or all that is wrong with it in the words of the settings. */
import type * as z from 'zod'
import { configBytesMax } from '../limits.js'
import { excerpt, nearest, type Problem } from './problem.js'
import { configSchema, type Config } from './schema.js'
import { keyOf, keysAt, settingAt, type Path } from './settings.js'

/** A problem without its file. */
export type ConfigFault = Omit<Problem, 'file'>

/* Turns issues of zod into findings with the descriptions of the settings. */

const nouns = new Map([
  ['int', 'a whole number'],
  ['string', 'text'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a mapping'],
  ['record', 'a mapping'],
])

const shown = (input: unknown): string => {
  if (typeof input === 'string') return `'${excerpt(input)}'`
  if (typeof input === 'number' || typeof input === 'boolean') return String(input)
  return Array.isArray(input) ? 'a list' : 'a mapping'
}

const messageOf = (issue: z.core.$ZodIssue, root: unknown): string => {
  const { code } = issue
  const input = settingAt(issue.path, root)?.secret && issue.input !== undefined ? '…' : issue.input
  if (code === 'invalid_type' && input === undefined) return 'required'
  if (code === 'invalid_type')
    return `${shown(input)} is not ${nouns.get(issue.expected) ?? `a ${issue.expected}`}`
  if (code === 'custom' || code === 'invalid_format') return `${shown(input)} ${issue.message}`
  if (code !== 'too_small' && code !== 'too_big') return `${shown(input)} is not possible here`
  const [less, more] = typeof input === 'number' ? ['small', 'large'] : ['short', 'long']
  return `${shown(input)} is too ${code === 'too_small' ? less : more}`
}

const unknownKey = (path: Path, key: string, root: unknown): Omit<ConfigFault, 'line'> => {
  const known = keysAt(path, root)
  const meant = nearest(key, known)
  const choices = known.length > 8 ? 'docs/settings.md lists the keys.' : `Known here: ${known.join(', ')}.`
  return {
    key: excerpt(keyOf([...path, key])),
    message: 'unknown key',
    remedy: meant === undefined ? `Remove it. ${choices}` : `Did you mean ${meant}?`,
  }
}

/** The findings of one issue of a configuration: one for each unknown key, otherwise one. */
const explain = (
  issue: z.core.$ZodIssue,
  root: unknown,
  lineOf: (path: Path) => number | undefined,
): ConfigFault[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({
      ...unknownKey(issue.path, key, root),
      line: lineOf([...issue.path, key]),
    }))
  const asked = settingAt(issue.path, root)?.values ?? 'keys with values'
  return [
    {
      line: lineOf(issue.path),
      key: excerpt(keyOf(issue.path)),
      message: messageOf(issue, root),
      remedy: `Give ${asked}.`,
    },
  ]
}

/** The finding for a file that is too large; `bytes`: its size. */
export const sizeFinding = (bytes: number): ConfigFault[] =>
  bytes <= configBytesMax
    ? []
    : [
        {
          line: undefined,
          key: '',
          message: `${bytes} bytes are more than a configuration may have (${configBytesMax})`,
          remedy: 'Put long lists of names into the file that ignore_file names.',
        },
      ]

/** Checks plain values by the schema. Keeps the first finding of each key: further ones are often its consequences. */
export const checkConfig = (
  value: unknown,
  lineOf: (path: Path) => number | undefined,
  known: readonly ConfigFault[] = [],
): { readonly config: Config } | { readonly findings: readonly ConfigFault[] } => {
  const result = configSchema.safeParse(value, { reportInput: true })
  const issues = result.success ? [] : result.error.issues
  const byKey = new Map<string, ConfigFault>()
  for (const finding of [...known, ...issues.flatMap(issue => explain(issue, value, lineOf))])
    if (!byKey.has(finding.key)) byKey.set(finding.key, finding)
  if (result.success && byKey.size === 0) return { config: result.data }
  return { findings: [...byKey.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
}
