/** Finds the configuration of a data directory, and lets the flags win over it. */
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { typoStepsMax } from '../limits.js'
import { checkConfig, sizeFinding, type ConfigFault } from './check.js'
import type { Accepted, Defaults } from './parse.js'
import { distance, ConfigError, controlsEscaped, type Problem, excerpt } from './problem.js'
import type { Config } from './schema.js'
import { keyOf, settingAt, type Path } from './settings.js'

/* Names that somebody gave the configuration by mistake: a file that nobody reads looks like settings that hold. */

const right = 'domainstats'

/** Of `yaml` and `yml`, mistyped too. */
const yaml = /\.y[aml]{1,4}$/

/** As an editor of another system hides or adds it. */
const text = /\.txt$/

/** What is left of a name that differs in case, marks and endings: `Domain-Stats (1).yml.txt` is `domainstats`. */
const lettersOf = (name: string): string => name.replace(yaml, '').replace(/[^a-z]/g, '')

/**
 * True for `domainstats.yml`, `domain-stats.yaml`, `Domainstats.yaml.txt`, `domianstats.yaml`. Not for a copy that is kept
 * (`domainstats.yaml.bak`): whoever moves a configuration out of the way wants it not to be read.
 */
export const isNearName = (name: string): boolean => {
  const plain = name.trim().toLowerCase().replace(text, '')
  return yaml.test(plain) && distance(lettersOf(plain.replace(yaml, '')), right) <= typoStepsMax
}

/** True for what may have been meant as a configuration, and may as well be something else: `config.yaml`. */
export const mayBeMeant = (name: string): boolean => {
  const [, stem = ''] = /^([^.]*)\.(?:ya?ml|json|toml|conf|cfg|ini)$/i.exec(name) ?? []
  return /^(?:config|settings)$/i.test(stem) || /domain[-_ ]?stats?/i.test(stem)
}

/** Ours, then the name that domain_stats 1.x gave it. */
const names = ['domainstats.yaml', 'domain_stats.yaml'] as const
const [ours, original] = names

/**
 * A configuration of domain_stats 1.x goes on as it was: each name is told once a day, and low scores always alarm.
 * What the file says itself wins.
 */
const asOriginal: Defaults = { emit: 'distinct', freq_alerts: 'always' }

export interface LoadedConfig extends Accepted {
  /** The file it was read from; undefined when there was none and all is default. */
  readonly file: string | undefined
}

/** Settings from flags; what is undefined was not given. */
export type Overrides = { readonly [K in keyof Config]?: Config[K] | undefined }

/** Where a path in the configuration leads: relative ones start at the data directory; `-` stays stdout. */
export const resolveIn = (dir: string, path: string): string => (path === '-' ? path : resolve(dir, path))

/** Asks for the name, not for what a link leads to: a dangling link is a mistake to tell, not a missing file. */
const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  )

const ofWholeFile = (message: string, remedy: string): ConfigFault[] => [
  { line: undefined, key: '', message, remedy },
]

const readText = async (file: string): Promise<string | ConfigFault[]> => {
  try {
    const found = await stat(file)
    if (!found.isFile()) return ofWholeFile('not a regular file', 'Put a YAML file there, or nothing.')
    const tooLarge = sizeFinding(found.size)
    if (tooLarge.length > 0) return tooLarge
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (error) {
    if (error instanceof TypeError) return ofWholeFile('not UTF-8 text', 'Save it as UTF-8.')
    const reason = error instanceof Error ? controlsEscaped(error.message) : 'unknown'
    return ofWholeFile(`cannot be read (${reason})`, 'Let the user that runs domainstats read it.')
  }
}

const read = async (file: string, defaults: Defaults): Promise<Accepted> => {
  const text = await readText(file)
  // Loaded only where there is a file: a library for YAML comes with it.
  const { parseConfig } = await import('./parse.js')
  const found: Accepted | { problems: readonly Problem[] } =
    typeof text === 'string'
      ? parseConfig(text, file, defaults)
      : { problems: text.map(finding => ({ file, ...finding })) }
  if ('problems' in found) throw new ConfigError(found.problems)
  return found
}

/** The values were checked already, so whatever is wrong now came from a flag. */
const override = (config: Partial<Config>, overrides: Overrides): Config => {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
  const checked = checkConfig({ ...config, ...given }, () => undefined)
  if ('config' in checked) return checked.config
  throw new ConfigError(checked.findings.map(finding => ({ file: 'command line', ...finding })))
}

/**
 * What else in the directory may have been meant, where its own name is not there.
 *
 * @throws ConfigError - for a file of which nobody can doubt it
 */
const othersIn = async (dir: string, hasOriginal: boolean): Promise<string[]> => {
  // Not there, or closed: whoever needs the directory will say so.
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => [])
  const others = entries
    .filter(entry => !entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  const near = others.filter(name => name !== original && isNearName(name))
  const [message, remedy] = ['a file of that name is not read', `Rename it to ${ours}, or move it away.`]
  if (near.length > 0)
    throw new ConfigError(
      near.map(name => ({ file: join(dir, name), line: undefined, key: '', message, remedy })),
    )
  return hasOriginal
    ? []
    : others
        .filter(mayBeMeant)
        .map(name => `${controlsEscaped(name)} is not read: the settings stand in ${ours}`)
}

/**
 * The configuration of a data directory: its file, or the defaults, under the flags. Frozen. Without a directory
 * there are only the defaults and the flags.
 *
 * @throws ConfigError - with every problem of the file, or of the flags; for a file that has nearly the right name
 */
export const loadConfig = async (
  dir: string | undefined,
  overrides: Overrides = {},
): Promise<LoadedConfig> => {
  const there = await Promise.all(dir === undefined ? [] : names.map(name => isThere(join(dir, name))))
  const [name, ignored] = names.filter((_, index) => there[index])
  const file = name === undefined || dir === undefined ? undefined : join(dir, name)
  const { config, notices } =
    file === undefined ? { config: {}, notices: [] } : await read(file, name === original ? asOriginal : {})
  const others = dir === undefined || name === ours ? [] : await othersIn(dir, name === original)
  const both = ignored === undefined ? [] : [`${ignored} is not read, because ${name} stands beside it`]
  return Object.freeze({
    config: override(config, overrides),
    file,
    notices: Object.freeze([...both, ...others, ...notices]),
  })
}

/* A loaded configuration in lines for people: what differs from the defaults, and what has no effect. */

const isBranch = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (!Array.isArray(value) || value.some(item => typeof item === 'object'))

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return excerpt(value.join(', '))
  if (typeof value === 'object' || value === undefined) return ''
  return excerpt(typeof value === 'string' ? value : JSON.stringify(value))
}

const lines = (value: unknown, path: Path): string[] => {
  if (isBranch(value))
    return Object.entries(value).flatMap(([key, inner]) =>
      lines(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    )
  const setting = settingAt(path)
  if (value === undefined || setting?.effect === 'none') return []
  const [now, usual] = [setting?.secret ? '(set)' : shown(value), shown(setting?.default)]
  if (now === usual) return []
  return [`${controlsEscaped(keyOf(path))}: ${now}${usual === '' ? '' : ` (default ${usual})`}`]
}

/** What `domainstats check` prints of a configuration that is in order. */
export const describeConfig = ({ config, file, notices }: LoadedConfig): string[] => [
  file === undefined
    ? 'configuration: defaults, there is no file'
    : `configuration: ${controlsEscaped(file)}`,
  ...lines(config, []),
  ...notices,
]
