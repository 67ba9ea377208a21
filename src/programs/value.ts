/**
 * The values that commands are asked about. They come from clients, and from names that attackers choose; a program gets
 * one as a word of its command line. So each is checked by its kind, and written in one canonical text.
 */
import { expressionOf, type ValueKind } from '../config/schema-command-keys.js'
import { commandValueCharsMax } from '../limits.js'
import type { NameSkip } from '../model/event.js'
import { addressText, unmappedAddress } from '../names/address.js'
import { nameOfText } from '../names/canonical.js'
import { isIpLiteral, isName, toALabels } from '../names/hostname.js'
import { readRange } from '../names/network.js'
import type { Reducer } from '../names/psl.js'
import { commonBits } from '../names/tag-value.js'

export type CommandValue = { readonly value: string } | { readonly refused: string }

/** Reads a value. The text of one that is accepted does not begin with `-`, and holds no control character. */
export type ReadCommandValue = (text: string) => CommandValue

const refuse = (refused: string): CommandValue => ({ refused })

/** Controls, invisible formatting, lone surrogates, and the separators of lines. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u

/**
 * Makes the reader of a command's values.
 *
 * @param accepts as the settings have it
 * @param reduce finds the registered domain of a name
 * @throws Error with a remedy if RE2 cannot read the expression
 */
export const valueReader = async (accepts: string, reduce: Reducer['reduce']): Promise<ReadCommandValue> => {
  const expression = expressionOf(accepts)
  const read = expression === undefined ? byKind(accepts, reduce) : await byExpression(expression)
  return text => {
    if (text === '') return refuse('it is empty')
    if (text.length > commandValueCharsMax)
      return refuse(`it has more than ${commandValueCharsMax} characters`)
    if (unprintable.test(text)) return refuse('it holds an unprintable character')
    if (text.startsWith('-')) return refuse('it begins with -, as an option does')
    return read(text)
  }
}

const byKind = (accepts: string, reduce: Reducer['reduce']): ReadCommandValue => {
  const readers: Readonly<Record<ValueKind, ReadCommandValue>> = {
    domain: text => readDomain(text, reduce),
    host: text => (isIpLiteral(text) ? readAddress(text) : readHost(text)),
    ip: readAddress,
    cidr: readNetwork,
  }
  const kind = Object.entries(readers).find(([kind]) => kind === accepts)
  if (!kind) throw new Error(`${accepts} is no kind of value`)
  return kind[1]
}

/** RE2 needs a time that grows with the length of the value only: no value makes an expression slow. */
const byExpression = async (expression: string): Promise<ReadCommandValue> => {
  const { RE2JS, RE2JSSyntaxException } = await import('re2js')
  try {
    const regex = RE2JS.compile(expression)
    return text => (regex.matches(text) ? { value: text } : refuse('accepts does not match the whole of it'))
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    throw new Error(
      `RE2 cannot read /${expression}/ (${error.message}): RE2 has no look-around and no back-references`,
      { cause: error },
    )
  }
}

/** The letters of a host name, and the underscore of services (RFC 2782). */
const hostLabel = /^\w(?:[\w-]{0,61}\w)?$/
/** What a resolver reads as a part of an address, in place of a top-level domain (inet_aton(3)). */
const numeric = /^(?:\d+|0x[\da-f]*)$/

/** A name in A-labels, lower-case, without a final dot; undefined if it is no host name. */
const hostOf = (text: string): string | undefined => {
  const name = toALabels(nameOfText(text))
  const labels = name.split('.')
  const isHost = isName(name) && labels.every(label => hostLabel.test(label))
  return isHost && !numeric.test(labels.at(-1) ?? '') ? name : undefined
}

const readHost = (text: string): CommandValue => {
  const value = hostOf(text)
  return value === undefined ? refuse('it is no host name and no address') : { value }
}

const skips: Partial<Readonly<Record<NameSkip, string>>> = {
  'internal-zone': 'it lies in one of the internal_zones, which are never asked about',
  ignored: 'it is on the ignore list, which is never asked about',
  'special-use': 'it lies in a special-use domain, which nobody can register',
}

/** Its registered domain: that is what registries know, and one answer serves all names below it. */
const readDomain = (text: string, reduce: Reducer['reduce']): CommandValue => {
  const name = hostOf(text)
  if (name === undefined) return refuse('it is no host name')
  const reduced = reduce(name)
  return typeof reduced === 'string' ? refuse(whySkipped(reduced)) : { value: reduced.registrable }
}

const whySkipped = (skip: NameSkip): string => skips[skip] ?? 'it has no registered domain'

/** Why others must not be asked about a name; undefined if they may. */
export const whyUnasked = (name: string, reduce: Reducer['reduce']): string | undefined => {
  const reduced = reduce(name)
  return typeof reduced === 'string' ? whySkipped(reduced) : undefined
}

const readAddress = (text: string): CommandValue => {
  const bytes = unmappedAddress(text.replace(/^\[(.*)\]$/, '$1'))
  return bytes ? { value: addressText(bytes) } : refuse('it is no address')
}

/** A network, with its host bits at zero; an address is a network of one. */
const readNetwork = (text: string): CommandValue => {
  const range = text.includes('-') ? undefined : readRange(text)
  if (typeof range === 'string') return refuse(range)
  return range
    ? { value: `${addressText(range.from)}/${commonBits(range.from, range.to)}` }
    : refuse('it is no network like 192.0.2.0/24')
}
