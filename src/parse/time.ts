/** The times that sensors write, as epoch milliseconds with microseconds in the fraction. */

const epochText = /^-?\d+(?:\.\d*)?$/
const isoText =
  /^(\d{4})-(0\d|1[0-2])-([0-3]\d)[T ]([0-2]\d):([0-5]\d):([0-6]\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d)?)?$/

/**
 * Reads epoch seconds, epoch milliseconds (Zeek's TS_MILLIS) or ISO 8601 with any offset, `+0200` without colon
 * included (Suricata). NaN where it is none of these, as in Zeek's masked baselines: an event of unknown time is
 * still an event.
 */
export const timeOf = (value: unknown): number => {
  if (typeof value === 'number') return epoch(value)
  if (typeof value !== 'string') return NaN
  return epochText.test(value) ? epoch(Number(value)) : iso(value)
}

// 1e11 seconds is the year 5138, 1e11 milliseconds 1973: no log holds either as the other.
const epoch = (value: number): number =>
  Math.abs(value) < 1e11 ? micros(value * 1e6) : Math.abs(value) < 1e15 ? micros(value * 1e3) : NaN

// Whole microseconds, so that one instant is one number, from whichever format it was read.
const micros = (value: number): number => Math.round(value) / 1000

const iso = (text: string): number => {
  const match = isoText.exec(text)
  if (match === null) return NaN
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHours = 0, offsetMinutes = 0] =
    match
  const ms = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000
  const utc = sign === '-' ? ms + offset : ms - offset
  return micros(utc * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6)))
}
