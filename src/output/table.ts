/**
 * Tables for people at a terminal, a row at a time, since rows come while they are shown. Each row fits the width that
 * the terminal has at that moment: the name is cut, and what has no place beside it stands below.
 */
import { eastAsianWidth } from 'get-east-asian-width'
import { freqOf } from '../detect/scores.js'
import type { DomainRecord, Scores } from '../model/record.js'
import { isoTime, jsonEscaped } from './json.js'
import type { OutputFormat } from './output.js'

/* How many columns a text takes on a terminal, and how it is cut or wrapped to fit. For text that is printable already. */

const ascii = /^[ -~]*$/
// What may not be cut in two: an escape (`\\x1b` of a canonical name, `\u202e`, `\n`), a character with its marks.
const unit = /\\\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\.|\P{M}\p{M}*|\p{M}+/gsu
// Drawn over the character before them (wcwidth): marks, and the vowels and finals of decomposed Hangul.
const noWidth = /^[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]$/u
/** Asks for the emoji form of the character before it, which is wide. */
const emojiSelector = '\ufe0f'

const unitWidth = (text: string): number => {
  if (ascii.test(text)) return text.length
  let width = 0
  for (const character of text)
    if (!noWidth.test(character)) width += eastAsianWidth(character.codePointAt(0) ?? 0)
  // Some terminals draw it over one column. Counted as two it leaves a gap there; counted as one it would break lines.
  return text.includes(emojiSelector) ? Math.max(width, 2) : width
}

const unitsOf = (text: string): readonly string[] => text.match(unit) ?? []

/** In columns. */
export const widthOf = (text: string): number =>
  ascii.test(text) ? text.length : unitsOf(text).reduce((sum, one) => sum + unitWidth(one), 0)

/** As many units as fit. */
const fitting = (units: readonly string[], width: number): string[] => {
  const taken: string[] = []
  let space = width
  for (const one of units) {
    space -= unitWidth(one)
    if (space < 0) break
    taken.push(one)
  }
  return taken
}

/**
 * The text in so many columns, cut where it is longer; `…` says so.
 *
 * @param from which end is cut. Of a name it is the start: whose it is stands at its end.
 */
export const cut = (text: string, width: number, from: 'start' | 'end'): string => {
  if (widthOf(text) <= width) return text
  const units = unitsOf(text)
  if (from === 'end') return `${fitting(units, width - 1).join('')}…`
  return `…${fitting(units.toReversed(), width - 1)
    .reverse()
    .join('')}`
}

/** Padded to so many columns. */
export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)))

/**
 * Words in lines of so many columns at most. Words that belong together may be given as one. One is broken only if a
 * line of its own is too short for it, at its blanks if it has some.
 *
 * @param width at least 2: the widest character
 */
export const wrapped = (words: readonly string[], width: number): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of words.flatMap(word => (widthOf(word) > width ? word.split(' ') : [word]))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= width) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    let units = unitsOf(word)
    while (units.reduce((sum, one) => sum + unitWidth(one), 0) > width) {
      const piece = fitting(units, width)
      // A unit that is wider than the line (an escape) has one of its own.
      const taken = Math.max(1, piece.length)
      lines.push(units.slice(0, taken).join(''))
      units = units.slice(taken)
    }
    line = units.join('')
  }
  return line === '' ? lines : [...lines, line]
}

export interface TableColumn<T> {
  readonly title: string
  /** In columns of the terminal; of the name and of the last one the least that it is given in one line with all. */
  readonly width: number
  readonly text: (value: T) => string
  /** `name` takes the room that the others leave. The others go below the name where it has too little: lowest first. */
  readonly place: 'name' | 'last' | number
}

/** How many columns a terminal has now; undefined where it does not say. */
export type Width = () => number | undefined

export interface TextTable<T> {
  readonly header: () => string
  readonly row: (value: T) => string
}

/** What a terminal has that does not say, or says 0. */
const usualWidth = 80
/** In less than this lines break at the terminal's edge. */
const leastWidth = 20
/** The name is shown in so many columns before others move below it. */
const leastName = 24
const gap = '  '

interface Layout<T> {
  /** In how wide a terminal. */
  readonly width: number
  /** Side by side, with the columns of the terminal that each takes. The last one takes what is left, and is wrapped. */
  readonly beside: readonly { readonly column: TableColumn<T>; readonly space: number }[]
  readonly below: readonly TableColumn<T>[]
  /** Where the lines below begin. */
  readonly indent: number
}

/** The room of all but the name and the last one. */
const fixedSpace = <T>(columns: readonly TableColumn<T>[]): number =>
  columns.reduce((sum, { place, width }) => (typeof place === 'number' ? sum + width + gap.length : sum), 0)

const layoutFor = <T>(columns: readonly TableColumn<T>[], width: number): Layout<T> => {
  const place = (some: readonly TableColumn<T>[], nameSpace: number) =>
    some.map(column => ({ column, space: column.place === 'name' ? nameSpace : column.width }))
  const name = columns.find(({ place }) => place === 'name')?.width ?? 0
  const last = columns.find(({ place }) => place === 'last')?.width ?? 0
  const spare = width - fixedSpace(columns) - name - gap.length - last
  if (spare >= 0)
    return { width, beside: place(columns, name + Math.floor(spare / 3)), below: [], indent: gap.length }

  let beside = columns.filter(({ place }) => place !== 'last')
  const movable = beside
    .filter(({ place }) => place !== 'name')
    .sort((a, b) => Number(a.place) - Number(b.place))
  for (const next of movable) {
    if (width - fixedSpace(beside) >= leastName) break
    beside = beside.filter(column => column !== next)
  }
  const below = columns.filter(column => !beside.includes(column))
  const beforeName = beside.findIndex(({ place }) => place === 'name')
  return {
    width,
    beside: place(beside, width - fixedSpace(beside)),
    below,
    // Alone, the last one stands under the name; with others it needs the whole width.
    indent: below.length > 1 ? gap.length : Math.max(gap.length, fixedSpace(beside.slice(0, beforeName))),
  }
}

const indented = (words: readonly string[], indent: number, width: number): string[] =>
  wrapped(words, Math.max(2, width - indent)).map(line => ' '.repeat(indent) + line)

/** @param cells of those beside @param below word by word */
const rowIn = <T>(layout: Layout<T>, cells: readonly string[], below: readonly string[]): string => {
  const { width, beside, indent } = layout
  let first = ''
  let under: string[] = []
  for (const [at, { column, space }] of beside.entries()) {
    const text = cells[at] ?? ''
    if (column.place === 'last') {
      const [line, ...more] = indented(text.split(' '), widthOf(first), width)
      under = more
      first = first + (line ?? '').trimStart()
    } else first += padded(cut(text, space, column.place === 'name' ? 'start' : 'end'), space) + gap
  }
  return [first.trimEnd(), ...under, ...indented(below, indent, width)].map(line => `${line}\n`).join('')
}

const headerIn = <T>(layout: Layout<T>): string => {
  const titles = layout.below.map(({ title }, at) => (at < layout.below.length - 1 ? `${title},` : title))
  return rowIn(layout, layout.beside.map(({ column }) => column.title), titles) // prettier-ignore
}

const wordsBelow = <T>({ below }: Layout<T>, value: T): string[] => {
  const [moved, last] = [new Array<string>(), new Array<string>()]
  for (const { title, place, text } of below) {
    const safe = jsonEscaped(text(value))
    if (safe !== '' && place === 'last') last.push(...safe.split(' '))
    else if (safe !== '') moved.push(`${title.toLowerCase()} ${safe}`)
  }
  return [...moved.map((word, at) => (at < moved.length - 1 || last.length > 0 ? `${word},` : word)), ...last]
}

/** @param widthNow is asked for each row; where it has changed since the header was shown, that comes again */
export const openTable = <T>(columns: readonly TableColumn<T>[], widthNow: Width): TextTable<T> => {
  let layout: Layout<T> | undefined
  const look = (): Layout<T> => {
    const said = widthNow() ?? 0
    const width = said > 0 ? Math.max(leastWidth, said) : usualWidth
    return layout?.width === width ? layout : layoutFor(columns, width)
  }
  return {
    header: () => headerIn((layout = look())),
    row: value => {
      const before = layout
      const now = (layout = look())
      const cells = now.beside.map(({ column }) => jsonEscaped(column.text(value)))
      const header = before === undefined || before === now ? '' : headerIn(now)
      return header + rowIn(now, cells, wordsBelow(now, value))
    },
  }
}

/** Both letter scores, in 9 characters. */
export const freqText = (scores: Scores): string => {
  const freq = freqOf(scores)
  const short = (score: number) => score.toFixed(score < 99.95 ? 1 : 0)
  return freq === undefined ? '' : `${short(freq.average)}/${short(freq.word)}`
}

const age = (days: number | undefined): string => {
  if (days === undefined) return ''
  return days < 730 ? `${days} d` : `${Math.floor(days / 365.25)} y`
}

const reason = ({ verdict }: DomainRecord): string[] =>
  verdict.reason === undefined ? [] : [`(${verdict.reason})`]

const columns: readonly TableColumn<DomainRecord>[] = [
  { title: 'TIME', width: 19, place: 3, text: r => isoTime(r.facts.ts).slice(0, 19).replace('T', ' ') },
  { title: 'CATEGORY', width: 11, place: 4, text: r => r.verdict.category },
  { title: 'AGE', width: 6, place: 2, text: r => age(r.verdict.ageDays) },
  { title: 'FREQ', width: 9, place: 1, text: r => freqText(r.facts.scores) },
  { title: 'QUERY', width: 36, place: 'name', text: r => r.facts.query },
  { title: 'ALERTS', width: 24, place: 'last', text: r => [...r.verdict.alerts, ...reason(r)].join(' ') },
]

/** For a terminal; no other program reads this. */
export const tableFormat = (widthNow: Width): OutputFormat => {
  const { header, row } = openTable(columns, widthNow)
  return { header, line: row, footer: () => '' }
}
