/** Checks that the skim changes no result: scans the same log with it and with --no-skim. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scan } from './folders.js'
import { domainstats } from './programs.js'

/** The result of a scan: its counts, its records, and each domain with its first and last contact. */
const outcome = async (prepared: string, dir: string, log: string, ...flags: readonly string[]) => {
  const { said } = await scan(prepared, dir, log, ...flags)
  const { output: domains } = await domainstats('export', '-', '--data', dir)
  const path = join(dir, 'domainstats.log')
  // Without a record there is no file.
  const records = existsSync(path) ? readFileSync(path, 'latin1') : ''
  return { said, domains, records }
}

/**
 * Compares the two, with an empty store and with one that knows the names.
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
