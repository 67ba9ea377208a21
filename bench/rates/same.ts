/** Checks that a fast path changes no result: scans the same lines in two ways. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scan } from './folders.js'
import { domainstats } from './programs.js'

/** The result of a scan: its counts, its records, and each domain with its first and last contact. */
const outcome = async (prepared: string, dir: string, args: readonly string[]) => {
  const { said } = await scan(prepared, dir, ...args)
  const { output: domains } = await domainstats('export', '-', '--data', dir)
  const path = join(dir, 'domainstats.log')
  // Without a record there is no file. A record that waits for its response is written with the transaction that has it,
  // and where a transaction ends depends on the way.
  const records = existsSync(path) ? readFileSync(path, 'latin1').split('\n').sort().join('\n') : ''
  return { said, domains, records }
}

/**
 * Compares the two, with an empty store and with one that knows the names.
 *
 * @param beside the other way: by default the same logs without the skim
 * @throws Error if they differ
 */
export const expectSame = async (
  prepared: readonly string[],
  dir: string,
  logs: readonly string[],
  beside: readonly string[] = [...logs, '--no-skim'],
): Promise<void> => {
  for (const folder of prepared) {
    const one = await outcome(folder, dir, logs)
    const other = await outcome(folder, dir, beside)
    for (const what of ['said', 'domains', 'records'] as const)
      if (one[what] !== other[what]) throw new Error(`${what} differ: ${logs.join(' ')}; ${beside.join(' ')}`)
  }
}
