/** `domainstats settings`: changes the configuration of a data folder, by questions or by `--set`. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { loadConfig } from '../config/load.js'
import { parseConfig } from '../config/parse.js'
import { nearest, ConfigError, excerpt } from '../config/problem.js'
import type { Config } from '../config/schema.js'
import { settingAt, settings } from '../config/settings.js'
import { editYaml } from '../config/yaml-edit.js'
import { followedFiles } from '../daemon/inputs.js'
import { replaceFile } from '../files/replace.js'
import { createReducer } from '../names/psl.js'
import { jsonEscaped } from '../output/json.js'
import { zonesIn } from './internal-zones.js'
import {
  readText,
  readValue,
  type SettingChange,
  isTerminal,
  openPrompt,
  askSettings,
} from './settings-prompt.js'
import { makeFolder } from './data-folder.js'
import { UsageError, type Io } from './io.js'

/** The keys for `--set`. Lists such as `inputs` are set as a whole. */
const known = settings.map(({ key }) => key).filter(key => !key.includes('['))

const hintFor = (key: string): string => {
  const meant = nearest(key, known)
  if (meant !== undefined) return `Did you mean ${meant}?`
  const whole = settingAt(key.split(/[.[]/))?.key
  return whole === undefined ? 'docs/settings.md lists the keys.' : `Give ${whole} as a whole.`
}

const wordsOf = (words: string): readonly [key: string, text: string] => {
  const [, key, text = ''] = /^([^=]+)=(.*)$/su.exec(words) ?? []
  if (key === undefined) throw new UsageError(`--set ${excerpt(words)}: not of the form KEY=VALUE`)
  if (known.includes(key)) return [key, text.trim()]
  throw new UsageError(`--set ${excerpt(key)}: unknown key. ${hintFor(key)}`)
}

/**
 * The changes of `--set KEY=VALUE`; `KEY=` removes a setting from the file.
 *
 * @throws UsageError for an unknown key or a wrong form; ConfigError for invalid values
 */
export const changesFrom = (set: readonly string[], config: Config): SettingChange[] => {
  const words = set.map(wordsOf)
  const twice = words.find(([key], at) => words.findIndex(other => other[0] === key) < at)
  if (twice) throw new UsageError(`--set ${twice[0]} is given twice`)
  const read = words.map(([key, text]) =>
    text === '' ? readValue(key, undefined, config) : readText(key, text, config),
  )
  const findings = read.flatMap(reading => ('findings' in reading ? reading.findings : []))
  if (findings.length > 0) throw new ConfigError(findings.map(finding => ({ file: '--set', ...finding })))
  return read.flatMap(reading => ('change' in reading && reading.change ? [reading.change] : []))
}

export interface SettingsFlags {
  readonly dir: string
  /** Each is `KEY=VALUE`; if empty, the user is asked. */
  readonly set: readonly string[]
}

const ask = async (config: Config, file: string, folder: string, io: Io): Promise<SettingChange[]> => {
  if (!isTerminal(io)) throw new UsageError('Questions need a terminal. Elsewhere give --set KEY=VALUE.')
  const prompt = openPrompt(io)
  try {
    prompt.tell(`The settings in ${jsonEscaped(file)}.\n`)
    const reducer = createReducer([], config.internal_zones)
    return await askSettings(config, prompt, inputs =>
      zonesIn(followedFiles(inputs, folder), reducer, io.signal),
    )
  } finally {
    prompt.close()
  }
}

/** The text of a file; empty if there is no file. */
const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })

/** Checks the settings together. Each was checked by itself before. */
const checked = (text: string): string => {
  const result = parseConfig(text, 'settings')
  if (!('problems' in result)) return text
  throw new ConfigError(result.problems.map(problem => ({ ...problem, line: undefined })))
}

/**
 * Edits the file of the settings of a data folder, and makes both if they are not there.
 *
 * @param edit gives the new text of the file
 * @throws what `edit` throws; ConfigError for invalid settings, or an invalid file; Error if the file cannot be written; then
 *   the file is unchanged
 */
export const editSettings = async (
  dir: string,
  edit: (before: string, config: Config, file: string) => string | Promise<string>,
  io: Io,
): Promise<void> => {
  const folder = resolve(dir)
  const { config, file = join(folder, 'domainstats.yaml') } = await loadConfig(folder)
  const before = await textOf(file)
  const edited = await edit(before, config, file)
  if (edited === before) {
    io.stderr.write(`${jsonEscaped(file)}: nothing changed\n`)
    return
  }
  const after = checked(edited)
  if ((await textOf(file)) !== before) throw new Error(`${file} was changed meanwhile; nothing was written`)
  await makeFolder(folder, () => io.stderr.write(`${jsonEscaped(folder)}: made\n`))
  await replaceFile(file, [after], io.signal)
  io.stderr.write(`${jsonEscaped(file)}: written\n`)
}

/** @throws UsageError for wrong arguments; Error if the user stops; as editSettings */
export const changeSettings = ({ dir, set }: SettingsFlags, io: Io): Promise<void> =>
  editSettings(
    dir,
    async (before, config, file) => {
      const changes = set.length > 0 ? changesFrom(set, config) : await ask(config, file, resolve(dir), io)
      return changes.reduce((text, { key, value }) => editYaml(text, key.split('.'), value), before)
    },
    io,
  )
