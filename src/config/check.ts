/** Plain values → the configuration, or all that is wrong with them. */
import { configBytesMax } from '../limits.js'
import { explain } from './explain.js'
import { configSchema, type Config } from './schema.js'
import type { Path } from './settings.js'
import type { Finding } from './yaml-text.js'

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
