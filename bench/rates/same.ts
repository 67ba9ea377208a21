/** Whether the skim makes no difference: the same log once with it, and once with each line parsed in full. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scan } from './folders.js'
import { domainstats } from './programs.js'

/** What came of a scan: the counts that it tells, the records, and each domain with its first and last contact. */
const outcome = async (prepared: string, dir: string, log: string, ...flags: readonly string[]) => {
  const { said } = await scan(prepared, dir, log, ...flags)
  const { output: domains } = await domainstats('export', '-', '--data', dir)
  const path = join(dir, 'domainstats.log')
  // Where there is no record there is no file.
  const records = existsSync(path) ? readFileSync(path, 'latin1') : ''
  return { said, domains, records }
}

/**
 * Compares the two ways, with an empty store and with one that knows the names.
 *
 * @throws Error if they differ
 */
export const expectSame = async (prepared: readonly string[], dir: string, log: string): Promise<void> => {
  for (const folder of prepared) {
    const skimmed = await outcome(folder, dir, log)
    const parsed = await outcome(folder, dir, log, '--no-skim')
    for (const what of ['said', 'domains', 'records'] as const)
      if (skimmed[what] !== parsed[what]) throw new Error(`${log}: ${what} differ without the skim`)
  }
}
