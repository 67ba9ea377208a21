/** The rotated files of one log: they are renumbered, packed, archived and deleted. */
import * as fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Model, Why } from './model.js'
import type { LogFile } from './pen.js'

/** Archives are searched by the dates in the names of their folders, counted from today. */
const today = new Date().toISOString().slice(0, 10)

/** The name of the folder of a day, so many days after today. */
export const dayAfter = (days: number): string =>
  new Date(Date.parse(today) + days * 24 * 3_600_000).toISOString().slice(0, 10)

/** A time as names have it, `20261121000007`: so many seconds after midnight. */
export const stamp = (second: number): string =>
  new Date(Date.parse(today) + second * 1000).toISOString().replace(/\D/g, '').slice(0, 14)

/** Numbered logs beyond this are deleted, as by logrotate. */
const filesMax = 6

/** Tells the model that the content of a file is destroyed. */
export const destroyed = (
  file: LogFile,
  model: Model,
  why: Why = 'truncated or deleted before it was read',
): void => {
  for (const question of file.questions) model.destroyed(question, why)
  file.questions = []
}

export class Rotated {
  readonly #model: Model
  /** Oldest first. */
  #files: LogFile[] = []
  readonly #archived: LogFile[] = []

  constructor(model: Model) {
    this.#model = model
  }

  push(file: LogFile): void {
    this.#files.push(file)
  }

  get oldest(): LogFile | undefined {
    return this.#files[0]
  }

  get unpacked(): LogFile | undefined {
    return this.#files.find(({ isPacked }) => !isPacked)
  }

  get packed(): LogFile | undefined {
    return this.#files.find(({ isPacked }) => isPacked)
  }

  /** Renumbers the logs. Returns the name for the next one. */
  shift(path: string): string {
    while (this.#files.length >= filesMax) this.prune()
    // The oldest first, so that no name is taken.
    for (const [at, file] of this.#files.entries()) {
      const to = `${path}.${this.#files.length - at + 1}${file.isPacked ? '.gz' : ''}`
      fs.renameSync(file.path, to)
      file.path = to
    }
    return `${path}.1`
  }

  /** Deletes the oldest. */
  prune(): void {
    const file = this.#files.shift()
    if (!file) return
    destroyed(file, this.#model)
    fs.unlinkSync(file.path)
  }

  /** Packs as gzip does: the packed file grows, gets the mtime of the log, and replaces it. */
  pack(file: LogFile): void {
    const to = `${file.path}.gz`
    const bytes = gzipSync(fs.readFileSync(file.path))
    const { atimeMs, mtimeMs } = fs.statSync(file.path)
    fs.writeFileSync(to, bytes.subarray(0, bytes.length / 2))
    fs.appendFileSync(to, bytes.subarray(bytes.length / 2))
    fs.utimesSync(to, atimeMs / 1000, mtimeMs / 1000)
    fs.unlinkSync(file.path)
    file.path = to
    file.isPacked = true
  }

  /** Moves one into the folder of its day, under the name that an archiver gives it. */
  archive(file: LogFile): void {
    const folder = join(dirname(file.path), today)
    fs.mkdirSync(folder, { recursive: true })
    fs.renameSync(file.path, join(folder, this.#archivedName(basename(file.path))))
    this.#files = this.#files.filter(other => other !== file)
    this.#archived.push(file)
  }

  /** All rotated files, also the archived ones. */
  get all(): readonly LogFile[] {
    return [...this.#files, ...this.#archived]
  }

  /** The name in the archive: Zeek's archiver uses the times of a log, others the day. */
  #archivedName(name: string): string {
    const time = stamp(this.#archived.length + 1)
    const [hours, minutes, seconds] = [8, 10, 12].map(at => time.slice(at, at + 2))
    if (name.startsWith('dns'))
      return `dns.${hours}:${minutes}:${seconds}-${hours}:${minutes}:${seconds}.log.gz`
    return name.replace(/\.\d+\.gz$/, `-${time}.gz`)
  }
}
