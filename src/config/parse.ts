/** The text of a configuration file → the configuration, or all that is wrong with it. */
import { configBytesMax } from '../limits.js'
import { explain } from './explain.js'
import type { Problem } from './problem.js'
import { configSchema, type Config } from './schema.js'
import { settings, type Path } from './settings.js'
import { readYaml, type Finding } from './yaml-text.js'

export interface Accepted {
  readonly config: Config
  /** What the operator should know although nothing is wrong. */
  readonly notices: readonly string[]
}

export interface Refused {
  readonly problems: readonly Problem[]
}

/** What is wrong with the size of a file, in bytes. */
export const sizeFinding = (bytes: number): Finding[] =>
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

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Checks plain values by the schema. One key has one finding, the first: the next is often its consequence. */
export const check = (
  value: unknown,
  lineOf: (path: Path) => number | undefined,
  known: readonly Finding[] = [],
): { readonly config: Config } | { readonly findings: readonly Finding[] } => {
  const result = configSchema.safeParse(value, { reportInput: true })
  const issues = result.success ? [] : result.error.issues
  const byKey = new Map<string, Finding>()
  for (const finding of [...known, ...issues.flatMap(issue => explain(issue, lineOf))])
    if (!byKey.has(finding.key)) byKey.set(finding.key, finding)
  if (result.success && byKey.size === 0) return { config: result.data }
  return { findings: [...byKey.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
}

const unusedKeys = (value: object): string[] =>
  settings.filter(({ key, effect }) => effect === 'none' && Object.hasOwn(value, key)).map(({ key }) => key)

/**
 * Reads the text of a configuration file. Never throws; tells every problem, not only the first.
 *
 * @param file - the name of the file, for the problems
 */
export const parseConfig = (text: string, file: string): Accepted | Refused => {
  const refuse = (findings: readonly Finding[]) => ({
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
  const checked = check(value, tree.lineOf, tree.findings)
  if ('findings' in checked) return refuse(checked.findings)
  const unused = unusedKeys(value)
  const notices =
    unused.length === 0 ? [] : [`accepted for compatibility, without effect: ${unused.join(', ')}`]
  return { config: checked.config, notices }
}
