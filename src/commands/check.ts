/** `domainstats check`: is the configuration right, and what does it mean here? Is the database in order? */
import { access, constants, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describeConfig } from '../config/describe.js'
import { loadConfig, resolveIn } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { shellWord } from '../files/packed.js'
import { loadFreqTable } from '../freq/load.js'
import { reducerBy } from '../judging.js'
import { printable } from '../output/json.js'
import { expand } from '../tail/paths.js'
import { checkDatabase } from './check-database.js'
import { warningAbout } from './check-log.js'
import { shown, zonesIn, type SeenZone } from './internal-zones.js'
import { UsageError, type Io } from './io.js'

/** What an input stands for at present; a missing file is no mistake, since sensors write when there is something. */
const describeInput = async (
  input: Config['inputs'][number],
  dir: string,
  config: Config,
): Promise<string> => {
  const path = resolve(dir, input.path)
  const found = await expand({ ...input, path, sensor: input.sensor })
  const states: (string | undefined)[] = []
  // One after the other: there may be more of them than files that may be open.
  for (const path of found) states.push(await stateOf(path, input, config))
  const there = states.filter(state => state !== undefined)
  return `input ${printable(path)} (${input.format})${there.join('') || ': no file yet'}`
}

/** Undefined where there is no file. */
const stateOf = async (
  path: string,
  { format }: Config['inputs'][number],
  config: Config,
): Promise<string | undefined> => {
  const problem = await access(path, constants.R_OK).then(
    () => undefined,
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown'),
  )
  if (problem === 'ENOENT') return undefined
  const warning = problem === undefined ? await warningAbout(path, format, config) : undefined
  if (warning !== undefined) return `\n    ${printable(path)}: warning: ${warning}`
  return `\n    ${printable(path)}: ${problem === undefined ? 'readable' : `not readable (${problem})`}`
}

/** Zones that may be the site's own, and how to say so. */
const proposal = (zones: readonly SeenZone[], before: readonly string[], data: string): string => {
  const all = [...before, ...zones.map(({ zone }) => zone)].join(', ')
  return [
    'internal zones? Registries are asked about names below these until you say that they are yours:',
    ...zones.map(({ zone, questions }) => `    ${printable(zone)}: ${shown(questions)}`),
    `  domainstats settings ${shellWord(data)} --set ${shellWord(`internal_zones=[${all}]`)}`,
    '',
  ].join('\n')
}

/** @throws Error with every problem found, a line each: of the configuration, or else of the database */
export const check = async (flags: { readonly data: string }, io: Io): Promise<void> => {
  const dir = resolve(flags.data)
  const stats = await stat(dir).catch(() => undefined)
  if (stats?.isDirectory() !== true) throw new UsageError(`${printable(dir)} is no folder.`)
  const loaded = await loadConfig(dir)
  const { config } = loaded
  const reducer = await reducerBy(config, dir)
  if (config.enable_freq_scores) await loadFreqTable(config.freq_table, dir)
  const inputs = await Promise.all(config.inputs.map(input => describeInput(input, dir, config)))
  const lines = [...describeConfig(loaded), ...inputs, `output ${printable(resolveIn(dir, config.output))}`]
  io.stdout.write(`${lines.join('\n')}\n`)
  const logs = config.inputs.map(input => ({ ...input, path: resolve(dir, input.path) }))
  const zones = await zonesIn(logs, reducer, io.signal)
  if (zones.length > 0) io.stdout.write(proposal(zones, config.internal_zones, flags.data))
  const warnings = inputs.join('\n').match(/^ {4}.*: warning: /gm)?.length ?? 0
  io.stdout.write(`${checkDatabase(dir)}\nok${warnings > 0 ? `, but for ${warnings} warnings` : ''}\n`)
}
