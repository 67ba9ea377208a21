/** Finds the configuration of a data directory, and lets the flags win over it. */
import { lstat, readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { check, sizeFinding } from './check.js'
import { isNearName, mayBeMeant } from './near-name.js'
import type { Accepted, Defaults } from './parse.js'
import { ConfigError, printable, type Problem } from './problem.js'
import type { Config } from './schema.js'
import type { Finding } from './yaml-text.js'

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

const ofWholeFile = (message: string, remedy: string): Finding[] => [
  { line: undefined, key: '', message, remedy },
]

const readText = async (file: string): Promise<string | Finding[]> => {
  try {
    const found = await stat(file)
    if (!found.isFile()) return ofWholeFile('not a regular file', 'Put a YAML file there, or nothing.')
    const tooLarge = sizeFinding(found.size)
    if (tooLarge.length > 0) return tooLarge
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (error) {
    if (error instanceof TypeError) return ofWholeFile('not UTF-8 text', 'Save it as UTF-8.')
    const reason = error instanceof Error ? printable(error.message) : 'unknown'
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
  const checked = check({ ...config, ...given }, () => undefined)
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
    : others.filter(mayBeMeant).map(name => `${printable(name)} is not read: the settings stand in ${ours}`)
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
