/** `domainstats check`: is the configuration right, and what does it mean here? Is the database in order? */
import { resolve } from 'node:path'
import { describeConfig } from '../config/describe.js'
import { loadConfig } from '../config/load.js'
import { loadFreqTable } from '../freq/load.js'
import { ignoredBy } from '../judging.js'
import { loadBootstrapFile } from '../lookup/bootstrap-file.js'
import { checkDatabase } from './check-database.js'
import { checkInput } from './check-input.js'
import { checkNeeds } from './check-needs.js'
import { demandFolder } from './demand-folder.js'
import { diskLine } from './disk.js'
import type { Io } from './io.js'

/** @throws Error with every problem found, a line each: of the configuration, or else of the inputs, of what `run` needs, and of the database */
export const check = async (flags: { readonly data: string }, io: Io): Promise<void> => {
  const dir = resolve(flags.data)
  await demandFolder(dir)
  const loaded = await loadConfig(dir)
  const { config } = loaded
  await ignoredBy(config, dir)
  await loadBootstrapFile(config, dir)
  if (config.enable_freq_scores) await loadFreqTable(config.freq_table, dir)
  const inputs = await Promise.all(config.inputs.map(input => checkInput(input, dir, config)))
  const checked = [...inputs, checkNeeds(dir, config)]
  const lines = [...describeConfig(loaded), ...checked.flatMap(({ lines }) => lines), diskLine(config)]
  io.stdout.write(`${lines.join('\n')}\n`)
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
