/** One log of a sensor: writes lines to it, and rotates it. */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { header, type Line } from './lines.js'
import type { Model } from './model.js'
import { Pen } from './pen.js'
import { destroyed, Rotated, stamp } from './rotated.js'
import type { SensorPlan } from './script.js'

export class SensorLog {
  readonly #plan: SensorPlan
  readonly #model: Model
  /** Its name up to the first date or ending. */
  readonly #stem: string
  readonly #isEve: boolean
  readonly #isTsv: boolean
  #folder: string
  #stamps = 0
  #live: Pen
  /** The file before the live one, which the sensor still has open. */
  #old: Pen | undefined
  #rotated: Rotated

  /** @param thread its number, or 0 if there is only one */
  constructor(plan: SensorPlan, folder: string, thread: number, model: Model) {
    this.#plan = plan
    this.#model = model
    this.#folder = folder
    this.#isEve = plan.format.startsWith('eve')
    this.#isTsv = plan.format === 'zeek-tsv'
    this.#stem = this.#isEve ? `eve${thread > 0 ? `.${thread}` : ''}` : 'dns'
    this.#live = this.#newFile()
    this.#rotated = new Rotated(model)
  }

  #stamp(): string {
    return stamp(++this.#stamps)
  }

  #newFile(): Pen {
    const name = this.#plan.naming === 'interval' ? `${this.#stem}-${this.#stamp()}` : this.#stem
    const path = join(this.#folder, `${name}.${this.#isEve ? 'json' : 'log'}`)
    return new Pen({ path, questions: [], isPacked: false }, this.#plan.writes, this.#model)
  }

  /** Renumbers the rotated files. Returns the name for the log to be rotated. */
  #nextName(): string {
    const { path } = this.#live.file
    if (this.#plan.naming === 'interval') return path
    if (this.#plan.naming === 'numbered') return this.#rotated.shift(path)
    return this.#isEve ? `${path}-${this.#stamp()}` : path.replace(/log$/, `${this.#stamp()}.log`)
  }

  /** The sensor closes the file that was rotated last. */
  #letGo(): void {
    this.#old?.close(this.#isTsv)
    this.#old = undefined
  }

  get exists(): boolean {
    return fs.existsSync(this.#live.file.path)
  }

  append(lines: readonly Line[], keep: number): void {
    if (this.#isTsv && !this.exists) this.#begin()
    this.#live.write(lines, keep)
  }

  #begin(): void {
    this.#live.write([{ text: header, question: undefined }], 0)
  }

  /** Appends to the previous file, which was renamed, if the sensor still has it open. */
  late(lines: readonly Line[], keep: number): void {
    this.#old?.write(lines, keep)
  }

  /** Rotates in the way of the script. Without a gap a renamed log has a successor at once. Returns what was done. */
  rotate(gap: boolean): SensorPlan['rotatedBy'] {
    const { rotatedBy, naming } = this.#plan
    const way = naming === 'interval' ? 'rename' : rotatedBy
    if (way === 'rename') this.#rename(gap)
    else this.copytruncate()
    return way
  }

  /** Renames the log. The sensor still has the old file open. */
  #rename(gap: boolean): void {
    this.#letGo()
    const old = this.#live
    old.newPending()
    const next = this.#nextName()
    if (next !== old.file.path) fs.renameSync(old.file.path, next)
    old.file.path = next
    this.#rotated.push(old.file)
    this.#old = old
    this.#live = this.#newFile()
    // Zeek creates the file with its first record.
    if (!gap && this.#isEve) fs.closeSync(fs.openSync(this.#live.file.path, 'a'))
  }

  /** Copies and truncates the log. The sensor continues without a new header; each row after that must be read. */
  copytruncate(): void {
    if (this.#plan.naming === 'interval') return
    this.#letGo()
    const { file } = this.#live
    const next = this.#nextName()
    fs.copyFileSync(file.path, next)
    fs.truncateSync(file.path)
    this.#rotated.push({ ...file, path: next })
    file.questions = []
    this.#endHalf()
  }

  /** After a truncation the sensor writes the second half of its line. */
  #endHalf(): void {
    const half = this.#live.drop()
    if (half) this.#live.write([half], 0)
  }

  /** Truncates the log: by a restart of the sensor, or by an operator while the sensor writes at an offset of its own. */
  truncate(): void {
    const { file } = this.#live
    destroyed(file, this.#model)
    fs.truncateSync(file.path)
    if (this.#plan.writes === 'at-offset') this.#endHalf()
    else {
      this.#live.drop()
      if (this.#isTsv) this.#begin()
    }
  }

  delete(): void {
    destroyed(this.#live.file, this.#model)
    this.#live.drop()
    fs.unlinkSync(this.#live.file.path)
    this.#live = this.#newFile()
  }

  /** Deletes the oldest of the rotated files. */
  prune(): void {
    if (this.#rotated.oldest === this.#old?.file) this.#letGo()
    this.#rotated.prune()
  }

  /** Packs the oldest of the rotated files that is not packed yet. */
  pack(): boolean {
    const file = this.#rotated.unpacked
    if (!file) return false
    if (file === this.#old?.file) this.#letGo()
    this.#rotated.pack(file)
    return true
  }

  /** True if the records of all lines that `archive` would move are in the output. */
  get isArchivableRead(): boolean {
    return this.#rotated.packed?.questions.every(question => this.#model.isReported(question)) ?? true
  }

  /** Moves the oldest packed file into the folder of its day, unless the log's own folder is that of a day. */
  archive(): boolean {
    const file = this.#plan.linked && this.#plan.left === 'by-day' ? undefined : this.#rotated.packed
    if (!file) return false
    // After a kill there is no checkpoint that leads there.
    if (!this.#isFolderKnown())
      destroyed(file, this.#model, 'packed and moved to an archive before anything of its folder was read')
    this.#rotated.archive(file)
    return true
  }

  #isFolderKnown(): boolean {
    const files = [this.#live.file, ...this.#rotated.all]
    return files.some(file => file.questions.some(question => this.#model.isReported(question)))
  }

  /** The sensor continues in another folder; the files in this one stay. */
  moveTo(folder: string): void {
    this.#letGo()
    this.#live.drop()
    this.#folder = folder
    this.#live = this.#newFile()
    this.#rotated = new Rotated(this.#model)
  }

  /** The daemon cannot find the folder of the log any more. */
  abandon(): void {
    for (const file of [this.#live.file, ...this.#rotated.all])
      destroyed(
        file,
        this.#model,
        'in a folder that `current` left while the daemon was down, and to which no input leads',
      )
  }

  /** Writes all buffered lines. */
  finish(): void {
    this.late([], 0)
    this.#letGo()
    this.append([], 0)
  }
}
