/** Reads the output files of a daemon as they grow, also after they were renamed, by us or by the daemon, or packed. */
import { createHash, type Hash } from 'node:crypto'
import * as fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'

export interface OutputFile {
  /** Undefined: the file was packed before it was seen, and is read from the archive. */
  readonly descriptor: number | undefined
  offset: number
  /** The text behind the last newline. */
  rest: string
  /** Digest of all bytes read. */
  readonly hash: Hash
  /** The file was deleted: the daemon may write its records again, since it cannot see that they were written. */
  isDeleted: boolean
}

const newFile = (descriptor: number | undefined): OutputFile => ({
  ...{ descriptor, offset: 0, rest: '', isDeleted: false },
  hash: createHash('sha256'),
})

const digestOf = (hash: Hash): string => hash.copy().digest('hex')

export class OutputFiles {
  readonly #path: string
  readonly #onLine: (line: string, file: OutputFile) => void
  /** By inode. Each file stays open, so that its inode is not reused, and it can be read after it was deleted. */
  readonly #files = new Map<number, OutputFile>()
  /** By name: digests of packed logs. Two logs may have one name: that of a deleted log is used again. */
  readonly #packed = new Map<string, string>()
  /** Logs that were packed before they were seen. */
  readonly #unpacked: OutputFile[] = []
  #rotations = 0
  /** Lines read so far. */
  lines = 0

  constructor(path: string, onLine: (line: string, file: OutputFile) => void) {
    this.#path = path
    this.#onLine = onLine
  }

  /** Reads new lines. */
  look(): void {
    const names = this.#names()
    for (const name of names) if (!name.endsWith('.gz') && !name.endsWith('.packing')) this.#open(name)
    for (const file of this.#files.values()) this.#readOn(file)
    for (const name of names) if (name.endsWith('.gz') && !this.#packed.has(name)) this.#unpack(name)
  }

  #names(): string[] {
    return fs.readdirSync(dirname(this.#path)).filter(name => name.startsWith(basename(this.#path)))
  }

  #open(name: string): OutputFile | undefined {
    try {
      const descriptor = fs.openSync(join(dirname(this.#path), name), 'r')
      const { ino } = fs.fstatSync(descriptor)
      const known = this.#files.get(ino)
      if (known) {
        fs.closeSync(descriptor)
        return known
      }
      const file = newFile(descriptor)
      this.#files.set(ino, file)
      return file
    } catch {
      return undefined // Renamed or packed just now: it is found the next time.
    }
  }

  #readOn(file: OutputFile): void {
    if (file.descriptor === undefined) return
    const bytes = Buffer.alloc(fs.fstatSync(file.descriptor).size - file.offset)
    if (bytes.length === 0) return
    this.#take(file, bytes.subarray(0, fs.readSync(file.descriptor, bytes, 0, bytes.length, file.offset)))
  }

  #take(file: OutputFile, bytes: Buffer): void {
    file.offset += bytes.length
    file.hash.update(bytes)
    const lines = (file.rest + bytes.toString('latin1')).split('\n')
    file.rest = lines.pop() ?? ''
    this.lines += lines.length
    for (const line of lines) this.#onLine(line, file)
  }

  /** Checks a packed log: it must equal a log that was seen; one that was not seen is read now. */
  #unpack(name: string): void {
    const bytes = gunzipSync(fs.readFileSync(join(dirname(this.#path), name)))
    const digest = digestOf(createHash('sha256').update(bytes))
    this.#packed.set(name, digest)
    if ([...this.#files.values()].some(({ hash }) => digestOf(hash) === digest)) return
    const file = newFile(undefined)
    this.#unpacked.push(file)
    this.#take(file, bytes)
  }

  /** Renames the output, if it is there. */
  rotate(): void {
    this.look()
    this.#moveTo(`${this.#path}.${++this.#rotations}`)
  }

  delete(): void {
    this.look()
    // Renamed first, to a name of our own: the daemon may rotate it at this moment.
    const gone = `${this.#path}.${++this.#rotations}`
    if (!this.#moveTo(gone)) return
    const file = this.#open(basename(gone))
    if (file) {
      this.#readOn(file)
      file.isDeleted = true
    }
    fs.unlinkSync(gone)
  }

  #moveTo(path: string): boolean {
    try {
      fs.renameSync(this.#path, path)
      return true
    } catch {
      return false
    }
  }

  /** The number of logs that the daemon has packed. */
  get packed(): number {
    return this.#packed.size
  }

  /** The faults: incomplete lines in existing files, and files that have vanished. */
  faults(): string[] {
    const packed = new Set(this.#packed.values())
    return [...this.#files.values(), ...this.#unpacked].flatMap(file => {
      if (file.isDeleted) return []
      const isGone = file.descriptor !== undefined && fs.fstatSync(file.descriptor).nlink === 0
      const lost = isGone && !packed.has(digestOf(file.hash)) ? [`a log of ${file.offset} bytes is gone`] : []
      return file.rest === '' ? lost : [...lost, `no newline: ${file.rest}`]
    })
  }

  close(): void {
    for (const { descriptor } of this.#files.values()) if (descriptor !== undefined) fs.closeSync(descriptor)
  }
}
