/**
 * A walk over the keys of one JSON object, by the marks of the first stage. It stops at whatever JSON.parse might read in
 * another way. Control bytes and backslashes have marks too, but are no quotes: nothing begins or ends with them.
 */
import { ensure, mark, textEnd } from './blocks'

const quote: u8 = 0x22

/** The number of the first mark behind the value that was passed. */
export let markBehind: usize = 0

/** Just behind the value at a place; 0 where it has no end that is plain. @param n the first mark at or behind it */
@inline
export function passValue(value: usize, n: usize): usize {
  const first = load<u8>(value)
  if (first == quote) {
    const last = textEnd(n + 1)
    markBehind = last + 1
    const at = mark(last)
    return load<u8>(at) == quote ? at + 1 : 0
  }
  // `[` or `{`
  if ((first | 0x20) == 0x7b) return nestEnd(value, n)
  markBehind = n
  const behind = atomEnd(value)
  return behind < mark(n) ? behind : 0
}

/** Whether the value that was passed last is a text without escapes. */
@inline
export function isPlainText(value: usize): bool {
  return load<u8>(value) == quote && mark(markBehind - 2) == value
}

/** The comma or brace that ends a number or a word; 0 where another byte does. */
@inline
function atomEnd(at: usize): usize {
  const comma = i8x16.splat(0x2c)
  const brace = i8x16.splat(0x7d)
  const x = v128.load(at)
  const y = v128.load(at, 16)
  const bits =
    <u32>i8x16.bitmask(v128.or(i8x16.eq(x, comma), i8x16.eq(x, brace))) |
    (<u32>i8x16.bitmask(v128.or(i8x16.eq(y, comma), i8x16.eq(y, brace))) << 16)
  return bits != 0 ? at + <usize>ctz(bits) : 0
}

/** Just behind an array or an object; 0 where it has no end. @param n the first mark behind `from` */
export function nestEnd(from: usize, n: usize): usize {
  let depth = 0
  let at = from
  let i = n
  while (true) {
    if (!ensure(i)) return 0
    const stop = mark(i)
    for (; at < stop; at++) {
      const byte = load<u8>(at) | 0x20
      if (byte == 0x7b) depth++
      else if (byte == 0x7d) {
        depth--
        if (depth == 0) {
          markBehind = i
          return at + 1
        }
      }
    }
    i = textEnd(i + 1)
    if (load<u8>(stop) != quote || load<u8>(mark(i)) != quote) return 0
    at = mark(i) + 1
    i++
  }
}

/** Whether an object begins at a place, with a key in it. */
@inline
export function isObject(at: usize): bool {
  const two = load<u16>(at)
  return two == <u16>word('{"') || (two == <u16>word('{ ') && load<u8>(at, 2) == quote)
}

/** Whether another key follows behind a value. */
@inline
export function hasMore(at: usize): bool {
  const two = load<u16>(at)
  return two == <u16>word(',"') || (two == <u16>word(', ') && load<u8>(at, 2) == quote)
}

/** Where the value of the key that ends at a place begins; 0 where none does. */
@inline
export function valueBehind(keyEnd: usize): usize {
  if (load<u16>(keyEnd) != <u16>word('":')) return 0
  return load<u8>(keyEnd, 2) == 0x20 ? keyEnd + 3 : keyEnd + 2
}

/** Just behind the object whose last value ends at a place; 0 where it has no end. */
@inline
export function objectEnd(at: usize): usize {
  return load<u8>(at) == 0x7d ? at + 1 : 0
}

/** The first so many bytes of eight. */
@inline
export function first(bytes: u64, count: u64): u64 {
  return bytes & (0xffffffffffffffff >> (64 - (count << 3)))
}
