/** Records as bytes. */
import type { DomainRecord } from '../record.js'
import type { Format } from './format.js'

/** So many records at a time: what a line is put together of is gone before the garbage collector moves it about. */
const linesAtOnce = 64

/** The lines of records, one behind the other. */
export const linesOf = (records: readonly DomainRecord[], format: Format): Buffer => {
  const pieces: Buffer[] = []
  for (let at = 0; at < records.length; at += linesAtOnce) {
    let text = ''
    for (const record of records.slice(at, at + linesAtOnce)) text += format.line(record)
    pieces.push(Buffer.from(text))
  }
  return Buffer.concat(pieces)
}
