/** What `run` needs besides its inputs, for `domainstats check`: nothing is written to find out. */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { resolveIn } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { whyRefused, whyUnwritable } from '../files/rights.js'
import { printable } from '../output/json.js'
import { whyReadOnly } from '../store/explained.js'
import { isFolderLocked, isOutputLocked } from '../store/lock.js'
import type { Checked } from './check-input.js'

/** Where a `run` is live on the folder it has what it needs: what this user may not do is no problem then. */
export const checkNeeds = (dir: string, config: Config): Checked => {
  const output = resolveIn(dir, config.output)
  const isLive = isFolderLocked(dir)
  const missing = [...folderNeeds(dir), ...(output === '-' ? [] : outputNeeds(output, isLive))].map(printable)
  const lines = [
    `output ${output === '-' ? 'standard output' : printable(output)}`,
    isLive ? 'a run is live on this folder' : 'no run is live on this folder',
  ]
  if (isLive)
    return {
      lines: [...lines, ...missing.map(why => `    this user could not run here: ${why}`)],
      problems: [],
    }
  return { lines, problems: missing.map(why => `run cannot do its work: ${why}`) }
}

const folderNeeds = (dir: string): string[] => {
  const lock = join(dir, 'run.lock')
  const why =
    whyReadOnly(join(dir, 'domainstats.sqlite')) ?? (existsSync(lock) ? whyRefused(lock, 'write') : undefined)
  return why === undefined ? [] : [why]
}

/** Its folder is made by `run`, and has to take a lock and the next file after a rotation. */
const outputNeeds = (output: string, isLive: boolean): string[] => {
  if (statSync(output, { throwIfNoEntry: false })?.isDirectory() === true)
    return [`the output ${output} is a folder`]
  if (!isLive && isOutputLocked(output)) return [`another domainstats writes the output ${output}`]
  const why = whyUnwritable(output)
  return why === undefined ? [] : [why]
}
