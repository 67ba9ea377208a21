/** Records as bytes. */
import { outputRoomBytesMax } from '../limits.js'
import type { DomainRecord } from '../record.js'
import type { Format } from './format.js'
import { headAt, type Place } from './output.js'

/** So many records at a time: what a line is put together of is gone before the garbage collector moves it about. */
const linesAtOnce = 64
const nothing = Buffer.alloc(0)

/** Room for the lines of one commit, that is used again for those of the next one. */
export class Lines {
  #room = nothing

  /** The lines of records as they have to follow at a place; good until the next call. @param now epoch ms */
  of(records: readonly DomainRecord[], place: Place, format: Format, now: number): Buffer {
    if (records.length === 0) return nothing
    if (this.#room.length > outputRoomBytesMax) this.#room = nothing
    let end = this.#write(headAt(place, format, now), 0)
    for (let at = 0; at < records.length; at += linesAtOnce) {
      let text = ''
      for (const record of records.slice(at, at + linesAtOnce)) text += format.line(record)
      end = this.#write(text, end)
    }
    return this.#room.subarray(0, end)
  }

  #write(text: string, at: number): number {
    const end = at + Buffer.byteLength(text)
    if (end > this.#room.length) {
      const larger = Buffer.allocUnsafeSlow(2 * end)
      this.#room.copy(larger, 0, 0, at)
      this.#room = larger
    }
    return at + this.#room.write(text, at)
  }
}
