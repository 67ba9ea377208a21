/**
 * Tables for a terminal, printed row by row as records come. Each row is fitted to the present width of the terminal: long
 * names are cut, and columns that do not fit move below the name.
 */
import { eastAsianWidth } from 'get-east-asian-width'
import { freqOf } from '../detect/scores.js'
import type { DomainRecord, Scores } from '../model/record.js'
import { isoTime, jsonEscaped } from './json.js'
import type { OutputFormat } from './output.js'

/* Widths are in columns of the terminal; texts are printable already. */

const ascii = /^[ -~]*$/
/** Quotes and backslashes stay as they are, so that a name can be copied; only what could move the cursor is escaped. */
export const shownText = (text: string): string =>
  jsonEscaped(text).replace(/\\(["\\])|\\./g, (escape, plain?: string) => plain ?? escape)

// Not to be cut in two: an escape (`\\x1b` of a canonical name, `\u202e`, `\n`), or a character with its marks.
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
  // Some terminals draw it one column wide: counted as two, it only leaves a gap there.
  return text.includes(emojiSelector) ? Math.max(width, 2) : width
}

const unitsOf = (text: string): readonly string[] => text.match(unit) ?? []

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
 * Cuts a text to so many columns, with `…` at the cut.
 *
 * @param from which end is cut: of a name the start, since its end tells whose it is
 */
export const cut = (text: string, width: number, from: 'start' | 'end'): string => {
  if (widthOf(text) <= width) return text
  const units = unitsOf(text)
  if (from === 'end') return `${fitting(units, width - 1).join('')}…`
  return `…${fitting(units.toReversed(), width - 1)
    .reverse()
    .join('')}`
}

export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)))

/**
 * Wraps words into lines. An item with blanks stays together if it fits into a line; else it is broken at its blanks, or
 * anywhere if it has none.
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
  /** In columns of the terminal; for `name` and `last` the least width with which all columns share a line. */
  readonly width: number
  readonly text: (value: T) => string
  /** `name` takes the width that the others leave. If that is too little, columns move below it: the lowest number first. */
  readonly place: 'name' | 'last' | number
}

/** The present width of the terminal; undefined where it does not report one. */
export type Width = () => number | undefined

export interface TextTable<T> {
  readonly header: () => string
  readonly row: (value: T) => string
}

/** For a terminal that reports no width, or 0. */
const usualWidth = 80
/** A narrower terminal breaks the lines itself. */
const leastWidth = 20
/** If the name would get fewer columns than this, others move below it. */
const leastName = 24
const gap = '  '

interface Layout<T> {
  /** Of the terminal. */
  readonly width: number
  /** The columns side by side and their widths. The last one takes the rest of the line, and is wrapped. */
  readonly beside: readonly { readonly column: TableColumn<T>; readonly space: number }[]
  readonly below: readonly TableColumn<T>[]
  /** Of the lines below. */
  readonly indent: number
}

/** The width of all columns but the name and the last one. */
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
    // A single column stands under the name; several need the whole width.
    indent: below.length > 1 ? gap.length : Math.max(gap.length, fixedSpace(beside.slice(0, beforeName))),
  }
}

const indented = (words: readonly string[], indent: number, width: number): string[] =>
  wrapped(words, Math.max(2, width - indent)).map(line => ' '.repeat(indent) + line)

/** @param cells of the columns side by side @param below the words of the others */
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
    const safe = shownText(text(value))
    if (safe !== '' && place === 'last') last.push(...safe.split(' '))
    else if (safe !== '') moved.push(`${title.toLowerCase()} ${safe}`)
  }
  return [...moved.map((word, at) => (at < moved.length - 1 || last.length > 0 ? `${word},` : word)), ...last]
}

/** @param widthNow called for each row; when the width has changed, the header is printed again */
export const openTable = <T>(columns: readonly TableColumn<T>[], widthNow: Width): TextTable<T> => {
  let layout: Layout<T> | undefined
  const currentLayout = (): Layout<T> => {
    const reported = widthNow() ?? 0
    const width = reported > 0 ? Math.max(leastWidth, reported) : usualWidth
    return layout?.width === width ? layout : layoutFor(columns, width)
  }
  return {
    header: () => headerIn((layout = currentLayout())),
    row: value => {
      const before = layout
      const now = (layout = currentLayout())
      const cells = now.beside.map(({ column }) => shownText(column.text(value)))
      const header = before === undefined || before === now ? '' : headerIn(now)
      return header + rowIn(now, cells, wordsBelow(now, value))
    },
  }
}

/** `2026-11-21 08:00`, UTC. @param ms epoch ms */
export const minuteText = (ms: number): string => isoTime(ms).slice(0, 16).replace('T', ' ')
/** `2026-11-21`, UTC. @param ms epoch ms */
export const dayText = (ms: number): string => isoTime(ms).slice(0, 10)

/** Both letter scores, in at most 9 characters. */
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

/** The table of records for a terminal. It is no interface: no program should parse it. */
export const tableFormat = (widthNow: Width): OutputFormat => {
  const { header, row } = openTable(columns, widthNow)
  return { header, line: row, footer: () => '' }
}
