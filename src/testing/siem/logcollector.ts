/**
 * Reads a file as Wazuh's logcollector does (src/logcollector of Wazuh 4): it keeps the file open and reads whole lines;
 * now and then it looks at the path, and begins at the beginning where another file is there, or a shorter one.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

export class LogCollector {
  /** What it has handed on. */
  readonly lines: string[] = []
  readonly #path: string
  #file: number
  #offset = 0
  /** At the last look. */
  #size = 0

  /** The file must be there. */
  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'r')
    this.#size = fstatSync(this.#file).size
  }

  /** Each 2 seconds. What has no newline yet is read again the next time. */
  read(): void {
    const rest = Math.max(0, fstatSync(this.#file).size - this.#offset)
    const bytes = Buffer.alloc(rest)
    const read = bytes.subarray(0, readSync(this.#file, bytes, 0, rest, this.#offset))
    const whole = read.subarray(0, read.lastIndexOf(0x0a) + 1)
    this.#offset += whole.length
    // A line that is no JSON is dropped.
    this.lines.push(...whole.toString().split('\n').filter(isJson))
  }

  /** Each 64 seconds (`logcollector.vcheck_files`). */
  check(): void {
    const [now, mine] = [statSync(this.#path, { throwIfNoEntry: false }), fstatSync(this.#file)]
    if (!now) return
    if (now.ino !== mine.ino) {
      closeSync(this.#file)
      this.#file = openSync(this.#path, 'r')
      this.#offset = 0
    } else if (now.size < this.#size) this.#offset = 0
    this.#size = now.size
  }
}

const isJson = (line: string): boolean => {
  try {
    return line !== '' && typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}
