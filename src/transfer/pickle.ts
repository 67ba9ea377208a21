/**
 * Reads plain data from a Python pickle (protocols 0 to 5, PEP 307, 3154, 574) without running code from it: dicts, lists,
 * tuples, text, bytes, numbers, None, booleans and times. A pickle with anything else is refused as a whole.
 */

/** Not a pickle, or one with more than plain data. Its message is shown to the user as the reason of the refusal. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** Reads the bytes from front to back, never beyond their end. */
export class PickleBytes {
  #at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** @throws Unreadable at the end; so do the other methods */
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

  /** A little-endian length in 8 bytes. */
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

/*
 * The only objects that a pickle may construct: times, and their bytes. Python constructs objects by calling whatever name
 * the pickle holds; here only four names are known, and none is called in Python's sense.
 */

/** A name in Python; it is never called. */
export class Named {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}
/** A timedelta, or the offset of a timezone, in ms. */
export class Difference {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
}

export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Buffer
  | Date
  | Difference
  | Named
  | PickleValue[]
  | Map<PickleValue, PickleValue>

type Call = (args: readonly PickleValue[]) => PickleValue

/** The ten bytes of a datetime: year in two, month, day, hour, minute, second, microseconds in three. */
const datetime: Call = ([state, zone = null]) => {
  // Python 2 wrote bytes as text.
  const bytes = typeof state === 'string' ? Buffer.from(state, 'latin1') : state
  if (!Buffer.isBuffer(bytes) || bytes.length !== 10) throw new Unreadable('a datetime of another form')
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = bytes.subarray(2)
  // The first bit of the month is `fold` (PEP 495).
  const parts = [bytes.readUInt16BE(0), (month & 0x7f) - 1, day, hour, minute, second] as const
  const date = new Date(Date.UTC(...parts, Math.floor(bytes.readUIntBE(7, 3) / 1000)))
  const read = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours()]
  if (read.some((part, i) => part !== parts[i])) throw new Unreadable('a datetime that is none')
  if (zone === null) return date
  if (!(zone instanceof Difference)) throw new Unreadable('a datetime of an unknown zone')
  return new Date(date.getTime() - zone.ms)
}

const timedelta: Call = args => {
  const [days, seconds = 0, micros = 0] = args
  if (typeof days !== 'number' || typeof seconds !== 'number' || typeof micros !== 'number')
    throw new Unreadable('a timedelta of another form')
  return new Difference(days * 86_400_000 + seconds * 1000 + micros / 1000)
}

const timezone: Call = ([offset]) => {
  if (!(offset instanceof Difference)) throw new Unreadable('a timezone of another form')
  return offset
}

/** `_codecs.encode`: protocols 0 to 2 write bytes so. */
const encode: Call = ([text, encoding]) => {
  if (typeof text !== 'string' || encoding !== 'latin1') throw new Unreadable('bytes of another form')
  return Buffer.from(text, 'latin1')
}

const calls: ReadonlyMap<string, Call> = new Map([
  ['datetime.datetime', datetime],
  ['datetime.timedelta', timedelta],
  ['datetime.timezone', timezone],
  ['_codecs.encode', encode],
])

/** @throws Unreadable for a name that is none of these four */
export const named = (name: string): Named => {
  if (!calls.has(name)) throw new Unreadable('an object, which is no plain data')
  return new Named(name)
}

/** The object for a name and its arguments. @throws Unreadable if the arguments are not as Python writes them */
export const call = (what: PickleValue, args: PickleValue): PickleValue => {
  const found = what instanceof Named ? calls.get(what.name) : undefined
  if (!found || !Array.isArray(args)) throw new Unreadable('an object, which is no plain data')
  return found(args)
}

const missing = 'a pickle that takes what is not there'

/** The stack machine that runs a pickle's opcodes. It only holds data. */
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
  /** Removes and returns the values since the last mark. */
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

/* Numbers and text as pickles write them. */

/** A decimal integer. @throws Unreadable beyond 2^53 */
export const decimal = (text: string): number => {
  const number = Number(text)
  if (!/^[+-]?\d{1,20}$/.test(text) || !Number.isSafeInteger(number))
    throw new Unreadable('a number too long')
  return number
}

/** A little-endian two's complement integer. @throws Unreadable beyond 6 bytes */
export const long = (bytes: Buffer): number => {
  if (bytes.length > 6) throw new Unreadable('a number too long')
  return bytes.length === 0 ? 0 : bytes.readIntLE(0, bytes.length)
}

/** As Python prints a float. @throws Unreadable if it is none */
export const float = (text: string): number => {
  if (!/^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|inf|nan)$/i.test(text)) throw new Unreadable('a number that is none')
  return Number(text)
}

/** Text of protocol 0: latin1 with `\uXXXX` and `\UXXXXXXXX`. */
export const rawUnicode = (text: string): string =>
  text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, four?: string, eight?: string) => {
    const code = parseInt(four ?? eight ?? '', 16)
    return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)
  })

/** `00` and `01` are booleans, other digits a number. */
export const integer = (text: string): number | boolean =>
  text === '00' || text === '01' ? text === '01' : decimal(text)

export const utf8 = (bytes: Buffer) => bytes.toString('utf8')
export const latin1 = (bytes: Buffer) => bytes.toString('latin1')

const dictOf = (pairs: readonly PickleValue[], m: Machine): void => {
  m.push(new Map())
  m.setItems(pairs)
}

const globalOf = ([module, name]: readonly PickleValue[]): Named => {
  if (typeof module !== 'string' || typeof name !== 'string') throw new Unreadable('a name that is none')
  return named(`${module}.${name}`)
}

const reduced = ([what = null, args = null]: readonly PickleValue[]): PickleValue => call(what, args)

/** The opcodes, with their names in `pickletools`. */
const opcodes: ReadonlyMap<number, (m: Machine) => void> = new Map<number, (m: Machine) => void>([
  [0x80, m => void m.bytes.take(1)], // PROTO
  [0x95, m => void m.bytes.take(8)], // FRAME
  [0x28, m => m.mark()], // MARK
  [0x30, m => void m.pop()], // POP
  [0x31, m => void m.popMark()], // POP_MARK
  [0x4e, m => m.push(null)], // NONE
  [0x88, m => m.push(true)], // NEWTRUE
  [0x89, m => m.push(false)], // NEWFALSE
  [0x49, m => m.push(integer(m.bytes.line()))], // INT
  [0x4c, m => m.push(decimal(m.bytes.line().replace(/L$/, '')))], // LONG
  [0x4a, m => m.push(m.bytes.take(4).readInt32LE())], // BININT
  [0x4b, m => m.push(m.bytes.count(1))], // BININT1
  [0x4d, m => m.push(m.bytes.count(2))], // BININT2
  [0x8a, m => m.push(long(m.bytes.take(m.bytes.count(1))))], // LONG1
  [0x46, m => m.push(float(m.bytes.line()))], // FLOAT
  [0x47, m => m.push(m.bytes.take(8).readDoubleBE())], // BINFLOAT
  [0x56, m => m.push(rawUnicode(m.bytes.line()))], // UNICODE
  [0x58, m => m.push(utf8(m.bytes.take(m.bytes.count(4))))], // BINUNICODE
  [0x8c, m => m.push(utf8(m.bytes.take(m.bytes.count(1))))], // SHORT_BINUNICODE
  [0x8d, m => m.push(utf8(m.bytes.take(m.bytes.longCount())))], // BINUNICODE8
  [0x54, m => m.push(latin1(m.bytes.take(m.bytes.count(4))))], // BINSTRING
  [0x55, m => m.push(latin1(m.bytes.take(m.bytes.count(1))))], // SHORT_BINSTRING
  [0x42, m => m.push(m.bytes.take(m.bytes.count(4)))], // BINBYTES
  [0x43, m => m.push(m.bytes.take(m.bytes.count(1)))], // SHORT_BINBYTES
  [0x8e, m => m.push(m.bytes.take(m.bytes.longCount()))], // BINBYTES8
  [0x5d, m => m.push([])], // EMPTY_LIST
  [0x6c, m => m.push(m.popMark())], // LIST
  [0x61, m => m.append(m.popSome(1))], // APPEND
  [0x65, m => m.append(m.popMark())], // APPENDS
  [0x29, m => m.push([])], // EMPTY_TUPLE
  [0x74, m => m.push(m.popMark())], // TUPLE
  [0x85, m => m.push(m.popSome(1))], // TUPLE1
  [0x86, m => m.push(m.popSome(2))], // TUPLE2
  [0x87, m => m.push(m.popSome(3))], // TUPLE3
  [0x7d, m => m.push(new Map())], // EMPTY_DICT
  [0x64, m => dictOf(m.popMark(), m)], // DICT
  [0x73, m => m.setItems(m.popSome(2))], // SETITEM
  [0x75, m => m.setItems(m.popMark())], // SETITEMS
  [0x70, m => m.put(decimal(m.bytes.line()))], // PUT
  [0x71, m => m.put(m.bytes.count(1))], // BINPUT
  [0x72, m => m.put(m.bytes.count(4))], // LONG_BINPUT
  [0x94, m => m.put()], // MEMOIZE
  [0x67, m => m.get(decimal(m.bytes.line()))], // GET
  [0x68, m => m.get(m.bytes.count(1))], // BINGET
  [0x6a, m => m.get(m.bytes.count(4))], // LONG_BINGET
  [0x63, m => m.push(named(`${m.bytes.line()}.${m.bytes.line()}`))], // GLOBAL
  [0x93, m => m.push(globalOf(m.popSome(2)))], // STACK_GLOBAL
  [0x52, m => m.push(reduced(m.popSome(2)))], // REDUCE
])

const stop = 0x2e

/** Reads the data in a pickle, or says why there is none. Time and memory are proportional to its bytes. */
export const readPickle = (bytes: Buffer): { readonly value: PickleValue } | { readonly why: string } => {
  const machine = new Machine(new PickleBytes(bytes))
  try {
    for (;;) {
      const code = machine.bytes.count(1)
      if (code === stop) return { value: machine.pop() }
      const run = opcodes.get(code)
      if (!run) throw new Unreadable('an object, which is no plain data')
      run(machine)
    }
  } catch (error) {
    if (error instanceof Unreadable) return { why: error.message }
    throw error
  }
}
