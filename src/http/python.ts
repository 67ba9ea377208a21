/** Values as the original wrote them: by Python's json module and Flask, to the byte. */

// What Python's json escapes besides the quote, the backslash and what JSON.stringify escapes, too.
const notAscii = /[^ -~]/g

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Compact JSON in ASCII. Its keys stand in the order in which the object has them. */
export const jsonText = (value: unknown): string => JSON.stringify(value).replace(notAscii, escaped)

/** A float as Python prints it: `14.0`. Of a score of at most four decimals, both agree on the rest. */
export const floatText = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value))

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (number: number): string => (number < 10 ? `0${number}` : String(number))

/**
 * An HTTP date (RFC 9110 5.6.7), of which each answer has two: a third of the time that toUTCString takes.
 *
 * @param ms epoch ms; the fraction of the second falls away
 */
export const httpDate = (ms: number): string => {
  const date = new Date(ms)
  const day = `${days[date.getUTCDay()] ?? ''}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()] ?? ''}`
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  return `${day} ${year} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT`
}

const blanks = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*'
const integer = new RegExp(`^${blanks}([+-]?)(\\p{Nd}+(?:_\\p{Nd}+)*)${blanks}$`, 'u')
const digit = /\p{Nd}/u

/** Decimal digits of a script stand together in Unicode, in tens that begin with its zero. */
const valueOf = (char: string): number => {
  const code = char.codePointAt(0) ?? 0
  let zero = code
  while (digit.test(String.fromCodePoint(zero - 1))) zero -= 1
  return (code - zero) % 10
}

/**
 * The number that Python's int() reads: blanks around it, a sign, digits of any script with single underscores between
 * them. Undefined where int() raises ValueError. Beyond 2^53 it is not exact.
 */
export const intOf = (text: string): number | undefined => {
  const [, sign = '', digits] = integer.exec(text) ?? []
  if (digits === undefined) return undefined
  const value = Number(Array.from(digits.replaceAll('_', ''), valueOf).join(''))
  return sign === '-' ? -value : value
}
