/** The stack machine that a pickle is a program for. It holds data, and calls nothing. */
import type { PickleValue } from './pickle-calls.js'
import { Unreadable, type PickleBytes } from './pickle-bytes.js'

const missing = 'a pickle that takes what is not there'

export class Machine {
  readonly bytes: PickleBytes
  readonly #stack: PickleValue[] = []
  readonly #marks: number[] = []
  readonly #memo = new Map<number, PickleValue>()

  constructor(bytes: PickleBytes) {
    this.bytes = bytes
  }
  push(value: PickleValue): void {
    this.#stack.push(value)
  }
  pop(): PickleValue {
    const value = this.#stack.pop()
    if (value === undefined || this.#stack.length < (this.#marks.at(-1) ?? 0)) throw new Unreadable(missing)
    return value
  }
  top(): PickleValue {
    const value = this.pop()
    this.push(value)
    return value
  }
  mark(): void {
    this.#marks.push(this.#stack.length)
  }
  /** What was pushed since the last mark. */
  popMark(): PickleValue[] {
    const from = this.#marks.pop()
    if (from === undefined) throw new Unreadable(missing)
    return this.#stack.splice(from)
  }
  popSome(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse()
  }
  put(key = this.#memo.size): void {
    this.#memo.set(key, this.top())
  }
  get(key: number): void {
    const value = this.#memo.get(key)
    if (value === undefined) throw new Unreadable(missing)
    this.push(value)
  }
  append(values: readonly PickleValue[]): void {
    const list = this.top()
    if (!Array.isArray(list)) throw new Unreadable('a list that is none')
    for (const value of values) list.push(value)
  }
  setItems(pairs: readonly PickleValue[]): void {
    const dict = this.top()
    if (!(dict instanceof Map)) throw new Unreadable('a dict that is none')
    for (let i = 0; i + 1 < pairs.length; i += 2) dict.set(pairs[i] ?? null, pairs[i + 1] ?? null)
  }
}
