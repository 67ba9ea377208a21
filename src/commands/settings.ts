/** `domainstats settings`: changes the configuration of a data folder, by questions or by `--set`. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { editYaml } from '../config/edit.js'
import { loadConfig } from '../config/load.js'
import { parseConfig } from '../config/parse.js'
import { ConfigError } from '../config/problem.js'
import type { Config } from '../config/schema.js'
import { replaceFile } from '../files/replace.js'
import { printable } from '../output/json.js'
import { createReducer } from '../reduce/reducer.js'
import { zonesIn } from './internal-zones.js'
import { makeFolder } from './demand-folder.js'
import { UsageError, type Io } from './io.js'
import { isTerminal, openPrompt } from './settings-prompt.js'
import { askSettings } from './settings-questions.js'
import { changesFrom } from './settings-set.js'
import type { Change } from './settings-value.js'

export interface SettingsFlags {
  readonly dir: string
  /** Each `KEY=VALUE`; with none the user is asked. */
  readonly set: readonly string[]
}

const ask = async (config: Config, file: string, folder: string, io: Io): Promise<Change[]> => {
  if (!isTerminal(io)) throw new UsageError('Questions need a terminal. Elsewhere give --set KEY=VALUE.')
  const prompt = openPrompt(io)
  try {
    prompt.tell(`The settings in ${printable(file)}.\n`)
    const reducer = createReducer([], config.internal_zones)
    return await askSettings(config, prompt, inputs =>
      zonesIn(
        inputs.map(input => ({ ...input, path: resolve(folder, input.path) })),
        reducer,
        io.signal,
      ),
    )
  } finally {
    prompt.close()
  }
}

/** Empty where there is none. */
const textOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })

/** The single settings were checked; what is wrong now, they are together. */
const checked = (text: string): string => {
  const result = parseConfig(text, 'settings')
  if (!('problems' in result)) return text
  throw new ConfigError(result.problems.map(problem => ({ ...problem, line: undefined })))
}

/**
 * @throws UsageError for words that make no sense; ConfigError for settings that cannot be, and for a file that is in
 *   disorder already; Error when the user stops, or the file cannot be written; it is as it was then
 */
export const changeSettings = async ({ dir, set }: SettingsFlags, io: Io): Promise<void> => {
  const folder = resolve(dir)
  const { config, file = join(folder, 'domainstats.yaml') } = await loadConfig(folder)
  const before = await textOf(file)
  const changes = set.length > 0 ? changesFrom(set, config) : await ask(config, file, folder, io)
  const edited = changes.reduce((text, { key, value }) => editYaml(text, key.split('.'), value), before)
  if (edited === before) {
    io.stderr.write(`${printable(file)}: nothing changed\n`)
    return
  }
  const after = checked(edited)
  if ((await textOf(file)) !== before) throw new Error(`${file} was changed meanwhile; nothing was written`)
  await makeFolder(folder, () => io.stderr.write(`${printable(folder)}: made\n`))
  await replaceFile(file, [after], io.signal)
  io.stderr.write(`${printable(file)}: written\n`)
}
