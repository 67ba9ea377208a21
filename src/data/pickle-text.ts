/** Numbers and text as pickles write them. */
import { Unreadable } from './pickle-bytes.js'

/** A whole number in digits. @throws Unreadable if JavaScript has none like it */
export const decimal = (text: string): number => {
  const number = Number(text)
  if (!/^[+-]?\d{1,20}$/.test(text) || !Number.isSafeInteger(number))
    throw new Unreadable('a number too long')
  return number
}

/** Two's complement, the lowest byte first. @throws Unreadable if JavaScript has no such number */
export const long = (bytes: Buffer): number => {
  if (bytes.length > 6) throw new Unreadable('a number too long')
  return bytes.length === 0 ? 0 : bytes.readIntLE(0, bytes.length)
}

/** As Python prints a float. @throws Unreadable if it is none */
export const float = (text: string): number => {
  if (!/^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|inf|nan)$/i.test(text)) throw new Unreadable('a number that is none')
  return Number(text)
}

/** Text of protocol 0: latin1 with `\uXXXX` and `\UXXXXXXXX`. */
export const rawUnicode = (text: string): string =>
  text.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, four?: string, eight?: string) => {
    const code = parseInt(four ?? eight ?? '', 16)
    return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)
  })

/** `00` and `01` are booleans, other digits a number. */
export const integer = (text: string): number | boolean =>
  text === '00' || text === '01' ? text === '01' : decimal(text)

export const utf8 = (bytes: Buffer) => bytes.toString('utf8')
export const latin1 = (bytes: Buffer) => bytes.toString('latin1')
