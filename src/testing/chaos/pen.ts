/** What a sensor writes into one file: in buffers, so that a line may come in two halves, and the second one late. */
import { appendFileSync, closeSync, openSync, writeSync } from 'node:fs'
import { footer, type Line } from './lines.js'
import type { Model } from './model.js'

/** A file, wherever its path goes. */
export interface LogFile {
  path: string
  /** Of the whole lines in it. */
  questions: number[]
  isPacked: boolean
}

export class Pen {
  readonly file: LogFile
  readonly #model: Model
  /** What the sensor keeps back. */
  #held: Line[] = []
  /** A part of the first line held is in the file. */
  #isBegun = false
  /** Undefined: the file is found by its path, and made where there is none. */
  #descriptor: number | undefined

  constructor(file: LogFile, model: Model) {
    this.file = file
    this.#model = model
  }

  /** Goes on in the same file when its path is renamed. */
  hold(): void {
    this.#descriptor = openSync(this.file.path, 'a')
  }

  /** All but the last `keep` bytes reach the file; what was kept back before goes first. */
  write(lines: readonly Line[], keep: number): void {
    this.#held.push(...lines)
    const text = this.#held.map(line => line.text).join('')
    const length = Math.max(0, text.length - keep)
    if (length === 0) return
    if (this.#descriptor === undefined) appendFileSync(this.file.path, text.slice(0, length))
    else writeSync(this.#descriptor, text.slice(0, length))
    this.#count(length)
  }

  /** Takes the lines that have become whole off what is held. */
  #count(length: number): void {
    for (let [line] = this.#held; line && line.text.length <= length; [line] = this.#held) {
      length -= line.text.length
      this.#held.shift()
      this.#isBegun = false
      if (line.question === undefined) continue
      this.file.questions.push(line.question)
      this.#model.written(line.question)
    }
    const [first] = this.#held
    if (!first || length === 0) return
    this.#held[0] = { ...first, text: first.text.slice(length) }
    this.#isBegun = true
  }

  /** What was kept back is never written. Gives the half of a line whose other half is in the file. */
  drop(): Line | undefined {
    const [first] = this.#held
    const half = this.#isBegun ? first : undefined
    if (half?.question !== undefined) this.#model.torn(half.question)
    this.#held = []
    this.#isBegun = false
    return half && { text: half.text, question: undefined }
  }

  /** Ends what `hold` began. `isTsv`: with the last line that Zeek writes. */
  close(isTsv: boolean): void {
    if (this.#descriptor === undefined) return
    if (isTsv && !this.#isBegun) writeSync(this.#descriptor, footer)
    this.drop()
    closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
