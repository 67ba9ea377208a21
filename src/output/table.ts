/** Records as a table for people: fixed columns, so that it can be printed while records come. */
import type { DomainRecord } from '../record.js'
import { isoTime } from './fields.js'
import type { Format } from './format.js'
import { printable } from './json.js'

export interface Column<T> {
  readonly title: string
  /** In characters; 0 for the last one, which is as long as it is. */
  readonly width: number
  readonly text: (value: T) => string
}

const columns: readonly Column<DomainRecord>[] = [
  { title: 'TIME', width: 19, text: r => isoTime(r.facts.ts).slice(0, 19).replace('T', ' ') },
  { title: 'CATEGORY', width: 11, text: r => r.verdict.category },
  { title: 'AGE', width: 7, text: r => age(r.verdict.ageDays) },
  {
    title: 'FREQ',
    width: 11,
    text: ({ facts: { freq } }) => (freq ? `${freq.average.toFixed(1)}/${freq.word.toFixed(1)}` : ''),
  },
  { title: 'QUERY', width: 36, text: r => r.facts.query },
  { title: 'ALERTS', width: 0, text: r => [...r.verdict.alerts, ...reason(r)].join(' ') },
]

const age = (days: number | undefined): string => {
  if (days === undefined) return ''
  return days < 730 ? `${days} d` : `${Math.floor(days / 365.25)} y`
}

const reason = ({ verdict }: DomainRecord): string[] =>
  verdict.reason === undefined ? [] : [`(${verdict.reason})`]

/** Padded to its width, cut where it is longer; in printable characters only, none of them cut in two. */
const cell = (text: string, width: number): string => {
  const safe = printable(text)
  if (width === 0) return safe
  const characters = Array.from(safe)
  if (characters.length > width) return `${characters.slice(0, width - 1).join('')}…`
  return safe + ' '.repeat(width - characters.length)
}

/** A table of anything, a line at a time. */
export const tableOf = <T>(columns: readonly Column<T>[]) => {
  const line = (cells: readonly string[]): string =>
    `${columns
      .map(({ width }, i) => cell(cells[i] ?? '', width))
      .join('  ')
      .trimEnd()}\n`
  return {
    header: line(columns.map(({ title }) => title)),
    row: (value: T): string => line(columns.map(({ text }) => text(value))),
  }
}

const table = tableOf(columns)

/** For a terminal; no other program reads this. */
export const tableFormat: Format = {
  header: () => table.header,
  line: table.row,
  footer: () => '',
}
