/**
 * Plain data out of a pickle of Python (protocols 0 to 5, PEP 307, 3154, 574), without running what is in it: dicts,
 * lists, tuples, text, bytes, numbers, None, booleans and times. Everything else makes the whole pickle unreadable.
 */
import { call, named, type Named, type PickleValue } from './pickle-calls.js'
import { PickleBytes, Unreadable } from './pickle-bytes.js'
import { Machine } from './pickle-machine.js'
import { decimal, float, integer, latin1, long, rawUnicode, utf8 } from './pickle-text.js'

const dictOf = (pairs: readonly PickleValue[], m: Machine): void => {
  m.push(new Map())
  m.setItems(pairs)
}

const globalOf = ([module, name]: readonly PickleValue[]): Named => {
  if (typeof module !== 'string' || typeof name !== 'string') throw new Unreadable('a name that is none')
  return named(`${module}.${name}`)
}

const reduced = ([what = null, args = null]: readonly PickleValue[]): PickleValue => call(what, args)

/** By their byte, as `pickletools` names them. */
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

/** The data in a pickle, or why there is none. Time and memory grow with its bytes, and with nothing else. */
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
