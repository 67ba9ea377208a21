/** The output files of a daemon, read as they grow, wherever their paths go. */
import * as fs from 'node:fs'

export interface OutputFile {
  readonly descriptor: number
  offset: number
  /** What stands behind the last newline. */
  rest: string
  /** What is in it may be written again: the daemon cannot know any more that it was. */
  isDeleted: boolean
}

export class OutputFiles {
  readonly #path: string
  readonly #onLine: (line: string, file: OutputFile) => void
  /** By inode. A file is held open as soon as it is seen: its inode is not used again, and it can be read when deleted. */
  readonly #files = new Map<number, OutputFile>()
  #rotations = 0
  /** Lines read so far. */
  lines = 0

  constructor(path: string, onLine: (line: string, file: OutputFile) => void) {
    this.#path = path
    this.#onLine = onLine
  }

  /** Reads what came since. */
  look(): void {
    this.#open()
    for (const file of this.#files.values()) this.#readOn(file)
  }

  #open(): void {
    const inode = fs.statSync(this.#path, { throwIfNoEntry: false })?.ino
    if (inode === undefined || this.#files.has(inode)) return
    const descriptor = fs.openSync(this.#path, 'r')
    this.#files.set(inode, { descriptor, offset: 0, rest: '', isDeleted: false })
  }

  #readOn(file: OutputFile): void {
    const bytes = Buffer.alloc(fs.fstatSync(file.descriptor).size - file.offset)
    if (bytes.length === 0) return
    file.offset += fs.readSync(file.descriptor, bytes, 0, bytes.length, file.offset)
    const lines = (file.rest + bytes.toString('latin1')).split('\n')
    file.rest = lines.pop() ?? ''
    this.lines += lines.length
    for (const line of lines) this.#onLine(line, file)
  }

  /** Not if it is not there. */
  rotate(): void {
    this.look()
    if (!fs.existsSync(this.#path)) return
    fs.renameSync(this.#path, `${this.#path}.${++this.#rotations}`)
  }

  delete(): void {
    this.look()
    const inode = fs.statSync(this.#path, { throwIfNoEntry: false })?.ino
    if (inode === undefined) return
    fs.unlinkSync(this.#path)
    const file = this.#files.get(inode)
    if (file) file.isDeleted = true
  }

  /** What was begun and never became a line, in files that are there. */
  torn(): string[] {
    return [...this.#files.values()].flatMap(({ rest, isDeleted }) =>
      rest === '' || isDeleted ? [] : [rest],
    )
  }

  close(): void {
    for (const { descriptor } of this.#files.values()) fs.closeSync(descriptor)
  }
}
