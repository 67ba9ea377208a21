/** Loads the configuration of a data directory: finds its file, and overrides it by the flags. */
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { typoStepsMax } from '../limits.js'
import { checkConfig, sizeFinding, type ConfigFault } from './check.js'
import type { Accepted, Defaults } from './parse.js'
import { distance, ConfigError, controlsEscaped, type Problem, excerpt } from './problem.js'
import type { Config } from './schema.js'
import { keyOf, settingAt, type Path } from './settings.js'

/* Mistyped names of the configuration: the user believes that such a file is read. */

const right = 'domainstats'

/** The extensions `.yaml` and `.yml`, also mistyped. */
const yaml = /\.y[aml]{1,4}$/

/** The extension that Windows editors add and hide. */
const text = /\.txt$/

/** The letters of a name, without extension: `domainstats` for `domain-stats (1).yml`. */
const lettersOf = (name: string): string => name.replace(yaml, '').replace(/[^a-z]/g, '')

/**
 * True for `domainstats.yml`, `domain-stats.yaml`, `Domainstats.yaml.txt`, `domianstats.yaml`. False for a backup copy
 * (`domainstats.yaml.bak`): its user does not want it to be read.
 */
export const isNearName = (name: string): boolean => {
  const plain = name.trim().toLowerCase().replace(text, '')
  return yaml.test(plain) && distance(lettersOf(plain.replace(yaml, '')), right) <= typoStepsMax
}

/** True for a name that may be meant as our configuration, or may belong to another program: `config.yaml`. */
export const mayBeMeant = (name: string): boolean => {
  const [, stem = ''] = /^([^.]*)\.(?:ya?ml|json|toml|conf|cfg|ini)$/i.exec(name) ?? []
  return /^(?:config|settings)$/i.test(stem) || /domain[-_ ]?stats?/i.test(stem)
}

/** Our name, then that of domain_stats 1.x. */
const names = ['domainstats.yaml', 'domain_stats.yaml'] as const
const [ours, original] = names

/**
 * Defaults for a configuration of domain_stats 1.x, which keep its behaviour: each name is written once a day, and low
 * scores always raise an alert.
 */
const asOriginal: Defaults = { emit: 'distinct', freq_alerts: 'always' }

export interface LoadedConfig extends Accepted {
  /** The file; undefined if there was none. */
  readonly file: string | undefined
}

/** What a file says, or nothing. */
interface FileSettings {
  readonly config: Partial<Config>
  readonly notices: readonly string[]
}

/** Settings from flags; undefined: not given. */
export type Overrides = { readonly [K in keyof Config]?: Config[K] | undefined }

/** Resolves a path of the configuration relative to the data directory. `-` (stdout) stays. */
export const resolveIn = (dir: string, path: string): string => (path === '-' ? path : resolve(dir, path))

/** Does not follow links: a dangling link is a mistake to report, not a missing file. */
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
  // Loaded only if there is a file, since it loads a library for YAML.
  const { parseConfig } = await import('./parse.js')
  const found: Accepted | { problems: readonly Problem[] } =
    typeof text === 'string'
      ? parseConfig(text, file, defaults)
      : { problems: text.map(finding => ({ file, ...finding })) }
  if ('problems' in found) throw new ConfigError(found.problems)
  return found
}

/** Overrides checked values by flags: any problem now comes from a flag. */
const override = (config: Partial<Config>, overrides: Overrides): Config => {
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
  const checked = checkConfig({ ...config, ...given }, () => undefined)
  if ('config' in checked) return checked.config
  throw new ConfigError(checked.findings.map(finding => ({ file: 'command line', ...finding })))
}

/**
 * Without a `domainstats.yaml`: notices about other files that may be meant as one.
 *
 * @throws ConfigError - for a file that has nearly the right name
 */
const othersIn = async (dir: string, hasOriginal: boolean): Promise<string[]> => {
  // An absent or unreadable directory is reported by the code that needs it.
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

/** Declares the command of `apiify.file` as if it stood in the settings. @throws ConfigError - with all problems of that file */
const withApiify = async ({ config, notices }: FileSettings, dir: string): Promise<FileSettings> => {
  const { apiify, commands = {} } = config
  if (apiify?.file === undefined) return { config, notices }
  const file = resolveIn(dir, apiify.file)
  const text = await readText(file)
  const { readApiify } = await import('./apiify-file.js')
  const choices = { name: apiify.command, accepts: apiify.accepts }
  const read = typeof text === 'string' ? readApiify(text, choices) : { findings: text }
  if ('findings' in read) throw new ConfigError(read.findings.map(finding => ({ file, ...finding })))
  const { name } = read
  if (Object.hasOwn(commands, name)) {
    const [message, remedy] = [`the settings declare a command ${name}, too`, 'Give another apiify.command.']
    throw new ConfigError([{ file, line: undefined, key: '', message, remedy }])
  }
  return {
    config: {
      ...config,
      commands: { ...commands, ...read.commands },
      apiify: { ...apiify, command: name, port: apiify.port ?? read.port },
    },
    notices: [...notices, ...read.notes.map(note => `${controlsEscaped(apiify.file ?? '')}: ${note}`)],
  }
}

/**
 * Loads the configuration of a data directory: flags override its file, and the file overrides the defaults. The result is
 * frozen.
 *
 * @param dir undefined: no file, only defaults and flags
 * @throws ConfigError - with all problems of the file, or of the flags; or for a file that has nearly the right name
 */
export const loadConfig = async (
  dir: string | undefined,
  overrides: Overrides = {},
): Promise<LoadedConfig> => {
  const there = await Promise.all(dir === undefined ? [] : names.map(name => isThere(join(dir, name))))
  const [name, ignored] = names.filter((_, index) => there[index])
  const file = name === undefined || dir === undefined ? undefined : join(dir, name)
  const { config, notices } =
    file === undefined || dir === undefined
      ? { config: {}, notices: [] }
      : await withApiify(await read(file, name === original ? asOriginal : {}), dir)
  const others = dir === undefined || name === ours ? [] : await othersIn(dir, name === original)
  const both = ignored === undefined ? [] : [`${ignored} is not read, because ${name} stands beside it`]
  return Object.freeze({
    config: override(config, overrides),
    file,
    notices: Object.freeze([...both, ...others, ...notices]),
  })
}

const isBranch = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  (!Array.isArray(value) || value.some(item => typeof item === 'object'))

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return excerpt(value.join(', '))
  if (typeof value === 'object' || value === undefined) return ''
  return excerpt(typeof value === 'string' ? value : JSON.stringify(value))
}

const lines = (value: unknown, path: Path, root: unknown): string[] => {
  if (isBranch(value))
    return Object.entries(value).flatMap(([key, inner]) =>
      lines(inner, [...path, Array.isArray(value) ? Number(key) : key], root),
    )
  const setting = settingAt(path, root)
  if (value === undefined || setting?.effect === 'none') return []
  const [now, usual] = [shown(value), shown(setting?.default)]
  if (now === usual) return []
  return [
    `${controlsEscaped(keyOf(path))}: ${setting?.secret ? '(set)' : now}${usual === '' ? '' : ` (default ${usual})`}`,
  ]
}

/** The lines that `domainstats check` prints of a valid configuration: settings that differ from the defaults, and notices. */
export const describeConfig = ({ config, file, notices }: LoadedConfig): string[] => [
  file === undefined
    ? 'configuration: defaults, there is no file'
    : `configuration: ${controlsEscaped(file)}`,
  ...lines(config, [], config),
  ...notices,
]
