/** Parses decimal numbers in log fields, eight digits at a time. */

@inline
export function areDigits(x: u64): bool {
  return (
    ((x & 0xf0f0f0f0f0f0f0f0) | (((x + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) == 0x3333333333333333
  )
}

/** The value of eight digits, the first one in the lowest byte. */
@inline
export function numberOf(digits: u64): u32 {
  let x = ((digits & 0x0f0f0f0f0f0f0f0f) * 2561) >> 8
  x = ((x & 0x00ff00ff00ff00ff) * 6553601) >> 16
  return <u32>(((x & 0x0000ffff0000ffff) * 42949672960001) >> 32)
}

/** The number of at most nine digits between `from` and `to`; -1 if there is anything else. */
@inline
export function countIn(from: usize, to: usize): i32 {
  const length = to - from
  if (length - 1 >= 8) return longCountIn(from, to)
  const bits = <u64>(length << 3)
  // Pads it with leading zeros to eight digits.
  const digits = (load<u64>(from) << (64 - bits)) | (bits == 64 ? 0 : 0x3030303030303030 >> bits)
  return areDigits(digits) ? numberOf(digits) : -1
}

/** How many digits there are from `at` on, of at most eight. */
@inline
export function digitsAt(at: usize): usize {
  const x = load<u64>(at) ^ 0x3030303030303030
  // A digit is below 10 now: only other bytes reach the highest bit. The sum carries into bytes behind them alone.
  const others = ((x + 0x7676767676767676) | x) & 0x8080808080808080
  return others == 0 ? 8 : <usize>ctz(others) >> 3
}

function longCountIn(from: usize, to: usize): i32 {
  if (to - from != 9) return -1
  const first = <u32>load<u8>(from) - 0x30
  const rest = load<u64>(from, 1)
  return first <= 9 && areDigits(rest) ? first * 100_000_000 + numberOf(rest) : -1
}

/** The number below 2^53 between `from` and `to`, exactly: flow ids are that large. -1 if there is anything else. */
export function wholeIn(from: usize, to: usize): i64 {
  const length = to - from
  if (length - 1 >= 16) return -1
  if (length <= 8) return countIn(from, to)
  const high = countIn(from, to - 8)
  const low = countIn(to - 8, to)
  const whole = <i64>high * 100_000_000 + low
  return high >= 0 && low >= 0 && whole <= 9_007_199_254_740_991 ? whole : -1
}
