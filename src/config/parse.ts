/** Parses the text of a configuration file into the configuration, or into a list of all problems. */
import type * as z from 'zod'
import { configBytesMax } from '../limits.js'
import { nearest, excerpt, type Problem } from './problem.js'
import { configSchema, type Config } from './schema.js'
import { keyOf, keysAt, settingAt, type Path, settings } from './settings.js'
import { type YamlFault, readYaml } from './yaml.js'

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

const messageOf = (issue: z.core.$ZodIssue): string => {
  const { code } = issue
  const input = settingAt(issue.path)?.secret && issue.input !== undefined ? '…' : issue.input
  if (code === 'invalid_type' && input === undefined) return 'required'
  if (code === 'invalid_type')
    return `${shown(input)} is not ${nouns.get(issue.expected) ?? `a ${issue.expected}`}`
  if (code === 'custom' || code === 'invalid_format') return `${shown(input)} ${issue.message}`
  if (code !== 'too_small' && code !== 'too_big') return `${shown(input)} is not possible here`
  const [less, more] = typeof input === 'number' ? ['small', 'large'] : ['short', 'long']
  return `${shown(input)} is too ${code === 'too_small' ? less : more}`
}

const unknownKey = (path: Path, key: string): Omit<YamlFault, 'line'> => {
  const known = keysAt(path)
  const meant = nearest(key, known)
  const choices = known.length > 8 ? 'docs/settings.md lists the keys.' : `Known here: ${known.join(', ')}.`
  return {
    key: excerpt(keyOf([...path, key])),
    message: 'unknown key',
    remedy: meant === undefined ? `Remove it. ${choices}` : `Did you mean ${meant}?`,
  }
}

/** The findings of one issue: one for each unknown key, otherwise one. */
export const explain = (issue: z.core.$ZodIssue, lineOf: (path: Path) => number | undefined): YamlFault[] => {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({ ...unknownKey(issue.path, key), line: lineOf([...issue.path, key]) }))
  const asked = settingAt(issue.path)?.values ?? 'keys with values'
  return [
    {
      line: lineOf(issue.path),
      key: excerpt(keyOf(issue.path)),
      message: messageOf(issue),
      remedy: `Give ${asked}.`,
    },
  ]
}

/** The finding for a file that is too large; `bytes`: its size. */
export const sizeFinding = (bytes: number): YamlFault[] =>
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
  known: readonly YamlFault[] = [],
): { readonly config: Config } | { readonly findings: readonly YamlFault[] } => {
  const result = configSchema.safeParse(value, { reportInput: true })
  const issues = result.success ? [] : result.error.issues
  const byKey = new Map<string, YamlFault>()
  for (const finding of [...known, ...issues.flatMap(issue => explain(issue, lineOf))])
    if (!byKey.has(finding.key)) byKey.set(finding.key, finding)
  if (result.success && byKey.size === 0) return { config: result.data }
  return { findings: [...byKey.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
}

export interface Accepted {
  readonly config: Config
  /** Hints for the user; no errors. */
  readonly notices: readonly string[]
}

/** Values for keys that a file leaves out. */
export type Defaults = { readonly [K in keyof Config]?: Config[K] }

export interface RefusedConfig {
  readonly problems: readonly Problem[]
}

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const unusedKeys = (value: object): string[] =>
  settings.filter(({ key, effect }) => effect === 'none' && Object.hasOwn(value, key)).map(({ key }) => key)

/**
 * Parses the text of a configuration file. Never throws; returns all problems, not only the first.
 *
 * @param file - the name of the file, for the problems
 * @param defaults - used instead of the schema's defaults for keys that the file leaves out
 */
export const parseConfig = (
  text: string,
  file: string,
  defaults: Defaults = {},
): Accepted | RefusedConfig => {
  const refuse = (findings: readonly YamlFault[]) => ({
    problems: findings.map(finding => ({ file, ...finding })),
  })
  const tooLarge = sizeFinding(Buffer.byteLength(text))
  if (tooLarge.length > 0) return refuse(tooLarge)
  const tree = readYaml(text)
  if ('errors' in tree) return refuse(tree.errors)
  const value = tree.value ?? {}
  if (!isMapping(value))
    return refuse([
      {
        line: tree.lineOf([]),
        key: '',
        message: 'not a mapping of keys to values',
        remedy: 'Write lines like hold_seconds: 10.',
      },
    ])
  const checked = checkConfig({ ...defaults, ...value }, tree.lineOf, tree.findings)
  if ('findings' in checked) return refuse(checked.findings)
  const unused = unusedKeys(value)
  const notices =
    unused.length === 0 ? [] : [`accepted for compatibility, without effect: ${unused.join(', ')}`]
  return { config: checked.config, notices }
}
