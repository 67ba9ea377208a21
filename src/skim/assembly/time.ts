/** Parses the times that sensors write. Must agree with sensorTime (parse/json.ts), or return NaN: parse in full. */
import { areDigits, countIn, numberOf } from './digits'

const dot: u8 = 0x2e

/** Epoch seconds or milliseconds with at most six decimals, as epoch ms. */
@inline
export function epochIn(from: usize, to: usize): f64 {
  // The usual form: 1521912362.232830.
  if (to - from == 17 && load<u8>(from, 10) == dot) return usualEpochIn(from)
  return anyEpochIn(from, to)
}

@inline
function usualEpochIn(from: usize): f64 {
  const high = load<u64>(from)
  const low = <u32>load<u16>(from, 8)
  const decimals = (load<u64>(from, 9) & 0xffffffffffff0000) | 0x3030
  const tens = (low & 0xff) - 0x30
  const ones = (low >> 8) - 0x30
  if (tens > 9 || ones > 9 || !areDigits(high) || !areDigits(decimals)) return NaN
  const whole = <u64>numberOf(high) * 100 + tens * 10 + ones
  // From 2106 on seconds are no longer exact to the microsecond in a double: leave the rounding to the full parse.
  return whole < 4_294_967_296 ? (<f64>whole * 1e6 + <f64>numberOf(decimals)) / 1000 : NaN
}

function anyEpochIn(from: usize, to: usize): f64 {
  let whole: f64 = 0
  let i = from
  for (; i < to; i++) {
    const digit = <u32>load<u8>(i) - 0x30
    if (digit > 9) break
    whole = whole * 10 + <f64>digit
  }
  if (i == from || i - from > 13) return NaN
  let fraction: f64 = 0
  let decimals: u32 = 0
  if (i < to) {
    if (load<u8>(i) != dot || to - i > 7) return NaN
    decimals = <u32>(to - i - 1)
    if (decimals > 0) {
      const count = countIn(i + 1, to)
      if (count < 0) return NaN
      fraction = <f64>count
    }
  }
  // 1e11 seconds is the year 5138, 1e11 milliseconds 1973.
  const isSeconds = whole < 1e11
  const micros: u32 = isSeconds ? 6 : 3
  if (decimals > micros || whole >= (isSeconds ? 4294967296.0 : 4294967296000.0)) return NaN
  return (whole * (isSeconds ? 1e6 : 1e3) + fraction * powerOf(micros - decimals)) / 1000
}

function powerOf(exponent: u32): f64 {
  let power: f64 = 1
  for (let i: u32 = 0; i < exponent; i++) power *= 10
  return power
}

/** Caches the last date and its epoch ms: the next line is nearly always of the same day. */
let lastYearMonth: u64 = 0
let lastDay: u32 = 0
let lastStart: f64 = 0

/** Exactly `2024-05-01T12:34:56.123456` and `Z`, `+0200` or `+02:00`, as epoch ms. */
export function isoIn(from: usize, to: usize): f64 {
  const yearMonth = load<u64>(from)
  const day = <u32>load<u16>(from, 8)
  if (yearMonth != lastYearMonth || day != lastDay) {
    const start = dayStart(from)
    if (isNaN(start)) return NaN
    lastYearMonth = yearMonth
    lastDay = day
    lastStart = start
  }
  const time = load<u64>(from, 11)
  if (load<u8>(from, 10) != 0x54 || load<u8>(from, 19) != dot) return NaN
  if ((time & 0x0000ff0000ff0000) != 0x00003a00003a0000) return NaN
  if (!areDigits((time & 0xffff00ffff00ffff) | 0x0000300000300000)) return NaN
  const d = time & 0x0f0f000f0f000f0f
  const hour = <u32>(d & 0xff) * 10 + <u32>((d >> 8) & 0xff)
  const minute = <u32>((d >> 24) & 0xff) * 10 + <u32>((d >> 32) & 0xff)
  const second = <u32>((d >> 48) & 0xff) * 10 + <u32>(d >> 56)
  const decimals = (load<u64>(from, 18) & 0xffffffffffff0000) | 0x3030
  if (!areDigits(decimals) || hour > 29 || minute > 59 || second > 69) return NaN
  const ms = lastStart + <f64>((hour * 60 + minute) * 60 + second) * 1000 - offsetIn(from + 26, to)
  return (ms * 1000 + <f64>numberOf(decimals)) / 1000
}

/** The value of two digits; if they are none, so far below zero that any sum with it stays negative. */
function twoIn(at: usize): i32 {
  const tens = <u32>load<u8>(at) - 0x30
  const ones = <u32>load<u8>(at, 1) - 0x30
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : -1_000_000
}

/**
 * Epoch ms at which a day begins. Years start in March here, so that the leap day is the last of its year. 31 February
 * becomes 2 or 3 March, as in Date.UTC.
 */
function dayStart(at: usize): f64 {
  if (load<u8>(at, 4) != 0x2d || load<u8>(at, 7) != 0x2d) return NaN
  const year = twoIn(at) * 100 + twoIn(at + 2)
  const month = twoIn(at + 5)
  const day = twoIn(at + 8)
  if (year < 1000 || day < 1 || day > 31 || month < 1 || month > 12) return NaN
  const marchYear = month <= 2 ? year - 1 : year
  const marchMonth = month > 2 ? month - 3 : month + 9
  const leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
  const days = marchYear * 365 + leapDays + (153 * marchMonth + 2) / 5 + day - 1
  // Days from 1 March of the year 0 to 1 January 1970.
  return <f64>(days - 719_468) * 86_400_000
}

/** The offset from UTC in ms. */
function offsetIn(from: usize, to: usize): f64 {
  if (to - from == 5 && load<u32>(from) == 0x3030302b && load<u8>(from, 4) == 0x30) return 0
  if (to - from == 1 && load<u8>(from) == 0x5a) return 0
  const sign: f64 = load<u8>(from) == 0x2b ? 1 : load<u8>(from) == 0x2d ? -1 : NaN
  const minutesAt = load<u8>(from, 3) == 0x3a ? from + 4 : from + 3
  const hours = twoIn(from + 1)
  const minutes = twoIn(minutesAt)
  if (hours < 0 || minutes < 0 || to != minutesAt + 2) return NaN
  return sign * <f64>(hours * 60 + minutes) * 60_000
}
