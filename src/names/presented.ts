/**
 * Names and data in presentation form, as other programs write them: with a final dot, escapes (RFC 1035 5.1), upper case,
 * strings with quotes or without. Each result has the form that our own sensors give; text in that form stays as it is.
 */
import { txtBytesMax } from '../limits.js'
import {
  ipv4Rdata,
  ipv6Rdata,
  nameField,
  nameRdata,
  presentedRdata,
  stringRdata,
  textRdata,
} from './rdata.js'
import { nameOfText } from './canonical.js'

/** `\DDD` is a byte; of `\` and any other character but `x`, which is our own escape, the character counts. */
const unescapedName = (text: string): string =>
  text.includes('\\')
    ? text.replace(/\\(?:(\d{3})|([^x]))/g, (_, decimal: string | undefined, character = '') =>
        decimal !== undefined ? hex(Number(decimal)) : character === '\\' ? hex(0x5c) : String(character),
      )
    : text

/** More than a byte is no escape: its digits stay. */
const hex = (byte: number): string => (byte > 255 ? String(byte) : `\\x${byte.toString(16).padStart(2, '0')}`)

/** A name in canonical text; '' for the root. */
export const presentedName = (text: string): string => nameOfText(unescapedName(text))

const name = (text: string): string | undefined => nameRdata(unescapedName(text))

/** A name behind other fields: a blank in it is escaped, as our sensors do, unless it came without. */
const lastField = (text: string): string | undefined =>
  text.includes('\\x20') || text.includes('\\032') ? nameField(unescapedName(text)) : name(text)

/** A name behind so many numbers of 16 bits, which may all be missing: Zeek logs the name alone. */
const numbered = (numbers: number) => {
  const pattern = new RegExp(`^((?:\\d{1,5} ){${numbers}})(.+)$`, 's')
  return (text: string): string | undefined => {
    const [, before, target = ''] = pattern.exec(text) ?? []
    const fields = before?.trim().split(' ') ?? []
    if (before === undefined || fields.some(field => Number(field) > 0xffff)) return name(text)
    const found = lastField(target)
    return found && [...fields, found].join(' ')
  }
}

/** RFC 1035 3.3.13. Zeek logs its first name alone. A name may hold other blanks than U+0020, such as U+00A0. */
const soa = (text: string): string | undefined => {
  const [, primary, mailbox, numbers = ''] = /^([^ ]+) ([^ ]+)((?: \d{1,10}){5})$/.exec(text) ?? []
  if (primary === undefined || mailbox === undefined) return name(text)
  const names = [primary, mailbox].map(field => nameField(unescapedName(field)))
  return names.includes(undefined) ? undefined : `${names.join(' ')}${numbers}`
}

const inQuotes = /"((?:[^"\\]|\\.)*)"/gs
const isQuoted = /^"(?:[^"\\]|\\.)*"(?:\s+"(?:[^"\\]|\\.)*")*$/s

/** The bytes of a string between its quotes. */
const bytesOf = (string: string): Buffer =>
  Buffer.from(
    Buffer.from(string, 'utf8')
      .toString('latin1')
      .replace(/\\(?:(\d{3})|(.))/gs, (_, decimal: string | undefined, character = '') =>
        decimal === undefined || Number(decimal) > 255
          ? (decimal ?? String(character))
          : String.fromCharCode(Number(decimal)),
      ),
    'latin1',
  )

/** The mark of a record that textRdata has cut: the strings before it fill the room exactly. */
const isCut = (strings: readonly Buffer[]): boolean =>
  /^sha256:[0-9a-f]{64}$/.test(strings.at(-1)?.toString('latin1') ?? '') &&
  strings.slice(0, -1).reduce((size, string) => size + 1 + string.length, 0) === txtBytesMax

const text = (presented: string): string => {
  if (!isQuoted.test(presented)) return stringRdata(presented)
  const strings = [...presented.matchAll(inQuotes)].map(([, string = '']) => bytesOf(string))
  return isCut(strings) && !/[^ -~]/.test(presented) ? presented : textRdata(strings)
}

const forms: ReadonlyMap<string, (text: string) => string | undefined> = new Map([
  ['A', ipv4Rdata],
  ['AAAA', ipv6Rdata],
  ...['CNAME', 'DNAME', 'NS', 'PTR'].map(type => [type, name] as const),
  ...([['MX', numbered(1)], ['SRV', numbered(3)], ['SOA', soa]] as const), // prettier-ignore
  ...['TXT', 'SPF', 'NULL'].map(type => [type, text] as const),
])

/** The data of a record of a type; undefined where the type cannot have it. */
export const rdataOfText = (rrtype: string, presented: string): string | undefined => {
  const form = forms.get(rrtype)
  if (form) return form(presented)
  return /^[ -~]*$/.test(presented) ? presented : presentedRdata(presented)
}
