/** What an output format must know to write a log. */
import type { DomainRecord } from '../record.js'

export interface Format {
  /** What a new file begins with. @param now epoch ms */
  readonly header: (now: number) => string
  /** One line with its newline, in printable characters only. */
  readonly line: (record: DomainRecord) => string
  /** What a file that is left for good ends with. @param now epoch ms */
  readonly footer: (now: number) => string
}
