/**
 * Stage 2 for JSON: walks over the keys of one object by the marks of stage 1. Gives up on anything that JSON.parse
 * might read differently: a mark that should be a quote, but is a backslash or a control byte, is such a case.
 */
import { ensure, mark, textEnd } from './blocks'

const quote: u8 = 0x22

/** The number of the first mark behind the last value passed. */
export let markBehind: usize = 0

@inline
export function passedTo(nextMark: usize): void {
  markBehind = nextMark
}

/** Passes a value. @returns the place behind it; 0 if its end is unclear. @param n the first mark at or behind it */
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

/** Whether the last value passed is a string without escapes. */
@inline
export function isPlainText(value: usize): bool {
  return load<u8>(value) == quote && mark(markBehind - 2) == value
}

/** The comma or brace that ends a number or a word; 0 if there is none within 32 bytes. */
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

/** Passes an array or object. @returns the place behind it; 0 if it has no end. @param n the first mark behind `from` */
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

/** Whether a place holds the start of an object that has a key. */
@inline
export function isObject(at: usize): bool {
  const two = load<u16>(at)
  return two == <u16>word('{"') || (two == <u16>word('{ ') && load<u8>(at, 2) == quote)
}

@inline
export function hasMore(at: usize): bool {
  const two = load<u16>(at)
  return two == <u16>word(',"') || (two == <u16>word(', ') && load<u8>(at, 2) == quote)
}

/** Where the value of a key begins; 0 if the colon is not where sensors write it. */
@inline
export function valueBehind(keyEnd: usize): usize {
  if (load<u16>(keyEnd) != <u16>word('":')) return 0
  return load<u8>(keyEnd, 2) == 0x20 ? keyEnd + 3 : keyEnd + 2
}

@inline
export function objectEnd(at: usize): usize {
  return load<u8>(at) == 0x7d ? at + 1 : 0
}

/** Keeps the first `count` bytes of eight, to compare a short key as a number. */
@inline
export function first(bytes: u64, count: u64): u64 {
  return bytes & (0xffffffffffffffff >> (64 - (count << 3)))
}
