/** The questions of `domainstats settings`, as domain-stats-settings of domain_stats 1.x asked them. */
import { stringify } from 'yaml'
import { excerpt } from '../config/problem.js'
import type { Config } from '../config/schema.js'
import { settingAt } from '../config/settings.js'
import type { Prompt } from './settings-prompt.js'
import { readText, readValue, valueAt, type Change, type Reading } from './settings-value.js'

/** The original's keys in its order, but for those without effect here; then ours that matter first. */
export const asked = [
  'ip_address',
  'local_port',
  'timezone_offset',
  'established_days_age',
  'mode',
  'isc.url',
  'isc.token',
  'rdap_error_ttl_days',
  'freq_table',
  'enable_freq_scores',
  'freq_avg_alert',
  'freq_word_alert',
  'cache_browse_limit',
  'inputs',
  'output',
  'http',
] as const

/** A value in one line, in brackets behind its key. */
const shown = (key: string, config: Config): string => {
  const value = valueAt(config, key)
  if (value === undefined) return ''
  if (settingAt(key.split('.'))?.secret) return '********'
  if (key === 'inputs') return excerpt(config.inputs.map(({ path }) => path).join(' '))
  return excerpt(typeof value === 'string' ? value : stringify(value, { collectionStyle: 'flow' }).trim())
}

/** Paths in a line, and in more lines until an empty one. An input that is there keeps its format and sensor. */
const readInputs = async (first: string, config: Config, prompt: Prompt): Promise<Reading> => {
  const paths = first.split(/\s+/)
  for (let line = first; line !== '';) {
    line = await prompt.ask('  another path (Enter: no more): ')
    if (line !== '') paths.push(...line.split(/\s+/))
  }
  const inputs = paths.map(path => config.inputs.find(input => input.path === path) ?? { path })
  return readValue('inputs', inputs, config)
}

/** Asks until the answer is one that the schema allows. */
const askOne = async (
  key: string,
  config: Config,
  isRequired: boolean,
  prompt: Prompt,
): Promise<Change | undefined> => {
  const setting = settingAt(key.split('.'))
  const values = key === 'inputs' ? 'their paths, separated by blanks or one a line' : setting?.values
  prompt.tell(`\n${setting?.description ?? ''} Give ${values ?? 'a value'}.\n`)
  for (;;) {
    const answer = await prompt.ask(`${key} [${shown(key, config)}]: `)
    const isKept = answer === '' && !(isRequired && valueAt(config, key) === undefined)
    if (isKept) return undefined
    const reading =
      key === 'inputs' ? await readInputs(answer, config, prompt) : readText(key, answer, config)
    if ('change' in reading) return reading.change
    for (const { key, message, remedy } of reading.findings) prompt.tell(`  ${key}: ${message}. ${remedy}\n`)
  }
}

/**
 * Asks for each setting. Enter keeps what is there.
 *
 * @throws Error when there are no more answers
 */
export const askSettings = async (config: Config, prompt: Prompt): Promise<Change[]> => {
  prompt.tell('Enter keeps what stands in brackets, Ctrl-C all.\n')
  const changes: Change[] = []
  for (const key of asked) {
    const mode = changes.find(change => change.key === 'mode')?.value ?? config.mode
    if (key.startsWith('isc.') && mode !== 'isc') continue
    const change = await askOne(key, config, key === 'isc.url', prompt)
    if (change) changes.push(change)
  }
  return changes
}
