/** `domainstats settings` on a terminal: asks for each setting, and checks the answers by the schema. */
import { createInterface } from 'node:readline'
import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { checkConfig, type ConfigFault } from '../config/check.js'
import { excerpt } from '../config/problem.js'
import { fileInputs } from '../config/schema-inputs.js'
import type { Config } from '../config/schema.js'
import { settingAt, valueAt } from '../config/settings.js'
import { nested } from '../config/yaml-edit.js'
import { readYaml } from '../config/yaml.js'
import { jsonEscaped } from '../output/json.js'
import type { SeenZone } from './internal-zones.js'
import type { Io } from './io.js'

export interface Prompt {
  readonly tell: (text: string) => void
  /**
   * Asks a question. Returns the line that was typed, trimmed.
   *
   * @throws Error at Ctrl-C or Ctrl-D, or when the signal aborts
   */
  readonly ask: (question: string) => Promise<string>
  readonly close: () => void
}

export const isTerminal = ({ stdin, stdout }: Io): boolean =>
  'isTTY' in stdin && stdin.isTTY === true && stdout.isTTY === true

/** Opens a prompt. Lines that are pasted together answer the next questions; `question` of readline would lose them. */
export const openPrompt = ({ stdin, stdout, signal }: Io): Prompt => {
  const terminal = createInterface({ input: stdin, output: stdout, signal, historySize: 0 })
  const lines = terminal[Symbol.asyncIterator]()
  let isOpen = true
  terminal.once('close', () => (isOpen = false))
  return {
    tell: text => void stdout.write(text),
    ask: async question => {
      terminal.setPrompt(question)
      // Lines typed before the end still answer questions.
      if (isOpen) terminal.prompt()
      else stdout.write(question)
      const line = await lines.next()
      if (line.done !== true) return line.value.trim()
      stdout.write('\n')
      throw new Error('stopped before the last question; all is as it was')
    },
    close: () => terminal.close(),
  }
}

export interface SettingChange {
  /** Such as `rdap.per_second`. */
  readonly key: string
  /** Undefined removes the key from the file, so that the default applies. */
  readonly value: unknown
}

/** The result of an answer: a change, undefined if it changes nothing, or the findings of the schema. */
export type SettingRead =
  { readonly change: SettingChange | undefined } | { readonly findings: readonly ConfigFault[] }

/** Checks a value by the schema, without the other settings. `effective`: the value after conversion. */
const judge = (key: string, value: unknown): { effective: unknown; findings: readonly ConfigFault[] } => {
  const checked = checkConfig(nested(key.split('.'), value), () => undefined)
  if ('config' in checked) return { effective: valueAt(checked.config, key.split('.')), findings: [] }
  const isOfKey = (finding: ConfigFault) =>
    finding.key === key || finding.key.startsWith(`${key}.`) || finding.key.startsWith(`${key}[`)
  return { effective: value, findings: checked.findings.filter(isOfKey) }
}

/**
 * Checks a new value of a setting.
 *
 * @param value undefined: the default applies
 * @param config the present configuration
 */
export const readValue = (key: string, value: unknown, config: Config): SettingRead => {
  const { effective, findings } = judge(key, value)
  if (findings.length > 0) return { findings }
  if (isDeepStrictEqual(effective, valueAt(config, key.split('.')))) return { change: undefined }
  // `yes` is written as true. A list is written as given, without the defaults of its elements.
  const isPlain = value !== undefined && typeof effective !== 'object'
  return { change: { key, value: isPlain ? effective : value } }
}

/** Reads a text as YAML, or literally if only that is a valid value: `@soc`, `-`, `42`. */
export const readText = (key: string, text: string, config: Config): SettingRead => {
  const tree = readYaml(text)
  const asItStands = () => readValue(key, text, config)
  if ('errors' in tree || tree.findings.length > 0 || tree.value === undefined) return asItStands()
  const asYaml = readValue(key, tree.value, config)
  if ('change' in asYaml || typeof tree.value === 'string') return asYaml
  const other = asItStands()
  return 'change' in other ? other : asYaml
}

/** The keys of domain-stats-settings 1.x in its order, without those that have no effect here; then our main ones. */
export const askedSettings = [
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
  'internal_zones',
  'output',
  'http',
] as const

/** The present value in one line, for the brackets behind its key. */
const shown = (key: string, config: Config): string => {
  const value = valueAt(config, key.split('.'))
  if (value === undefined) return ''
  if (settingAt(key.split('.'))?.secret) return '********'
  if (key === 'inputs')
    return excerpt(
      fileInputs(config.inputs)
        .map(({ path }) => path)
        .join(' '),
    )
  return excerpt(typeof value === 'string' ? value : stringify(value, { collectionStyle: 'flow' }).trim())
}

/** Reads paths until an empty line. An input that was configured before keeps its format and sensor; one that is no file stays. */
const readInputs = async (first: string, config: Config, prompt: Prompt): Promise<SettingRead> => {
  const paths = first.split(/\s+/)
  for (let line = first; line !== '';) {
    line = await prompt.ask('  another path (Enter: no more): ')
    if (line !== '') paths.push(...line.split(/\s+/))
  }
  const files = paths.map(path => config.inputs.find(input => input.path === path) ?? { path })
  const inputs = [...files, ...config.inputs.filter(({ path }) => path === undefined)]
  return readValue('inputs', inputs, config)
}

/** Asks for each zone that the logs show. The default is no, since it may be a visitor's. */
const confirmZones = async (
  zones: readonly SeenZone[],
  config: Config,
  prompt: Prompt,
): Promise<readonly string[]> => {
  const confirmed: string[] = []
  for (const { zone, shown } of zones) {
    prompt.tell(`\nThe logs hold ${shown}, of ${jsonEscaped(zone)}.\n`)
    const answer = await prompt.ask('Is it a zone of your own, about which nobody is asked? (yes, no) [no]: ')
    if (/^y(es)?$/i.test(answer)) confirmed.push(zone)
  }
  return [...config.internal_zones, ...confirmed]
}

/** Reads zones from a line, as YAML or separated by blanks or commas. */
const readZones = (answer: string, config: Config): SettingRead =>
  answer.startsWith('[')
    ? readText('internal_zones', answer, config)
    : readValue('internal_zones', answer.split(/[\s,]+/).filter(Boolean), config)

const readAnswer = async (
  key: string,
  answer: string,
  config: Config,
  prompt: Prompt,
): Promise<SettingRead> => {
  if (key === 'inputs') return readInputs(answer, config, prompt)
  return key === 'internal_zones' ? readZones(answer, config) : readText(key, answer, config)
}

/** Asks until the schema allows the answer. */
const askOne = async (
  key: string,
  config: Config,
  isRequired: boolean,
  prompt: Prompt,
): Promise<SettingChange | undefined> => {
  const setting = settingAt(key.split('.'))
  const values = key === 'inputs' ? 'their paths, separated by blanks or one a line' : setting?.values
  prompt.tell(`\n${setting?.description ?? ''} Give ${values ?? 'a value'}.\n`)
  for (;;) {
    const answer = await prompt.ask(`${key} [${shown(key, config)}]: `)
    const isKept = answer === '' && !(isRequired && valueAt(config, key.split('.')) === undefined)
    if (isKept) return undefined
    const reading = await readAnswer(key, answer, config, prompt)
    if ('change' in reading) return reading.change
    for (const { key, message, remedy } of reading.findings) prompt.tell(`  ${key}: ${message}. ${remedy}\n`)
  }
}

const inputsOf = (changes: readonly SettingChange[], config: Config): Config['inputs'] => {
  const change = changes.find(({ key }) => key === 'inputs')
  const answered = change && checkConfig({ inputs: change.value }, () => undefined)
  return answered && 'config' in answered ? answered.config.inputs : config.inputs
}

/** Asks for the zones that the logs show, then for the whole list. */
const askZones = async (
  changes: readonly SettingChange[],
  config: Config,
  prompt: Prompt,
  zonesSeen: Parameters<typeof askSettings>[2],
): Promise<SettingChange[]> => {
  const zones = await confirmZones(await zonesSeen(inputsOf(changes, config)), config, prompt)
  const confirmed = { ...config, internal_zones: zones }
  const change = await askOne('internal_zones', confirmed, false, prompt)
  if (change) return [change]
  return zones.length > config.internal_zones.length ? [{ key: 'internal_zones', value: zones }] : []
}

/**
 * Asks for each setting. Enter keeps the present value.
 *
 * @param zonesSeen finds zones that look internal in the logs of these inputs
 * @throws Error at Ctrl-C or Ctrl-D, or when the signal aborts
 */
export const askSettings = async (
  config: Config,
  prompt: Prompt,
  zonesSeen: (inputs: Config['inputs']) => Promise<readonly SeenZone[]>,
): Promise<SettingChange[]> => {
  prompt.tell('Enter keeps what stands in brackets, Ctrl-C all.\n')
  const changes: SettingChange[] = []
  for (const key of askedSettings) {
    const mode = changes.find(change => change.key === 'mode')?.value ?? config.mode
    if (key.startsWith('isc.') && mode !== 'isc') continue
    if (key === 'internal_zones') changes.push(...(await askZones(changes, config, prompt, zonesSeen)))
    else {
      const change = await askOne(key, config, key === 'isc.url', prompt)
      if (change) changes.push(change)
    }
  }
  return changes
}
