/** `domainstats check`: is the configuration right, and what does it mean here? Is the database in order? */
import { resolve } from 'node:path'
import { describeConfig } from '../config/describe.js'
import { loadConfig } from '../config/load.js'
import { shellWord } from '../files/packed.js'
import { loadFreqTable } from '../freq/load.js'
import { reducerBy } from '../judging.js'
import { loadBootstrapFile } from '../lookup/bootstrap-file.js'
import { printable } from '../output/json.js'
import { checkDatabase } from './check-database.js'
import { checkInput } from './check-input.js'
import { checkNeeds } from './check-needs.js'
import { demandFolder } from './demand-folder.js'
import { diskLine } from './disk.js'
import { zonesIn, type SeenZone } from './internal-zones.js'
import type { Io } from './io.js'

/** Zones that may be the site's own, and how to say so. */
const proposal = (zones: readonly SeenZone[], before: readonly string[], data: string): string => {
  const all = [...before, ...zones.map(({ zone }) => zone)].join(', ')
  return [
    'internal zones? Registries are asked about names below these until you say that they are yours:',
    ...zones.map(({ zone, shown }) => `    ${printable(zone)}: ${shown}`),
    `  domainstats settings ${shellWord(data)} --set ${shellWord(`internal_zones=[${all}]`)}`,
    '',
  ].join('\n')
}

/** @throws Error with every problem found, a line each: of the configuration, or else of the inputs, of what `run` needs, and of the database */
export const check = async (flags: { readonly data: string }, io: Io): Promise<void> => {
  const dir = resolve(flags.data)
  await demandFolder(dir)
  const loaded = await loadConfig(dir)
  const { config } = loaded
  const reducer = await reducerBy(config, dir)
  await loadBootstrapFile(config, dir)
  if (config.enable_freq_scores) await loadFreqTable(config.freq_table, dir)
  const inputs = await Promise.all(config.inputs.map(input => checkInput(input, dir, config)))
  const checked = [...inputs, checkNeeds(dir, config)]
  const lines = [...describeConfig(loaded), ...checked.flatMap(({ lines }) => lines), diskLine(config)]
  io.stdout.write(`${lines.join('\n')}\n`)
  const logs = config.inputs.map(input => ({ ...input, path: resolve(dir, input.path) }))
  const zones = await zonesIn(logs, reducer, io.signal)
  if (zones.length > 0) io.stdout.write(proposal(zones, config.internal_zones, flags.data))
  const problems = checked.flatMap(({ problems }) => problems)
  try {
    io.stdout.write(`${await checkDatabase(dir, io.signal)}\n`)
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error))
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const warnings = inputs.reduce((sum, { warnings }) => sum + warnings, 0)
  io.stdout.write(`ok${warnings > 0 ? `, but for ${warnings} warnings` : ''}\n`)
}
