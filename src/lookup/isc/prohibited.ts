/** The names that the ISC does not want to be asked about. */
import { domainToASCII } from 'node:url'
import { nameCharsMax } from '../../limits.js'
import { suffixesOf } from '../../reduce/suffixes.js'

/** Suffixes as names are written: A-labels, lower case, without dots around them. */
export type Prohibited = ReadonlySet<string>

const suffixOf = (entry: string): string => {
  // Punycode takes the square of the length, and what is longer than a name is the end of none.
  if (entry.length > nameCharsMax) return ''
  const plain = entry
    .trim()
    .toLowerCase()
    .replace(/^[*.]+|\.+$/g, '')
  return domainToASCII(plain) || plain
}

/** Reads `.local`, `arpa`, `yourdomain.local`. An entry with nothing in it prohibits nothing. */
export const readProhibited = (entries: readonly string[]): Prohibited =>
  new Set(entries.map(suffixOf).filter(suffix => suffix !== ''))

/** Whether a name is, or lies below, a prohibited one; never by a part of a label. */
export const isProhibited = (name: string, prohibited: Prohibited): boolean => {
  for (const suffix of suffixesOf(name)) if (prohibited.has(suffix)) return true
  return false
}
