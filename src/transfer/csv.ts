/**
 * Reads CSV by RFC 4180: quoted cells may hold separators, newlines and doubled quotes. Not with a library: in csv-parse 7
 * the cell of a quote that is never closed reaches to the end of the list. Here only its line is refused.
 */
import { linesOf, type NumberedLine } from '../files/files.js'
import { importRecordBytesMax } from '../limits.js'

/** `at` is the number of the first line. The cells, or why the record is refused. */
export type TableRecord = { readonly at: number } & (
  { readonly cells: readonly string[] } | { readonly refused: string }
)

const broken = 'a quote that is not closed, or closed in the midst of a cell'

/** Collects the cells of one record, line by line. Blanks around a cell are dropped. */
class CellReader {
  readonly #separator: string
  #cells: string[] = []
  /** The beginning of a cell whose quote is still open. */
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
  /** The lines from the first one of the current record on. */
  readonly #lines: NumberedLine[] = []
  /** How many of them are read. After a broken record the lines behind its first are read again. */
  #read = 0

  constructor(separator: string) {
    this.#cells = new CellReader(separator)
  }

  *push(line: NumberedLine): Generator<TableRecord, void> {
    this.#lines.push(line)
    yield* this.#drain()
  }

  /** At the end of the list: refuses the line of a quote that is still open, and reads the lines behind it. */
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
      if (isFirst && line.text !== undefined && isSkipped(line.text)) {
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

/** An empty line, a comment, or the separator for a spreadsheet (`sep=;`). */
const isSkipped = (line: string): boolean =>
  line.trim() === '' || line.startsWith('#') || /^"?sep=.?"?$/i.test(line)

/** Reads the records of a table, in bounded memory. */
export async function* recordsOf(
  chunks: AsyncIterable<Buffer>,
  separator: string,
): AsyncGenerator<TableRecord, void> {
  const reader = new RecordReader(separator)
  for await (const line of linesOf(chunks, importRecordBytesMax)) yield* reader.push(line)
  yield* reader.end()
}
