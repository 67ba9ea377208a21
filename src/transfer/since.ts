/** Reads a point in time as people write it: a duration before now (`24h`), or a date. */
import { readIsoOrHttpDate } from './list.js'

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** What readSince takes, for an error text. */
export const sinceForms = 'a time like 24h, 7d, 2026-11-21 or 2026-11-21T08:00:00Z'

/** @returns epoch ms; undefined for any other text */
export const readSince = (text: string, now: number): number | undefined => {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  return count === '' ? readIsoOrHttpDate(text) : now - Number(count) * (units[unit] ?? 0)
}
