/** Opens what a path holds, at the place where its content was left, unless it must not be read now. */
import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { inodeOf } from '../files/files.js'
import { replayBytesMax } from '../limits.js'
import { emptyFootprint, type Position } from '../position.js'
import type { Telemetry } from '../telemetry.js'
import { isArchive, openArchive } from './archive.js'
import { atEnd } from './at-end.js'
import { readPieces } from './identity.js'
import { createLibrary, type Library } from './library.js'
import { openLogFile } from './log-file.js'
import type { Input, Source } from './source.js'

/** A file being followed. */
export interface Followed {
  readonly source: Source
  readonly input: Input
  readonly inode: string
  path: string
  position: Position
  /** The lines just before the place where it was opened: read already, and given once more for context. */
  before: Buffer
  /** Everything there was at the last look has been read. */
  atEnd: boolean
  /** Epoch ms of the look that last found it grown, or that first found its path gone. */
  grewAt: number
  gone: boolean
}

export interface OpenerOptions {
  /** What is known from before. */
  readonly positions: readonly Position[]
  /** A number for content not known before. */
  readonly newFile: () => number
  /** Our own output is never input. */
  readonly isOurs: (inode: string) => boolean
  readonly telemetry: Telemetry
  /** Told how many bytes were read from disk, for a progress bar. */
  readonly onBytes?: ((bytes: number) => void) | undefined
}

export class Opener {
  /** By inode, in the order in which they are to be read. */
  readonly followed = new Map<string, Followed>()
  readonly library: Library
  readonly #options: OpenerOptions
  /** Seals of the files that were read and closed: opened again only when size or time change. */
  readonly #sealed: Map<string, string>
  readonly #unreadable = new Set<string>()

  constructor(options: OpenerOptions) {
    this.#options = options
    this.library = createLibrary(options.positions)
    const sealed = options.positions.filter(position => position.seal !== '')
    this.#sealed = new Map(sealed.map(({ inode, seal }) => [inode, seal]))
  }

  /**
   * Follows what `path` holds now, if it is not followed already. Gives the new member, or undefined.
   * With `only: 'known'` content that was never read is left alone. `skip`: new content starts at its end.
   * A file that cannot be read is reported once, and may be tried again at every look.
   */
  async open(path: string, input: Input, now: number, how: { only?: 'known'; skip?: boolean } = {}) {
    try {
      const file = await this.#open(path, input, now, how)
      this.#unreadable.delete(path)
      return file
    } catch (error) {
      if (this.#unreadable.has(path)) return undefined
      this.#unreadable.add(path)
      const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      this.#options.telemetry(
        missing ? { kind: 'input-missing', path } : { kind: 'input-unreadable', path, error: String(error) },
      )
      return undefined
    }
  }

  async #open(path: string, input: Input, now: number, how: { only?: 'known'; skip?: boolean }) {
    const stats = await stat(path, { bigint: true })
    const inode = inodeOf(stats)
    const already = this.followed.get(inode)
    if (already) already.path = path
    if (already || stats.size === 0n || this.#options.isOurs(inode)) return undefined
    if (this.#sealed.get(inode) === sealOf(stats)) return undefined
    const found = await this.library.find(inode, readPieces(path), file => this.#isLive(file))
    if (found === 'wait' || (found === 'unknown' && how.only === 'known')) return undefined
    const start = found === 'unknown' ? await this.#newContent(path, how.skip === true) : found
    const position = { ...start, inode, path, input: input.path, seal: '' }
    const before = await linesBefore(path, position.offset)
    const source = await (isArchive(path) ? openArchive : openLogFile)(path, position, this.#options.onBytes)
    const file: Followed = { source, input, inode, path, position, before, atEnd: false, grewAt: now, gone: false }
    this.followed.set(inode, file)
    this.#sealed.delete(inode)
    this.library.put(position)
    this.#options.telemetry({ kind: 'input-opened', path, offset: position.offset })
    return file
  }

  async #newContent(path: string, skip: boolean) {
    const start = skip ? await atEnd(path) : { ...emptyFootprint, header: '' }
    return { ...start, file: this.#options.newFile() }
  }

  #isLive(file: number): boolean {
    for (const { position } of this.followed.values()) if (position.file === file) return true
    return false
  }

  /** True if what was read last under a path is still there, so that no rotation was missed. */
  async unchanged(position: Position): Promise<boolean> {
    try {
      const stats = await stat(position.path, { bigint: true })
      if (position.seal !== '' && position.inode === inodeOf(stats) && position.seal === sealOf(stats)) return true
      const found = await this.library.find(position.inode, readPieces(position.path), () => false)
      return typeof found === 'object' && found.file === position.file
    } catch {
      return false // not there, or not to be read: then it is looked for elsewhere
    }
  }

  async close(file: Followed): Promise<void> {
    this.followed.delete(file.inode)
    await file.source.close()
  }

  /** Closes a file that was read to its end, until it changes. */
  async shelve(file: Followed): Promise<void> {
    const stats = await stat(file.path, { bigint: true }).catch(() => undefined)
    if (stats && inodeOf(stats) === file.inode) {
      file.position = { ...file.position, seal: sealOf(stats) }
      this.#sealed.set(file.inode, file.position.seal)
    }
    await this.close(file)
  }
}

const sealOf = ({ size, mtimeNs }: BigIntStats): string => `${size}:${mtimeNs}`

/** Whole lines just before an offset, at most replayBytesMax of them. */
const linesBefore = async (path: string, offset: number): Promise<Buffer> => {
  const length = Math.min(offset, replayBytesMax)
  const bytes = length > 0 ? await readPieces(path)(offset - length, length) : nothing
  return length < offset ? bytes.subarray(bytes.indexOf(0x0a) + 1) : bytes
}

const nothing = Buffer.alloc(0)
