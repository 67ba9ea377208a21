/** The bytes of a pickle, read from front to back and never beyond their end. */

/** Not a pickle, or one with something in it that is no data. Told to the user as the reason of a refusal. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

export class PickleBytes {
  #at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** @throws Unreadable at the end, as do the others */
  take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Unreadable('the pickle breaks off')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }

  /** Little-endian. @param size 1, 2 or 4 */
  count(size: number): number {
    return this.take(size).readUIntLE(0, size)
  }

  /** A length in 8 bytes. */
  longCount(): number {
    return Number(this.take(8).readBigUInt64LE())
  }

  /** Up to the newline, as latin1: text of protocol 0. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at)
    if (end === -1) throw new Unreadable('the pickle breaks off')
    const text = this.take(end - this.#at).toString('latin1')
    this.take(1)
    return text
  }
}
