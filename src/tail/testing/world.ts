/** A sensor's folder that a test rotates: it writes, moves and packs logs, with mtimes on a day in 2026. */
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** Epoch ms of an hour of that day. */
export const at = (hour: number): number => Date.UTC(2026, 10, 21) + hour * 3_600_000

export class World {
  readonly dir: string
  readonly #midnight: number

  /** `midnight`: epoch ms, from which the hours count. */
  constructor(dir: string, midnight = at(0)) {
    this.dir = dir
    this.#midnight = midnight
  }

  path(path: string): string {
    return join(this.dir, path)
  }

  /** Writes a whole file with the mtime of that hour. A text for a path in `.gz` is packed. */
  write(path: string, content: string | Buffer, hour: number): string {
    const full = this.path(path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, path.endsWith('.gz') && typeof content === 'string' ? gzipSync(content) : content)
    this.#touch(full, hour)
    return full
  }

  /** Packs a log (`gzip -c … > …; rm …`), or moves it if the new name is not one of a packed file. */
  archive(from: string, to: string, content: string, hour: number): void {
    if (to.endsWith('.gz')) {
      this.write(to, content, hour)
      rmSync(this.path(from))
      return
    }
    mkdirSync(dirname(this.path(to)), { recursive: true })
    this.write(from, content, hour)
    renameSync(this.path(from), this.path(to))
    this.#touch(this.path(to), hour)
  }

  #touch(path: string, hour: number): void {
    const seconds = this.#midnight / 1000 + hour * 3600
    utimesSync(path, seconds, seconds)
  }

  link(target: string, path: string): void {
    mkdirSync(this.path(target), { recursive: true })
    mkdirSync(dirname(this.path(path)), { recursive: true })
    symlinkSync(this.path(target), this.path(path))
  }
}
