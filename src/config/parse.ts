/** Parses the text of a configuration file into the configuration, or into a list of all problems. */
import { checkConfig, sizeFinding, type ConfigFault } from './check.js'
import type { Problem } from './problem.js'
import type { Config } from './schema.js'
import { settings } from './settings.js'
import { readYaml } from './yaml.js'

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
  const refuse = (findings: readonly ConfigFault[]) => ({
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
