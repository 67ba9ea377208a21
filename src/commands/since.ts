/** The words of `--since` and `--until`. */
import { readSince, sinceForms } from '../transfer/since.js'
import { UsageError } from './io.js'

/**
 * Parses `--since`: a duration before now (`24h`), or a date.
 *
 * @param flag the flag to name in the error
 * @returns epoch ms
 * @throws UsageError for any other text
 */
export const timeSince = (text: string, now: number, flag = '--since'): number => {
  const ms = readSince(text, now)
  if (ms === undefined) throw new UsageError(`${flag} takes ${sinceForms}.`)
  return ms
}
