/** Numbers and times in bytes: as timeOf (time.ts) reads them, or NaN where a look is not enough. */

const [zero, nine, dot] = [0x30, 0x39, 0x2e]

/** A count of at most nine digits that fills `from` to `to`; -1 where there is none. */
export const countIn = (bytes: Buffer, from: number, to: number): number => {
  if (to <= from || to - from > 9) return -1
  let count = 0
  for (let i = from; i < to; i++) {
    const digit = bytes[i] ?? 0
    if (digit < zero || digit > nine) return -1
    count = count * 10 + digit - zero
  }
  return count
}

/** A natural number below 2^53 that fills `from` to `to`, to its last digit; -1 where there is none. */
export const wholeIn = (bytes: Buffer, from: number, to: number): number => {
  if (to - from <= 9) return countIn(bytes, from, to)
  const high = countIn(bytes, from, to - 9)
  const low = countIn(bytes, to - 9, to)
  return high >= 0 && low >= 0 && high * 1e9 + low <= Number.MAX_SAFE_INTEGER ? high * 1e9 + low : -1
}

/** Epoch seconds or milliseconds with at most six decimals, as epoch ms. */
export const epochIn = (bytes: Buffer, from: number, to: number): number => {
  let whole = 0
  let i = from
  for (; i < to; i++) {
    const digit = bytes[i] ?? 0
    if (digit < zero || digit > nine) break
    whole = whole * 10 + digit - zero
  }
  if (i === from || i - from > 13) return NaN
  const decimals = Math.max(0, to - i - 1)
  let fraction = 0
  if (i < to) {
    if (bytes[i] !== dot || decimals > 6) return NaN
    fraction = decimals === 0 ? 0 : countIn(bytes, i + 1, to)
    if (fraction < 0) return NaN
  }
  // 1e11 seconds is the year 5138, 1e11 milliseconds 1973.
  const micros = whole < 1e11 ? 6 : 3
  // From 2106 on a number of seconds is no longer exact to the microsecond: timeOf says which one it is then.
  if (decimals > micros || whole >= (micros === 6 ? 2 ** 32 : 2 ** 32 * 1000)) return NaN
  return (whole * (powers[micros] ?? NaN) + fraction * (powers[micros - decimals] ?? NaN)) / 1000
}

const powers = [1, 10, 100, 1e3, 1e4, 1e5, 1e6]

/** Exactly `2024-05-01T12:34:56.123456` and `Z`, `+0200` or `+02:00`, as epoch ms. */
export const isoIn = (bytes: Buffer, from: number, to: number): number => {
  const isShaped =
    bytes[from + 4] === dash && bytes[from + 7] === dash && bytes[from + 10] === letterT &&
    bytes[from + 13] === colon && bytes[from + 16] === colon && bytes[from + 19] === dot // prettier-ignore
  if (!isShaped) return NaN
  const year = twoIn(bytes, from) * 100 + twoIn(bytes, from + 2)
  const month = twoIn(bytes, from + 5)
  const day = twoIn(bytes, from + 8)
  const hour = twoIn(bytes, from + 11)
  const minute = twoIn(bytes, from + 14)
  const second = twoIn(bytes, from + 17)
  const micros = (twoIn(bytes, from + 20) * 100 + twoIn(bytes, from + 22)) * 100 + twoIn(bytes, from + 24)
  if (year < 0 || day < 1 || day > 31 || month < 1 || month > 12) return NaN
  if (hour < 0 || hour > 29 || minute < 0 || minute > 59 || second < 0 || second > 69 || micros < 0)
    return NaN
  const ms = startOf(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000
  return ((ms - offsetIn(bytes, from + 26, to)) * 1000 + micros) / 1000
}

/** Two digits as a number; so far below zero where they are none that no sum with others hides it. */
const twoIn = (bytes: Buffer, at: number): number => {
  const tens = (bytes[at] ?? 0) - zero
  const ones = (bytes[at + 1] ?? 0) - zero
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1e6
}

const [dash, colon, letterT, letterZ, plus] = [0x2d, 0x3a, 0x54, 0x5a, 0x2b]

/** The offset from UTC in ms. */
const offsetIn = (bytes: Buffer, from: number, to: number): number => {
  if (to - from === 1 && bytes[from] === letterZ) return 0
  const sign = bytes[from] === plus ? 1 : bytes[from] === dash ? -1 : NaN
  const minutesAt = bytes[from + 3] === colon ? from + 4 : from + 3
  const hours = twoIn(bytes, from + 1)
  const minutes = twoIn(bytes, minutesAt)
  if (hours < 0 || minutes < 0 || to !== minutesAt + 2) return NaN
  return sign * (hours * 60 + minutes) * 60_000
}

let lastDay = 0
let lastStart = 0

/** Epoch ms at which a day begins. The next line is of the same day. */
const startOf = (year: number, month: number, day: number): number => {
  const key = (year * 100 + month) * 100 + day
  if (key !== lastDay) {
    lastDay = key
    lastStart = Date.UTC(year, month - 1, day)
  }
  return lastStart
}
