/**
 * Walks through JSON of any size and hands out the values at chosen places, one at a time: bundles of STIX and events of
 * MISP hold what we want some levels down, among much else. It only finds where each value ends; JSON.parse reads it. Several
 * documents may follow each other, as in JSON lines.
 */
import { importElementBytesMax, jsonDepthMax, jsonKeyBytesMax } from '../limits.js'

export interface Picked {
  /**
   * Keys from the root on, joined by dots; `[]` is an element of a list: `objects[]`, `response[].Event.Attribute[]`.
   */
  readonly path: string
  /** Unchecked JSON; undefined where it is longer than importElementBytesMax. */
  readonly text: string | undefined
}

/** A value that was asked for, or the end of an object that begins at this path. */
export type Step = Picked | { readonly end: string }

export interface WalkOptions {
  /** Whether the value at this path is wanted, as a whole. A list is never one value: its elements are. */
  readonly wants: (path: string, isObject: boolean) => boolean
  /** Whether the end of an object at this path is told. */
  readonly tellsEnd: (path: string) => boolean
}

interface Frame {
  readonly isList: boolean
  readonly path: string
  /** Of an object: the key of the value that is read, or comes next. */
  key: string
  /** Of an object: a string that begins now is a key. */
  wantsKey: boolean
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const isBlank = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
const isOpening = (byte: number): boolean => byte === 0x5b || byte === 0x7b
const isClosing = (byte: number): boolean => byte === 0x5d || byte === 0x7d

/** Collects bytes up to a limit. */
class Collected {
  #parts: Buffer[] = []
  #size = 0
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  add(part: Buffer): void {
    this.#size += part.length
    if (this.#size <= this.#most) this.#parts.push(Buffer.from(part))
    else this.#parts = []
  }

  take(): string | undefined {
    const text = this.#size <= this.#most ? Buffer.concat(this.#parts).toString() : undefined
    ;[this.#parts, this.#size] = [[], 0]
    return text
  }
}

export class JsonWalk {
  readonly #options: WalkOptions
  readonly #frames: Frame[] = []
  /** Of the value that is collected: its path, and how many lists and objects are open in it. */
  #picked: { readonly path: string; depth: number } | undefined
  readonly #value = new Collected(importElementBytesMax)
  readonly #key = new Collected(jsonKeyBytesMax)
  /** What is being read: a string, which may be a key, or a number or word. */
  #in: 'key' | 'string' | 'word' | undefined
  #escaped = false
  /** Where in this chunk the collected key or value begins. */
  #from = 0

  constructor(options: WalkOptions) {
    this.#options = options
  }

  /** Yields what ends in this chunk. Returns why the rest cannot be read, if so. */
  *push(chunk: Buffer): Generator<Step, string | undefined> {
    this.#from = 0
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0
      if (this.#in === 'key' || this.#in === 'string') {
        if (!this.#endsString(byte)) continue
        if (this.#in === 'key') this.#endKey(chunk, at)
        const isValue = this.#in === 'string'
        this.#in = undefined
        if (isValue && this.#picked?.depth === 0) yield this.#take(chunk, at + 1)
        continue
      }
      if (this.#in === 'word') {
        if (!isBlank(byte) && byte !== comma && !isClosing(byte)) continue
        this.#in = undefined
        if (this.#picked?.depth === 0) yield this.#take(chunk, at)
      }
      if (isBlank(byte) || byte === colon) continue
      const step = this.#mark(chunk, at, byte)
      if (typeof step === 'string') return step
      if (step) yield step
    }
    if (this.#picked) this.#value.add(chunk.subarray(this.#from))
    if (this.#in === 'key') this.#key.add(chunk.subarray(this.#from))
    return undefined
  }

  /** To be called at the end of the bytes: says if a document is incomplete. */
  end(): string | undefined {
    return this.#frames.length > 0 || this.#in !== undefined ? 'it breaks off before its end' : undefined
  }

  /** A byte outside of strings and words. A string says why the rest cannot be read. */
  #mark(chunk: Buffer, at: number, byte: number): Step | string | undefined {
    const frame = this.#frames.at(-1)
    if (byte === comma) {
      if (!frame) return 'a comma outside of a list'
      frame.wantsKey = !frame.isList
      return undefined
    }
    if (isClosing(byte)) return this.#close(chunk, at, byte)
    if (frame?.wantsKey === true) {
      if (byte !== quote) return 'a key without quotes'
      if (this.#picked) {
        // It is part of the value.
        this.#in = 'string'
        frame.wantsKey = false
        return undefined
      }
      this.#in = 'key'
      this.#from = at + 1
      return undefined
    }
    const path = this.#pathOf(frame)
    if (!this.#picked && byte !== 0x5b && this.#options.wants(path, byte === 0x7b)) {
      this.#picked = { path, depth: 0 }
      this.#from = at
    }
    if (!isOpening(byte)) this.#in = byte === quote ? 'string' : 'word'
    else {
      if (this.#frames.length >= jsonDepthMax) return `more than ${jsonDepthMax} levels`
      if (this.#picked) this.#picked.depth += 1
      this.#frames.push({ isList: byte === 0x5b, path, key: '', wantsKey: byte === 0x7b })
    }
    return undefined
  }

  #close(chunk: Buffer, at: number, byte: number): Step | string | undefined {
    const frame = this.#frames.pop()
    if (frame?.isList !== (byte === 0x5d)) return 'a bracket that closes nothing'
    if (this.#picked) {
      this.#picked.depth -= 1
      return this.#picked.depth === 0 ? this.#take(chunk, at + 1) : undefined
    }
    return !frame.isList && this.#options.tellsEnd(frame.path) ? { end: frame.path } : undefined
  }

  #pathOf(frame: Frame | undefined): string {
    if (!frame || this.#picked) return ''
    if (frame.isList) return `${frame.path}[]`
    return frame.path === '' ? frame.key : `${frame.path}.${frame.key}`
  }

  #endsString(byte: number): boolean {
    if (this.#escaped) this.#escaped = false
    else if (byte === backslash) this.#escaped = true
    else return byte === quote
    return false
  }

  #endKey(chunk: Buffer, at: number): void {
    this.#key.add(chunk.subarray(this.#from, at))
    const key = this.#key.take() ?? ''
    const frame = this.#frames.at(-1)
    if (!frame) return
    // A key with an escape is none that is looked for.
    frame.key = key
    frame.wantsKey = false
  }

  #take(chunk: Buffer, to: number): Picked {
    this.#value.add(chunk.subarray(this.#from, to))
    const path = this.#picked?.path ?? ''
    this.#picked = undefined
    return { path, text: this.#value.take() }
  }
}
