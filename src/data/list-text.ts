/** Lists of lines: `domain,created,expires`, the updates of domain_stats2, and plain names. */
import { linesOf } from '../files/lines.js'
import { importLineBytesMax } from '../limits.js'
import { readIsoDate } from './date.js'
import { contactedName, registeredName, type Piece, type Said } from './row.js'

/** What a line becomes; undefined where it says nothing: an empty one, a comment, a header. */
type Reading = (fields: readonly string[]) => Said | undefined

const dates = 'not of the form domain,created,expires with ISO dates'

/** `example.com,1995-08-14,2030-08-13`; the expiry may be missing, more columns may follow. */
const dated: Reading = ([name = '', created = '', expires = '']) => {
  if (name.toLowerCase() === 'domain') return undefined
  const registered = readIsoDate(created)
  const until = expires === '' ? undefined : readIsoDate(expires)
  if (registered === undefined || (until === undefined && expires !== '')) return { refused: dates }
  const found = registeredName(name)
  if (typeof found === 'string') return { refused: found }
  return { row: { ...found, dated: { registered, expires: until, source: undefined } } }
}

/** domain_stats2 publishes its updates so: `+,domain,created,expires` and `-,domain`. */
const update: Reading = ([sign, ...fields]) => {
  if (sign === '-') return { removal: true }
  return sign === '+' ? dated(fields) : dated([sign ?? '', ...fields])
}

/** `example.com`, or `1,example.com` as lists of popular names have it. */
const name: Reading = fields => {
  const text = fields.at(-1) ?? ''
  if (text.toLowerCase() === 'domain') return undefined
  const found = contactedName(text)
  return typeof found === 'string' ? { refused: found } : { row: found }
}

const readBy = (reading: Reading) =>
  async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Piece, void> {
    for await (const { number: at, text } of linesOf(chunks, importLineBytesMax)) {
      if (text === undefined) yield { at, refused: 'the line is too long' }
      else if (text.trim() !== '' && !text.startsWith('#')) {
        const said = reading(text.split(',').map(field => field.trim()))
        if (said) yield { at, ...said }
      }
    }
  }

/** Registrations with their dates, ISO 8601. */
export const readDated = readBy(update)
/** Names without dates. */
export const readNames = readBy(name)
