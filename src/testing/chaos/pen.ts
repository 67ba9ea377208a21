/** Writes to one file as a sensor does: in buffers, so that a line may come in two halves, and the second one late. */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { footer, type Line } from './lines.js'
import type { Model } from './model.js'
import type { SensorPlan } from './script.js'

/** A file, whatever its path is. */
export interface LogFile {
  path: string
  /** The questions of the whole lines in it. */
  questions: number[]
  isPacked: boolean
}

export class Pen {
  readonly file: LogFile
  readonly #model: Model
  readonly #writes: SensorPlan['writes']
  /** The offset of the next write, which may lie behind the end of a truncated file. */
  #offset = 0
  /** The lines in the sensor's buffer. */
  #held: Line[] = []
  /** A part of the first line in the buffer is in the file. */
  #isBegun = false
  /** Undefined: the file is opened by its path, or created. */
  #descriptor: number | undefined

  constructor(file: LogFile, writes: SensorPlan['writes'], model: Model) {
    this.file = file
    this.#writes = writes
    this.#model = model
  }

  /** Keeps the file open, so that it continues there after a rename. */
  newPending(): void {
    this.#descriptor = this.#open()
  }

  #open(): number {
    const { O_WRONLY, O_CREAT, O_APPEND } = constants
    return openSync(this.file.path, O_WRONLY | O_CREAT | (this.#writes === 'at-end' ? O_APPEND : 0))
  }

  #put(text: string): void {
    const descriptor = this.#descriptor ?? this.#open()
    writeSync(descriptor, text, this.#writes === 'at-end' ? null : this.#offset)
    this.#offset += text.length
    if (this.#descriptor === undefined) closeSync(descriptor)
  }

  /** Writes the buffer and these lines, except for the last `keep` bytes. */
  write(lines: readonly Line[], keep: number): void {
    this.#held.push(...lines)
    const text = this.#held.map(line => line.text).join('')
    const length = Math.max(0, text.length - keep)
    if (length === 0) return
    this.#put(text.slice(0, length))
    this.#count(length)
  }

  /** Removes the lines that are complete in the file from the buffer. */
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

  /** Discards the buffer. Returns the half of a line whose other half is in the file. */
  drop(): Line | undefined {
    const [first] = this.#held
    const half = this.#isBegun ? first : undefined
    if (half?.question !== undefined) this.#model.torn(half.question)
    this.#held = []
    this.#isBegun = false
    return half && { text: half.text, question: undefined }
  }

  /** Ends what `hold` began. `isTsv`: writes the `#close` line of Zeek. */
  close(isTsv: boolean): void {
    if (this.#descriptor === undefined) return
    if (isTsv && !this.#isBegun) this.#put(footer)
    this.drop()
    closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
