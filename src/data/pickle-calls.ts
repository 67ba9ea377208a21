/**
 * The only things that a pickle may have made: times, and the bytes in them. Python makes everything else by calling
 * what the pickle names, which is why no other name is even looked up here.
 */
import { Unreadable } from './pickle-bytes.js'

/** The name of something in Python, which is not called. */
export class Named {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}
/** A difference of times, or the offset of a zone, in ms. */
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

/** Ten bytes: year in two, month, day, hour, minute, second, microseconds in three. */
const datetime: Call = ([state, zone = null]) => {
  // Python 2 wrote bytes as text.
  const bytes = typeof state === 'string' ? Buffer.from(state, 'latin1') : state
  if (!Buffer.isBuffer(bytes) || bytes.length !== 10) throw new Unreadable('a datetime of another form')
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = bytes.subarray(2)
  // The first bit of the month says which of two equal clock times it is, when clocks are set back.
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

/** How protocols 0 to 2 write bytes. */
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

/** What comes of a name and its arguments. @throws Unreadable if these are not of the form that Python writes */
export const call = (what: PickleValue, args: PickleValue): PickleValue => {
  const found = what instanceof Named ? calls.get(what.name) : undefined
  if (!found || !Array.isArray(args)) throw new Unreadable('an object, which is no plain data')
  return found(args)
}
