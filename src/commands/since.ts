/** The words of `--since` and `--until`. */
import { readIsoOrHttpDate } from '../transfer/list.js'
import { UsageError } from './io.js'

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * Parses `--since`: a duration before now (`24h`), or a date.
 *
 * @param flag the flag to name in the error
 * @returns epoch ms
 * @throws UsageError for any other text
 */
export const timeSince = (text: string, now: number, flag = '--since'): number => {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  const ms = count === '' ? readIsoOrHttpDate(text) : now - Number(count) * (units[unit] ?? 0)
  if (ms === undefined)
    throw new UsageError(`${flag} takes a time like 24h, 7d, 2026-11-21 or 2026-11-21T08:00:00Z.`)
  return ms
}
