/**
 * Stage 1: finds newlines, quotes, backslashes and control bytes with SIMD, 64 bytes at a time. Stage 2 walks a list of
 * their addresses, because extracting bit after bit during the walk would wait for each one (latency).
 */
import { lineBytesMax } from '../../limits'
import { marks, marksMax, nowhere } from './layout'

const newline: u8 = 0x0a
const quote: u8 = 0x22
const backslash: u8 = 0x5c

@inline
export function bits64(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16)) |
    (<u64>(<u32>i8x16.bitmask(c) | (<u32>i8x16.bitmask(d) << 16)) << 32)
  )
}

/** The first newline at or behind `from`. There must be one: the loop has no other end. */
@inline
export function newlineFrom(from: usize): usize {
  const ends = i8x16.splat(newline)
  let at = from
  while (true) {
    const a = i8x16.eq(v128.load(at), ends)
    const b = i8x16.eq(v128.load(at, 16), ends)
    const c = i8x16.eq(v128.load(at, 32), ends)
    const d = i8x16.eq(v128.load(at, 48), ends)
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) return at + <usize>ctz(bits64(a, b, c, d))
    at += 64
  }
}

/** The first newline; 0 if a quote and the three characters of `word` stand before it: the line may hold that key. */
export function newlineWithout(from: usize, word: u32): usize {
  const ends = i8x16.splat(newline)
  const quotes = i8x16.splat(quote)
  const first = i8x16.splat(<i8>word)
  const second = i8x16.splat(<i8>(word >> 8))
  const third = i8x16.splat(<i8>(word >> 16))
  let at = from
  while (true) {
    const x = v128.load(at)
    const y = v128.load(at, 16)
    const inX = v128.and(
      v128.and(i8x16.eq(x, quotes), i8x16.eq(v128.load(at, 1), first)),
      v128.and(i8x16.eq(v128.load(at, 2), second), i8x16.eq(v128.load(at, 3), third)),
    )
    const inY = v128.and(
      v128.and(i8x16.eq(y, quotes), i8x16.eq(v128.load(at, 17), first)),
      v128.and(i8x16.eq(v128.load(at, 18), second), i8x16.eq(v128.load(at, 19), third)),
    )
    const newlines = <u32>i8x16.bitmask(i8x16.eq(x, ends)) | (<u32>i8x16.bitmask(i8x16.eq(y, ends)) << 16)
    const words = <u32>i8x16.bitmask(inX) | (<u32>i8x16.bitmask(inY) << 16)
    // A word behind the newline belongs to the next line.
    if (words != 0 && (newlines == 0 || ctz(words) < ctz(newlines))) return 0
    if (newlines != 0) return at + ctz(newlines)
    at += 32
  }
}

/** Whether the full parse would read the line: it skips longer ones. */
@inline
export function fits(at: usize, end: usize): bool {
  return end - at <= <usize>lineBytesMax
}

/** How many marks there are, and up to where the line was scanned. */
let marked: usize = 0
let markedTo: usize = 0
/** The first byte of the next block, if a backslash at the end of this one escapes it; else 0. */
let escapedAt: usize = 0

@inline
export function restart(at: usize): void {
  marked = 0
  markedTo = at
  escapedAt = 0
}

/** The address of the nth mark of the line. The newline has one, too, and ends every walk. */
@inline
export function mark(n: usize): usize {
  return <usize>load<u32>(marks + (n << 2))
}

/** Scans until the marks up to n + 5 exist; false if the line has more than `marksMax`: no real record has. */
@inline
export function ensure(n: usize): bool {
  while (n + 5 >= marked) {
    if (marked + 68 > marksMax) return false
    more()
  }
  return true
}

/** The mark that ends a string, from the nth on. Passes over backslashes; escaped quotes have no mark. */
@inline
export function textEnd(n: usize): usize {
  let i = n
  while (load<u8>(mark(i)) == backslash) {
    i++
    if (!ensure(i)) {
      store<u32>(marks + (marksMax << 2), <u32>nowhere)
      return marksMax
    }
  }
  return i
}

@inline
function marksOf(x: v128): v128 {
  return v128.or(
    v128.or(i8x16.eq(x, i8x16.splat(quote)), i8x16.eq(x, i8x16.splat(backslash))),
    i8x16.eq(i8x16.min_u(x, i8x16.splat(0x1f)), x),
  )
}

@inline
function slashesOf(x: v128): v128 {
  return i8x16.eq(x, i8x16.splat(backslash))
}

function more(): void {
  const base = markedTo
  const a = v128.load(base)
  const b = v128.load(base, 16)
  const c = v128.load(base, 32)
  const d = v128.load(base, 48)
  let bits = bits64(marksOf(a), marksOf(b), marksOf(c), marksOf(d))
  if (escapedAt == base) bits &= ~1
  escapedAt = 0
  const slashes = bits64(slashesOf(a), slashesOf(b), slashesOf(c), slashesOf(d)) & bits
  if (slashes != 0) bits = withoutEscaped(bits, slashes, base)
  let to = marks + (marked << 2)
  marked += <usize>popcnt(bits)
  markedTo = base + 64
  // Stores four at a time, some of them surplus: a branch for each bit would be mispredicted.
  while (bits != 0) {
    store<u32>(to, <u32>base + <u32>ctz(bits))
    bits &= bits - 1
    store<u32>(to, <u32>base + <u32>ctz(bits), 4)
    bits &= bits - 1
    store<u32>(to, <u32>base + <u32>ctz(bits), 8)
    bits &= bits - 1
    store<u32>(to, <u32>base + <u32>ctz(bits), 12)
    bits &= bits - 1
    to += 16
  }
}

/** Clears the marks of escaped quotes and backslashes. The backslashes that escape them keep theirs. */
function withoutEscaped(all: u64, slashes: u64, base: usize): u64 {
  let bits = all
  let left = slashes
  while (left != 0) {
    const one = left & (0 - left)
    const next = one << 1
    if (next == 0) {
      const byte = load<u8>(base, 64)
      if (byte == quote || byte == backslash) escapedAt = base + 64
    } else if (load<u8>(base + <usize>ctz(next)) >= 0x20) bits &= ~next
    left &= ~(one | next)
  }
  return bits
}
