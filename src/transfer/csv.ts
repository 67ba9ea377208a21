/**
 * Lines of a table to its records, by RFC 4180: cells in quotes hold separators, newlines and doubled quotes. Not by a
 * library: csv-parse 7 takes a quote that is never closed for the start of a cell that reaches to the end of the list.
 * Here it costs the one line on which it stands.
 */
import { linesOf, type NumberedLine } from '../files/files.js'
import { importRecordBytesMax } from '../limits.js'

/** At the number of its first line: its cells, or why there are none. */
export type TableRecord = { readonly at: number } & (
  { readonly cells: readonly string[] } | { readonly refused: string }
)

const broken = 'a quote that is not closed, or closed in the midst of a cell'

/** Puts the cells of one record together, line by line. Blanks around a cell are none of it. */
class CellReader {
  readonly #separator: string
  #cells: string[] = []
  /** What is read of the cell whose quote is open. */
  #open: string | undefined
  #size = 0

  constructor(separator: string) {
    this.#separator = separator
  }

  /** The cells, if the record ends with this line; `open` if it goes on in the next. */
  push(line: string): readonly string[] | 'open' | 'broken' {
    this.#size += line.length + 1
    if (this.#size > importRecordBytesMax) return 'broken'
    let at = 0
    if (this.#open === undefined) this.#cells = []
    else this.#open += '\n'
    for (;;) {
      if (this.#open === undefined) {
        while (line[at] === ' ') at += 1
        if (line[at] !== '"') {
          const end = line.indexOf(this.#separator, at)
          this.#cells.push(line.slice(at, end === -1 ? undefined : end).trim())
          if (end === -1) return this.#cells
          at = end + 1
          continue
        }
        this.#open = ''
        at += 1
      }
      const end = line.indexOf('"', at)
      this.#open += line.slice(at, end === -1 ? undefined : end)
      if (end === -1) return 'open'
      at = end + 1
      if (line[at] === '"') {
        this.#open += '"'
        at += 1
        continue
      }
      this.#cells.push(this.#open.trim())
      this.#open = undefined
      while (line[at] === ' ') at += 1
      if (at === line.length) return this.#cells
      if (line[at] !== this.#separator) return 'broken'
      at += 1
    }
  }

  reset(): void {
    ;[this.#cells, this.#open, this.#size] = [[], undefined, 0]
  }
}

/** Lines in, records out, in order. */
class RecordReader {
  readonly #cells: CellReader
  /** From the first line of the record that is being read on. */
  readonly #lines: NumberedLine[] = []
  /** How many of them are read; after a record that is broken the lines behind its first are read again. */
  #read = 0

  constructor(separator: string) {
    this.#cells = new CellReader(separator)
  }

  *push(line: NumberedLine): Generator<TableRecord, void> {
    this.#lines.push(line)
    yield* this.#drain()
  }

  /** What a quote that is open to the end has kept back. */
  *end(): Generator<TableRecord, void> {
    while (this.#lines.length > 0) {
      yield { at: this.#lines[0]?.number ?? 0, refused: broken }
      this.#lines.shift()
      this.#restart()
      yield* this.#drain()
    }
  }

  *#drain(): Generator<TableRecord, void> {
    let first = 0
    for (let line = this.#lines[this.#read]; line; line = this.#lines[this.#read]) {
      const isFirst = this.#read === first
      this.#read += 1
      const at = this.#lines[first]?.number ?? line.number
      if (isFirst && line.text !== undefined && saysNothing(line.text)) {
        first = this.#read
        continue
      }
      const cells = line.text === undefined ? 'broken' : this.#cells.push(line.text)
      if (cells === 'open') continue
      if (cells === 'broken')
        yield { at, refused: isFirst && line.text === undefined ? 'the line is too long' : broken }
      else yield { at, cells }
      first = cells === 'broken' ? first + 1 : this.#read
      this.#read = first
      this.#cells.reset()
    }
    this.#lines.splice(0, first)
    this.#read -= first
  }

  #restart(): void {
    this.#read = 0
    this.#cells.reset()
  }
}

/** Nothing, a comment, or which separator a spreadsheet shall take (`sep=;`). */
const saysNothing = (line: string): boolean =>
  line.trim() === '' || line.startsWith('#') || /^"?sep=.?"?$/i.test(line)

/** The records of a table, in bounded memory. */
export async function* recordsOf(
  chunks: AsyncIterable<Buffer>,
  separator: string,
): AsyncGenerator<TableRecord, void> {
  const reader = new RecordReader(separator)
  for await (const line of linesOf(chunks, importRecordBytesMax)) yield* reader.push(line)
  yield* reader.end()
}
