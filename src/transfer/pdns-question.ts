/** Reads what is asked of passive DNS: a name, a pattern, an address, a network or a range, as people write it. */
import { pdnsQuestionCharsMax } from '../limits.js'
import { nameOfText } from '../names/canonical.js'
import { formsOfName, isName } from '../names/hostname.js'
import { readRange } from '../names/network.js'
import { readPasted } from '../names/pasted.js'
import type { PdnsQuestion } from '../store/pdns-search.js'
import { matches } from './list.js'

/**
 * - `www.example.com`: rows whose rrname it is, or whose rdata names it, as CIRCL's passive DNS answers;
 * - `*.example.com`: rrnames below it, without itself, as in DNSDB;
 * - `example.*`, `*word*` and any other stars: rrnames that match;
 * - `/regex/`: rrnames in which the expression (RE2) matches somewhere;
 * - `192.0.2.7`, `192.0.2.0/24`, `192.0.2.1-192.0.2.9` and the same with IPv6: rows with such an address.
 *
 * @returns a string says why the text is no question, and what to write instead
 */
export const readQuestion = async (text: string): Promise<PdnsQuestion | string> => {
  const bare = text.trim()
  if (bare === '') return 'it is empty'
  if (bare.length > pdnsQuestionCharsMax) return `it has more than ${pdnsQuestionCharsMax} characters`
  const range = readRange(bare.replaceAll('[.]', '.').replaceAll('[:]', ':'))
  if (typeof range === 'string') return range
  if (range) return { kind: 'addresses', ranges: [range] }
  const [, expression] = /^\/(.+)\/$/s.exec(bare) ?? []
  if (expression !== undefined) return readExpression(expression)
  return bare.includes('*') ? readPattern(bare) : readName(bare, 'name')
}

/** re2js needs a time that grows with the length of the name only, whatever the expression. */
const readExpression = async (expression: string): Promise<PdnsQuestion | string> => {
  const { RE2JS, RE2JSSyntaxException } = await import('re2js')
  try {
    const regex = RE2JS.compile(expression)
    return { kind: 'matches', matches: rrname => regex.test(rrname) }
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    return `RE2 cannot read the expression (${error.message}): RE2 has no look-around and no back-references`
  }
}

const readName = (text: string, kind: 'name' | 'below'): PdnsQuestion | string => {
  const pasted = readPasted(text)
  if (pasted.kind === 'unclear') return pasted.why
  const name = nameOfText(pasted.name)
  if (!isName(name)) return 'a DNS message could not hold such a name'
  return { kind, names: formsOfName(name), side: kind === 'name' ? 'either' : 'rrname' }
}

const readPattern = (text: string): PdnsQuestion | string => {
  const pattern = text.replaceAll('[.]', '.').toLowerCase().replace(/\*\*+/g, '*')
  const [, below] = /^\*\.([^*]+)$/.exec(pattern) ?? []
  if (below !== undefined) return readName(below, 'below')
  const words = pattern.split('*')
  const word = words.find(word => word !== '')
  if (word === undefined) return 'it matches every name: give a part of a name beside the stars'
  if (words.length === 3 && words[0] === '' && words[2] === '') return { kind: 'contains', text: word }
  if (words.length === 2 && words[1] === '') return { kind: 'starts', text: word }
  return { kind: 'matches', matches: rrname => matches(pattern, rrname) }
}
